"""Spectra: how strong each harmonic is, from what vibrates and what radiates."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from menura.engines.music.instruments.sustained.facts import Body, Facts, Pair, Source, Voice

PIANISSIMO, FORTISSIMO = 0.15, 1.0
"""Forces (velocities) at which the facts hold; between them they are mixed."""
MAX_HARMONICS = 320
_RIPPLES_PER_OCTAVE = 12
_RIPPLES_FROM_HZ = 400.0
_RIPPLES = 60
_EVEN_ORDER = 4


def loudness(force: float) -> float:
    """Returns where a force lies between pianissimo (0) and fortissimo (1)."""
    return min(max((force - PIANISSIMO) / (FORTISSIMO - PIANISSIMO), 0.0), 1.0)


def blend(pair: Pair, share: float) -> float:
    """Returns what lies between two values."""
    return pair[0] + (pair[1] - pair[0]) * share


def weigh_harmonics(
    facts: Facts,
    voice: Voice,
    hz: float,
    share: float,
    count: int,
    *,
    muted: bool = False,
    variant: int = 0,
) -> NDArray[np.float64]:
    """Returns the amplitudes of a voice's harmonics, shape (count,), of total rms 1 / sqrt(2).

    Args:
        facts: of the instrument.
        voice: which of its voices.
        hz: frequency of the voice.
        share: 0 = pianissimo, 1 = fortissimo.
        count: how many.
        muted: whether the mute is on.
        variant: which of several instruments of a kind: their smaller resonances differ.
    """
    number = np.arange(1, count + 1)
    power = np.zeros(count)
    for ratio, soft_db, loud_db in voice.stops:
        inside = count // ratio
        if inside:
            levels_db = _source_db(facts.source, ratio * hz, share, inside)
            power[ratio - 1 :: ratio][:inside] += 10 ** (
                (levels_db + blend((soft_db, loud_db), share)) / 10
            )
    at = np.asarray(number * hz, np.float64)
    power *= 10 ** (
        radiate_db(facts, at, hz / voice.ratio, share, muted=muted, variant=variant) / 10
    )
    power *= (at < facts.source.top_hz) | (number == 1)
    total = float(power.sum())
    return np.asarray(np.sqrt(power / total) if total else power, np.float64)


def turn_harmonics(source: Source, count: int) -> NDArray[np.complex128]:
    """Returns the phases of the harmonics as unit numbers, shape (count,)."""
    number = np.arange(1, count + 1)
    if source.phase == "saw":
        return np.full(count, -1j)
    if source.phase == "pulse":
        # A pulse whose energy is spread a little: the crest of a brass tone, not of a click.
        return np.asarray(np.exp(-0.11j * number**1.5), np.complex128)
    return np.asarray(np.exp(2j * np.pi * 0.618034 * number * number), np.complex128)


def radiate_db(
    facts: Facts,
    at: NDArray[np.float64],
    pitch_hz: float,
    share: float,
    *,
    muted: bool = False,
    variant: int = 0,
) -> NDArray[np.float64]:
    """Returns the gain of body, bell or vocal tract, shape of `at`.

    Args:
        facts: of the instrument.
        at: Hz, rising.
        pitch_hz: of the note, which tells which size of instrument plays it.
        share: 0 = pianissimo, 1 = fortissimo.
        muted: whether the mute is on.
        variant: which of several instruments of a kind.
    """
    body = facts.body
    scale = (pitch_hz / 261.626) ** body.shift if body.shift else 1.0
    here = at / scale
    gain_db = np.zeros(at.size)
    if body.low_hz:
        gain_db -= 10 * np.log10(1 + (body.low_hz / here) ** 4)
    corner, slope = blend(body.high_hz, share), blend(body.high_slope_db, share)
    gain_db += slope / 6.02 * 10 * np.log10(1 + (here / corner) ** 2)
    gain_db += _formants_db(body, here, share)
    if body.ripple_db:
        gain_db += _ripple_db(facts, here, variant)
    if muted:
        hz, mute_db = np.array(body.mute).T
        gain_db += np.interp(np.log(at), np.log(hz), mute_db)
    return gain_db


def _source_db(source: Source, hz: float, share: float, count: int) -> NDArray[np.float64]:
    number = np.arange(1, count + 1)
    rows = len(source.loud_db)
    known = np.minimum(number, rows) - 1
    soft, loud = np.array(source.soft_db), np.array(source.loud_db)
    levels_db = soft[known] + (loud - soft)[known] * share
    slope = blend(source.slope_db, share)
    levels_db = levels_db + slope * np.log2(np.maximum(number / rows, 1.0))
    if source.even_db:
        near = 1 / (1 + (number * hz / source.even_hz) ** _EVEN_ORDER)
        levels_db = levels_db + source.even_db * near * (number % 2 == 0)
    if source.comb:
        comb = np.maximum(np.abs(np.sin(np.pi * number * source.comb)), source.comb_floor)
        levels_db = levels_db + 20 * np.log10(comb)
    return np.asarray(levels_db, np.float64)


def _formants_db(body: Body, here: NDArray[np.float64], share: float) -> NDArray[np.float64]:
    def peaks(formants: tuple[tuple[float, float, float], ...]) -> NDArray[np.float64]:
        if not formants:
            return np.zeros(here.size)
        hz, gain_db, octaves = np.array(formants).T[:, :, np.newaxis]
        return np.asarray(
            (gain_db * np.exp(-((np.log2(here / hz) / octaves) ** 2))).sum(axis=0), np.float64
        )

    loud = peaks(body.formants)
    return loud * share + peaks(body.soft_formants) * (1 - share) if body.soft_formants else loud


def _ripple_db(facts: Facts, here: NDArray[np.float64], variant: int) -> NDArray[np.float64]:
    """Returns the many resonances of a plate: as chance has it, but always the same."""
    name = int.from_bytes(facts.name.encode()[:8], "big")
    points = np.random.default_rng([name, variant]).standard_normal(_RIPPLES)
    octaves = np.log2(np.maximum(here / _RIPPLES_FROM_HZ, 1.0))
    drawn = np.interp(octaves * _RIPPLES_PER_OCTAVE, np.arange(points.size), points)
    # Four octaves up, resonances overlap so much that nothing is left of single ones.
    grown = np.clip(np.minimum(octaves * 2, 4 - octaves), 0.0, 1.0)
    return np.asarray(facts.body.ripple_db * drawn * grown, np.float64)
