"""Dances that are no genre: whose band plays them, that it is said, and how many play."""

import pytest

from menura.tasks import Music
from menura.text.brief import read_brief
from menura.text.brief.vocabulary import vocabulary

DANCES = {
    (genre, name): facts
    for genre, table in vocabulary().genres.items()
    for name, facts in table.get("dances", {}).items()
}


@pytest.mark.parametrize(("genre", "name"), DANCES)
def test_a_dance_is_played_by_the_band_of_a_genre_and_it_is_said(genre, name):
    facts = DANCES[genre, name]
    assert {*facts["words"]} <= {*vocabulary().genres[genre]["words"]}
    for words in facts["words"]:
        brief = read_brief(Music(f"a {words} for the evening"))
        assert brief.genres == (genre,)
        assert brief.dance == tuple(tuple(style.split(":")) for style in facts["styles"])
        assert f"{name} -> {genre}: {facts['why']}" in brief.notes
        assert {*facts["shuts"]} <= {*brief.exclude}


def test_a_genre_of_its_own_is_no_dance():
    for prompt in ("salsa", "waltz", "jazz, no tango"):
        brief = read_brief(Music(prompt))
        assert brief.dance == ()
        assert not any("->" in note for note in brief.notes)


def test_who_is_wished_plays_in_a_dance_too():
    brief = read_brief(Music("tango with percussion"))
    assert "percussion" not in brief.exclude
    assert [wish.role for wish in brief.instruments] == ["percussion"]


def test_a_way_of_playing_that_is_named_is_no_matter_of_the_dance():
    brief = read_brief(Music("tango with a walking bass"))
    assert brief.styles == (("bass", "walking"),)
    assert ("bass", "tango") in brief.dance
