"""Who comes in when: a time beside a player or a section is no length of the piece."""

import pytest

from menura.tasks import Music
from menura.text.brief import read_brief


@pytest.mark.parametrize(
    ("prompt", "entries"),
    [
        ("pop, drums enter at 10 seconds", [("drums", 10.0, "s")]),
        ("calm piano, strings come in after 20 s", [("strings", 20.0, "s")]),
        ("house with a drop at 0:30", [("drop", 30.0, "s")]),
        ("funk, bass joins at bar 5", [("bass", 4.0, "bars")]),
        ("trance, bass drop after 16 bars", [("drop", 16.0, "bars")]),
        ("strings enter in the fifth bar", [("strings", 4.0, "bars")]),
        ("strings enter at the 5th bar", [("strings", 4.0, "bars")]),
        ("rock, guitar solo at 0:40", [("solo", 40.0, "s")]),
        ("piano and strings, at 15 seconds the drums kick in", [("drums", 15.0, "s")]),
        ("pop without drums for the first 10 seconds", [("drums", 10.0, "s")]),
        ("pop, no bass during the first 8 bars", [("bass", 8.0, "bars")]),
        ("orchestral, brass enters 20 seconds in", [("brass", 20.0, "s")]),
        ("folk, drums and bass enter at bar 9", [("drums", 8.0, "bars"), ("bass", 8.0, "bars")]),
        ("ambient, after 12 seconds a soft flute joins in", [("flute", 12.0, "s")]),
        ("jazz, saxophone starts at second 6", [("saxophone", 6.0, "s")]),
        ("ballad, strings enter halfway", [("strings", 0.5, "share")]),
        ("a beat, no drums until bar 5", [("drums", 4.0, "bars")]),
        ("drums don't come in until 0:20", [("drums", 20.0, "s")]),
        (
            "at bar 5 the strings and the brass come in, at bar 9 drums",
            [("strings", 4.0, "bars"), ("brass", 4.0, "bars"), ("drums", 8.0, "bars")],
        ),
        (
            "piano at 0:05, bass at 0:10, drums at 0:15",
            [("piano", 5.0, "s"), ("bass", 10.0, "s"), ("drums", 15.0, "s")],
        ),
    ],
)
def test_a_time_beside_a_player_is_an_entry(prompt, entries):
    brief = read_brief(Music(prompt))
    assert [(e.who or e.section, e.when, e.unit) for e in brief.entries] == entries
    assert not any(entry.leaves or entry.others for entry in brief.entries)
    assert brief.duration_s is None
    assert brief.bars is None
    assert brief.ignored == ()
    assert brief.exclude == ()
    assert "kick" not in {wish.name for wish in brief.instruments}
    assert all(entry.phrase for entry in brief.entries)
    assert brief.understood["entries"]


@pytest.mark.parametrize(
    "prompt",
    [
        "strings at -5 seconds",
        "rock, drums at bar -3",
        "funk, bass joins at bar 0",
        "rock, drums enter at 99999999 seconds",
        "rock, drums enter at bar 9999999",
        "rock, no drums until 99999999 seconds",
        "drums from bar 5 to bar 9999999",
    ],
)
def test_a_time_that_no_piece_has_is_told_and_is_no_length(prompt):
    brief = read_brief(Music(prompt))
    assert [entry.when for entry in brief.entries] in ([], [4.0])
    assert (brief.duration_s, brief.bars) == (None, None)
    assert brief.ignored


@pytest.mark.parametrize(
    ("prompt", "entries"),
    [
        ("pop, drums stop at 20 s", [(20.0, True)]),
        ("drums until bar 5", [(4.0, True)]),
        ("pop, drums in at 10s, out at 20s", [(10.0, False), (20.0, True)]),
        ("drums drop out at 0:10 and back in at 0:20", [(10.0, True), (20.0, False)]),
        ("drums from 0:10 to 0:20", [(10.0, False), (20.0, True)]),
        ("pop, chorus from 0:20 to 0:40", [(20.0, False), (40.0, True)]),
        ("folk, drums stop at 50s", [(50.0, True)]),
        (
            "the flute plays from 0:05 to 0:15 and again from 0:25",
            [(5.0, False), (15.0, True), (25.0, False)],
        ),
        ("funk, drums enter at 0:10 and stop at 50 seconds", [(10.0, False), (50.0, True)]),
        ("rock, drums play softly and stop at 50 seconds", [(50.0, True)]),
        ("rock, drums start at 0:05 and then they stop at 0:50", [(5.0, False), (50.0, True)]),
    ],
)
def test_who_stops_is_told_from_who_comes_in(prompt, entries):
    brief = read_brief(Music(prompt))
    assert [(entry.when, entry.leaves) for entry in brief.entries] == entries
    assert brief.duration_s is None


def test_only_one_until_a_bar_means_that_the_others_come_in():
    brief = read_brief(Music("pop, only piano until bar 5"))
    assert [(e.who, e.when, e.others) for e in brief.entries] == [("piano", 4.0, True)]
    assert not brief.only_named


@pytest.mark.parametrize(
    ("prompt", "said"),
    [
        ("pop, last 3 seconds fade", ["3 seconds"]),
        ("house, drums fade in over 8 bars", ["8 bars", "fade in"]),
    ],
)
def test_a_part_of_the_time_is_no_length_and_is_told(prompt, said):
    brief = read_brief(Music(prompt))
    assert (brief.duration_s, brief.bars) == (None, None)
    assert sorted(brief.ignored) == said


def test_who_begins_alone_is_not_alone_when_others_come_in():
    brief = read_brief(Music("piano starts alone, after 10 seconds the orchestra joins"))
    assert not brief.only_named
    assert [entry.who for entry in brief.entries] == ["orchestra"]
    assert read_brief(Music("piano alone, sad")).only_named


@pytest.mark.parametrize(
    ("prompt", "duration_s", "bars", "bpm"),
    [
        ("piano for 30 seconds", 30.0, None, None),
        ("30 second jingle in D major", 30.0, None, None),
        ("a drum loop of 8 bars", None, 8, None),
        ("drums, at 128", None, None, 128.0),
        ("ends after 30 seconds", 30.0, None, None),
        ("pop, fades out after 30 seconds with a bang", 30.0, None, None),
        ("pop at 30 seconds with drums", 30.0, None, None),
        ("folk, after 20 s it gets louder", None, None, None),
        ("piano, drums, 0:45", 45.0, None, None),
        ("music for a video that starts at 9:30 am", None, None, None),
    ],
)
def test_a_length_stays_a_length(prompt, duration_s, bars, bpm):
    brief = read_brief(Music(prompt))
    assert brief.entries == ()
    assert (brief.duration_s, brief.bars, brief.bpm) == (duration_s, bars, bpm)


def test_a_length_and_an_entry_are_told_apart():
    brief = read_brief(Music("30 seconds of pop, drums from 0:08"))
    assert brief.duration_s == 30.0
    assert [(e.who, e.when) for e in brief.entries] == [("drums", 8.0)]


def test_a_prompt_of_nothing_but_entries_is_read_in_time():
    brief = read_brief(Music("drums at 1 s, " * 400))
    assert len(brief.entries) == 32


@pytest.mark.parametrize(
    ("prompt", "duration_s"),
    [
        ("pop, leave at 20 seconds", None),
        ("pop, they disappear at 0:40", None),
        ("upbeat pop, stop at 50 seconds", 50.0),
        ("strings enter at 10 seconds, ends at 60 seconds", 60.0),
    ],
)
def test_only_the_end_of_the_piece_is_its_length(prompt, duration_s):
    assert read_brief(Music(prompt)).duration_s == duration_s


@pytest.mark.parametrize(
    ("prompt", "after"),
    [
        ("rock, drums enter after 10 seconds", True),
        ("rock, after 10 seconds the drums come in", True),
        ("rock, drums enter at 10 seconds", False),
        ("rock, drums enter after 4 bars", False),
    ],
)
def test_who_comes_in_after_a_time_is_not_there_before(prompt, after):
    assert [entry.after for entry in read_brief(Music(prompt)).entries] == [after]
