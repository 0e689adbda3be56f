"""Instruments that are not to be had: who plays in their place, and that it is said."""

import pytest

from menura.tasks import Music
from menura.text.brief import read_brief
from menura.text.brief.vocabulary import vocabulary

FACTS = vocabulary()


@pytest.mark.parametrize("name", FACTS.stand_ins)
def test_somebody_near_plays_and_it_is_said(name):
    facts = FACTS.stand_ins[name]
    assert facts["plays"] in FACTS.instruments
    assert facts["genre"] in FACTS.genres
    for words in facts["words"]:
        brief = read_brief(Music(f"{words}, please"))
        assert [wish.name for wish in brief.instruments] == [facts["plays"]], words
        assert brief.notes[0].startswith(f"{name} -> ")
        assert facts["why"] in brief.notes[0]
        assert brief.ignored == ()
        assert brief.genres


@pytest.mark.parametrize("name", ["lute", "steelpan", "Rhodes", "fiddle", "bassoon", "sitar"])
def test_who_is_there_plays_and_nothing_is_said(name):
    assert read_brief(Music(name)).notes == ()


def test_a_named_instrument_and_one_that_it_stands_in_for_are_two():
    brief = read_brief(Music("violin and erhu"))
    assert [wish.name for wish in brief.instruments] == ["violin", "violin"]


def test_the_field_says_it_too():
    brief = read_brief(Music("folk", instruments=("bouzouki", "flute")))
    assert [wish.name for wish in brief.instruments] == ["mandolin", "flute"]
    assert brief.notes[-1].startswith("bouzouki -> mandolin")


def test_a_genre_that_is_named_stays():
    assert read_brief(Music("techno with a didgeridoo")).genres == ("techno",)


def test_without_what_is_not_there_nobody_is_missing():
    brief = read_brief(Music("no theremin"))
    assert brief.exclude == brief.instruments == ()


@pytest.mark.parametrize("prompt", ["soft Rhodes", "jazz with soft Rhodes", "rock, soft Rhodes"])
def test_a_soft_rhodes_is_an_electric_piano(prompt):
    (wish,) = read_brief(Music(prompt)).instruments
    assert wish.choices == ("electric piano",)
    assert wish.qualities == ("soft",)


def test_a_second_genre_brings_somebody():
    assert read_brief(Music("orchestral metal")).suggested[-2:] == ("distorted guitar", "rock kit")
    assert read_brief(Music("bossa nova for a cafe scene")).suggested == ()


def test_beside_others_no_stand_in_chooses_the_genre():
    brief = read_brief(Music("mandolin, tuba and theremin"))
    assert brief.genres == ()
    assert [wish.stands_in for wish in brief.instruments] == [False, False, True]
