"""Sections: chords and players of each stretch."""

import numpy as np
import pytest

from menura.engines.music.arranger.casting import cast
from menura.engines.music.arranger.form import Stretch
from menura.engines.music.arranger.genres import read_genre
from menura.engines.music.arranger.sections import Setting, make_sections, who_plays
from menura.engines.music.chords import Chord
from menura.text.keys import Key

FORM = (
    Stretch(name="verse", bars=8, energy=0.5),
    Stretch(name="chorus", bars=8, energy=0.9),
    Stretch(name="verse", bars=8, energy=0.5),
)


def made(form=FORM, **changes):
    facts = {"genre": read_genre("pop"), "key": Key("D", "major"), "seed": 3, "loop": False}
    names = [("piano",)] * len(form)
    return make_sections(form, names, Setting(**{**facts, "closing": "", **changes}))


def test_sections_of_one_name_begin_alike_and_have_seeds_of_their_own():
    one, other, two = made()
    assert one.chords[:4] == two.chords[:4]
    assert len({one.seed, other.seed, two.seed}) == 3


def test_the_last_bar_is_the_tonic_unless_it_goes_round():
    assert Chord.parse(made()[-1].chords[-1].split()[-1]).root == 2
    assert [section.mode for section in made(closing="minor")] == ["", "", "minor"]


@pytest.mark.parametrize("ground", [1, 2, 4])
def test_a_ground_comes_again(ground):
    for section in made(ground_bars=ground)[:-1]:
        whole = section.chords
        assert all(whole[bar] == whole[bar % ground] for bar in range(section.bars))
    assert Chord.parse(made(ground_bars=ground)[-1].chords[-1].split()[-1]).root == 2


def test_every_part_plays_somewhere_and_no_section_is_without_harmony():
    band = cast(read_genre("progressive house"), [], (), np.random.default_rng(1))
    form = [Stretch(name=n, bars=8, energy=e, presence=e) for n, e in (("intro", 0.1), ("drop", 1))]
    names = who_plays(band, form, everybody=False)
    assert set().union(*names) == {slot.name for slot in band.slots}
    roles = {slot.name: slot.role for slot in band.slots}
    assert all({roles[n] for n in playing} & {"chords", "pad", "arp"} for playing in names)
    everybody = who_plays(band, form, everybody=True)
    assert all(len(playing) == len(band.slots) for playing in everybody)
