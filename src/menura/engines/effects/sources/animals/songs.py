"""Songs: phrases of birds, nearly pure tones that glide, out of the two sides of a syrinx.

A phrase is sections, a section is notes: alike (a trill) or each drawn anew (a warble). What a
species does stands in a table; what a bird sings is drawn from it once and varies little from then
on, so that each bird has motifs of its own.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import numpy as np

from menura.dsp.waves import (
    HOP_FRAMES,
    accumulate,
    draw_curve,
    find_places,
    make_table,
    read_table,
)
from menura.engines.effects.sources.base import RATE
from menura.engines.effects.sources.impacts.edges import finished

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from menura.engines.effects.sources.base import Wish

_TICKS_PER_S = RATE / HOP_FRAMES
_HIGHEST_HZ = 10_000.0
_SPANS = {"duty": (0.6, 0.85), "sweep": (-0.3, 0.3), "bend": (-0.15, 0.15), "attack": (0.15, 0.5)}
"""Least and most of what a section may leave out."""


def sing_phrase(
    source: Mapping[str, Any], wish: Wish, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Returns one phrase of a species, shape (frames,), float32.

    A greater size sings lower (M. Ryan and E. Brenowitz, "The role of body size, phylogeny, and
    ambient noise in the evolution of bird song", American Naturalist 126, 1985), a greater
    intensity faster, higher and with more notes.
    """
    table = source[wish.variant]
    motif = rng.spawn(1)[0]
    pitch = 2 ** (-0.8 * (wish.size - 0.5) + 0.15 * (wish.intensity - 0.5))
    return finished(sing(table, motif, rng, pitch=pitch, zeal=wish.intensity))


def sing(
    species: Mapping[str, Any],
    motif: np.random.Generator,
    rng: np.random.Generator,
    *,
    pitch: float = 1.0,
    zeal: float = 0.5,
) -> NDArray[np.float32]:
    """Returns one phrase, shape (frames,), float32.

    Args:
        species: `sections` and `harmonics` (dB of the second, third, ...).
        motif: draws which notes these are; with the same state the same bird sings the same.
        rng: draws how they differ this time.
        pitch: factor of all frequencies.
        zeal: 0 to 1: how fast and how long.
    """
    hz_pieces, level_pieces = [np.full(2, 2000.0)], [np.zeros(2)]
    for section in species["sections"]:
        if motif.random() > section.get("chance", 1.0):
            continue
        hz, level = _section(section, motif, rng, zeal)
        hz_pieces.append(hz * pitch)
        level_pieces.append(level)
    hz = np.concatenate([*hz_pieces, np.full(3, 2000.0)])
    level = np.concatenate([*level_pieces, np.zeros(3)])
    return tone(hz, level, species.get("harmonics", (-26.0, -40.0)))


def tone(
    hz: NDArray[np.float64], level: NDArray[np.float64], harmonics_db: Sequence[float]
) -> NDArray[np.float32]:
    """Returns a tone, shape (ticks * HOP_FRAMES,), float32.

    Args:
        hz: at each tick, shape (ticks + 1,).
        level: its size at each tick.
        harmonics_db: of the second and those that follow, against the first; those that would at
            any time pass 20 kHz are left out.
    """
    count = max(1, min(len(harmonics_db) + 1, int(2 * _HIGHEST_HZ / float(hz.max()))))
    wave = read_table(_wave((0.0, *harmonics_db[: count - 1])), find_places(accumulate(hz, RATE)))
    return np.asarray(wave[:, 0] * draw_curve(level), np.float32)


@functools.lru_cache(maxsize=64)
def _wave(harmonics_db: tuple[float, ...]) -> NDArray[np.float32]:
    return make_table(np.asarray(-1j * 10 ** (np.array([harmonics_db]) / 20), np.complex128))


def _section(
    section: Mapping[str, Any],
    motif: np.random.Generator,
    rng: np.random.Generator,
    zeal: float,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Returns frequency and level at each tick, each shape (ticks,)."""
    least, most = section["count"]
    count = int(motif.integers(least, most + 1))
    count = max(1, round(count * (0.75 + 0.5 * zeal)))
    note = _draw_notes(section, count, motif)
    differs = rng.standard_normal((4, count))
    sounding = np.maximum(6, note["length_s"] * _TICKS_PER_S * np.exp(0.04 * differs[0]))
    pausing = np.maximum(2, note["pause_s"] * _TICKS_PER_S * np.exp(0.08 * differs[1]))
    ticks = (sounding + pausing).astype(np.int64)
    first = np.cumsum(ticks) - ticks
    which = np.repeat(np.arange(count), ticks)
    place = np.arange(which.size) - first[which]
    share = np.minimum((place + 0.5) / sounding[which], 1.0)

    course = note["sweep"][which] * (share - 0.5) + note["bend"][which] * np.sin(np.pi * share)
    if section.get("quaver", 0.0):
        turns = section["quaver_hz"] * place / _TICKS_PER_S
        course += section["quaver"] * np.sin(2 * np.pi * turns)
    hz = (note["hz"] * np.exp(0.008 * differs[2]))[which] * np.exp2(course)
    low_db, high_db = section.get("rise_db", (0.0, 0.0))
    size_db = note["level_db"] + np.linspace(low_db, high_db, count) + 0.7 * differs[3]
    attack = note["attack"][which]
    shape = np.minimum(share / attack, (1 - share) / (1 - attack)).clip(0, 1)
    level = (10 ** (size_db / 20))[which] * np.sin(np.pi / 2 * shape) ** 1.3
    gap = max(1, round(motif.uniform(*section.get("gap_s", (0.02, 0.06))) * _TICKS_PER_S))
    hz = np.concatenate([hz, np.full(gap, 2000.0)])
    return np.minimum(hz, 2 * _HIGHEST_HZ), np.concatenate([level, np.zeros(gap)])


def _draw_notes(
    section: Mapping[str, Any], count: int, motif: np.random.Generator
) -> dict[str, NDArray[np.float64]]:
    """Returns notes, each value of shape (count,).

    The pitch of a note goes by `sweep` octaves from its beginning to its end, and by `bend` up and
    back.
    """
    alike = bool(section.get("alike", False))
    drawn = motif.random((5, 1 if alike else count)) * np.ones((1, count))
    spans = [section.get(key, usual) for key, usual in _SPANS.items()]
    low, high = np.array(spans).T[..., np.newaxis]
    duty, sweep, bend, attack = low + (high - low) * drawn[:4]
    lowest, highest = np.log(section["hz"])
    slow, fast = section["per_s"]
    period_s = np.full(count, 1 / (slow + (fast - slow) * motif.random()))
    uneven = motif.standard_normal((2, count))
    if not alike:
        period_s *= np.exp(0.12 * uneven[0])
    return {
        "hz": np.exp(lowest + (highest - lowest) * drawn[4]),
        "length_s": period_s * duty,
        "pause_s": period_s * (1 - duty),
        "sweep": sweep,
        "bend": bend,
        "level_db": uneven[1] * (0.5 if alike else 2.0),
        "attack": attack,
    }
