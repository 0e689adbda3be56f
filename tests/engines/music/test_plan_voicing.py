"""Voicing: the rules of four-part writing, ranges, and what a hand can hold."""

import itertools

import numpy as np
import pytest

from menura.engines.music.arranger.bars import bars_of
from menura.engines.music.arranger.composing import compose
from menura.engines.music.arranger.shapes import GUITAR_STRINGS
from menura.engines.music.arranger.voicing import STYLES, parallels, voice
from menura.engines.music.chords import Chord
from menura.tasks import Music
from menura.text.brief import MusicBrief

CHORALES = ("string quartet", "orchestral", "cinematic", "waltz")


def chords_of(text):
    return [Chord.parse(symbol) for symbol in text.split()]


def chords_in(plan):
    return [chord for bar in bars_of(plan) for _, chord in bar.chords]


@pytest.mark.parametrize(
    ("voicings", "faults"),
    [
        ([(48, 55, 64), (50, 57, 65)], [(1, 0, 1)]),  # fifths C-G to D-A
        ([(48, 60, 64), (50, 62, 65)], [(1, 0, 1)]),  # octaves
        ([(48, 67), (50, 69)], [(1, 0, 1)]),  # a twelfth is a fifth
        ([(48, 55), (48, 55)], []),  # nothing moves
        ([(48, 55), (50, 58)], []),  # a sixth follows
        ([(48, 60), (50, 59)], []),  # contrary motion
        ([(48, 55), (), (50, 57)], []),  # a rest between
        ([(43, 55), (55, 67)], [(1, 0, 1)]),  # octaves by leap
    ],
)
def test_parallels_are_found(voicings, faults):
    assert parallels(voicings) == faults


def test_a_hundred_pieces_have_no_parallels_and_resolve():
    tendencies = 0
    for seed in range(100):
        genre = CHORALES[seed % len(CHORALES)]
        plan = compose(MusicBrief(genres=(genre,)), Music("x"), seed).plan
        chords = chords_in(plan)
        voicings = voice(chords, 40, 81, 4, "chorale")
        assert parallels(voicings) == [], (genre, seed)
        for (old, chord), (new, after) in itertools.pairwise(zip(voicings, chords, strict=True)):
            assert list(old) == sorted(old)
            assert old[0] >= 40
            assert old[-1] <= 81
            assert old[0] % 12 == chord.bass
            assert {pitch % 12 for pitch in old} <= chord.tones
            if chord.is_dominant and (after.root - chord.root) % 12 == 5:
                leading = next(i for i, p in enumerate(old) if p % 12 == (chord.root + 4) % 12)
                seventh = next(i for i, p in enumerate(old) if p % 12 == (chord.root + 10) % 12)
                assert new[leading] - old[leading] in {0, 1}
                assert old[seventh] - new[seventh] in {0, 1, 2}
                tendencies += 1
    assert tendencies > 100


def test_random_chords_join_without_parallels():
    rng = np.random.default_rng(5)
    kinds = ("", "m", "7", "m7", "dim")
    roots = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
    for _ in range(20):
        chords = [Chord.parse(str(rng.choice(roots)) + str(kind)) for kind in rng.choice(kinds, 24)]
        assert parallels(voice(chords, 40, 81, 4, "chorale")) == []


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("voices", [3, 4, 5])
def test_styles_keep_to_range_and_chord(style, voices):
    chords = chords_of("Am7 D7 Gmaj7 Cmaj7 F#m7b5 B7 Em Em7")
    for chord, pitches in zip(chords, voice(chords, 40, 76, voices, style), strict=True):
        assert 2 <= len(pitches) <= 6
        assert min(pitches) >= 40
        assert max(pitches) <= 76
        if style != "rootless":  # which brings its own ninth and thirteenth
            assert {pitch % 12 for pitch in pitches} <= chord.tones


def test_close_voices_move_less_than_root_positions():
    chords = chords_of("C Am F G C")
    voicings = voice(chords, 52, 76, 3, "close")
    moved = sum(
        abs(a - b) for x, y in itertools.pairwise(voicings) for a, b in zip(x, y, strict=True)
    )
    roots = [48 + chord.root for chord in chords]
    assert moved < 3 * sum(abs(a - b) for a, b in itertools.pairwise(roots)) / 2


def test_rootless_has_third_and_seventh_but_no_root():
    for chord, pitches in zip(
        chords_of("Dm7 G7 Cmaj7"),
        voice(chords_of("Dm7 G7 Cmaj7"), 48, 72, 4, "rootless"),
        strict=True,
    ):
        classes = {(pitch - chord.root) % 12 for pitch in pitches}
        assert classes & {3, 4}
        assert classes & {10, 11}
        assert 0 not in classes


def test_a_hand_can_hold_the_guitar_shapes():
    for pitches in voice(chords_of("E Am G C D Bm F#m B7"), 40, 76, 6, "guitar"):
        strings, frets = len(GUITAR_STRINGS), []
        for pitch in sorted(set(pitches), reverse=True):
            strings = next(s for s in reversed(range(strings)) if GUITAR_STRINGS[s] <= pitch)
            frets.append(pitch - GUITAR_STRINGS[strings])
        pressed = [fret for fret in frets if fret]
        assert max(pressed, default=0) - min(pressed, default=0) <= 4


def test_power_chords_are_roots_and_fifths():
    for chord, pitches in zip(
        chords_of("E5 G5 A5"), voice(chords_of("E5 G5 A5"), 40, 64, 3, "power"), strict=True
    ):
        assert [pitch - pitches[0] for pitch in pitches] == [0, 7, 12]
        assert pitches[0] % 12 == chord.root


def test_silence_stays_silent():
    chords = [*chords_of("C"), None, *chords_of("G")]
    assert [bool(v) for v in voice(chords, 48, 72, 3, "close")] == [True, False, True]
    assert voice([None, None], 48, 72, 3, "chorale") == [(), ()]
