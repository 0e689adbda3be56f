"""Soft endings and beginnings out of silence, in words."""

import pytest

from menura.tasks import Music
from menura.text.brief import read_brief


@pytest.mark.parametrize(
    "words",
    [
        "ends softly",
        "that ends very quietly",
        "quiet ending",
        "with a soft ending",
        "ends on a quiet note",
        "quiet at the end",
        "finishing softly and gently",
    ],
)
def test_a_soft_ending_is_no_mood_of_the_whole(words):
    brief = read_brief(Music(f"folk, {words}"))
    assert brief.hushes
    assert brief.ending == "cadence"
    assert "quiet" not in (*brief.moods, *brief.mix)
    assert brief.understood["ending"]
    assert brief.ignored == ()


@pytest.mark.parametrize("words", ["quiet folk", "soft guitar, ends on a hit", "no quiet ending"])
def test_what_is_soft_elsewhere_is_no_soft_ending(words):
    assert not read_brief(Music(words)).hushes


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("rock loop, quiet ending", "a loop has no end"),
        ("rock, soft ending, ends on a big hit", "it ends on a hit"),
        ("rock with piano, the drums end softly", "one player of several"),
    ],
)
def test_a_soft_ending_that_cannot_be_is_told(words, why):
    brief = read_brief(Music(words))
    assert not brief.hushes
    assert any(why in note for note in brief.notes)
    assert brief.refused


@pytest.mark.parametrize(
    ("words", "ending"), [("fade in, folk", None), ("folk that fades in and out", "fade")]
)
def test_a_fade_in_is_no_fade_out(words, ending):
    brief = read_brief(Music(words))
    assert brief.fades_in
    assert brief.ending == ending


@pytest.mark.parametrize("words", ["rock, strings fade in", "rock loop, fade in"])
def test_a_fade_in_that_cannot_be_is_told(words):
    brief = read_brief(Music(words))
    assert not brief.fades_in
    assert brief.ending != "fade"
    assert "fade in" in brief.refused


def test_who_fades_in_at_a_time_comes_in_then():
    brief = read_brief(Music("house, drums fade in at 0:10"))
    assert [(entry.who, entry.when) for entry in brief.entries] == [("drums", 10.0)]
    assert not brief.fades_in


def test_what_swells_and_fades_to_nothing_does_both():
    brief = read_brief(Music("ambient, swells then fades to nothing, no rhythm"))
    assert (brief.shape, brief.ending) == ("rises", "fade")
    assert brief.excludes("arp")


def test_what_only_fades_to_nothing_falls_too():
    brief = read_brief(Music("ambient, fades to nothing"))
    assert (brief.shape, brief.ending) == ("falls", "fade")
