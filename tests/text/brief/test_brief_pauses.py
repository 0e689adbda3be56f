"""Pauses and solos, in words."""

import pytest

from menura.tasks import Music
from menura.text.brief import read_brief


@pytest.mark.parametrize(
    ("words", "when", "unit", "lasts", "of"),
    [
        ("everything drops out at 0:32", 32.0, "s", 1.0, "bars"),
        ("all instruments stop at 12 seconds for one bar", 12.0, "s", 1.0, "bars"),
        ("everyone suddenly stops at bar 9 for 2 bars", 8.0, "bars", 2.0, "bars"),
        ("everything goes silent at 20 seconds for 3 seconds", 20.0, "s", 3.0, "s"),
        ("the full band stops halfway", 0.5, "share", 1.0, "bars"),
        ("at 0:16 everything drops out for 2 bars", 16.0, "s", 2.0, "bars"),
    ],
)
def test_all_are_silent_at_a_time(words, when, unit, lasts, of):
    brief = read_brief(Music(f"techno, {words}"))
    pause = brief.pauses[0]
    assert (pause.when, pause.unit, pause.lasts, pause.of) == (when, unit, lasts, of)
    assert brief.sections == ()
    assert (brief.shape, brief.duration_s, brief.bars, brief.entries) == ("", None, None, ())
    assert brief.ignored == ()


def test_what_follows_a_pause_is_told_of_its_own_time():
    brief = read_brief(Music("rock, everything stops at 12 seconds, drums come back at 0:20"))
    assert [pause.when for pause in brief.pauses] == [12.0]
    assert [(entry.who, entry.when) for entry in brief.entries] == [("drums", 20.0)]


@pytest.mark.parametrize(
    "words",
    [
        "everyone joins at 0:20",
        "drums drop out at 0:10",
        "everything louder at 0:20",
        "drop at 0:30",
    ],
)
def test_what_others_do_is_no_pause(words):
    assert read_brief(Music(f"rock, {words}")).pauses == ()


def test_who_goes_on_in_a_pause_is_not_shut_out():
    brief = read_brief(Music("house, everything drops out at 0:16 except the bass"))
    assert brief.pauses == ()
    assert brief.exclude == ()
    assert brief.refused == ("everything drops out at 0:16 except the bass",)


def test_a_pause_without_a_length_says_what_it_gets():
    notes = read_brief(Music("rock, everything drops out at 0:32")).notes
    assert any("not said for how long" in note for note in notes)


@pytest.mark.parametrize("words", ["funk with bass solo", "jazz trio, bass solo from 0:12 to 0:20"])
def test_a_bass_with_a_solo_stays_the_bass(words):
    wish = next(w for w in read_brief(Music(words)).instruments if "solo" in w.actions)
    assert wish.role == "bass"


def test_of_two_solos_the_bass_gives_way():
    brief = read_brief(Music("rock, guitar solo, bass solo"))
    assert not any("solo" in wish.actions for wish in brief.instruments)
    assert any("the bass plays on" in note for note in brief.notes)


def test_a_bass_alone_has_the_tune():
    assert read_brief(Music("bass solo")).instruments[0].role == "melody"


def test_who_enters_last_comes_in_late():
    entry = read_brief(Music("pop, flute comes in last")).entries[0]
    assert (entry.who, entry.unit) == ("flute", "share")
    assert entry.when > 0.5
