"""Wishes: what a brief asks of players, and what moods and roles add to it."""

import numpy as np
import pytest

from menura.engines.music.arranger.casting import cast
from menura.engines.music.arranger.genres import read_genre
from menura.engines.music.arranger.players import players
from menura.engines.music.arranger.seating import Wish
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


def seated(genre, wish, seed):
    """Returns a genre's band with a wished player in it."""
    return cast(read_genre(genre), [wish], [], np.random.default_rng(seed))


@pytest.mark.parametrize(
    ("genre", "player"), [("house", "hand percussion"), ("pop", "strings"), ("waltz", "clarinet")]
)
def test_who_is_asked_for_is_louder(genre, player):
    gains = {}
    for slot in read_genre(genre).slots:
        gains[slot.name] = slot.gain_db
    for seed in range(4):
        band = seated(genre, Wish(choices=(player,)), seed)
        (slot,) = [slot for slot in band.slots if slot.name in band.wished]
        usual = max(gains.get(slot.name, -20.0), -4.0)
        assert slot.role in {"melody", "bass", "drums"} or slot.gain_db >= usual


def test_who_has_the_tune_is_not_louder_for_being_asked():
    usual = next(slot.gain_db for slot in read_genre("waltz").slots if slot.role == "melody")
    band = seated("waltz", Wish(choices=("accordion",), role="melody"), 1)
    assert [slot.gain_db for slot in band.slots if slot.name in band.wished] == [usual]


@pytest.mark.parametrize(
    ("genre", "player"), [("jazz swing", "vibraphone"), ("lofi", "electric piano")]
)
def test_who_has_the_tune_does_not_accompany_himself_if_another_can(genre, player):
    for seed in range(12):
        band = seated(genre, Wish(choices=(player,), role="melody"), seed)
        able = {s.name: s.instruments for s in read_genre(genre).slots if len(s.instruments) > 1}
        doubled = [
            slot.name
            for slot in band.slots
            if slot.instruments[0] == player and slot.role != "melody" and slot.name in able
        ]
        assert doubled == []


@pytest.mark.parametrize(
    ("genre", "player", "role"),
    [("solo piano", "piano", "chords"), ("metal", "distorted guitar", "chords")],
)
def test_who_has_the_tune_keeps_what_nobody_else_can_play(genre, player, role):
    for seed in range(6):
        band = seated(genre, Wish(choices=(player,), role="melody"), seed)
        assert role in [slot.role for slot in band.slots]
