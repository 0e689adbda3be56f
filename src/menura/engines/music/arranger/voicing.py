"""Voicing: the chords of a passage laid out so that each voice moves little and well."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from menura.engines.music.arranger import shapes

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from menura.engines.music.chords import Chord

    Layouts = Callable[[Chord, int, int, int], NDArray[np.int64]]

STYLES = ("close", "open", "chorale", "rootless", "spread", "guitar", "power")
_FEW, _MANY = 72, 600
"""Layouts of a chord that a chorale looks at first, and if they do not join."""
_FAULT = 1000.0
_STRICT = 150.0
_FALLEN = 12.0
"""Cost of an inner leading tone that falls to the fifth: allowed, but it had better rise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ends:
    """What a passage begins from, and how it must end.

    Attributes:
        before: the chord and the pitches that it goes on from; None = it begins afresh.
        top: pitch classes of which the highest voice has one at the end, and no other tone is
            doubled there; empty = any.
        floors: lowest pitch of each voice, lowest first; empty = the passage's own.
    """

    before: tuple[Chord, tuple[int, ...]] | None = None
    top: frozenset[int] = frozenset()
    floors: tuple[int, ...] = ()


_FREE = Ends()


def voice(
    chords: Sequence[Chord | None],
    low: int,
    high: int,
    voices: int,
    style: str,
    *,
    ends: Ends = _FREE,
) -> list[tuple[int, ...]]:
    """Returns the pitches of each chord, lowest first; () where there is no chord.

    Finds the cheapest way through all layouts of all chords (Viterbi, 1967): motion costs what it
    spans, leaps cost more. A `chorale` also obeys the rules of four-part writing: no parallel
    fifths or octaves, no overlap, leading tones rise, sevenths fall or stay (Aldwell, Schachter
    and Cadwallader, "Harmony and Voice Leading", 2011, chapters 5, 6 and 8). Under a top voice
    that has the tonic, the leading tone of an inner one may fall to the fifth, as it often does
    in Bach's cadences (Kostka and Payne, "Tonal Harmony", 2009, chapter 13).

    Args:
        chords: in order.
        low: lowest MIDI pitch.
        high: highest MIDI pitch, at least an octave above (two octaves for a chorale).
        voices: how many pitches, 2 to 6.
        style: one of STYLES; any other counts as `close`.
        ends: what it begins from and must end with.
    """
    layouts = _LAYOUTS.get(style, shapes.close)
    high = max(high, low + 12)
    sounding = [chord for chord in chords if chord is not None]
    if not sounding:
        return [() for _ in chords]
    strict = style == "chorale"
    sounding = [chord for chord, _ in itertools.groupby(sounding)]
    for most in (_FEW, _MANY) if strict else (_FEW,):
        tables = [_floored(layouts(chord, low, high, voices), ends) for chord in sounding]
        tables = [table[:most] for table in [*tables[:-1], _topped(tables[-1], ends.top)]]
        path = _path(sounding, tables, (low + high) / 2, ends.before, strict=strict)
        if not strict or not parallels(path):
            break
    path = path[1:] if ends.before else path
    found: list[tuple[int, ...]] = []
    at, before = -1, None
    for chord in chords:
        if chord is None:
            found.append(())
            continue
        if chord != before:
            at, before = at + 1, chord
        found.append(path[at])
    return found


def parallels(voicings: Sequence[tuple[int, ...]]) -> list[tuple[int, int, int]]:
    """Returns (index, lower voice, upper voice) of each parallel fifth, octave or unison.

    Two voices move in parallel into `index` if both change pitch in one direction and are a
    perfect fifth, an octave or a unison (or with octaves between) apart before and after. Layouts
    without pitches or with another number of voices begin afresh.
    """
    faults = []
    for at, (old, new) in enumerate(itertools.pairwise(voicings), start=1):
        if len(old) != len(new):
            continue
        for i, j in itertools.combinations(range(len(old)), 2):
            moved, same = new[i] - old[i], (new[j] - new[i]) % 12 == (old[j] - old[i]) % 12
            if (
                moved
                and (new[j] - old[j]) * moved > 0
                and same
                and (new[j] - new[i]) % 12 in {0, 7}
            ):
                faults.append((at, i, j))
    return faults


_LAYOUTS: dict[str, Layouts] = {
    "close": shapes.close,
    "open": shapes.open_,
    "chorale": shapes.chorale,
    "rootless": shapes.rootless,
    "spread": shapes.spread,
    "guitar": shapes.guitar,
    "power": shapes.power,
}


def _path(
    chords: Sequence[Chord],
    tables: Sequence[NDArray[np.int64]],
    centre: float,
    before: tuple[Chord, tuple[int, ...]] | None,
    *,
    strict: bool,
) -> list[tuple[int, ...]]:
    """Returns the cheapest sequence of layouts, one of each table; with what comes before them."""
    if before is not None:
        chords = [before[0], *chords]
        tables = [np.array([before[1]], dtype=np.int64), *tables]
    costs = _height_cost(tables[0], centre)
    back: list[NDArray[np.int64]] = []
    for at in range(1, len(chords)):
        old, new = tables[at - 1], tables[at]
        step = _motion_cost(old, new)
        if strict and old.shape[1] == new.shape[1]:
            step += _fault_cost(old, new) + _tendency_cost(old, new, chords[at - 1], chords[at])
        total = costs[:, np.newaxis] + step
        back.append(total.argmin(axis=0))
        costs = total.min(axis=0) + 0.3 * _height_cost(new, centre)
    row = int(costs.argmin())
    rows = [row]
    for pointers in reversed(back):
        row = int(pointers[row])
        rows += [row]
    return [tuple(map(int, table[r])) for table, r in zip(tables, reversed(rows), strict=True)]


def _topped(layouts: NDArray[np.int64], top: frozenset[int]) -> NDArray[np.int64]:
    """Returns the layouts with one of the pitch classes on top; all of them if none has.

    Of these it returns the ones that double no other tone, if there are any.
    """
    if not top:
        return layouts
    classes = layouts % 12
    kept = np.isin(classes[:, -1], list(top))
    twice = (classes[:, :, np.newaxis] == classes[:, np.newaxis, :]).sum(axis=2) > 1
    single = kept & ~(twice & ~np.isin(classes, list(top))).any(axis=1)
    found = layouts[single] if single.any() else layouts[kept]
    return found if len(found) else layouts


def _floored(layouts: NDArray[np.int64], ends: Ends) -> NDArray[np.int64]:
    """Returns the layouts in which no voice is below its floor; all of them if there are none."""
    if len(ends.floors) != layouts.shape[1]:
        return layouts
    kept = layouts[(layouts >= np.array(ends.floors)).all(axis=1)]
    return kept if len(kept) else layouts


def _height_cost(layouts: NDArray[np.int64], centre: float) -> NDArray[np.float64]:
    return np.asarray(0.5 * np.abs(layouts.mean(axis=1) - centre), dtype=np.float64)


def _motion_cost(old: NDArray[np.int64], new: NDArray[np.int64]) -> NDArray[np.float64]:
    """Returns what it costs to go from each old layout to each new one, shape (old, new)."""
    shared = min(old.shape[1], new.shape[1])  # counted from the top: the bass may come and go
    moved = np.abs(new[np.newaxis, :, -shared:] - old[:, np.newaxis, -shared:])
    leaps = np.maximum(moved - 4, 0)
    return np.asarray((moved + 0.8 * leaps).sum(axis=2) + 0.5 * moved[:, :, -1], dtype=np.float64)


def _fault_cost(old: NDArray[np.int64], new: NDArray[np.int64]) -> NDArray[np.float64]:
    """Returns the cost of parallels, hidden parallels of the outer voices, and overlaps."""
    before, after = old[:, np.newaxis], new[np.newaxis]
    moved = after - before
    cost = np.zeros(moved.shape[:2])
    count = old.shape[1]
    for i, j in itertools.combinations(range(count), 2):
        gap = (after[..., j] - after[..., i]) % 12
        along = moved[..., i] * moved[..., j] > 0
        perfect = (gap == 0) | (gap == 7)
        same = gap == (before[..., j] - before[..., i]) % 12
        cost += _FAULT * (along & perfect & same)
        if (i, j) == (0, count - 1):
            cost += 6.0 * (along & perfect & ~same & (np.abs(moved[..., j]) > 2))
    below = after[..., :-1] > before[..., 1:]
    above = after[..., 1:] < before[..., :-1]
    return np.asarray(cost + 40.0 * (below | above).sum(axis=2), dtype=np.float64)


def _tendency_cost(
    old: NDArray[np.int64], new: NDArray[np.int64], chord: Chord, after: Chord
) -> NDArray[np.float64]:
    """Returns the cost of leading tones that do not rise and of sevenths that do not fall."""
    moved = new[np.newaxis] - old[:, np.newaxis]
    cost = np.zeros(moved.shape[:2])
    if chord.root == after.root:
        return cost
    falls_fifth = (after.root - chord.root) % 12 == 5
    if falls_fifth and 4 in chord.intervals and (after.root in after.tones):
        leading = (old % 12 == (chord.root + 4) % 12)[:, np.newaxis]
        resolved = (moved == 1) | ((moved == 0) & ((chord.root + 4) % 12 in after.tones))
        fallen = (moved == -4) & (new[:, -1] % 12 == after.root)[np.newaxis, :, np.newaxis]
        fallen[..., [0, -1]] = False
        if chord.is_dominant or not after.is_dominant:
            cost += _STRICT * (leading & ~resolved & ~fallen).sum(axis=2)
            cost += _FALLEN * (leading & fallen).sum(axis=2)
    for step in {10, 11} & set(chord.intervals):
        seventh = (old % 12 == (chord.root + step) % 12)[:, np.newaxis]
        cost += _STRICT * (seventh & ~((moved <= 0) & (moved >= -2))).sum(axis=2)
    return cost
