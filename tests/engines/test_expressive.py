"""The engine, as the studio uses it."""

import dataclasses
from collections.abc import Iterator
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from expressive_speech import VOICES, card, median_hz

import menura
from menura.engines.base import BLOCK_FRAMES, Performance
from menura.engines.speech.expressive import Expressive, create
from menura.engines.speech.expressive.engine import read_expression
from menura.settings import Settings
from menura.tasks import Dialogue, Speech

TEXT = "When the sun strikes raindrops in the air, they act as a prism. Is it a bow? It is $5."


@pytest.fixture(scope="module")
def engine(settings: Settings) -> Iterator[Expressive]:
    engine = create(card(), settings)
    yield engine
    engine.close()


def hear(engine: Expressive, text: str, **fields: Any) -> tuple[np.ndarray, Performance]:
    performance = engine.perform(engine.check(Speech(text, seed=3, **fields)))
    blocks = list(performance.blocks)
    assert all(block.frames == BLOCK_FRAMES for block in blocks[:-1])
    return np.concatenate([block.samples for block in blocks], axis=1)[0], performance


def test_it_speaks_with_captions_and_reports(engine: Expressive) -> None:
    samples, performance = hear(engine, TEXT)
    length_s = samples.size / 44_100
    assert performance.rate == 44_100
    assert 4 < length_s < 9
    words = performance.captions
    assert [w.text for w in words][:3] == ["When", "the", "sun"]
    assert [w.text for w in words][-1].startswith("$5")
    assert all(a.start_s <= b.start_s for a, b in pairwise(words))
    assert words[-1].end_s < length_s
    assert performance.progress == 1
    assert performance.measured["words"] == len(words)
    assert performance.understood["emotion"] == "neutral"
    assert np.abs(samples).max() < 1


def test_workers_change_no_sample(engine: Expressive, settings: Settings) -> None:
    many = create(card(), dataclasses.replace(settings, workers=3))
    try:
        first, told = hear(many, TEXT, voice="fergus")
        again, _ = hear(many, TEXT, voice="fergus")
    finally:
        many.close()
    alone, plain = hear(engine, TEXT, voice="fergus")
    assert np.array_equal(first, again)
    assert np.array_equal(first, alone)
    assert told.captions == plain.captions


def test_an_abandoned_performance_leaves_the_engine_usable(settings: Settings) -> None:
    many = create(card(), dataclasses.replace(settings, workers=2))
    try:
        blocks = many.perform(many.check(Speech(TEXT * 5, seed=1))).blocks
        next(blocks)
        next(blocks)
        del blocks
        assert hear(many, "Hello.")[0].size > 10_000
    finally:
        many.close()


def test_a_closed_engine_says_so_in_our_words(settings: Settings) -> None:
    closed = create(card(), dataclasses.replace(settings, workers=1))
    blocks = closed.perform(closed.check(Speech(TEXT * 20, seed=1))).blocks
    next(blocks)
    closed.close()
    with pytest.raises(menura.EngineFailed, match="closed"):
        list(blocks)


def test_a_killed_worker_changes_no_sample(settings: Settings) -> None:
    engine = create(card(), dataclasses.replace(settings, workers=1))
    try:
        whole, _ = hear(engine, TEXT * 3)
        blocks = engine.perform(engine.check(Speech(TEXT * 3, seed=3))).blocks
        heard = [next(blocks).samples for _ in range(3)]
        for worker in list(engine._crew._live):
            worker._child.kill()
        heard += [block.samples for block in blocks]
        assert np.array_equal(np.concatenate(heard, axis=1)[0], whole)
    finally:
        engine.close()


def test_the_seed_decides(engine: Expressive) -> None:
    one, other = (
        next(iter([np.concatenate([b.samples for b in engine.perform(task).blocks], axis=1)]))
        for task in (engine.check(Speech("Hello there.", seed=s)) for s in (1, 2))
    )
    assert one.shape != other.shape or not np.array_equal(one, other)


def test_markup_moves_pitch_level_and_pauses(engine: Expressive) -> None:
    def say(inner: str) -> np.ndarray:
        return hear(engine, f"<speak>{inner}</speak>")[0]

    line = "They act as a prism over the long hill."
    plain = say(line)
    high = say(f'<prosody pitch="+4st">{line}</prosody>')
    soft = say(f'<prosody volume="-6dB">{line}</prosody>')
    later = say(f'<break time="500ms"/>{line}')
    assert 12 * np.log2(median_hz(high) / median_hz(plain)) == pytest.approx(4, abs=0.4)
    ratio = np.sqrt(np.mean(np.square(soft)) / np.mean(np.square(plain)))
    assert 20 * np.log10(ratio) == pytest.approx(-6, abs=0.3)
    assert later.size - plain.size == pytest.approx(22_050, abs=300)


def test_a_dialogue_has_two_voices_and_times_of_turns(engine: Expressive) -> None:
    task = engine.check(Dialogue("Ann: Is it cold?\nBob: It is not.", voices=(("Bob", "fergus"),)))
    performance = engine.perform(task)
    length = sum(block.frames for block in performance.blocks) / 44_100
    told = performance.measured["turns"]
    assert [turn["speaker"] for turn in told] == ["Ann", "Bob"]
    assert told[0]["end_s"] < told[1]["start_s"] < told[1]["end_s"] < length
    assert performance.voices == {"fergus", dict(task.voices)["Ann"]}


def test_a_long_unbroken_text_is_spoken(engine: Expressive) -> None:
    samples, performance = hear(engine, "one long road goes on and on " * 13)
    assert samples.size / 44_100 > 15
    assert len(performance.captions) == 13 * 7


@pytest.mark.parametrize(
    ("fields", "error", "message"),
    [
        ({"voice": "noora"}, menura.NotFound, "did you mean nora"),
        ({"language": "dothraki"}, menura.NotFound, "dothraki"),
        ({"speed": 0.3}, menura.InvalidInput, "speaks at speeds"),
        ({"speed": 4.0}, menura.InvalidInput, "speaks at speeds"),
        ({"text": "ລາວ", "language": "en-us"}, menura.InvalidText, "language"),
        ({"text": "..."}, menura.InvalidText, "can be spoken"),
        ({}, None, ""),
    ],
)
def test_bad_tasks_are_refused_before_any_sound(
    engine: Expressive, fields: dict, error: type[Exception] | None, message: str
) -> None:
    task = Speech(**({"text": "Hello."} | fields))
    if error is None:
        assert engine.check(task).voice == "nora"
    else:
        with pytest.raises(error, match=message):
            engine.check(task)


def test_the_fields_of_a_task_become_an_expression() -> None:
    asked: Any = SimpleNamespace(emotion="sad", style=0.4, stability=None, pitch=-2.0)
    expression = read_expression(asked)
    assert (expression.emotion, expression.style) == ("sad", 0.4)
    assert (expression.stability, expression.pitch_semitones) == (0.5, -2.0)
    assert read_expression(SimpleNamespace(text="Hello.")).emotion == "neutral"  # type: ignore[arg-type]


def test_every_voice_has_a_measured_level(engine: Expressive) -> None:
    from menura.audio import Audio
    from menura.audio.loudness import Meter

    assert engine.voices == VOICES
    for name in ("nora", "otto"):
        samples, performance = hear(engine, TEXT, voice=name)
        meter = Meter(44_100, 1)
        meter.process(Audio(samples[np.newaxis], 44_100))
        assert meter.integrated_lufs == pytest.approx(performance.loudness_lufs, abs=1.5)
