"""What a brief says beside names and numbers: moods, touch, density, uses, what to avoid."""

from __future__ import annotations

import functools

import numpy as np
import pytest

from menura.engines.music.arranger.arranging import arrange
from menura.engines.music.arranger.choosing import choose_genre
from menura.engines.music.arranger.seating import Wish
from menura.engines.music.arranger.writing.expression import expression_of
from menura.engines.music.arranger.writing.styles import style_of, touch_of
from menura.engines.music.plan import Part
from menura.tasks import Music


@functools.cache
def arranged(prompt, seed=1, duration_s=40.0):
    return arrange(Music(prompt, duration_s=duration_s, seed=seed))


def tune(piece):
    part = next(part for part in piece.plan.parts if part.role == "melody")
    return piece.events[part.name]


def mean(prompt, what, seeds=(1, 2, 3)):
    return float(np.mean([what(arranged(prompt, seed)) for seed in seeds]))


def loudness(piece):
    return np.mean([event.velocity for event in tune(piece)])


def rate(piece):
    return len(tune(piece)) / 40


def height(piece):
    return np.mean([event.pitch for event in tune(piece)])


def shares(piece):
    """Returns how long notes are held, against the time to the next one."""
    starts = np.array([event.start_s for event in tune(piece)])
    lengths = np.array([event.length_s for event in tune(piece)])
    gaps = np.diff(starts)
    return np.median((lengths[:-1] / gaps)[(gaps > 0.05) & (gaps < 1.5)])


PAIRS = {
    "force": ("aggressive pop with flute", "calm pop with flute", loudness, 0.05),
    "density": ("frantic folk, busy", "folk, sparse and still", rate, 0.3),
    "register": ("hopeful happy folk with violin", "dark folk with violin", height, 0.5),
    "length": ("playful bouncy folk with flute", "tender dreamy folk with flute", shares, -0.1),
}


@pytest.mark.parametrize("name", PAIRS)
def test_moods_change_how_a_tune_is_played(name):
    more, less, what, by = PAIRS[name]
    if by > 0:
        assert mean(more, what) > mean(less, what) + by
    else:
        assert mean(more, what) < mean(less, what) + by


def test_a_mood_edited_in_the_plan_is_heard():
    piece = arranged("folk song without words")
    assert expression_of(piece.plan).dynamics == 0
    assert expression_of(arranged("soft calm folk").plan).dynamics < 0


@pytest.mark.parametrize(
    ("style", "role", "instrument", "known"),
    [
        ("soft rhodes", "chords", "electric piano", "rhodes"),
        ("lazy", "bass", "finger bass", "lazy"),
        ("lazy root fifth", "bass", "finger bass", "root fifth"),
        ("soft", "chords", "piano", "pop piano"),
        ("lofi", "drums", "brush kit", "lofi"),
    ],
)
def test_words_for_touch_stand_before_a_style(style, role, instrument, known):
    plan = arranged("pop").plan
    part = Part(name="x", role=role, instrument=instrument, style=style)
    assert style_of(plan, part) == known
    assert bool(touch_of(part)) == (style != "lofi")


def test_what_is_not_to_be_had_is_said():
    piece = arranged("calm piano with rain, a crowd, white noise and vinyl crackle")
    assert piece.plan.textures == ("rain", "crowd", "vinyl")
    assert "texture not made: noise" in piece.ignored
    assert not any(name in note for note in piece.ignored for name in piece.plan.textures)
    assert arranged("warm wide pop").plan.mix == ("warm", "wide")
    assert arranged("pop, compressed mix").plan.mix == ("compressed",)


def test_what_is_turned_down_does_not_come():
    assert "breakdown" not in {s.name for s in arranged("house, no breakdown").plan.sections}
    assert "breakdown" in {s.name for s in arranged("house with a breakdown").plan.sections}
    wishes = [Wish(choices=("banjo",))]
    first = choose_genre(("cheerful",), wishes, ())
    assert choose_genre(("cheerful",), wishes, (), (first,)) != first


@pytest.mark.parametrize(
    ("prompt", "genre"),
    [("music to code by", "lofi"), ("music for sleeping", "lullaby"), ("workout music", "house")],
)
def test_a_use_chooses_a_genre_where_nothing_else_does(prompt, genre):
    assert arranged(prompt).plan.genre == genre


def test_drums_that_fit_no_meter_are_reported():
    for meter in ("9/8", "5/8", "7/4", "3/8", "2/2", "3/2", "6/4"):
        piece = arrange(Music("techno", meter=meter, duration_s=20.0, seed=1))
        assert any(meter in note and "plays" in note for note in piece.ignored), meter
        drums = next(line for line in piece.score.lines if line.part == "drums")
        assert len(drums.notes) > 20


def test_a_piece_turns_to_the_moods_of_its_end():
    turned = arranged("calm folk, then triumphant at the end").plan
    plain = arranged("calm folk").plan
    assert turned.sections[-1].energy > plain.sections[-1].energy + 0.1
