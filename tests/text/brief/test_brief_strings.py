"""Strings: low ones, plucked ones, and those that are a band of their own."""

import pytest

from menura.tasks import Music
from menura.text.brief import read_brief


@pytest.mark.parametrize(
    "prompt", ["low strings and drums", "deep dark strings, drums", "strings playing low notes"]
)
def test_low_strings_are_cellos_and_basses_of_an_orchestra(prompt):
    brief = read_brief(Music(prompt))
    assert [wish.name for wish in brief.instruments[:2]] == ["cello", "contrabass"]
    assert brief.genres == ("orchestral",)
    assert brief.only_named


def test_a_genre_that_is_named_keeps_its_own():
    brief = read_brief(Music("dark ambient with low strings"))
    assert brief.genres[0] != "orchestral"
    assert not brief.only_named


@pytest.mark.parametrize(
    ("prompt", "only"),
    [
        ("tense strings crescendo", True),
        ("pizzicato strings", True),
        ("strings, no drums", False),
        ("pop strings", False),
        ("music with strings", False),
        ("strings for a trailer", False),
        ("strings enter at 10 seconds", False),
        ("strings, full band", False),
    ],
)
def test_strings_are_a_band_where_nothing_else_is_named(prompt, only):
    assert read_brief(Music(prompt)).only_named is only


@pytest.mark.parametrize(
    ("prompt", "names"),
    [
        ("pizzicato strings", ["strings"]),
        ("playful, pizzicato", ["strings"]),
        ("cello and violin, pizzicato", ["cello", "violin"]),
        ("string quartet, pizzicato", ["violin", "violin", "viola", "cello"]),
    ],
)
def test_pizzicato_is_of_the_strings_that_play(prompt, names):
    wishes = read_brief(Music(prompt)).instruments
    assert [wish.name for wish in wishes] == names
    assert all("plucked" in wish.qualities for wish in wishes)
