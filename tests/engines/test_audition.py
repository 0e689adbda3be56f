"""Designed voices, heard: what was described can be measured in the sound."""

from __future__ import annotations

import itertools
import sqlite3
import tracemalloc
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from expressive_speech import card, centroid_hz, median_hz, voiced_share

from menura.archive import DATABASE, Archive, VoiceShelf
from menura.archive.voices import Kept
from menura.audio import Audio
from menura.engines.base import Performance
from menura.engines.speech.expressive.audition import MAX_PREVIEW_CHARS, MEASURED, measured
from menura.engines.speech.expressive.engine import Expressive
from menura.engines.speech.expressive.lineup import Lineup
from menura.errors import InvalidInput, InvalidText, NotFound, StorageFailed
from menura.tasks import Dialogue, Speech, VoiceDesign

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from menura.settings import Settings

LINE = "They act as a prism and form a rainbow over the long round hill."


@pytest.fixture(scope="module")
def engine(settings: Settings) -> Iterator[Expressive]:
    opened = Expressive(card(), settings)
    yield opened
    opened.close()


def hear(engine: Expressive, description: str, **asked: Any) -> NDArray[np.float32]:
    asked = {"text": LINE, "seed": 1} | asked
    return played(engine.perform(engine.check(VoiceDesign(description, **asked))))


def played(performance: Performance) -> NDArray[np.float32]:
    return np.concatenate([block.samples[0] for block in performance.blocks])


def fast(rate: str) -> str:
    return f'<speak>{LINE} <prosody rate="{rate}">And so it ends.</prosody></speak>'


def voiced(variant: int) -> str:
    return f'<voice gender="male" variant="{variant}">Hi.</voice>'


def bands_db(samples: NDArray[np.float32]) -> NDArray[np.float64]:
    """Returns levels in thirds of an octave from 125 Hz to 8 kHz, dB, their mean taken off."""
    power = np.square(np.abs(np.fft.rfft(samples)))
    hz = np.fft.rfftfreq(samples.size, 1 / 44_100)
    edges = 125 * 2 ** (np.arange(19) / 3)
    sums = np.add.reduceat(power, np.searchsorted(hz, edges))[:-1]
    levels = 10 * np.log10(sums)
    return np.asarray(levels - levels.mean())


def test_an_old_man_and_a_girl_sound_as_described(engine: Expressive) -> None:
    old = hear(engine, "old gravelly slow low man")
    young = hear(engine, "young bright girl")
    assert median_hz(old) < 95
    assert median_hz(young) > 240
    assert old.size > 1.3 * young.size
    assert centroid_hz(young, 80, 8000) > 1.3 * centroid_hz(old, 80, 8000)


def test_the_pitch_is_the_one_designed_within_a_semitone_and_a_half(engine: Expressive) -> None:
    for description in ("a deep man", "a high woman", "a fairy"):
        task = engine.check(VoiceDesign(description, text=LINE, seed=1))
        assert isinstance(task, VoiceDesign)
        meant = float(engine.design(task).timbre["base_hz"])
        heard = median_hz(played(engine.perform(task)))
        assert abs(12 * np.log2(heard / meant)) < 1.5


def test_three_variations_are_three_voices(engine: Expressive) -> None:
    """Each pair lies 2 dB or more apart in thirds of an octave, or a semitone in pitch."""
    heard = [hear(engine, "a calm woman", variation=i) for i in (1, 2, 3)]
    pitches = [median_hz(samples) for samples in heard]
    for one, other in itertools.combinations(range(3), 2):
        apart_db = np.sqrt(np.mean((bands_db(heard[one]) - bands_db(heard[other])) ** 2))
        apart_st = abs(12 * np.log2(pitches[one] / pitches[other]))
        assert apart_db > 2 or apart_st > 1


def test_bright_is_brighter_than_dark_and_breath_takes_away_voice(engine: Expressive) -> None:
    nora = {"voice": "nora"}
    bright, dark = (hear(engine, word, **nora) for word in ("very bright", "very dark"))
    assert centroid_hz(bright, 500, 8000) > 1.2 * centroid_hz(dark, 500, 8000)
    hoarse = hear(engine, "extremely breathy and hoarse", **nora)
    assert voiced_share(hoarse) < voiced_share(bright)


def test_a_performance_tells_what_was_understood_and_what_was_not(engine: Expressive) -> None:
    task = engine.check(VoiceDesign("a nasal old Scottish sailor like Zorb, high, deep"))
    assert isinstance(task, VoiceDesign)
    performance = engine.perform(task)
    understood = performance.understood
    assert understood["voice_id"] == engine.design(task).name
    assert understood["voice_id"].startswith("v-")
    assert understood["age"] == "elder"
    assert understood["language"] == task.language == "en-gb-scotland"
    assert set(understood["traits"]) == {"nasal", "old", "Scottish", "sailor", "deep"}
    assert performance.ignored[0] == "not understood: Zorb"
    assert any("nasal: only" in line for line in performance.ignored)
    assert any("high and deep contradict" in line for line in performance.ignored)
    assert performance.voices == {understood["made_from"]} <= set(engine.voices)
    assert len(task.text) >= 100
    assert performance.transcript


def test_the_plain_voice_is_measured(engine: Expressive) -> None:
    performance = engine.perform(engine.check(VoiceDesign("a deep man", text=LINE, seed=1)))
    played(performance)
    assert -40 < performance.measured[MEASURED] < -15


def test_the_blocks_of_a_preview_are_measured_and_none_is_kept() -> None:
    """A sine of full scale has -3.01 LUFS at 997 Hz (BS.1770-4); ten minutes of it 106 MB."""
    second = np.sin(2 * np.pi * 997 / 44_100 * np.arange(44_100)).astype(np.float32)
    performance = Performance(rate=44_100, channels=1, blocks=iter(()))
    blocks = (Audio(second[np.newaxis].copy(), 44_100) for _ in range(600))
    tracemalloc.start()
    try:
        frames = sum(block.frames for block in measured(blocks, performance))
        most_bytes = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert frames == 600 * 44_100
    assert most_bytes < 40e6
    assert performance.measured[MEASURED] == pytest.approx(-3.0, abs=0.1)


def test_what_is_settled_stays_settled_and_sounds_the_same(engine: Expressive) -> None:
    task = engine.check(VoiceDesign("a Scottish witch", text=LINE, seed=3))
    assert engine.check(task) == task
    first, again = (played(engine.perform(task)) for _ in range(2))
    assert first.tobytes() == again.tobytes()


@pytest.mark.parametrize(
    ("asked", "error", "message"),
    [
        ({"description": "deep", "voice": "nobody"}, NotFound, "nobody"),
        ({"description": "deep", "language": "zz"}, NotFound, "zz"),
        ({"description": "deep", "language": "jbo"}, InvalidText, "preview"),
        ({"description": "qwx"}, InvalidText, "known are such as"),
        ({"description": "qwx", "voice": "nora"}, InvalidText, "known are such as"),
        ({"description": "deep\0"}, InvalidText, "control"),
        ({"description": "old " * 10_000}, InvalidText, "at most"),
        ({"description": "deep", "text": "..."}, InvalidText, "spoken"),
        ({"description": "deep", "text": "x " * 600_000}, InvalidText, "limit"),
        ({"description": "deep", "text": "x" * 2001}, InvalidText, "2,001 .* limit of 2,000"),
        ({"description": "deep", "text": fast("900%")}, InvalidInput, "speaks at speeds"),
        ({"description": "deep", "text": fast("15%")}, InvalidInput, "speaks at speeds"),
    ],
)
def test_what_cannot_be_designed_is_refused_before_any_sound(
    engine: Expressive, asked: dict[str, str], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        engine.check(VoiceDesign(**asked))


def test_a_preview_of_the_longest_text_and_the_fastest_pace_is_accepted(engine: Expressive) -> None:
    """Numbers grow when they are written out: it is what was given that is counted."""
    text = ("Take 9,876,543. " * 125)[:MAX_PREVIEW_CHARS]
    assert len(text) == MAX_PREVIEW_CHARS
    for accepted in (text, fast("150%")):
        task = engine.check(VoiceDesign("deep", text=accepted))
        assert isinstance(task, VoiceDesign)
        assert task.text == accepted


def test_kept_voices_speak_by_name_and_id_and_are_never_cast(settings: Settings) -> None:
    shelf = VoiceShelf(Archive(settings.home / DATABASE))
    engine = Expressive(card(), settings)
    try:
        design = engine.design(VoiceDesign("a very deep giant"))
        kept = shelf.add(design, "audition-giant")
        assert engine.voices["audition-giant"] == engine.voices[kept.id] == kept
        task = engine.check(Speech(LINE, voice="audition-giant", seed=1))
        assert isinstance(task, Speech)
        assert task.voice == kept.id
        assert median_hz(played(engine.perform(task))) < 90
        cast = engine.check(Dialogue("Ann: Hi.\nBob: Hi.", voices=(("Ann", "audition-giant"),)))
        assert isinstance(cast, Dialogue)
        assert dict(cast.voices)["Ann"] == kept.id
        crowd = "\n".join(f"P{i}: Hi." for i in range(60))
        task_of_many = engine.check(Dialogue(crowd))
        assert isinstance(task_of_many, Dialogue)
        assert kept.id not in dict(task_of_many.voices).values()
        assert "audition-giant" not in dict(task_of_many.voices).values()
        men = [v for v in engine.voices.values() if v.gender == "man" and not v.id]
        first, again = (
            engine.perform(engine.check(Speech(f"<speak>{voiced(i)}</speak>", seed=1))).voices
            for i in (1, 1 + len(men))
        )
        assert first == again
        remix = engine.check(VoiceDesign("a bit faster", voice="audition-giant"))
        assert isinstance(remix, VoiceDesign)
        assert remix.voice == kept.id
    finally:
        shelf.remove("audition-giant")
        engine.close()


def test_a_damaged_voice_is_an_error_only_for_who_asks_for_it(engine: Expressive) -> None:
    own = dict(engine.voices)
    design = engine.design(VoiceDesign("a deep man"))
    lineup = Lineup(own, (Kept(id="v-0", name="broken", voice=None),), "expressive")
    assert dict(lineup) == own
    for key in ("broken", "v-0"):
        with pytest.raises(StorageFailed, match="menura voices remove broken"):
            lineup[key]
    foreign = Lineup(own, (Kept(id="v-1", name="other", voice=design),), "formant")
    assert "other" not in foreign


@pytest.mark.parametrize(
    "change",
    [
        {"timbre": {"warmth_db": 100}},
        {"timbre": {"warmth_db": "abc"}},
        {"timbre": {"creak": -0.1}},
        {"language": "zz"},
        {"language": "../en"},
    ],
)
def test_what_the_engine_cannot_speak_with_is_damaged(
    engine: Expressive, change: dict[str, Any]
) -> None:
    design = engine.design(VoiceDesign("a deep man"))
    change = {"timbre": {**design.timbre, **change.get("timbre", {})}} | {
        key: value for key, value in change.items() if key != "timbre"
    }
    kept = Kept(id="v-1", name="odd", voice=replace(design, **change))
    lineup = Lineup({}, (kept,), "expressive")
    assert dict(lineup) == {}
    for key in ("odd", "v-1"):
        with pytest.raises(StorageFailed, match="damaged"):
            lineup[key]


def test_ids_win_over_names_and_whole_voices_over_damaged_ones(engine: Expressive) -> None:
    one, other = (
        replace(engine.design(VoiceDesign(text)), id=key, name=name)
        for text, key, name in (("a deep man", "v-1", "v-2"), ("a high woman", "v-2", "other"))
    )
    odd = Kept(id="other", name="v-1", voice=None)
    rows = [Kept(id=each.id, name=each.name, voice=each) for each in (one, other)] + [odd]
    for order in itertools.permutations(rows):
        lineup = Lineup({}, order, "expressive")
        assert dict(lineup) == {"v-1": one, "v-2": other, "other": other}


def test_a_row_renamed_to_anothers_id_changes_no_recipe(settings: Settings) -> None:
    shelf = VoiceShelf(Archive(settings.home / DATABASE))
    engine = Expressive(card(), settings)
    try:
        kept = shelf.add(engine.design(VoiceDesign("a very deep giant")), "zz-giant")
        fairy = shelf.add(engine.design(VoiceDesign("a fairy")), "aa-fairy")
        with sqlite3.connect(settings.home / DATABASE) as database:
            database.execute("UPDATE voices SET name = ? WHERE id = ?", (kept.id, fairy.id))
        database.close()
        assert engine.voices[kept.id] == shelf.get(kept.id) == kept
        with pytest.raises(StorageFailed, match="damaged"):
            engine.check(Speech(LINE, voice=fairy.id))
    finally:
        for each in shelf.list():
            if each.id in {kept.id, fairy.id}:
                shelf.remove(each.id)
        engine.close()
