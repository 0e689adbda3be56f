"""Shapes: the ways in which a chord can be laid out, before it is known what stands beside it."""

from __future__ import annotations

import functools
import itertools
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from menura.engines.music.chords import Chord

GUITAR_STRINGS = (40, 45, 50, 55, 59, 64)
_GUITAR_REACH = 3
_GUITAR_POSITIONS = 10
_CHORALE_WINDOW = 0.62
"""Width of each voice's range against the whole, so that neighbours overlap as singers' do."""


def essential(chord: Chord, count: int) -> list[int]:
    """Returns the pitch classes that `count` voices should take, the most telling first.

    Third and seventh say what a chord is, then its tensions, its root and, last, a perfect fifth
    (Levine, "The Jazz Theory Book", 1995, chapter 3). A chord with fewer tones doubles its root,
    then its fifth.
    """
    steps = list(chord.intervals)
    order = {3: 0, 4: 0, 10: 1, 11: 1, 9: 2, 6: 2, 8: 2, 0: 3, 7: 5}
    ranked = sorted(steps, key=lambda step: (order.get(step, 2.5), step))
    if len(steps) <= 4:  # a triad or a seventh chord keeps its root before a doubled tone
        ranked = sorted(steps, key=lambda step: order.get(step % 12, 2.5) if step != 0 else 1.5)
    tones = [(chord.root + step) % 12 for step in ranked]
    doubles = [chord.root, (chord.root + 7) % 12 if 7 in steps else chord.root]
    while len(tones) < count:
        tones.append(doubles[len(tones) % len(doubles)])
    return tones[:count]


@functools.lru_cache(maxsize=512)
def chorale(chord: Chord, low: int, high: int, voices: int) -> NDArray[np.int64]:
    """Returns layouts for independent voices, shape (layouts, voices), the best ones first.

    Each voice keeps to its part of the range, no voice crosses another, upper neighbours stay
    within an octave, the third (and a seventh) is there, and neither a dominant's third nor a
    seventh is doubled. After Aldwell, Schachter and Cadwallader, "Harmony and Voice Leading"
    (2011), chapter 5.
    """
    span = high - low
    width = max(span * _CHORALE_WINDOW, 12)
    step = (span - width) / max(voices - 1, 1)
    tones = sorted(chord.tones)
    columns = []
    for voice in range(voices):
        bottom = low + round(step * voice)
        pitches = np.arange(bottom, min(bottom + round(width), high) + 1)
        allowed = [chord.bass] if voice == 0 else [*tones, chord.bass]
        columns.append(pitches[np.isin(pitches % 12, allowed)])
    if any(column.size == 0 for column in columns):
        return close(chord, low, high, voices)
    grid = np.stack(np.meshgrid(*columns, indexing="ij"), axis=-1).reshape(-1, voices)
    gaps = np.diff(grid, axis=1)
    limits = np.array([19, *[12] * (voices - 2)])
    grid = grid[((gaps > 0) & (gaps <= limits)).all(axis=1)]
    grid = grid[_complete(grid % 12, chord)]
    if not len(grid):
        return close(chord, low, high, voices)
    return _ranked(grid, _chorale_cost(grid, chord, low, high))


@functools.lru_cache(maxsize=512)
def close(chord: Chord, low: int, high: int, voices: int) -> NDArray[np.int64]:
    """Returns every inversion in close position, shape (layouts, voices)."""
    return _stacked(essential(chord, voices), low, high)


@functools.lru_cache(maxsize=512)
def open_(chord: Chord, low: int, high: int, voices: int) -> NDArray[np.int64]:
    """Returns close positions with the second voice from above an octave lower (drop 2)."""
    narrow = close(chord, low, high, voices)
    if voices < 3:
        return narrow
    dropped = narrow.copy()
    dropped[:, -2] -= 12
    dropped = np.sort(dropped, axis=1)
    kept = dropped[dropped[:, 0] >= low]
    return kept if len(kept) else narrow


@functools.lru_cache(maxsize=512)
def rootless(chord: Chord, low: int, high: int, voices: int) -> NDArray[np.int64]:
    """Returns left-hand layouts of a jazz pianist: third or seventh at the bottom, no root.

    A fifth gives way to the thirteenth on a dominant, the root to the ninth; a chord without
    seventh keeps its fifth. After Levine, "The Jazz Piano Book" (1989), chapter 7.
    """
    steps = {step % 12 for step in chord.intervals}
    third = next((s for s in (4, 3, 5) if s in steps), 7)
    seventh = next((s for s in (10, 11, 9) if s in steps), 0)
    ninth = next((s for s in (2, 1, 3) if s in steps and s != third), 2)
    if 6 in steps and 3 in steps:
        ninth = 0
    fifth = next((s for s in (9, 6, 8) if s in steps and s != seventh), 7)
    if chord.is_dominant and not steps & {1, 6, 8}:
        fifth = 9
    chosen = [third, seventh, ninth, fifth][:voices]
    tones = [(chord.root + step) % 12 for step in dict.fromkeys(chosen)]
    tones += tones[: voices - len(tones)]
    layouts = _stacked(tones, low, high)
    guides = [(chord.root + third) % 12, (chord.root + seventh) % 12]
    kept = layouts[np.isin(layouts[:, 0] % 12, guides)]
    return kept if len(kept) else layouts


@functools.lru_cache(maxsize=512)
def spread(chord: Chord, low: int, high: int, voices: int) -> NDArray[np.int64]:
    """Returns layouts of two hands: the bass alone below, the rest in close position above."""
    basses = [p for p in range(low, min(low + 16, high)) if p % 12 == chord.bass]
    floor = min(low + 12, high - 12)
    upper = close(chord, max(floor, low), high, max(voices - 1, 1))
    rows = [
        (bass, *map(int, row)) for bass, row in itertools.product(basses, upper) if row[0] > bass
    ]
    return np.array(rows) if rows else close(chord, low, high, voices)


@functools.lru_cache(maxsize=512)
def power(chord: Chord, low: int, high: int, voices: int) -> NDArray[np.int64]:
    """Returns root, fifth and octave on the low strings."""
    fifth = next((s for s in chord.intervals if s in {6, 7, 8}), 7)
    stack = np.array([0, fifth, 12, 12 + fifth])[: max(voices, 2)]
    roots = [p for p in range(low, low + 12) if p % 12 == chord.root]
    rows = [root + stack for root in roots]
    return np.array([np.minimum(row, high) for row in rows])


@functools.lru_cache(maxsize=512)
def guitar(chord: Chord, low: int, high: int, voices: int) -> NDArray[np.int64]:
    """Returns shapes that a hand can hold on a guitar in standard tuning, padded by repeats.

    Each string sounds the lowest chord tone within four frets of the position (or open), the
    lowest string the bass; strings below it are silent.
    """
    rows = {
        (shape[0], *shape[1 - voices :]) if len(shape) > voices else shape
        for position in range(_GUITAR_POSITIONS)
        for first in range(3)
        if (shape := _guitar_shape(chord, position, first)) and len(shape) >= 3
    }
    third = {(chord.root + step) % 12 for step in chord.intervals if step in {3, 4}}
    kept = [
        row
        for row in sorted(rows)
        if row[0] >= low and row[-1] <= high and third <= {pitch % 12 for pitch in row}
    ]
    if not kept:
        return close(chord, low, high, voices)
    most = max(map(len, kept))
    return np.array([(*[row[0]] * (most - len(row)), *row) for row in kept])


def _guitar_shape(chord: Chord, position: int, first: int) -> tuple[int, ...]:
    pitches: list[int] = []
    for at, string in enumerate(GUITAR_STRINGS[first:]):
        wanted = {chord.bass} if at == 0 else chord.tones
        frets = [0] if position <= 2 else []
        frets += range(max(position, 1), position + _GUITAR_REACH + 1)
        held = next((string + fret for fret in frets if (string + fret) % 12 in wanted), None)
        if held is None:
            if at == 0:
                return ()
            continue
        if not pitches or held > pitches[-1]:
            pitches.append(held)
    return tuple(pitches)


def _stacked(tones: list[int], low: int, high: int) -> NDArray[np.int64]:
    """Returns every close stack of the pitch classes between low and high."""
    rows = set()
    count = len(tones)
    distinct = sorted(set(tones))
    for start in range(low, high + 1):
        if start % 12 not in distinct:
            continue
        at = distinct.index(start % 12)
        row, pitch = [start], start
        for i in range(1, count):
            tone = distinct[(at + i) % len(distinct)]
            pitch += (tone - pitch) % 12 or 12
            row.append(pitch)
        if row[-1] <= high:
            rows.add(tuple(row))
    if not rows:  # a range too narrow: fold into it
        bottom = low + (tones[0] - low) % 12
        rows.add(tuple(sorted(min(bottom + (t - tones[0]) % 12, max(high, low)) for t in tones)))
    return np.array(sorted(rows), dtype=np.int64)


def _complete(classes: NDArray[np.int64], chord: Chord) -> NDArray[np.bool_]:
    """Returns which layouts have the third and the sevenths, each of which once."""
    kept = np.ones(len(classes), dtype=bool)
    for step in chord.intervals:
        count = (classes == (chord.root + step) % 12).sum(axis=1)
        if step in {10, 11}:
            kept &= count == 1
        elif step in {3, 4}:
            kept &= count == 1 if chord.is_dominant else (count >= 1) & (count <= 2)
    return kept


def _chorale_cost(
    grid: NDArray[np.int64], chord: Chord, low: int, high: int
) -> NDArray[np.float64]:
    classes = grid % 12
    cost = np.zeros(len(grid))
    for step in chord.intervals:
        count = (classes == (chord.root + step) % 12).sum(axis=1)
        cost += 4.0 * (count == 0) + (1.5 if step in {3, 4} else 0.5) * np.maximum(count - 1, 0)
    cost -= 1.0 * ((classes == chord.root).sum(axis=1) == 2)
    gaps = np.diff(grid, axis=1)
    cost += 0.4 * np.maximum(gaps[:, 1:] - 9, 0).sum(axis=1)
    centres = np.linspace(low + 7, high - 7, grid.shape[1])
    cost += 0.12 * np.abs(grid - centres).sum(axis=1)
    return cost


def _ranked(grid: NDArray[np.int64], cost: NDArray[np.float64]) -> NDArray[np.int64]:
    return grid[np.argsort(cost, kind="stable")]
