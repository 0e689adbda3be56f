"""Lengths of sections, decades and phrases that look like something else."""

import pytest

from menura.tasks import Music
from menura.text.brief import read_brief


@pytest.mark.parametrize(
    ("prompt", "lengths"),
    [
        ("rock with a 10 second intro", [("intro", 10.0, "s")]),
        ("house, intro of 8 bars", [("intro", 8.0, "bars")]),
        ("trance, build for 8 bars then drop", [("build", 8.0, "bars")]),
        (
            "hip hop, 8 second intro and 4 bars of outro",
            [("intro", 8.0, "s"), ("outro", 4.0, "bars")],
        ),
        ("pop, an intro that lasts exactly 8 bars", [("intro", 8.0, "bars")]),
        ("10 second intro, then a verse, rock", [("intro", 10.0, "s")]),
        ("10 second intro, rock, one minute long", [("intro", 10.0, "s")]),
    ],
)
def test_a_section_has_a_length_of_its_own(prompt, lengths):
    brief = read_brief(Music(prompt))
    told = [entry for entry in brief.entries if entry.lasts]
    assert [(entry.section, entry.when, entry.unit) for entry in told] == lengths
    assert brief.duration_s == (60.0 if "minute" in prompt else None)
    assert brief.bars is None
    assert brief.ignored == ()
    assert all(entry.phrase in prompt for entry in told)


@pytest.mark.parametrize(
    ("prompt", "duration_s"),
    [("10 second intro, rock", 10.0), ("happy intro of 5 seconds for a podcast", 5.0)],
)
def test_one_section_that_is_all_is_the_piece(prompt, duration_s):
    brief = read_brief(Music(prompt))
    assert brief.duration_s == duration_s
    assert brief.entries == ()
    timed = read_brief(Music(prompt, duration_s=60.0))
    assert [entry.lasts for entry in timed.entries] == [True]


def test_sections_that_all_have_their_bars_are_the_form():
    brief = read_brief(Music("8 bar intro, 16 bar verse, 8 bar chorus, rock"))
    assert brief.form == ("intro", "verse", "chorus")
    assert brief.bars == 32
    given = read_brief(Music("8 bar intro, 16 bar verse, 8 bar chorus, rock", duration_s=90.0))
    assert (given.duration_s, given.bars) == (90.0, None)


@pytest.mark.parametrize(
    ("prompt", "duration_s"),
    [
        ("folk ending at 50 s", 50.0),
        ("folk that ends at 50s", 50.0),
        ("rock, 60 s", 60.0),
        ("80s synthwave", None),
        ("a 50s jazz tune", None),
        ("80 s synthwave", None),
    ],
)
def test_a_time_is_told_from_a_decade(prompt, duration_s):
    brief = read_brief(Music(prompt))
    assert brief.duration_s == duration_s
    assert ("vintage" in brief.mix) == ("50s jazz" in prompt)


def test_a_decade_alone_may_have_been_a_length_and_that_is_said():
    assert any("50 seconds" in note for note in read_brief(Music("string quartet, 50s")).notes)
    assert read_brief(Music("a 50s jazz tune")).notes == ()
    assert read_brief(Music("string quartet, 50s", duration_s=50.0)).notes == ()


def test_a_silence_is_no_length_and_is_told():
    brief = read_brief(Music("cinematic, 15 seconds of silence, then drums"))
    assert brief.duration_s is None
    assert brief.ignored == ("15 seconds of silence",)


def test_many_lengths_are_read_in_time():
    assert read_brief(Music("intro 8 bars, " * 1400)).bars == 8
    assert len(read_brief(Music("intro of 8 bars, " * 1100)).entries) == 1


@pytest.mark.parametrize(
    ("prompt", "key"),
    [
        ("starts in C major and modulates to E flat major", "C major"),
        ("folk in G that modulates to A", "G major"),
        ("pop in D, key change to E", "D major"),
    ],
)
def test_a_piece_stays_in_the_key_it_begins_in_and_says_so(prompt, key):
    brief = read_brief(Music(prompt))
    assert str(brief.key) == key
    assert any(words in {"modulates", "key change"} for words in brief.ignored)


@pytest.mark.parametrize(
    ("prompt", "bpm"),
    [
        ("dubstep 140", 140.0),
        ("techno 132 with acid bass", 132.0),
        ("house 2000", None),
        ("techno 132 bars", None),
        ("jazz 4 players", None),
        ("dubstep 140 at 150 bpm", 150.0),
    ],
)
def test_a_number_behind_a_genre_is_its_tempo_if_it_can_be(prompt, bpm):
    assert read_brief(Music(prompt)).bpm == bpm


@pytest.mark.parametrize(
    ("prompt", "field", "value"),
    [
        ("half time metal, drop tuned guitars", "sections", ()),
        ("samba with a full band", "suggested", ()),
        ("synth pop, hit ending", "ending", "hit"),
        ("moody trip hop", "genres", ("boom bap",)),
        ("grand organ toccata", "lead", "church organ"),
    ],
)
def test_phrases_that_look_like_something_else(prompt, field, value):
    assert getattr(read_brief(Music(prompt)), field) == value


def test_what_is_refused_is_among_what_is_ignored():
    brief = read_brief(Music("pop with female vocals and zzyzx"))
    assert brief.refused == ("female vocals",)
    assert set(brief.refused) < set(brief.ignored)
