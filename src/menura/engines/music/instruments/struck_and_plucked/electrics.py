"""What is not linear: the amplifier, the pickup beside a tine, frequency modulation.

All take or make sound at OVERSAMPLING times the rate, and come back through one spectrum, which
also holds the loudspeaker, so that what they make above the rate's half is gone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from menura.dsp.modes import DECAY_60_DB, MAX_HZ
from menura.engines.music.instruments.struck_and_plucked.partials import MEZZO_FORTE

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from menura.engines.music.instruments.struck_and_plucked.facts import Drive, Facts
    from menura.engines.music.instruments.struck_and_plucked.partials import Stroke

OVERSAMPLING = 2
_FAST_RATIO = 14
_FAST_T60_S = 0.45
_DRIFT_HZ = 0.3
_FAST_TOP_HZ = 16_000.0
_FFT_STEP = 4096
_COUPLED_HZ = 30.0


def amplified(
    wave: NDArray[np.float32], drive: Drive, frames: int, rate: int
) -> NDArray[np.float32]:
    """Returns a string through an overdriven valve and a loudspeaker, shape (frames,).

    The valve is x / sqrt(1 + x^2) in antiderivative form (Parker, Zavalishin and Le Bivic, DAFx
    2016): the mean over the way from one sample to the next. For this curve the mean
    is (a + b) / (sqrt(1 + a^2) + sqrt(1 + b^2)), which nothing cancels in.

    Args:
        wave: the string, at OVERSAMPLING times the rate; 1 is where the valve begins to bend.
        drive: the amplifier.
        frames: length of the result.
        rate: of the result, Hz.
    """
    driven = wave + np.float32(drive.bias)
    root = np.sqrt(1 + driven * driven)
    shaped = np.zeros_like(driven)
    shaped[1:] = (driven[1:] + driven[:-1]) / (root[1:] + root[:-1])
    shaped[1:] -= np.float32(drive.bias / np.sqrt(1 + drive.bias**2))
    hz, gain_db = np.array(drive.cabinet).T

    def speaker(at: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(10 ** (np.interp(np.log(at), np.log(hz), gain_db) / 20))

    return decimated(shaped, frames, rate, speaker)


def picked_up(
    wave: NDArray[np.float32], drive: Drive, frames: int, rate: int
) -> NDArray[np.float32]:
    """Returns what a magnet beside a tine's tip hears, shape (frames,).

    The flux at a distance y from the pole's axis is 1 / (1 + y^2), and the coil gives its change:
    Muenster and Pfeifle, Non-linear behaviour in sound production of the Rhodes piano, ISMA 2014.
    Off the axis by `bias` even harmonics come with the odd ones, and more with every swing.

    Args:
        wave: the tine's tip, at OVERSAMPLING times the rate.
        drive: the magnet.
        frames: length of the result.
        rate: of the result, Hz.
    """
    away = wave + np.float32(drive.bias)
    flux = 1 / (1 + away * away) - np.float32(1 / (1 + drive.bias**2))
    return decimated(flux.astype(np.float32, copy=False), frames, rate, lambda at: at / 1000)


def driven(drive: Drive, stroke: Stroke) -> float:
    """Returns how strongly a stroke drives what bends it."""
    return stroke.scaled(drive.gain, drive.per_octave) * float(
        (stroke.force / MEZZO_FORTE) ** drive.force
    )


def modulated(
    facts: Facts, drive: Drive, stroke: Stroke, frames: int, rate: int
) -> NDArray[np.float32]:
    """Returns two pairs of operators, shape (OVERSAMPLING frames,): a body 1:1, a chime 1:14.

    Chowning, J. Audio Eng. Soc. 21 (1973), equation 1: sin(c + I(t) sin(m)), with the index I
    falling faster than the amplitude. The chime leaves where its sidebands would not fit.
    """
    count = frames * OVERSAMPLING
    seconds = np.arange(count) / (rate * OVERSAMPLING)
    turns = stroke.hz * seconds
    phase = (2 * np.pi * (turns - np.floor(turns))).astype(np.float32)
    short = seconds.astype(np.float32)
    t60_s = stroke.scaled(facts.decay.t60_s, facts.decay.per_octave)
    fall = np.exp(short * np.float32(-DECAY_60_DB / t60_s))
    quick = np.exp(short * np.float32(-DECAY_60_DB / (0.35 * t60_s)))
    gain = driven(drive, stroke)
    body = np.sin(phase + gain * quick * np.sin(phase))
    fits = float(np.clip((_FAST_TOP_HZ / (_FAST_RATIO * stroke.hz) - 1) * 2, 0, 1))
    index = drive.bias * fits * gain / drive.gain
    chime = np.exp(short * np.float32(-DECAY_60_DB / _FAST_T60_S))
    drift = (2 * np.pi * _DRIFT_HZ * short).astype(np.float32)
    bell = np.sin(phase + drift + index * chime * np.sin(_FAST_RATIO * phase))
    wave = fall * (0.7 * body + 0.35 * bell)
    if stroke.muted:
        wave *= np.exp(short * np.float32(-DECAY_60_DB / facts.release.mute_s))
    return np.asarray(wave, np.float32)


def decimated(
    wave: NDArray[np.float32],
    frames: int,
    rate: int,
    response: Callable[[NDArray[np.float64]], NDArray[np.float64]],
) -> NDArray[np.float32]:
    """Returns a sound at `rate` out of one at OVERSAMPLING times that, under a response over Hz."""
    size = -(-(frames + _FFT_STEP // 4) // _FFT_STEP) * _FFT_STEP
    spectrum = np.fft.rfft(wave, size * OVERSAMPLING)[: size // 2 + 1]
    hz = np.asarray(np.arange(size // 2 + 1) * (rate / size), np.float64)
    hz[0] = hz[1]
    # A coupling condenser: what lies low is the drift of an asymmetric curve.
    shape = response(hz) / (1 + (_COUPLED_HZ / hz) ** 4) * (hz < MAX_HZ * rate) / OVERSAMPLING
    spectrum *= shape.astype(np.float32)
    return np.fft.irfft(spectrum, size)[:frames].astype(np.float32, copy=False)
