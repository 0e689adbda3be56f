"""Wishes: what a brief asks of players, and what moods and roles add to it."""

import pytest

from menura.engines.music.arranger.genres import read_genre
from menura.engines.music.arranger.players import players
from menura.engines.music.arranger.wishes import further_wishes, read_wishes
from menura.text.brief import InstrumentWish, MusicBrief


def wish(name, **changes):
    return InstrumentWish(name=name, choices=(name,), **changes)


def test_the_lead_comes_first_and_has_the_tune():
    brief = MusicBrief(instruments=(wish("piano"), wish("flute")), lead="flute")
    found, notes = read_wishes(brief)
    assert [each.instrument for each in found] == ["flute", "piano"]
    assert found[0].role == "melody"
    assert notes == []


def test_who_does_not_exist_is_named():
    found, notes = read_wishes(MusicBrief(instruments=(wish("theremin of doom"),)))
    assert found == []
    assert notes == ["there is no instrument 'theremin of doom': it does not play"]


def test_an_action_is_kept_and_takes_the_tune_from_the_lead():
    brief = MusicBrief(instruments=(wish("french horn", actions=("answer",)),), lead="french horn")
    (found,), _ = read_wishes(brief)
    assert (found.action, found.role) == ("answer", "")


@pytest.mark.parametrize("role", ["arp", "drums", "counter"])
def test_a_role_that_nobody_has_gets_a_player(role):
    genre = read_genre("solo piano")
    (found,) = further_wishes(MusicBrief(roles=(role,)), genre, [], only=False)
    assert found.role == role
    assert all(role in players()[name].roles for name in found.choices)


def test_what_moods_suggest_is_asked_once():
    genre = read_genre("pop")
    named, _ = read_wishes(MusicBrief(instruments=(wish("ukulele"),)))
    brief = MusicBrief(suggested=("ukulele", "glockenspiel", "nothing such"))
    found = further_wishes(brief, genre, named, only=False)
    assert [each.instrument for each in found] == ["glockenspiel"]
