"""Converted tiny models, made once per run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tiny_checkpoints import ONE_THREAD, WINDOW_FRAMES, musicgen, write_musicgen

from menura.runtime.codec_lm import CodecLm
from menura.runtime.converting import convert

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def torch(request: pytest.FixtureRequest) -> Any:
    """Gives torch, with transformers beside it; skips the test without them, unless all are due."""
    try:
        import torch
        import transformers  # noqa: F401
    except ImportError:
        if request.config.getoption("--every-extra"):
            pytest.fail("torch and transformers are not installed")
        pytest.skip("needs torch and transformers")
    return torch


@pytest.fixture(scope="session")
def checkpoints(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Folders of tiny checkpoints: text, melody, stereo."""
    folder = tmp_path_factory.mktemp("checkpoints")
    configs = {
        "text": musicgen(),
        "melody": musicgen(melody=True),
        "stereo": musicgen(num_codebooks=8, audio_channels=2),
    }
    for name, config in configs.items():
        write_musicgen(folder / name, config, window=WINDOW_FRAMES)
    return {name: folder / name for name in configs}


@pytest.fixture(scope="session")
def converted(
    checkpoints: dict[str, Path], tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., Path]:
    """Gives the folder of a converted tiny model, by name and precision."""
    folder = tmp_path_factory.mktemp("converted")

    def made(name: str = "text", weights: Any = "fp32") -> Path:
        target = folder / f"{name}-{weights}"
        convert(checkpoints[name], target, weights=weights, machine=ONE_THREAD)
        return target

    return made


@pytest.fixture(scope="session")
def opened(converted: Callable[..., Path]) -> Callable[..., CodecLm]:
    """Gives an open tiny model, by name and precision."""
    models: dict[tuple[str, str], CodecLm] = {}

    def model(name: str = "text", weights: str = "fp32") -> CodecLm:
        if (name, weights) not in models:
            models[name, weights] = CodecLm.open(converted(name, weights), ONE_THREAD)
        return models[name, weights]

    return model
