from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from menura.errors import InvalidInput
from menura.text.melody import MAX_NOTES, read_melody, write_melody


@pytest.mark.parametrize(
    ("text", "notes"),
    [
        ("", ()),
        (" \n\t| ,", ()),
        ("C4:1", ((0.0, 1.0, 60.0),)),
        ("A4:1", ((0.0, 1.0, 69.0),)),
        ("c4:1 r:0.5 bb3:2", ((0.0, 1.0, 60.0), (1.5, 2.0, 58.0))),
        ("D4:1 F#4:0.5 r:0.5 A4:1", ((0, 1, 62), (1, 0.5, 66), (2, 1, 69))),
        ("Cb4:1 B#3:1 F##4:1 Ebb4:1", ((0, 1, 59), (1, 1, 60), (2, 1, 67), (3, 1, 62))),
        ("E♭4:1, F♯4:1|G4:1", ((0, 1, 63), (1, 1, 66), (2, 1, 67))),
        ("C-1:1 G9:1", ((0, 1, 0), (1, 1, 127))),
        ("E4-50:1 E4+25:1", ((0, 1, 63.5), (1, 1, 64.25))),
        ("r:4", ()),
        ("R:4 C4:1024", ((4, 1024, 60),)),
        ("H4:1", "'H4:1' (number 1 in the melody) is no note"),
        ("C4:1 D4", "'D4' (number 2 in the melody) is no note"),
        ("C4:1 D4:", "number 2"),
        ("C4:-1", "'C4:-1'"),
        ("C4:nan", "'C4:nan'"),
        ("C4:1e9", "'C4:1e9'"),
        ("C4:0", "out of range"),
        ("r:0", "out of range"),
        ("C4:1025", "out of range"),
        ("C4:1/0", "'C4:1/0'"),
        ("G#9:1", "out of range"),
        ("Cb-1:1", "out of range"),
        ("C10:1", "'C10:1'"),
        ("C4;1", "is no note"),
        ("C4:1\0", "is no note"),
        ("🎹", "is no note"),
        ("C4:" + "1" * 100_000, "is no note"),
    ],
)
def test_a_melody_is_read(text, notes):
    if isinstance(notes, str):
        with pytest.raises(InvalidInput) as raised:
            read_melody(text)
        assert notes in str(raised.value)
        assert "\n" not in str(raised.value)
        assert len(str(raised.value)) < 200
    else:
        assert read_melody(text) == notes


def test_triplets_meet_the_beat_again():
    notes = read_melody("C4:1/3 " * 3000 + "D4:1")
    assert notes[-1] == (1000.0, 1.0, 62.0)


def test_a_melody_has_an_end():
    assert len(read_melody("C4:1 " * MAX_NOTES)) == MAX_NOTES
    with pytest.raises(InvalidInput, match="at most"):
        read_melody("C4:1 " * (MAX_NOTES + 1))
    with pytest.raises(InvalidInput, match="at most"):
        write_melody((float(at), 1.0, 60.0) for at in range(MAX_NOTES + 1))


_LENGTHS = st.sampled_from([0.25, 0.5, 1 / 3, 2 / 3, 1.0, 1.5, 1 / 7, 3.0, 0.123456])
_PITCHES = st.integers(0, 12700).map(lambda cents: cents / 100)


@given(st.lists(st.tuples(_LENGTHS, st.sampled_from([0.0, 0.5, 2.0, 1500.0]), _PITCHES)))
def test_what_is_written_is_read_again(rows):
    notes, at = [], 0.0
    for length, rest, pitch in rows:
        notes.append((at + rest, length, pitch))
        at += rest + length
    again = read_melody(write_melody(notes))
    assert len(again) == len(notes)
    for one, other in zip(again, notes, strict=True):
        assert one == pytest.approx(other, abs=1.1e-4)
    assert all(a[0] + a[1] <= b[0] + 1e-6 for a, b in pairwise(again))


@pytest.mark.parametrize(
    "notes",
    [
        [(0.0, 2.0, 60.0), (1.0, 1.0, 62.0)],
        [(1.0, 1.0, 60.0), (0.0, 1.0, 62.0)],
        [(0.0, 0.0, 60.0)],
        [(0.0, -1.0, 60.0)],
        [(0.0, 1.0, 128.0)],
        [(0.0, 1.0, -1.0)],
        [(-1.0, 1.0, 60.0)],
        [(float("nan"), 1.0, 60.0)],
        [(0.0, float("inf"), 60.0)],
        [(1e30, 1.0, 60.0)],
    ],
)
def test_what_is_no_melody_is_not_written(notes):
    with pytest.raises(InvalidInput) as raised:
        write_melody(notes)
    assert "\n" not in str(raised.value)
