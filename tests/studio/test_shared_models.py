"""One budget of memory for the models of all engines of a studio."""

import dataclasses
import runpy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from menura.catalog.store import Store
from menura.runtime.codec_lm import CodecLm
from menura.settings import Settings
from menura.studio import Studio
from menura.tasks import Effect, Music

TINY: dict[str, Any] = runpy.run_path(
    str(Path(__file__).parents[1] / "runtime" / "tiny_checkpoints.py")
)
MAKER = runpy.run_path(str(Path(__file__).with_name("test_codec_lm_engine.py")))
EACH_MB = 50
"""What the card of a tiny model says that it takes."""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    settings = Settings(home=tmp_path / "home", workers=1, offline=True)
    store = Store(settings.home, offline=True)
    TINY["write_musicgen"](tmp_path / "lm", TINY["musicgen"](), window=TINY["WINDOW_FRAMES"])
    TINY["write_encodec"](tmp_path / "codec", TINY["CODEC"])
    (tmp_path / "effects").mkdir()
    store.import_from("tiny", tmp_path / "lm")
    store.import_from("tiny-effects", MAKER["write_audiocraft"](tmp_path / "effects"))
    store.import_from("tiny-codec", tmp_path / "codec")
    assert all(each.card.memory_mb == EACH_MB for each in store.installed().values())
    return settings


@pytest.fixture
def loads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was loaded, by the name of the model, in order."""
    loaded: list[str] = []
    opened = CodecLm.open.__func__  # type: ignore[attr-defined]

    def counted(cls: type[CodecLm], target: Path, *arguments: Any, **named: Any) -> CodecLm:
        loaded.append(target.parent.parent.name)
        return opened(cls, target, *arguments, **named)

    monkeypatch.setattr(CodecLm, "open", classmethod(counted))
    return loaded


def play(studio: Studio, *names: str) -> None:
    tasks = {
        "tiny": Music("calm", engine="tiny", duration_s=1, seed=1),
        "tiny-effects": Effect("rain", engine="tiny-effects", duration_s=0.5, seed=1),
    }
    for name in names:
        studio.render(tasks[name])


def test_models_of_two_engines_drive_each_other_out(settings: Settings, loads: list[str]) -> None:
    small = dataclasses.replace(settings, model_memory_mb=round(1.5 * EACH_MB))
    with Studio(small) as studio:
        play(studio, "tiny", "tiny", "tiny-effects", "tiny", "tiny-effects")
        assert studio._roster.models.used_mb == EACH_MB
    assert [name for name, again in zip(loads, [None, *loads], strict=False) if name != again] == [
        "tiny", "tiny-effects", "tiny", "tiny-effects",
    ]  # fmt: skip


def test_with_room_for_both_each_is_loaded_once(settings: Settings, loads: list[str]) -> None:
    with Studio(settings) as studio:
        play(studio, "tiny", "tiny-effects")
        first = list(loads)
        play(studio, "tiny", "tiny-effects", "tiny")
        assert loads == first
        models = studio._roster.models
        assert models.used_mb == 2 * EACH_MB
    assert models.used_mb == 0


def test_a_codec_lives_under_the_same_roof(settings: Settings, tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", np.random.default_rng(0).standard_normal(8000) / 9, 8000)
    with Studio(settings) as studio:
        play(studio, "tiny")
        studio.encode(tmp_path / "a.wav", model="tiny-codec")
        assert studio._roster.models.used_mb == 2 * EACH_MB


def test_what_is_in_use_stays_while_another_waits(settings: Settings) -> None:
    small = dataclasses.replace(settings, model_memory_mb=round(1.5 * EACH_MB))
    with Studio(small) as studio:
        play(studio, "tiny", "tiny-effects")  # converted by now
        playing = studio.stream(Music("calm", engine="tiny", duration_s=60, seed=1))
        next(playing)
        models = studio._roster.models
        models._wait_s = 0.0
        with pytest.raises(Exception, match="models in use leave no room"):
            play(studio, "tiny-effects")
        playing.close()
        play(studio, "tiny-effects")
