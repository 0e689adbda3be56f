"""Accompanying: the key of a given tune, and the chords that go with it."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from menura.engines.music.arranger.bars import bars_of, pulses
from menura.engines.music.arranger.harmony import (
    Passage,
    chord_of,
    chords_scale,
    progressions,
    spell_bars,
)
from menura.text.keys import Key

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from menura.engines.music.arranger.genres import Genre
    from menura.engines.music.plan import MusicPlan

    Tune = Sequence[tuple[float, float, float]]

_PROFILES = {
    "major": (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88),
    "minor": (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17),
}
"""Probe tone ratings: Krumhansl, "Cognitive Foundations of Musical Pitch" (1990), table 2.1."""
_TONICS = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
_FINAL_WEIGHT = 0.15
"""What it adds to a key's correlation that the tune ends on its tonic."""
_USUAL_BARS = 20
_ON_PULSE = 1.5
_FOREIGN = 0.7
_KNOWN_STEP, _STAND_STILL, _TONIC_FIRST = 0.3, -0.2, 0.3
"""What speaks for a chord, in the share of a bar's notes that it holds: notes foreign to it count
against it; that the genre goes this way, that nothing changes, that the piece begins at home."""
_ENTRY = 5


def tune_key(tune: Tune, mode: str | None) -> Key | None:
    """Returns the key whose profile the lengths of a tune's pitches fit best; None if it has none.

    Args:
        tune: (beat, beats, pitch).
        mode: a mode that is settled already, or None.
    """
    weights = _weights(tune)
    if not weights.any():
        return None
    scores = []
    for name, profile in _PROFILES.items():
        if mode is not None and Key("C", mode).is_minor != (name == "minor"):
            continue
        for tonic in range(12):
            fit = float(np.corrcoef(np.roll(profile, tonic), weights)[0, 1])
            ends = _FINAL_WEIGHT * (round(tune[-1][2]) % 12 == tonic)
            scores.append((fit + ends, tonic, name))
    _, tonic, name = max(scores)
    return Key(_TONICS[tonic], mode or name)


def rounds_bars(tune: Tune, meter: tuple[int, int]) -> int:
    """Returns how many bars a piece should have that goes round a tune: whole rounds."""
    bars = _period(tune, meter[0] * 4 / meter[1])
    return bars * max(1, round(_USUAL_BARS / bars))


def accompany(plan: MusicPlan, genre: Genre) -> MusicPlan:
    """Returns the plan with chords that go with its melody, bar by bar.

    A path through the genre's chords (Viterbi, 1967) weighs the notes that a chord holds against
    those it does not, and prefers steps that the genre's progressions make. After Simon, Morris and
    Basu, "MySong: Automatic Accompaniment Generation for Vocal Melodies" (CHI 2008).
    """
    bars = list(bars_of(plan))
    heard = _heard(plan)
    sections = []
    for at, section in enumerate(plan.sections):
        key = Key(plan.key.tonic, section.mode or plan.key.mode)
        if not chords_scale(key.mode):
            return plan
        rows = np.array([heard[bar.number % len(heard)] for bar in bars if bar.section == at])
        closes = at == len(plan.sections) - 1 and not plan.loop
        passage = Passage(name=section.name, bars=section.bars, key=key, closes=closes)
        numerals = _path(rows, genre, passage, opens=at == 0)
        rng = np.random.default_rng([plan.seed, _ENTRY])
        sections.append(replace(section, chords=spell_bars(numerals, genre, passage, rng)))
    return replace(plan, sections=tuple(sections))


def _path(heard: NDArray[np.float64], genre: Genre, passage: Passage, *, opens: bool) -> list[str]:
    """Returns a numeral for each bar; `heard` has shape (bars, 12)."""
    table = progressions(genre, passage.key)
    lines = [line.split() for name in ("any", "cadence", "half") for line in table[name]]
    numerals = list(dict.fromkeys(n for line in lines for bar in line for n in bar.split(",")))
    steps = {pair for line in lines for pair in itertools.pairwise(line)}
    chords = [chord_of(numeral, passage.key) for numeral in numerals]
    holds = np.array([[pitch in chord.tones for pitch in range(12)] for chord in chords], float)
    at_home = np.array([chord.root == passage.key.pitch_class for chord in chords], float)
    gain = heard @ (holds - _FOREIGN * (1 - holds)).T
    gain[0] += _TONIC_FIRST * at_home * opens
    if passage.closes:
        gain[-1] += 100.0 * at_home
    turn = np.array([[_KNOWN_STEP * ((a, b) in steps) for b in numerals] for a in numerals])
    turn += np.where(np.eye(len(numerals), dtype=bool), _STAND_STILL, 0.0)
    total, back = gain[0], []
    for row in gain[1:]:
        paths = total[:, np.newaxis] + turn
        back.append(paths.argmax(axis=0))
        total = paths.max(axis=0) + row
    chosen = [int(total.argmax())]
    for pointers in reversed(back):
        chosen += [int(pointers[chosen[-1]])]
    return [numerals[at] for at in reversed(chosen)]


def _heard(plan: MusicPlan) -> NDArray[np.float64]:
    """Returns the share of each pitch class in each bar of one round, shape (bars, 12)."""
    beats = plan.bar_beats
    strong = pulses(plan.meter)
    bars = _period(plan.melody, beats)
    rows = np.zeros((bars, 12))
    for start, length, pitch in plan.melody:
        for bar in range(int(start // beats), min(math.ceil((start + length) / beats), bars)):
            inside = min(start + length, (bar + 1) * beats) - max(start, bar * beats)
            on_pulse = any(abs(start - bar * beats - pulse) < 1e-6 for pulse in strong)
            rows[bar, round(pitch) % 12] += inside * (_ON_PULSE if on_pulse else 1.0)
    return np.asarray(rows / np.maximum(rows.sum(axis=1, keepdims=True), 1e-9), dtype=np.float64)


def _period(tune: Tune, bar_beats: float) -> int:
    length = max(beat + beats for beat, beats, _ in tune)
    return max(math.ceil(length / bar_beats - 1e-6), 1)


def _weights(tune: Tune) -> NDArray[np.float64]:
    classes = [round(pitch) % 12 for _, _, pitch in tune]
    weights = np.bincount(classes, [beats for _, beats, _ in tune], 12)
    return np.asarray(weights if len(set(classes)) > 1 else np.zeros(12), dtype=np.float64)
