"""Streams of codec language models have the level of a file; it is measured when first needed."""

import json
import runpy
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from menura.catalog.store import Store
from menura.engines.music.codec_lm import TRIALS
from menura.errors import EngineFailed
from menura.runtime import levels
from menura.runtime.codec_lm import CodecLm
from menura.settings import Settings
from menura.studio import Studio
from menura.take import Take
from menura.tasks import Music, Part, Work

TINY: dict[str, Any] = runpy.run_path(
    str(Path(__file__).parents[1] / "runtime" / "tiny_checkpoints.py")
)
LAST = "audio_encoder.decoder.layers.15.conv"
TARGET_LUFS = -14.0


def install(folder: Path, gain_db: float = 0.0) -> Settings:
    """Returns an install with a tiny model whose codec is so much louder than it was drawn."""
    config = TINY["musicgen"]()
    tensors = TINY["musicgen_tensors"](config, 0)
    scaled = {
        name: tensors[name] * np.float32(10 ** (gain_db / 20))
        for name in (f"{LAST}.bias", f"{LAST}.parametrizations.weight.original0")
    }
    TINY["write_musicgen"](folder / "model", config, window=TINY["WINDOW_FRAMES"], spoil=scaled)
    settings = Settings(home=folder / "home", workers=1, offline=True)
    Store(settings.home, offline=True).import_from("tiny", folder / "model")
    return settings


def piece(prompt: str = TRIALS[0], **fields: Any) -> Music:
    return Music(prompt, engine="tiny", **({"duration_s": 2, "seed": 1} | fields))


def played(studio: Studio, task: Music) -> Take:
    return studio.stream(task).play()


def kept(settings: Settings) -> dict[str, float]:
    (path,) = settings.home.glob(f"models/cache/tiny/*/{levels.FILE}")
    return json.loads(path.read_text())


@pytest.mark.parametrize("gain_db", [-20.0, 10.0])
def test_a_stream_is_as_loud_as_a_file_however_loud_the_model_is(
    tmp_path: Path, gain_db: float
) -> None:
    settings = install(tmp_path, gain_db)
    with Studio(settings) as studio:
        loudness = [
            played(studio, piece(prompt)).report.measured["loudness_lufs"] for prompt in TRIALS
        ]
    assert np.mean(loudness) == pytest.approx(TARGET_LUFS, abs=2)
    (figure,) = kept(settings).values()
    assert kept(settings).keys() == {"int8, 1 channels"}
    plain = install(tmp_path / "plain")
    with Studio(plain) as studio:
        played(studio, piece())
    assert figure - kept(plain)["int8, 1 channels"] == pytest.approx(gain_db, abs=0.2)


def test_the_model_is_heard_once_and_only_for_a_stream(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = install(tmp_path)
    asked: list[int] = []
    generate = CodecLm.generate

    def counted(self: CodecLm, prompts: Any, **fields: Any) -> Any:
        asked.append(len(prompts))
        return generate(self, prompts, **fields)

    monkeypatch.setattr(CodecLm, "generate", counted)
    with Studio(settings) as studio:
        studio.render(piece(duration_s=1))
        assert asked == [1]
        first = played(studio, piece(duration_s=1))
        assert asked == [1, len(TRIALS), 1]
        second = played(studio, piece(duration_s=1))
        played(studio, piece(duration_s=1, options=(("bits", 32),)))
    assert asked == [1, len(TRIALS), 1, 1, len(TRIALS), 1]
    assert kept(settings).keys() == {"int8, 1 channels", "fp32, 1 channels"}
    with Studio(settings) as studio:
        third = played(studio, piece(duration_s=1))
    assert len(asked) == 7
    assert first.samples_sha256() == second.samples_sha256() == third.samples_sha256()


def test_the_first_stream_converts_the_model_too(tmp_path: Path) -> None:
    with Studio(install(tmp_path)) as studio:
        assert played(studio, piece(duration_s=1)).audio.duration_s == pytest.approx(1)


def test_a_part_is_placed_at_the_level_that_was_asked_for(tmp_path: Path) -> None:
    """Two models, 30 dB apart as they are, are placed as loud as each other."""
    stems = []
    for gain_db in (-20.0, 10.0):
        with Studio(install(tmp_path / f"{gain_db}", gain_db)) as studio:
            parts = (
                Part(piece(), name="model", loudness_lufs=-20.0),
                Part(Music("calm", engine="arranger", duration_s=4, seed=1), loudness_lufs=-20.0),
            )
            take = studio.render(Work(parts))
            stems.append([levels.loudness_of([stem]) for stem in take.stems.values()])
    (quiet, one), (loud, other) = stems
    assert quiet - one == pytest.approx(loud - other, abs=0.5)


def test_a_model_that_gives_no_numbers_leaves_no_level(tmp_path: Path) -> None:
    huge = {"decoder.lm_heads.0.weight": np.full((32, 32), 3e38, np.float32)}
    TINY["write_musicgen"](tmp_path / "model", TINY["musicgen"](), spoil=huge)
    settings = Settings(home=tmp_path / "home", model_weights="fp32", offline=True)
    Store(settings.home, offline=True).import_from("tiny", tmp_path / "model")
    with Studio(settings) as studio, pytest.raises(EngineFailed, match="no numbers"):
        played(studio, piece())
    assert not list(settings.home.rglob(levels.FILE))
