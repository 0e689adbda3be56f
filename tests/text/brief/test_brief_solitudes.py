"""Who is alone for a part of the piece: a section, its beginning or end, or from a time on."""

import pytest

from menura.tasks import Music
from menura.text.brief import read_brief


@pytest.mark.parametrize(
    ("prompt", "who", "section", "place"),
    [
        ("house 124bpm, 8 bar intro just drums, drop at 0:31", ("drums",), "intro", ""),
        ("techno, intro: only drums", ("drums",), "intro", ""),
        ("rock that starts with only a guitar, then drums", ("guitar",), "intro", ""),
        ("pop, strings alone in the bridge", ("strings",), "bridge", ""),
        ("pop, chorus at 0:20 with only piano", ("piano",), "chorus", ""),
        ("techno, breakdown with only bass and drums", ("bass", "drums"), "breakdown", ""),
        ("orchestra and choir, starts quiet with only strings", ("strings",), "", "start"),
        ("synthwave, at first just a soft pad", ("pad",), "", "start"),
        ("rock, ends with only a piano", ("piano",), "", "end"),
        ("pop, a climax at 0:20 and then only a solo flute", ("flute",), "climax", "after"),
        ("pop with drums, then just a piano", ("piano",), "", "end"),
    ],
)
def test_who_is_alone_in_a_part_of_the_piece_is_not_alone_in_all_of_it(prompt, who, section, place):
    brief = read_brief(Music(prompt))
    assert [(s.who, s.section, s.place) for s in brief.solitudes] == [(who, section, place)]
    assert not brief.only_named
    assert brief.understood["solitudes"]
    assert set(who) <= {wish.name for wish in brief.instruments}


@pytest.mark.parametrize(
    "prompt",
    [
        "only drums",
        "piano alone, sad",
        "just guitar and bass",
        "techno, kick and snare only",
        "just a simple piano intro",
        "happy intro with only a ukulele",
        "a pop intro with only a piano, calm",
        "only piano for 30 seconds",
    ],
)
def test_who_is_alone_in_all_of_it_has_no_part_of_it(prompt):
    brief = read_brief(Music(prompt))
    assert brief.only_named
    assert brief.solitudes == ()


def test_from_a_time_on_all_others_stop():
    brief = read_brief(Music("rock, at 20 seconds only bass and drums"))
    entries = [(e.who, e.beside, e.when, e.leaves, e.others) for e in brief.entries]
    assert entries == [("bass", ("drums",), 20.0, True, True)]
    assert not brief.only_named
    assert brief.duration_s is None


@pytest.mark.parametrize(
    ("prompt", "who", "beside", "unit"),
    [
        ("jazz, just bass and drums until 0:20", "bass", ("drums",), "s"),
        ("rock, guitar alone for the first 8 bars", "guitar", (), "bars"),
    ],
)
def test_until_a_time_all_others_wait(prompt, who, beside, unit):
    brief = read_brief(Music(prompt))
    entries = [(e.who, e.beside, e.unit, e.leaves, e.others) for e in brief.entries]
    assert entries == [(who, beside, unit, False, True)]
    assert not brief.only_named


def test_a_section_with_few_has_its_time_and_they_play_before_it():
    brief = read_brief(Music("techno, breakdown with only bass and drums at 12 seconds"))
    assert [(e.section, e.who, e.when) for e in brief.entries] == [("breakdown", "", 12.0)]


def test_who_begins_alone_is_so_until_others_come_in():
    brief = read_brief(Music("synthwave, bass alone at first, drums come in at 8 seconds"))
    assert [(s.who, s.place) for s in brief.solitudes] == [(("bass",), "start")]
    assert [(e.who, e.when) for e in brief.entries] == [("drums", 8.0)]


def test_many_words_for_alone_are_no_trouble():
    assert read_brief(Music("intro only drums, " * 500)).solitudes
