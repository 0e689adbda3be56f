"""Sounds of a word: packed, and still the sequence they were."""

import dataclasses
import tracemalloc

import pytest

from menura.text.captions import Chapter, Sound, Word
from menura.text.sounds import Sounds

TWO = (Sound("m", 0.1, 0.2), Sound("ˈaɪ", 0.2, 1 / 3))


def test_are_equal_to_the_tuple_they_were_made_of():
    word = Word("my", 0.1, 1 / 3, 0, 2, sounds=TWO)
    assert word.sounds == TWO
    assert tuple(word.sounds) == TWO
    assert word == Word("my", 0.1, 1 / 3, 0, 2, sounds=list(TWO))
    assert hash(word) == hash(Word("my", 0.1, 1 / 3, 0, 2, sounds=TWO))
    assert word.sounds != TWO[:1]
    assert word.sounds != "mai"
    assert repr(word.sounds) == repr(TWO)
    assert dataclasses.replace(word, said="mine").sounds is word.sounds


def test_are_a_sequence():
    sounds = Sounds(TWO)
    assert len(sounds) == 2
    assert sounds[1] == sounds[-1] == TWO[1]
    assert sounds[::2] == TWO[:1]
    assert TWO[0] in sounds
    assert sounds.index(TWO[1]) == 1
    assert [sound.ipa for sound in reversed(sounds)] == ["ˈaɪ", "m"]
    with pytest.raises(IndexError):
        sounds[2]


@pytest.mark.parametrize(
    ("given", "ipas"),
    [
        ([], []),
        ([("", 0.0, 1.0)], [""]),
        ([("", 0.0, 1.0), ("", 1.0, 2.0)], ["", ""]),
        ([("a", 0.0, 1.0), ("b", 1.5, 2.0), ("c", 2.0, 2.5)], ["a", "b", "c"]),
        ([("a\0b", 0.0, 1.0)], ["ab"]),
        ([("\ud800", 0.0, 1.0)], ["?"]),
        ([("ʘ", i, i + 1) for i in range(70_000)], ["ʘ"] * 70_000),
    ],
)
def test_keep_any_phonemes(given, ipas):
    sounds = Sounds(given)
    assert [sound.ipa for sound in sounds] == ipas
    assert [sound[1:] for sound in sounds] == [row[1:] for row in given]
    assert bool(Word("", 0, 1, 0, 0, sounds=sounds).sounds) == bool(given)


def test_shift_with_their_word():
    word = Word("my", 0.1, 0.4, 0, 2, sounds=TWO).shifted(100.0)
    assert word.sounds == tuple(Sound(ipa, a + 100.0, b + 100.0) for ipa, a, b in TWO)
    assert Word("my", 0, 1, 0, 2).shifted(1.0).sounds == ()
    assert Chapter("a", 1.0, 2.0).shifted(0.5) == ("a", 1.5, 2.5)


def test_a_book_of_words_is_small():
    """50,000 words of four sounds in 25 MB; as tuples they took 51."""
    count = 5_000
    tracemalloc.start()
    try:
        words = [
            Word(
                f"w{i:05}",
                i / 3,
                i / 3 + 0.3,
                1_000 + i,
                1_006 + i,
                said=f"v{i:05}",
                sounds=[
                    (bytes("ˈəʊ", "utf8").decode(), (i + k / 4) / 3, (i + (k + 1) / 4) / 3)
                    for k in range(4)
                ],
            )
            for i in range(count)
        ]
        taken = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert len(words) == count
    assert taken / count < 25e6 / 50_000
