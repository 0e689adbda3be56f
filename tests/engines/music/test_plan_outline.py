"""Outline: which sections a piece gets; what a genre is about is the larger part of it."""

import itertools
import tomllib
from importlib import resources

import numpy as np
import pytest

from menura.engines.music import arranger
from menura.engines.music.arranger.genres import genre_names, read_genre
from menura.engines.music.arranger.outline import outline
from menura.engines.music.arranger.timing import Fit
from menura.text.brief import MusicBrief

FACTS = tomllib.loads((resources.files(arranger) / "sections.toml").read_text(encoding="utf-8"))


def laid_out(genre, bars, seed=1, duration_s=None, **asked):
    fit = Fit(bpm=120.0, bars=bars, duration_s=duration_s or 2.0 * bars + 2)
    brief = MusicBrief(**asked)
    return outline(brief, read_genre(genre), fit, (), np.random.default_rng(seed))


def passes(stretch):
    return FACTS.get(stretch.name, {}).get("passing", False)


@pytest.mark.parametrize("genre", genre_names())
def test_what_a_genre_is_about_is_more_than_half_of_it(genre):
    for bars, seed in itertools.product((6, 8, 10, 12, 15, 17, 24, 33, 48, 64), range(4)):
        form = laid_out(genre, bars, seed, duration_s=13.0 if bars < 12 else None)
        core = sum(stretch.bars for stretch in form if not passes(stretch))
        assert sum(stretch.bars for stretch in form) == bars
        assert 2 * core > bars, form
        assert form[-1].name not in {"build", "breakdown", "bridge", "interlude"}


def test_short_drum_and_bass_drops():
    for bars, seed in itertools.product(range(8, 21), range(6)):
        form = laid_out("drum and bass", bars, seed)
        drops = sum(stretch.bars for stretch in form if stretch.name == "drop")
        assert drops > bars / 2, form


def test_a_spelt_form_and_sections_asked_for_stay():
    form = laid_out("drum and bass", 12, form=("breakdown", "drop", "breakdown"))
    assert [stretch.name for stretch in form] == ["breakdown", "drop", "breakdown"]
    form = laid_out("house", 16, sections=("breakdown",))
    assert "breakdown" in [stretch.name for stretch in form]


def test_a_piece_of_seconds_has_one_section():
    assert len(laid_out("pop", 4, duration_s=9.0)) == 1
