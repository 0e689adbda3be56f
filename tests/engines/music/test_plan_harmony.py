"""Harmony: Roman numerals, cadences and scales over chords."""

import numpy as np
import pytest

from menura.engines.music.arranger.charting import chart
from menura.engines.music.arranger.composing import compose
from menura.engines.music.arranger.genres import genre_names, read_genre
from menura.engines.music.arranger.harmony import (
    Passage,
    chord_of,
    chord_scale,
    harmonise,
    spell_numeral,
)
from menura.engines.music.chords import SILENCE, Chord
from menura.errors import InvalidInput
from menura.tasks import Music
from menura.text.brief import MusicBrief
from menura.text.keys import Key, scales


@pytest.mark.parametrize(
    ("numeral", "key", "symbol"),
    [
        ("I", "C major", "C"),
        ("ii7", "D major", "Em7"),
        ("V7/vi", "C major", "E7"),
        ("bVImaj7", "C minor", "Abmaj7"),
        ("bIII", "C major", "Eb"),
        ("viiø7", "G major", "F#m7b5"),
        ("iio", "A minor", "Bdim"),
        ("#ivo7", "C major", "F#dim7"),
        ("iv", "F# minor", "Bm"),
        ("bII7", "Eb major", "E7"),
        ("imaj7", "A minor", "Am(maj7)"),
        ("I6/9", "F major", "F6/9"),
        ("V+", "C major", "Gaug"),
        ("VIII", "C major", InvalidInput),
        ("X", "C major", InvalidInput),
        ("", "C major", InvalidInput),
        ("V/", "C major", InvalidInput),
        ("V/V/V", "C major", InvalidInput),
        ("Iwat", "C major", InvalidInput),
    ],
)
def test_numerals(numeral, key, symbol):
    if symbol is InvalidInput:
        with pytest.raises(InvalidInput):
            chord_of(numeral, Key.parse(key))
        return
    chord = chord_of(numeral, Key.parse(key))
    assert chord == Chord.parse(symbol)
    if numeral != "bII7":  # Fb would be its name: E is easier to read
        assert spell_numeral(numeral, Key.parse(key)) == symbol


@pytest.mark.parametrize("name", genre_names())
def test_every_progression_of_a_genre_is_in_numerals(name):
    for table in read_genre(name).harmony.values():
        assert {"any", "cadence", "half"} <= table.keys()
        for lines in table.values():
            for line in lines:
                for numeral in line.replace(",", " ").split():
                    chord_of(numeral, Key.parse("C major"))


@pytest.mark.parametrize("mode", scales())
def test_every_genre_harmonises_every_mode_and_closes(mode):
    key = Key("D", mode)
    for name in genre_names():
        for bars in (1, 2, 3, 8, 13):
            passage = Passage(name="verse", bars=bars, key=key, closes=True)
            chords = harmonise(read_genre(name), passage, np.random.default_rng(bars))
            assert len(chords) == bars
            parsed = [Chord.parse(s) for entry in chords for s in entry.split() if s != SILENCE]
            assert parsed[-1].root == key.pitch_class
            assert " " not in chords[-1]
            if scales()[mode]["chords"] == "":
                assert all(chord.quality == "5" for chord in parsed)


def roots(symbols):
    return [Chord.parse(entry.split()[-1]).root for entry in symbols]


def test_a_functional_period_halves_and_closes():
    genre = read_genre("waltz")
    seen = 0
    for seed in range(40):
        passage = Passage(name="a", bars=8, key=Key.parse("C major"))
        chords = harmonise(genre, passage, np.random.default_rng(seed))
        if chords[0] == chords[4]:  # one phrase twice: it must not end alike
            assert roots(chords)[3] == 7
            assert roots(chords)[7] == 0
            seen += 1
    assert seen > 5


def test_blues_has_its_twelve_bars():
    passage = Passage(name="a", bars=12, key=Key.parse("A blues"))
    chords = harmonise(read_genre("blues"), passage, np.random.default_rng(0))
    found = roots(chords)
    assert found[0] == found[2] == 9
    assert found[4] == found[5] == 2
    assert found[8] == 4
    assert all(Chord.parse(symbol).is_dominant for symbol in chords)


def test_jazz_has_tensions_and_its_dominants_go_somewhere():
    qualities = set()
    for seed in range(20):
        passage = Passage(name="a", bars=8, key=Key.parse("F major"))
        chords = harmonise(read_genre("jazz swing"), passage, np.random.default_rng(seed))
        qualities |= {Chord.parse(s).quality for entry in chords for s in entry.split()}
    assert qualities & {"9", "13", "7b9"}
    assert qualities & {"maj9", "6/9", "maj7"}
    assert "" not in qualities


def test_the_last_section_of_a_loop_leads_back():
    for seed in range(30):
        passage = Passage(name="a", bars=8, key=Key.parse("C major"), turns=True)
        chords = harmonise(read_genre("folk"), passage, np.random.default_rng(seed))
        assert roots(chords)[-1] != 0


@pytest.mark.parametrize(
    ("symbol", "key", "inside", "outside"),
    [
        ("E7", "A minor", {8, 11, 2, 4}, {7}),
        ("C", "C major", {0, 2, 4, 5, 7, 9, 11}, {1, 3, 6, 8, 10}),
        ("Fm", "C major", {8, 5, 0}, {9}),
        ("D5", "D maqam bayati", {2, 3.5, 5}, {3, 4}),
        ("Bb", "C dorian", {10, 2, 5}, {11}),
    ],
)
def test_scales_bend_to_the_chord(symbol, key, inside, outside):
    scale = chord_scale(Chord.parse(symbol), Key.parse(key))
    assert set(scale) >= inside
    assert not set(scale) & outside
    assert list(scale) == sorted(scale)


@pytest.mark.parametrize(
    ("numeral", "key", "written"),
    [
        ("#ivo", "F# minor", "Cdim"),
        ("bV", "F phrygian", "B"),
        ("bvi", "C# minor", "Am"),
        ("viio7", "C# harmonic minor", "Cdim7"),
        ("viio", "F# major", "E#dim"),
        ("IV", "Gb major", "Cb"),
        ("bVI", "Eb minor", "Cb"),
        ("bII", "Eb minor", "E"),
        ("III", "C# major", "E#"),
    ],
)
def test_chords_have_the_names_that_musicians_write(numeral, key, written):
    tonic = Key.parse(key)
    assert spell_numeral(numeral, tonic) == written
    root = written.rstrip("dim7") if "dim" in written else written.rstrip("m")
    assert chord_of(numeral, tonic).symbol(tonic).startswith(root)


def test_no_chart_has_a_name_for_a_white_key_that_its_signature_lacks():
    for seed in range(30):
        brief = MusicBrief(genres=("horror",), duration_s=60.0)
        plan = compose(brief, Music("x"), seed).plan
        roots = {word.text.split("] ")[-1][:2] for word in chart(plan)}
        signs = {"F#": {"E#"}, "D#": {"E#"}, "Eb": {"Cb"}}.get(plan.key.tonic, set())
        assert not roots & ({"B#", "E#", "Cb", "Fb"} - signs), plan.key
