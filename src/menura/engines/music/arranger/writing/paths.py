"""The pitches of a line: of all that the harmony allows, the smoothest that keeps the motif."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

STEP = 2.5
"""Semitones: what is no wider is a step, also in scales of quarter tones."""
FOURTH = 5.0
FORBIDDEN = 200.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """A note whose pitch is to be found.

    Attributes:
        scale: pitch classes that fit, 0 to below 12; quarter tones too.
        chord: pitch classes that are consonant.
        strong: whether it stands on a strong beat.
        target: pitch that it should be near.
        motion: scale steps from the note before that the motif asks for; None = as it comes.
        breath: whether a rest or a new phrase comes before it.
        only: pitch classes it must be one of; empty = any of the scale.
        low: lowest pitch.
        high: highest pitch.
        extra: (pitch, cost) of pitches to be sought (cost below 0) or shunned.
    """

    scale: tuple[float, ...]
    chord: frozenset[float]
    strong: bool
    target: float
    motion: float | None = None
    breath: bool = False
    only: frozenset[float] = frozenset()
    low: float = 0.0
    high: float = 127.0
    extra: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """What a line is judged by; costs of what it had better not do.

    Attributes:
        register: per semitone away from its target.
        motif: per scale step off the motif's motion.
        leap: per semitone beyond a step.
        dissonance: of a strong note outside the chord, though it is resolved.
        repeat: of a note struck again.
    """

    register: float = 0.16
    motif: float = 1.3
    leap: float = 0.12
    dissonance: float = 3.2
    repeat: float = 0.7


def find_path(spots: Sequence[Spot], manner: Manner, rng: np.random.Generator) -> list[float]:
    """Returns the pitch of each spot: the least costly path through all that fit.

    A second-order Viterbi search: the cost of three notes in a row lets leaps be recovered. The
    rules are those of species counterpoint (Fux, "Gradus ad Parnassum", 1725; Huron, "Voice
    Leading", 2016, chapters 2 to 6, for why listeners want them): strong notes belong to the
    chord or are resolved by step, weak dissonances pass by step, a leap beyond a fourth turns back
    by step.
    """
    pitches = _candidates(spots)
    if not spots:
        return []
    steps = _scale_steps(pitches, spots)
    jitter = rng.uniform(0, 0.5, (len(spots), len(pitches)))
    interval = pitches[np.newaxis, :] - pitches[:, np.newaxis]
    turn = _turn_cost(interval)
    free = np.zeros_like(turn)
    leaps = _leap_cost(interval, manner)
    moves = steps[np.newaxis, :] - steps[:, np.newaxis]
    unary = [_own_cost(spot, pitches, manner) + jitter[i] for i, spot in enumerate(spots)]
    outside = [_outside(spot, pitches) for spot in spots]
    cost = np.broadcast_to(unary[0], (len(pitches), len(pitches))).copy()
    cost[1:] = FORBIDDEN * 100
    back: list[NDArray[np.intp]] = []
    for i, spot in enumerate(spots[1:], start=1):
        pair = leaps * (0.3 if spot.breath else 1.0)
        if spot.motion is not None:
            pair = pair + _motif_cost(moves, spot.motion, manner)
        if not spot.breath:
            pair = pair + _resolution_cost(outside[i - 1], outside[i], interval, spots[i - 1])
        else:
            pair = pair + (outside[i - 1] * 14.0)[:, np.newaxis]
        before = cost[:, :, np.newaxis] + (free if spot.breath or i == 1 else turn)
        best = before.argmin(axis=0)
        back.append(best)
        cost = np.take_along_axis(before, best[np.newaxis], axis=0)[0] + pair + unary[i]
    last = cost + (outside[-1] * 20.0)[np.newaxis, :]
    a, b = np.unravel_index(int(last.argmin()), last.shape)
    path = [int(b)]
    for i in range(len(spots) - 1, 0, -1):
        path.append(int(a))
        if i >= 1:
            a, b = back[i - 1][a, b], a
    return [float(pitches[at]) for at in path[::-1]]


def _candidates(spots: Sequence[Spot]) -> NDArray[np.float64]:
    found: set[float] = set()
    for low, high, scale in {(spot.low, spot.high, spot.scale) for spot in spots}:
        for tone in scale:
            first = low + (tone - low) % 12
            found.update(np.arange(first, high + 1e-9, 12.0).tolist())
    return np.array(sorted(found))


def _scale_steps(pitches: NDArray[np.float64], spots: Sequence[Spot]) -> NDArray[np.float64]:
    """Returns how many steps of the commonest scale each pitch is up; others lie between."""
    scales = [spot.scale for spot in spots]
    scale = np.array(max(scales, key=scales.count))
    octave, tone = np.divmod(pitches, 12)
    place = np.interp(tone, np.append(scale, scale[0] + 12), np.arange(len(scale) + 1.0))
    place = np.where(tone < scale[0], (tone - scale[0]) / (scale[0] + 12 - scale[-1]), place)
    steps: NDArray[np.float64] = octave * len(scale) + place
    return steps


def _own_cost(spot: Spot, pitches: NDArray[np.float64], manner: Manner) -> NDArray[np.float64]:
    tones = pitches % 12
    cost = manner.register * np.abs(pitches - spot.target)
    cost = cost + FORBIDDEN * ~np.isin(tones, list(spot.scale))
    cost = cost + FORBIDDEN * ((pitches < spot.low - 1e-6) | (pitches > spot.high + 1e-6))
    if spot.only:
        cost = cost + FORBIDDEN / 2 * ~np.isin(tones, list(spot.only))
    if spot.strong:
        cost = cost + manner.dissonance * _outside(spot, pitches)
    for pitch, extra in spot.extra:
        cost = cost + extra * (np.abs(pitches - pitch) < 0.1)
    return cost


def _outside(spot: Spot, pitches: NDArray[np.float64]) -> NDArray[np.bool_]:
    if not spot.chord:
        return np.zeros(len(pitches), dtype=bool)
    outside: NDArray[np.bool_] = ~np.isin(pitches % 12, list(spot.chord))
    return outside


def _leap_cost(interval: NDArray[np.float64], manner: Manner) -> NDArray[np.float64]:
    size = np.abs(interval)
    cost: NDArray[np.float64] = manner.leap * np.maximum(size - STEP, 0)
    cost = cost + manner.repeat * (size < 0.1)
    # sevenths, tritones and what lies beyond an octave are no intervals to sing
    cost = cost + 2.5 * ((size > 9.5) & (size < 11.6)) + 6.0 * (size > 12.1)
    cost += 1.5 * (np.abs(size - 6) < 0.3)
    return cost


def _motif_cost(moves: NDArray[np.float64], motion: float, manner: Manner) -> NDArray[np.float64]:
    """Returns what it costs to move otherwise than the motif; the other way costs most."""
    off = np.minimum(np.abs(moves - motion), 4) + 1.5 * (np.sign(moves) != np.sign(motion))
    return np.asarray(manner.motif * off, dtype=np.float64)


def _turn_cost(interval: NDArray[np.float64]) -> NDArray[np.float64]:
    """Returns the cost of two intervals in a row, shape (first, second, third pitch)."""
    one, two = interval[:, :, np.newaxis], interval[np.newaxis, :, :]
    leap = np.abs(one) > FOURTH + 0.1
    back = (np.sign(one) == -np.sign(two)) & (np.abs(two) <= STEP)
    cost: NDArray[np.float64] = 12.0 * (leap & ~back)
    # a leap into a leap of the same direction, and a third repetition, tire the ear
    cost = cost + 2.0 * ((np.abs(one) > STEP) & (np.abs(two) > FOURTH + 0.1))
    cost += 1.2 * ((np.abs(one) < 0.1) & (np.abs(two) < 0.1))
    return cost


def _resolution_cost(
    before: NDArray[np.bool_],
    now: NDArray[np.bool_],
    interval: NDArray[np.float64],
    first: Spot,
) -> NDArray[np.float64]:
    """Returns what a dissonance costs that is not left, or a weak one not reached, by step."""
    stepless = (np.abs(interval) > STEP) | (np.abs(interval) < 0.1)
    cost = np.asarray(14.0 * (before[:, np.newaxis] & stepless), dtype=np.float64)
    if first.strong:
        cost += 6.0 * (before[:, np.newaxis] & now[np.newaxis, :])
    leapt = np.abs(interval) > STEP
    return cost + 3.0 * (now[np.newaxis, :] & leapt)
