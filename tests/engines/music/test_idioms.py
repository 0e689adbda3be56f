"""Idioms: what makes each genre what it is, seen in its notes."""

from __future__ import annotations

import functools
import itertools

import numpy as np
import pytest

from menura.engines.music.arranger.arranging import arrange
from menura.engines.music.arranger.bars import bars_of
from menura.engines.music.arranger.writing.grooves import facts
from menura.engines.music.chords import Chord
from menura.tasks import Music
from menura.text.keys import LETTERS, Key, spell

KEYS = facts()["keys"]


@functools.cache
def arranged(prompt, seed=1, duration_s=48.0):
    return arrange(Music(prompt, duration_s=duration_s, seed=seed))


def line(piece, role):
    part = next(part for part in piece.plan.parts if part.role == role)
    return next(line.notes for line in piece.score.lines if line.part == part.name)


def struck(piece, *sounds):
    wanted = {KEYS[sound] for sound in sounds}
    return np.array([note.beat for note in line(piece, "drums") if note.pitch in wanted])


def full_bars(piece):
    """Returns the bars in which the drums play, but for the last of the piece."""
    drums = next(part.name for part in piece.plan.parts if part.role == "drums")
    return [bar for bar in bars_of(piece.plan) if drums in bar.parts][:-1]


def test_trap_is_half_time_with_rolls_and_a_sliding_bass():
    piece = arranged("trap")
    claps, hats = struck(piece, "clap"), np.sort(struck(piece, "hat"))
    places = claps % 4
    assert np.mean(np.abs(places - 2) < 0.05) > 0.9
    assert np.diff(hats).min() < 0.2  # faster than sixteenths
    bass = line(piece, "bass")
    assert {"slide"} <= {note.articulation for note in bass}
    assert np.median([note.pitch for note in bass]) < 42  # under 90 Hz
    slides = [i for i, note in enumerate(bass) if note.articulation == "slide"]
    assert any(bass[i].pitch != bass[i - 1].pitch for i in slides)


@pytest.mark.parametrize("genre", ["house", "techno", "trance", "disco"])
def test_the_floor_has_four(genre):
    piece = arranged(genre)
    kicks = struck(piece, "kick")
    for bar in full_bars(piece):
        if bar.name != "breakdown" and bar.energy >= 0.4:
            assert all(np.abs(kicks - bar.start - beat).min() < 0.01 for beat in range(4))


@pytest.mark.parametrize(
    ("genre", "beats"), [("dubstep", {2.0}), ("drum and bass", {1.0, 3.0}), ("rock", {1.0, 3.0})]
)
def test_the_backbeat_is_where_it_belongs(genre, beats):
    piece = arranged(genre)
    loud = [n.beat % 4 for n in line(piece, "drums") if n.pitch == KEYS["snare"]
            and n.velocity > 0.75]  # fmt: skip
    assert np.mean([beat in beats for beat in loud]) > 0.7


def test_one_drop_leaves_the_first_beat_out():
    piece = arranged("reggae")
    kicks = struck(piece, "kick") % 4
    assert np.mean(np.abs(kicks - 2) < 0.05) > 0.9


def test_blues_goes_round_in_twelve_bars_with_a_turnaround():
    piece = arranged("blues", duration_s=60.0)
    tonic = piece.plan.key.pitch_class
    for section in piece.plan.sections:
        assert section.bars % 12 == 0
        roots = [(Chord.parse(bar.split()[0]).root - tonic) % 12 for bar in section.chords]
        assert roots[0] == 0
        assert roots[4] == 5
        assert roots[8] in {7, 8}
    first, last = piece.plan.sections[0], piece.plan.sections[-1]
    assert (Chord.parse(first.chords[-1].split()[-1]).root - tonic) % 12 == 7
    assert (Chord.parse(last.chords[-1]).root - tonic) % 12 == 0


def test_jazz_walks_and_goes_by_fifths():
    piece = arranged("jazz swing")
    bass = [note for note in line(piece, "bass") if note.articulation != "ghost"]
    gaps = np.diff([note.beat for note in bass])
    assert np.mean(np.abs(gaps - 1) < 0.01) > 0.9
    moves = np.abs(np.diff([note.pitch for note in bass]))
    assert np.mean(moves <= 4) > 0.75
    roots = [Chord.parse(s).root for section in piece.plan.sections
             for bar in section.chords for s in bar.split()]  # fmt: skip
    falls = [(b - a) % 12 for a, b in itertools.pairwise(roots) if a != b]
    assert np.mean([fall in {5, 11} for fall in falls]) > 0.5


def test_a_jig_runs_in_eighths():
    piece = arranged("celtic jig")
    assert piece.plan.meter == (6, 8)
    notes = line(piece, "melody")
    eighths = np.mean([abs(note.beats - 0.5) < 0.01 for note in notes])
    assert eighths > 0.6
    assert np.mean(np.diff([note.pitch for note in notes]) == 0) < 0.3


@pytest.mark.parametrize("genre", ["arabic", "indian"])
def test_a_second_player_shadows_the_tune_over_the_drone(genre):
    piece = arranged(genre)
    tune, shadow = line(piece, "melody"), line(piece, "counter")
    sung = {(round(note.beat, 3), note.pitch % 12) for note in tune}
    assert np.mean([(round(note.beat, 3), note.pitch % 12) in sung for note in shadow]) > 0.95
    drone = max(note.pitch for note in line(piece, "drone"))
    assert np.mean([note.pitch > drone for note in tune]) > 0.8


@pytest.mark.parametrize("genre", ["jazz swing", "funk", "reggae", "pop", "chiptune", "waltz"])
@pytest.mark.parametrize("seed", [1, 2])
def test_chords_leave_the_tune_its_register(genre, seed):
    piece = arranged(genre, seed)
    tune = np.mean([note.pitch for note in line(piece, "melody")])
    under = [part for part in piece.plan.parts if part.role in {"chords", "arp"}]
    for part in under:
        notes = next(found.notes for found in piece.score.lines if found.part == part.name)
        assert np.mean([note.pitch for note in notes]) < tune - 3, part.name


@pytest.mark.parametrize("genre", ["techno", "metal", "country", "trance", "synthwave"])
def test_a_long_piece_comes_back_to_its_strongest_section(genre):
    sections = arranged(genre, 2, 240.0).plan.sections
    peak = max(section.energy for section in sections)
    strong = [at for at, section in enumerate(sections) if section.energy > 0.8 * peak]
    edges = itertools.pairwise([-1, *strong, len(sections)])
    bars = [sum(section.bars for section in sections[a + 1 : b]) for a, b in edges]
    assert max(bars) <= 0.6 * sum(section.bars for section in sections)
    names = [section.name for section in sections]
    assert all(a != b for a, b in itertools.pairwise(names)) or genre == "country"


@pytest.mark.parametrize(
    ("key", "symbol", "written"),
    [
        ("C major", "D#", "Eb"),
        ("C major", "A#7", "Bb7"),
        ("C major", "G#maj7", "Abmaj7"),
        ("C major", "Gbdim7", "F#dim7"),
        ("C major", "Dbdim", "C#dim"),
        ("C minor", "D#", "Eb"),
        ("A minor", "G#dim", "G#dim"),
        ("A minor", "E/Ab", "E/G#"),
        ("E major", "Ab", "G#"),
        ("F# minor", "Bbm", "A#m"),
        ("Bb major", "C#", "Db"),
        ("Gb major", "Cb", "Cb"),
        ("C major", "C/D#", "C/Eb"),
    ],
)
def test_chords_are_spelt_by_their_degree(key, symbol, written):
    assert Chord.parse(symbol).symbol(Key.parse(key)) == written


@pytest.mark.parametrize("tonic", ["C", "G", "D", "A", "E", "F", "Bb", "Eb", "Ab", "B"])
@pytest.mark.parametrize("mode", ["major", "minor", "dorian", "mixolydian"])
def test_a_scale_has_each_letter_once(tonic, mode):
    key = Key(tonic, mode)
    names = [spell(key.pitch_class + int(step), key) for step in key.steps]
    if abs(sum(name.count("#") - name.count("b") for name in names)) <= 6:
        assert sorted(name[0] for name in names) == sorted(LETTERS)


def test_keys_are_named_with_few_signs():
    for genre in ("house", "soul", "jazz swing", "funk", "trap"):
        for seed in range(6):
            key = arranged(genre, seed, 20.0).plan.key
            signs = sum(len(spell(key.pitch_class + int(s), key)) - 1 for s in key.steps)
            assert signs <= 6, str(key)


@pytest.mark.parametrize("prompt", ["Christmas song", "merry christmas", "xmas music"])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_christmas_has_bells_and_keys_or_strings(prompt, seed):
    piece = arranged(prompt, seed)
    players = {part.instrument for part in piece.plan.parts}
    assert piece.plan.genre == "christmas"
    assert players & {"celesta", "glockenspiel", "tubular bells", "music box"}
    assert players & {"piano", "harp"}
    assert players & {"strings", "choir"}
    rattled = [note.pitch for note in line(piece, "percussion")]
    assert KEYS["tambourine"] in rattled  # which sleigh bells are played on


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_medieval_music_has_no_instrument_of_later_times(seed):
    piece = arranged("medieval music", seed)
    players = {part.instrument for part in piece.plan.parts}
    assert players <= {
        *("flute", "oboe", "violin", "lute", "harp", "cello", "bagpipe", "hand percussion")
    }
    assert players & {"lute", "harp"}
    assert KEYS["tom4"] in {note.pitch for note in line(piece, "percussion")}


def test_christmas_only_colours_another_genre():
    piece = arranged("christmas jazz")
    assert piece.plan.genre == "jazz swing"
    assert "glockenspiel" in {part.instrument for part in piece.plan.parts}
