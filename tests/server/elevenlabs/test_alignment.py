"""Times of characters: whole, in order, inside their words, and the same however they come."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from menura.server.elevenlabs.alignment import Aligner, Alignment
from menura.server.elevenlabs.timestamps import OneText
from menura.server.elevenlabs.wording import worded
from menura.server.work import word_facts
from menura.tasks import Speech

if TYPE_CHECKING:
    from menura.server.elevenlabs.alignment import Timed
    from menura.studio import Studio


def _word(text: str, start_char: int, start_s: float, end_s: float, **more: Any) -> dict[str, Any]:
    return {
        "text": text,
        "start_char": start_char,
        "end_char": start_char + len(text),
        "start_s": start_s,
        "end_s": end_s,
        "said": "",
        "sounds": [],
        "ends_sentence": False,
    } | more


def _check(timed: list[Timed], text: str, end_s: float) -> None:
    """Every character once and in order, nothing before what it follows, and all to the end."""
    assert "".join(each.char for each in timed) == text
    assert all(each.end_s is not None and each.start_s <= each.end_s for each in timed)
    assert all(a.end_s <= b.start_s + 1e-9 for a, b in pairwise(timed))
    assert timed[0].start_s >= 0
    last_s = timed[-1].end_s or 0.0
    assert last_s == pytest.approx(end_s, abs=1e-6 if text[-1] in "!.?> " else 0.12)
    assert last_s <= end_s + 1e-9


def test_characters_of_a_word_follow_its_sounds() -> None:
    aligner = Aligner("abcd")
    aligner.add(0, 4, [1.0, 1.1, 2.0])  # a short sound, a long one
    aligner.finish(2.0)
    timed = aligner.take(math.inf)
    assert [each.start_s for each in timed] == pytest.approx([1.0, 1.05, 1.1, 1.55])
    assert timed[-1].end_s == pytest.approx(2.0)


def test_what_stands_between_words_has_the_time_between_them() -> None:
    alignment = Alignment("Oh, my!")
    alignment.add(_word("Oh,", 0, 0.1, 0.5), 0, 3)
    alignment.add(_word("my!", 4, 0.9, 1.2), 4, 7)
    alignment.finish(1.5)
    timed = alignment.written.take(math.inf)
    assert (timed[2].char, timed[2].start_s, timed[2].end_s) == (",", 0.5, 0.9)
    assert (timed[3].char, timed[3].start_s, timed[3].end_s) == (" ", 0.9, 0.9)
    assert (timed[6].char, timed[6].start_s, timed[6].end_s) == ("!", 1.2, 1.5)


def test_what_is_said_has_times_of_its_own() -> None:
    alignment = Alignment("It is $5, yes")
    for word in (
        _word("It", 0, 0.0, 0.2),
        _word("is", 3, 0.2, 0.4),
        _word("$5,", 6, 0.4, 1.4, said="five dollars"),
        _word("yes", 10, 1.5, 2.0),
    ):
        alignment.add(word, word["start_char"], word["end_char"])
    alignment.finish(2.0)
    said = alignment.said.take(math.inf)
    _check(said, "It is five dollars, yes", 2.0)
    five = said[6:18]
    assert five[0].start_s == pytest.approx(0.4)
    assert five[-1].end_s == pytest.approx(1.4)


@given(
    lengths=st.lists(st.integers(1, 9), min_size=1, max_size=12),
    times=st.lists(st.floats(0, 3, allow_nan=False), min_size=24, max_size=24),
    shift=st.integers(-6, 6),
)
def test_whatever_the_words_are_times_never_go_back(
    lengths: list[int], times: list[float], shift: int
) -> None:
    text = " ".join("x" * length for length in lengths)
    aligner, place = Aligner(text), 0
    for i, length in enumerate(lengths):
        start = max(0, place + (shift if i % 2 else 0))  # words that overlap, too
        aligner.add(start, min(start + length, len(text)), sorted(times[2 * i : 2 * i + 2]))
        place += length + 1
    aligner.finish(3.0)
    timed = aligner.take(math.inf)
    assert "".join(each.char for each in timed) == text
    assert all(a.start_s <= b.start_s + 1e-9 for a, b in pairwise(timed))
    assert all(each.end_s is not None for each in timed)


TEXTS = [
    ('Hello, "world" costs $5.50. OK?', None),
    (
        "<speak>Hi <break time='300ms'/><sub alias='World Wide Web'>WWW</sub> you &amp; me</speak>",
        None,
    ),
    ('Wait <break time="0.4s"/> here.', None),
    ("नमस्ते दुनिया", "hi"),
    ("Zażółć gęślą jaźń — e\u0301te\u0301!", "pl"),
    ("  Blanks around, and a smile 🙂 too.  ", None),
    ("1990", "de"),
]


@pytest.mark.parametrize(("text", "language"), TEXTS)
def test_real_speech_is_aligned_whole(studio: Studio, text: str, language: str | None) -> None:
    wording = worded(text)
    stream = studio.stream(Speech(wording.text, language=language))
    once, piecewise = OneText(wording), OneText(wording)
    told, heard_s, timed, said = 0, 0.0, [], []
    for block in stream:
        words = [word_facts(word) for word in stream.words[told:]]
        told += len(words)
        piecewise.add(words)
        heard_s += block.duration_s
        timed += piecewise.alignment.written.take(heard_s)
        said += piecewise.alignment.said.take(heard_s)
    piecewise.alignment.finish(heard_s)
    timed += piecewise.alignment.written.take(math.inf)
    said += piecewise.alignment.said.take(math.inf)
    once.add([word_facts(word) for word in stream.words])
    once.alignment.finish(heard_s)
    assert timed == once.alignment.written.take(math.inf)
    assert said == once.alignment.said.take(math.inf)
    _check(timed, text, heard_s)
    for word in stream.words:  # the first letter of a word begins with it
        start, stop = wording.source_span(word.start_char, word.end_char)
        letters = [each for each in timed[start:stop] if each.char.isalnum()]
        if letters and text[start:stop].isalpha():
            assert letters[0].start_s == pytest.approx(word.start_s)
            assert letters[-1].end_s == pytest.approx(word.end_s)
    plain = "".join(each.char for each in said)
    assert "<" not in plain
    assert "  " not in plain.strip()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "Hello,  world!  It is $5.50 — OK?",
            "Hello, world! It is five dollars and fifty cents — OK?",
        ),
        (
            'Dr. Ay (the 2nd) said: "No!"\n\nHe left...',
            'Doctor Ay (the second) said: "No!" He left...',
        ),
        ("Come at 5 p.m.", "Come at five P M."),
        ("“Quoted” – he  said…", "“Quoted” – he said…"),
        ("**Bold** text, 50% off.", "Bold text, fifty percent off."),
        (
            "<speak>Hi <break time='300ms'/> <sub alias='World Wide Web'>WWW</sub>.</speak>",
            "Hi World Wide Web.",
        ),
        ("[whispers] Psst, 3 mice.", "Psst, three mice."),
    ],
)
def test_what_is_said_has_its_punctuation_and_single_blanks(
    studio: Studio, text: str, said: str
) -> None:
    wording = worded(text, directions=True)
    aligned = OneText(wording)
    take = studio.stream(Speech(wording.text, engine="formant", language="en-us")).play()
    aligned.add([word_facts(word) for word in take.captions])
    aligned.alignment.finish(take.audio.duration_s)
    timed = aligned.alignment.said.take(math.inf)
    _check(timed, said, take.audio.duration_s)
    assert all(a.end_s == pytest.approx(b.start_s) for a, b in pairwise(timed))


def test_characters_come_with_the_sound_in_which_they_begin() -> None:
    aligner = Aligner("ab cd")
    aligner.add(0, 2, [0.0, 0.4])
    assert [each.char for each in aligner.take(0.1)] == ["a"]
    assert [each.char for each in aligner.take(0.5)] == ["b"]  # who knows how long the blank is
    aligner.add(3, 5, [0.6, 1.0])
    assert [each.char for each in aligner.take(0.7)] == [" ", "c"]
    aligner.finish(1.0)
    assert [each.char for each in aligner.take(math.inf)] == ["d"]
