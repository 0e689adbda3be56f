"""Times in a piece at which nobody comes in or stops: no lengths of the piece, and told."""

import pytest

from menura.tasks import Music
from menura.text.brief import read_brief


@pytest.mark.parametrize(
    ("prompt", "said"),
    [
        ("rock, 3 hits at 2s, 5s and 8s", "3 hits at 2s, 5s and 8s"),
        ("rock, half time drums until 0:11", "half time drums until 0:11"),
        ("pop, key changes up a step at 15 seconds", "key changes up a step at 15 seconds"),
        ("at 12 seconds it gets weird, piano", "at 12 seconds it gets weird"),
    ],
)
@pytest.mark.parametrize("duration_s", [None, 40.0])
def test_a_time_at_which_something_changes_is_no_length(prompt, said, duration_s):
    brief = read_brief(Music(prompt, duration_s=duration_s))
    assert brief.duration_s == duration_s
    assert said in brief.ignored
    assert not any("gives way" in note or "later one" in note for note in brief.notes)
    assert any(said[:40] in note and "a time in the piece" in note for note in brief.notes)


@pytest.mark.parametrize(
    ("prompt", "duration_s"),
    [
        ("pop at 30 seconds with drums", 30.0),
        ("calm folk that ends at 50s", 50.0),
        ("upbeat pop, stop at 50 seconds", 50.0),
        ("a sad song, fades out at 40 seconds", 40.0),
        ("jazz for 20 seconds", 20.0),
        ("at 30 seconds it ends, pop", 30.0),
    ],
)
def test_a_time_at_which_the_piece_ends_is_its_length(prompt, duration_s):
    assert read_brief(Music(prompt)).duration_s == duration_s


def test_who_has_stopped_comes_back():
    brief = read_brief(Music("rock, drums drop out at 12 seconds, comes back at 28 sec"))
    assert [(e.who, e.when, e.leaves) for e in brief.entries] == [
        ("drums", 12.0, True),
        ("drums", 28.0, False),
    ]
    assert brief.duration_s is None
