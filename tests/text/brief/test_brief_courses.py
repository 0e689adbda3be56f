"""Tempi that change on the way, and numbers that words contradict."""

import pytest

from menura.tasks import Music
from menura.text.brief import TempoCourse, read_brief


@pytest.mark.parametrize(
    ("prompt", "change", "start", "end", "at_end"),
    [
        ("accelerando from 80 to 160", "faster", 80, 160, False),
        ("starts at 90 bpm and ends at 140", "faster", 90, 140, False),
        ("from 140 to 90 bpm techno", "slower", 140, 90, False),
        ("120 bpm speeding up to 150 bpm", "faster", 120, 150, False),
        ("speeds up to 160 bpm", "faster", None, 160, False),
        ("klezmer, 100 bpm, faster and faster", "faster", 100, None, False),
        ("folk dance that speeds up", "faster", None, None, False),
        ("ritardando", "slower", None, None, True),
        ("rock that slows down at the end", "slower", None, None, True),
        ("slows down", "slower", None, None, False),
        ("starts slow and ends fast", "faster", 62, 145, False),
    ],
)
def test_a_changing_tempo_is_read(prompt, change, start, end, at_end):
    brief = read_brief(Music(prompt))
    assert brief.tempo_course == TempoCourse(
        change=change, start_bpm=start, end_bpm=end, at_end=at_end
    )
    assert brief.bpm is None
    assert brief.ignored == brief.notes == ()
    assert "tempo_course" in brief.understood


@pytest.mark.parametrize(
    "prompt",
    ["90-100 bpm", "100 to 120 bpm house", "90 bpm, no, 110 bpm", "fast", "from 8 to 16 bars"],
)
def test_what_is_a_range_or_a_correction_is_no_change(prompt):
    assert read_brief(Music(prompt)).tempo_course is None


def test_the_field_wins_over_two_tempi_and_starts_a_change_in_words():
    two = read_brief(Music("from 90 to 140 bpm", bpm=100))
    assert (two.tempo_course, two.bpm) == (None, 100.0)
    assert "gives way" in two.notes[0]
    assert read_brief(Music("speeds up", bpm=100)).tempo_course == TempoCourse(
        change="faster", start_bpm=100.0
    )


@pytest.mark.parametrize(
    ("prompt", "overruled"),
    [
        ("happy at 200 bpm, adagio", "'adagio' gives way: 200 bpm is asked for"),
        ("presto, 60 bpm", "'presto' gives way: 60 bpm is asked for"),
        ("slow, 160 bpm", "'slow' gives way: 160 bpm is asked for"),
        ("adagio, 70 bpm", None),
        ("slow house at 118 bpm", None),
    ],
)
def test_a_number_wins_over_a_tempo_word_and_names_it(prompt, overruled):
    assert read_brief(Music(prompt)).notes == (() if overruled is None else (overruled,))


@pytest.mark.parametrize(
    ("prompt", "low", "high"),
    [("ska", 126, 172), ("bebop", 200, 280), ("cool jazz", 92, 140), ("doom metal", 56, 88),
     ("country ballad", 56, 84), ("jazz ballad", 56, 84)],
)  # fmt: skip
def test_a_kind_within_a_genre_has_its_own_tempo(prompt, low, high):
    assert read_brief(Music(prompt)).tempo_range == (low, high)
