"""How a piece closes, in words."""

import pytest

from menura.tasks import Music
from menura.text.brief import read_brief


@pytest.mark.parametrize(
    "words",
    ["ends on a big hit", "ends with a big hit", "a big hit at the end", "ending on a hit"],
)
def test_a_big_hit_is_an_ending_and_no_word_for_the_sound(words):
    brief = read_brief(Music(f"epic film music, {words}"))
    assert brief.ending == "hit"
    assert brief.ignored == brief.notes == ()
    assert brief.mix == ()


def test_a_big_sound_stays_one():
    brief = read_brief(Music("a big sound, film music"))
    assert brief.ending is None
    assert brief.mix == ("loud",)
