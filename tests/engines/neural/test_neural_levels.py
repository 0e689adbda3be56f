"""Streams of neural voices have the level of a file: a voice is heard once, and its level kept."""

import json
from pathlib import Path
from typing import Any

import pytest
from tiny_voices import write_kokoro, write_vits

import menura
from menura.catalog.store import Store
from menura.engines.speech.neural.trials import trials
from menura.runtime import levels
from menura.runtime.speech_graph import SpeechGraph
from menura.settings import Settings
from menura.studio import Studio

TEXT = "Hello there, world. It costs $5! And what is more, nobody has ever seen it before."
TARGET_LUFS = -16.0


def played(studio: Studio, **fields: Any) -> menura.Take:
    stream = studio.stream(menura.Speech(TEXT, **fields))
    for _ in stream:
        pass
    return stream.take


def kept(home: Path) -> dict[str, float]:
    (path,) = home.glob(f"models/cache/*/*/{levels.FILE}")
    return json.loads(path.read_text())


@pytest.mark.parametrize("level", [0.02, 0.1, 0.5])
def test_a_stream_is_as_loud_as_a_file_however_loud_the_network_is(
    tmp_path: Path, level: float
) -> None:
    settings = Settings(home=tmp_path / "home", workers=1)
    model = write_kokoro(tmp_path / "k", {"af_heart": 300.0, "bf_emma": 500.0}, level=level)
    Store(settings.home).import_from("kokoro", model)
    with Studio(settings) as studio:
        for voice in ("af_heart", "bf_emma", "af_heart+bf_emma"):
            measured = played(studio, voice=voice).report.measured
            assert measured["loudness_lufs"] == pytest.approx(TARGET_LUFS, abs=0.7), voice
    figures = kept(settings.home)
    assert set(figures) == {"af_heart", "bf_emma", "af_heart:1+bf_emma:1"}
    whole_db = {0.02: -34.0, 0.1: -20.0, 0.5: -6.0}[level]
    assert figures["af_heart"] == pytest.approx(whole_db - 3.7, abs=1.5)


def test_a_voice_is_heard_once_and_only_for_a_stream(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(home=tmp_path / "home", workers=1)
    Store(settings.home).import_from("kokoro", write_kokoro(tmp_path / "k", {"af_heart": 300.0}))
    runs: list[int] = []
    speak = SpeechGraph.speak

    def counted(self: SpeechGraph, feeds: Any, tokens: int, noise: Any) -> Any:
        runs.append(tokens)
        return speak(self, feeds, tokens, noise)

    monkeypatch.setattr(SpeechGraph, "speak", counted)
    with Studio(settings) as studio:
        studio.render(menura.Speech(TEXT, voice="af_heart"))
        told = len(runs)
        assert not list(settings.home.glob(f"models/cache/*/*/{levels.FILE}"))
        first = played(studio, voice="af_heart")
        assert len(runs) > 2 * told
        before = len(runs)
        second = played(studio, voice="af_heart")
        assert len(runs) - before == told
    with Studio(settings) as studio:
        before = len(runs)
        third = played(studio, voice="af_heart")
        assert len(runs) - before == told
    assert first.samples_sha256() == second.samples_sha256() == third.samples_sha256()


def test_the_level_is_the_same_wherever_it_is_measured(tmp_path: Path) -> None:
    """Another install, another first task: the same figure, so the same stream."""
    model = write_kokoro(tmp_path / "k", {"af_heart": 300.0, "am_adam": 200.0}, noise=0.05)
    digests = []
    for name, first in (("a", "af_heart"), ("b", "am_adam")):
        # Without a mark: it carries an id that each install makes with a key of its own.
        settings = Settings(home=tmp_path / name, workers=1, marking=False)
        Store(settings.home).import_from("kokoro", model)
        with Studio(settings) as studio:
            played(studio, voice=first, speed=1.3)
            digests.append(played(studio, voice="af_heart", seed=7).samples_sha256())
    assert digests[0] == digests[1]
    assert kept(tmp_path / "a")["af_heart"] == kept(tmp_path / "b")["af_heart"]


def test_a_part_is_placed_at_the_level_that_was_asked_for(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home", workers=1)
    Store(settings.home).import_from(
        "kokoro", write_kokoro(tmp_path / "k", {"af_heart": 300.0}, level=0.02)
    )
    with Studio(settings) as studio:
        parts = [
            menura.Part(menura.Speech(TEXT, voice=voice), name=voice, loudness_lufs=-20.0)
            for voice in ("af_heart", "nora")
        ]
        take = studio.render(menura.Work(tuple(parts)))
    neural, plain = (levels.loudness_of([take.stems[name]]) for name in ("af_heart", "nora"))
    assert neural == pytest.approx(plain, abs=1.5)


def test_a_model_that_goes_takes_its_levels_with_it(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home", workers=1)
    store = Store(settings.home)
    store.import_from("mms-tts-eng", write_vits(tmp_path / "m"))
    with Studio(settings) as studio:
        played(studio, engine="mms-tts-eng")
    assert set(kept(settings.home)) == {"mms-tts-eng"}
    store.remove("mms-tts-eng")
    assert not list(settings.home.rglob(levels.FILE))


@pytest.mark.parametrize(
    ("language", "texts"), [("en-us", 2), ("pt-br", 2), ("cmn", 2), ("ja", 1), ("cy", 1)]
)
def test_every_language_has_something_to_say(language: str, texts: int) -> None:
    found = list(trials(language))
    assert len(found) == texts
    assert found[-1].startswith("12, 37")
    assert all(len(text) < 200 for text in found)
