"""Changes of melody, pace and spectrum: features in, features out."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING

import numpy as np

from menura.dsp.vocoder.bandwidth import at_bins
from menura.dsp.vocoder.features import HOP_S, LOG_FLOOR, Features, count_rows, log_power
from menura.dsp.vocoder.smoothing import fill_gaps
from menura.errors import InvalidInput

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAX_SEMITONES = 36.0
MAX_STRETCH = 20.0
MAX_WARP = 2.0
LEAST_F0_HZ = 20.0
_DB = math.log(10) / 10


def shift_pitch(features: Features, semitones: float) -> Features:
    """Returns the features with every pitch moved; the formants stay.

    Raises:
        InvalidInput: if it moves by more than 36 semitones.
    """
    expect_between("a shift of pitch in semitones", semitones, -MAX_SEMITONES, MAX_SEMITONES)
    return with_f0(features, features.f0_hz * 2 ** (semitones / 12))


def scale_range(features: Features, factor: float, around_hz: float | None = None) -> Features:
    """Returns the features with a melody that moves `factor` times as far, in semitones.

    Args:
        features: of any voice.
        factor: 0 (monotone) to 4; 1 changes nothing.
        around_hz: the pitch that stays; the voice's geometric mean if None.

    Raises:
        InvalidInput: if the factor or the pitch is out of range.
    """
    expect_between("a factor of range", factor, 0, 4)
    voiced = features.voiced
    if not voiced.any():
        return features
    log_f0 = np.log(features.f0_hz[voiced])
    if around_hz is not None:
        expect_between("the pitch that stays in Hz", around_hz, LEAST_F0_HZ, features.rate / 4)
    middle = float(log_f0.mean()) if around_hz is None else math.log(around_hz)
    f0_hz = np.zeros_like(features.f0_hz)
    f0_hz[voiced] = np.exp(middle + factor * (log_f0 - middle))
    return with_f0(features, f0_hz)


def warp_formants(features: Features, ratio: float) -> Features:
    """Returns the features of a vocal tract `ratio` times shorter: formants `ratio` times higher.

    What comes in from beyond half the rate keeps the level there. Each row keeps its power.

    Raises:
        InvalidInput: if the ratio is not within 0.5 and 2.
    """
    expect_between("a ratio of formants", ratio, 1 / MAX_WARP, MAX_WARP)
    at = np.arange(features.bins) / ratio
    return dataclasses.replace(
        features,
        log_envelope=at_power(at_bins(features.log_envelope, at), features.log_power()),
        aperiodicity=at_bins(features.aperiodicity, at),
    )


def tilt(features: Features, db_per_octave: float, from_hz: float = 500.0) -> Features:
    """Returns the features with a spectrum that rises or falls from a frequency on.

    Each row keeps its power, so a voice gets darker or brighter, not weaker.

    Args:
        features: of any voice.
        db_per_octave: -24 to 24; below 0 is darker.
        from_hz: where it starts, Hz.

    Raises:
        InvalidInput: if one is out of range.
    """
    expect_between("a tilt in dB per octave", db_per_octave, -24, 24)
    expect_between("the start of a tilt in Hz", from_hz, 20, features.rate / 2)
    slope = sloped(features, db_per_octave, from_hz)
    log_env = at_power(features.log_envelope + slope, features.log_power())
    return dataclasses.replace(features, log_envelope=log_env)


def shelve(features: Features, db: float, from_hz: float, to_hz: float) -> Features:
    """Returns the features with what lies low raised against what lies high.

    Each row keeps its power, so that vowels get a fuller sound and fricatives stay as they are.

    Args:
        features: of any voice.
        db: how much more there is below than above, -24 to 24.
        from_hz: where the step begins, Hz.
        to_hz: where it is done, Hz.

    Raises:
        InvalidInput: if one is out of range.
    """
    expect_between("a shelf in dB", db, -24, 24)
    expect_between("the start of a shelf in Hz", from_hz, 20, features.rate / 2)
    expect_between("the end of a shelf in Hz", to_hz, 1.01 * from_hz, features.rate)
    octaves = np.log2(np.maximum(features.frequencies_hz() / from_hz, 1.0))
    step = np.minimum(octaves / math.log2(to_hz / from_hz), 1.0)
    change = (-db * _DB * (0.5 - 0.5 * np.cos(np.pi * step))).astype(np.float32)
    log_env = at_power(features.log_envelope + change, features.log_power())
    return dataclasses.replace(features, log_envelope=log_env)


def stretch(features: Features, factor: float) -> Features:
    """Returns the features of a sound `factor` times as long; the pitch stays.

    Raises:
        InvalidInput: if the factor is not within 1/20 and 20.
    """
    expect_between("a factor of length", factor, 1 / MAX_STRETCH, MAX_STRETCH)
    frames = round(features.frames * factor)
    rows = np.arange(count_rows(frames, features.rate))
    return retime(features, rows * HOP_S / factor, frames)


def retime(features: Features, source_s: NDArray[np.floating], frames: int) -> Features:
    """Returns features that take each of their rows from another time.

    Args:
        features: of any voice.
        source_s: shape (rows,), rows = `count_rows(frames, rate)`: the time in the old sound
            that each new row shows, seconds; times beyond its ends show its ends.
        frames: length of the new sound.

    Raises:
        InvalidInput: if the number of rows does not fit the length.
    """
    if source_s.shape != (count_rows(frames, features.rate),):
        raise InvalidInput(
            f"{frames} frames need {count_rows(frames, features.rate)} source times, not "
            f"{source_s.shape}"
        )
    if not np.isfinite(source_s).all():
        raise InvalidInput("a source time is no number")
    row = np.clip(source_s / HOP_S, 0, features.rows - 1)
    low = np.minimum(row.astype(np.intp), max(features.rows - 2, 0))
    high = np.minimum(low + 1, features.rows - 1)
    part = (row - low).astype(np.float32)[:, None]
    voiced = features.voiced
    f0_hz = np.zeros(row.size)
    if voiced.any():
        log_f0 = fill_gaps(np.log(np.where(voiced, features.f0_hz, 1.0)), voiced)
        melody = np.exp(np.interp(row, np.arange(features.rows), log_f0))
        f0_hz = np.where(voiced[np.round(row).astype(np.intp)], melody, 0.0)
    log_env, aperiodicity = (
        matrix[low] * (1 - part) + matrix[high] * part
        for matrix in (features.log_envelope, features.aperiodicity)
    )
    return dataclasses.replace(
        features, f0_hz=f0_hz, log_envelope=log_env, aperiodicity=aperiodicity, frames=frames
    )


def with_f0(features: Features, f0_hz: NDArray[np.float64]) -> Features:
    """Returns the features with another pitch, kept within what can be sung: 20 Hz to rate / 5."""
    kept = np.clip(f0_hz, LEAST_F0_HZ, features.rate / 5)
    return dataclasses.replace(features, f0_hz=np.where(f0_hz > 0, kept, 0.0))


def sloped(features: Features, db_per_octave: float, from_hz: float) -> NDArray[np.float32]:
    """Returns what a slope adds to a log envelope, shape (bins,)."""
    octaves = np.log2(np.maximum(features.frequencies_hz() / from_hz, 1.0))
    return np.asarray(db_per_octave * _DB * octaves, np.float32)


def at_power(log_envelope: NDArray[np.float32], wanted: NDArray[np.float64]) -> NDArray[np.float32]:
    """Returns the envelope (rows, bins) with another log power (rows,); silence stays silent."""
    gain = np.where(wanted > LOG_FLOOR, wanted - log_power(log_envelope), 0.0)
    changed = log_envelope + gain[:, None].astype(np.float32)
    return np.maximum(changed, np.float32(LOG_FLOOR))


def expect_between(what: str, value: float, low: float, high: float) -> None:
    """Checks a number.

    Raises:
        InvalidInput: if it is not within the limits, or no number.
    """
    if not low <= value <= high:
        raise InvalidInput(f"{what} lies between {low:g} and {high:g}, not {value:g}")
