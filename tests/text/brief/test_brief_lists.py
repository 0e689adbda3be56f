"""Lists of players: which ones are the whole band, and which are added to a genre's."""

import pytest

from menura.tasks import Music
from menura.text.brief import read_brief


@pytest.mark.parametrize(
    ("prompt", "only"),
    [
        ("brass and timpani", True),
        ("brass and timpani fanfare", True),
        ("only cello and harp", True),
        ("violin and piano", True),
        ("piano, violin and cello", True),
        ("flute & guitar, calm", True),
        ("piano with strings", True),
        ("sad piano and cello", True),
        ("jazz piano and bass", True),
        ("banjo and fiddle, bluegrass", True),
        ("solo cello", True),
        ("solo violin with piano", True),
        ("duet for flute and harp", True),
        ("funk for bass and drums", True),
        ("waltz for accordion", True),
        ("a piece for oboe and bassoon", True),
        ("trio for violin, cello and piano", True),
        ("just guitar and bass", True),
        ("piano and strings, at 15 seconds the drums kick in", True),
        ("cello, harp, oboe, theremin", True),
        ("piano, strings, choir", True),
        ("cello, harp", True),
        ("theremin, saw, kazoo and hurdy gurdy", True),
        ("two flutes play softly, then a harp", True),
        ("flute then harp", True),
        ("sad piano starts alone, cello enters at bar 5, violin after 20 sec", True),
        ("pop, piano starts alone, cello enters at bar 5", False),
        ("piano, calm, strings", False),
        ("piano and cello, more energy", True),
        ("flute, guitar, and more", False),
        ("piano, cello etc.", False),
        ("piano and cello among others", False),
        ("piano, guitar, full band", False),
        ("violin, cello, four on the floor", False),
        ("violin, drums, four on the floor", True),
        ("jazz, piano, bass, drums", False),
        ("jazz with saxophone", False),
        ("lofi with flute and piano", False),
        ("pop featuring brass and strings", False),
        ("rock, guitar and drums", False),
        ("techno with piano and strings", False),
        ("heavy drums and bass", False),
        ("music for guitar practice", False),
        ("orchestra and choir", False),
        ("a calm violin tune over drums that push forward", False),
        ("strings swell and brass answers", False),
        ("dense layers of piano and strings", False),
    ],
)
def test_a_list_is_the_whole_band_unless_it_is_added_to_one(prompt, only):
    assert read_brief(Music(prompt)).only_named is only


@pytest.mark.parametrize(
    ("prompt", "only"),
    [("drop to guitar solo drums", False), ("piano louder guitar and bass", True)],
)
def test_a_word_between_two_players_may_be_of_both(prompt, only):
    assert read_brief(Music(prompt)).only_named is only


def test_a_guitar_duet_is_two_guitars():
    brief = read_brief(Music("guitar duet"))
    assert [wish.name for wish in brief.instruments] == ["guitar", "guitar"]
    assert brief.only_named


def test_what_closed_the_band_is_told():
    assert read_brief(Music("epic brass and timpani")).understood["only_named"]
