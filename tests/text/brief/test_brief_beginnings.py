"""How a piece begins: quietly, or with a piano alone."""

from __future__ import annotations

import pytest

from menura.tasks import Music
from menura.text.brief import read_brief


@pytest.mark.parametrize(
    "prompt",
    [
        "epic trailer music, starts quiet",
        "rock, begins softly",
        "metal that starts very quiet and soft",
        "epic orchestral, starts quiet and builds",
        "energetic pop with a quiet beginning",
    ],
)
def test_a_quiet_start_is_a_low_energy_there_and_no_mood_of_the_piece(prompt):
    brief = read_brief(Music(prompt))
    assert brief.energy[0] == (0.0, 0.15)
    assert max(energy for _, energy in brief.energy) > 0.7
    assert not {"calm", "tender"} & set(brief.moods)
    assert not brief.ignored


@pytest.mark.parametrize(
    "prompt", ["rock, drums start softly at 20 seconds", "no quiet start, metal", "calm piano"]
)
def test_what_only_sounds_like_it_gives_no_curve(prompt):
    assert not read_brief(Music(prompt)).energy


@pytest.mark.parametrize(
    ("prompt", "genres"),
    [
        ("epic trailer music, starts quiet with solo piano", ("cinematic",)),
        ("starts with solo piano, then epic orchestra", ("orchestral",)),
        ("pop ballad with solo piano intro", ("ballad",)),
        ("jazz trio with piano solo", ("jazz swing",)),
        ("jazz trio, piano solo starts at 10 seconds", ("jazz swing",)),
        ("rock, piano solo from 0:30", ("rock",)),
        ("jazz, solo piano", ("jazz swing", "solo piano")),
        ("waltz for solo piano", ("waltz", "solo piano")),
        ("solo piano, drums enter at 8 seconds", ("solo piano",)),
    ],
)
def test_a_piano_that_begins_or_has_a_solo_is_a_player_beside_another_genre(prompt, genres):
    brief = read_brief(Music(prompt))
    assert brief.genres == genres
    if "solo piano" not in genres:
        assert "piano" in [wish.name for wish in brief.instruments]
    assert not brief.ignored


def test_a_piano_that_begins_is_alone_until_the_others_come_in():
    brief = read_brief(
        Music("epic trailer music, starts quiet with solo piano, drums and brass at 20 seconds")
    )
    told = [(entry.who, entry.when, entry.others) for entry in brief.entries]
    assert told == [("piano", 20.0, True), ("drums", 20.0, False), ("brass", 20.0, False)]
    assert not brief.only_named
    assert brief.duration_s is None


def test_the_time_of_a_solo_is_no_length():
    brief = read_brief(Music("jazz trio, piano solo starts at 10 seconds"))
    assert [(entry.section, entry.when) for entry in brief.entries] == [("solo", 10.0)]
    assert brief.duration_s is None
