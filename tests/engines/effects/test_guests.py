"""What the engines for music and speech play in a scene."""

import dataclasses

import pytest

from menura.engines.effects.balance import gains_db
from menura.engines.effects.guests import ENDLESS_S, find_speaker, guest_parts, undone
from menura.engines.effects.scene import MUSIC, SPEECH, Layer, Scene
from menura.engines.effects.sources import LEVEL_DBFS
from menura.tasks import Music, Speech

RAIN = Layer(name="rain", source="rain")
JAZZ = Layer(name="band", source=MUSIC, text="soft jazz", seed=5)
WORDS = Layer(name="voice", source=SPEECH, text="It is late.", start_s=1.5, seed=6)


def scene(*layers: Layer, duration_s: float = 8.0, **fields: object) -> Scene:
    return Scene(title="x", duration_s=duration_s, layers=layers, **fields)  # type: ignore[arg-type]


def test_sources_of_its_own_are_no_parts() -> None:
    assert list(guest_parts(scene(RAIN))) == []


def test_music_is_as_long_as_the_scene_and_speech_begins_when_it_should() -> None:
    music, speech = guest_parts(scene(RAIN, JAZZ, WORDS))
    assert music.task == Music("soft jazz", duration_s=8.0, seed=5)
    assert speech.task == Speech("It is late.", seed=6)
    assert (music.name, music.start_s) == ("band", 0.0)
    assert (speech.name, speech.start_s) == ("voice", 1.5)


def test_music_between_two_moments_is_as_long_as_that() -> None:
    (music,) = guest_parts(scene(dataclasses.replace(JAZZ, start_s=1.0, stop_s=5.5)))
    assert music.task.duration_s == 4.5
    assert music.start_s == 1.0


@pytest.mark.parametrize("duration_s", [2.0, 8.0, 12.34, 30.0, 600.0])
def test_music_of_a_loop_has_whole_bars_that_fill_it(duration_s: float) -> None:
    (music,) = guest_parts(scene(JAZZ, duration_s=duration_s, loop=True))
    task = music.task
    assert task.loop is True
    assert task.duration_s == duration_s
    bars = task.duration_s * task.bpm / 60 / 4
    assert bars == pytest.approx(round(bars), abs=1e-6)
    assert 64 <= task.bpm <= 144


def test_a_scene_without_end_has_music_for_ten_minutes() -> None:
    (music,) = guest_parts(scene(JAZZ, duration_s=0.0))
    assert music.task.duration_s == ENDLESS_S


@pytest.mark.parametrize(
    ("text", "prompt"),
    [("lute", "solo lute"), ("solo lute", "solo lute"), ("soft jazz", "soft jazz")],
)
def test_an_instrument_that_is_heard_is_heard_alone(text: str, prompt: str) -> None:
    (music,) = guest_parts(scene(dataclasses.replace(JAZZ, text=text)))
    assert music.task.prompt == prompt


def test_a_part_lies_where_and_as_loud_as_its_layer() -> None:
    quiet = dataclasses.replace(JAZZ, gain_db=-20.0, direction_deg=45.0)
    layers = (RAIN, quiet)
    (music,) = guest_parts(scene(*layers))
    assert music.pan == 0.5
    loudness_lufs = (music.loudness_lufs or 0.0) + music.gain_db
    assert loudness_lufs == pytest.approx(LEVEL_DBFS + gains_db(layers)[1])
    (plain,) = guest_parts(scene(RAIN, JAZZ))
    assert plain.loudness_lufs - loudness_lufs == pytest.approx(20.0)
    (mono,) = guest_parts(scene(*layers, channels=1))
    assert mono.pan == 0.0
    (behind,) = guest_parts(scene(dataclasses.replace(JAZZ, direction_deg=180.0)))
    assert behind.pan == 1.0


def test_what_is_not_done_for_others_is_told() -> None:
    moved = dataclasses.replace(WORDS, movement="passing")
    walled = dataclasses.replace(JAZZ, barrier="door")
    assert undone(scene(RAIN, JAZZ, WORDS)) == []
    assert undone(scene(dataclasses.replace(RAIN, barrier="door"))) == []
    assert undone(scene(walled)) == []
    first, second = undone(scene(walled, moved, loop=True))
    assert "band" in first
    assert "no door" in first
    assert "voice stays" in second


@pytest.mark.parametrize(
    ("words", "voice", "emotion"),
    [
        ("a man says", "otto", ""),
        ("an old man whispers", "bram", "whisper"),
        ("a woman shouts", "nora", "angry"),
        ("the German announcer", "dex", ""),
        ("somebody says", "", ""),
    ],
)
def test_who_speaks_is_who_was_named(words: str, voice: str, emotion: str) -> None:
    assert find_speaker(words) == (voice, emotion)
