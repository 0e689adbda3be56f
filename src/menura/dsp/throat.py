"""Throats: pulses of vocal folds and breath through tubes that move. Voices of people and animals.

Source and filter are apart (G. Fant, "Acoustic Theory of Speech Production", 1960): folds give a
train of pulses, breath gives noise, and a throat and mouth of two tubes colour both. Curves have
one value each tick of HOP_FRAMES (`menura.dsp.waves`), ticks + 1 of them.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from menura.dsp.waves import HOP_FRAMES, accumulate, draw_curve, find_places, make_table, read_table

if TYPE_CHECKING:
    from numpy.typing import NDArray

SOUND_M_S = 350.0
"""Speed of sound in warm, moist air."""
_WINDOW = 1024
_STEP = _WINDOW // 2
_FFT = 2 * _WINDOW
STEP_TICKS = _STEP // HOP_FRAMES
"""The tract moves on once in so many ticks."""
_SINGLE: Literal["ortho"] = "ortho"
_MAX_HZ = 0.45
_MOST_HARMONICS = 400
_LAYERS = 4
_ROWS = 48


@dataclass(frozen=True, slots=True, kw_only=True)
class Tract:
    """Two tubes from the glottis to the lips, and how they lose sound.

    Attributes:
        back_m: length of the tube behind, shape (ticks + 1,), metres.
        front_m: length of the tube in front.
        ratio: cross section in front over that behind: over 1 an open mouth ("ah"), under 1 a
            narrow one ("oo", "ee"), 1 a plain tube with resonances at odd multiples of c / 4 l.
        loss_hz: bandwidth of the lowest resonance; higher ones have more.
        radiation_hz: below it the mouth is small against the wave, and radiates 6 dB per octave
            less.
    """

    back_m: NDArray[np.float64]
    front_m: NDArray[np.float64]
    ratio: NDArray[np.float64]
    loss_hz: float = 70.0
    radiation_hz: float = 500.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """What a throat does, all of shape (ticks + 1,).

    Attributes:
        hz: pitch.
        level: size of the pulses.
        breath: size of the noise: at 1 it has the rms of the pulses at level 1.
        tilt_hz: above it the pulses lose another 12 dB per octave: low = soft, high = pressed.
        rough: 0 to 1: how much each pulse differs from its neighbours in size and time.
        double: 0 to 1: how much every second pulse is smaller and late (period doubling).
        gate: 0 to 1: how much the breath comes in puffs, with the pulses.
        air_hz: one number: above it the noise falls by 12 dB per octave. A jet is loudest near a
            fifth of its speed over its width, so that a wide throat has a dull breath.
    """

    hz: NDArray[np.float64]
    level: NDArray[np.float64]
    breath: NDArray[np.float64]
    tilt_hz: NDArray[np.float64]
    rough: NDArray[np.float64]
    double: NDArray[np.float64]
    gate: NDArray[np.float64]
    air_hz: float = 4000.0


def utter(voice: Voice, tract: Tract, rate: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """Returns what is heard before the mouth, shape (ticks * HOP_FRAMES + _WINDOW,), float32."""
    train, phase = make_train(voice, rate, rng)
    air = np.zeros(0, np.float32)
    if voice.breath.any():
        air = rng.standard_normal(train.size, np.float32) * draw_curve(voice.breath)
        if voice.gate.any():
            puffs = 1 - voice.gate + voice.gate * 1.6 * np.sin(np.pi * phase) ** 4
            air *= draw_curve(puffs)
    rows = train.size // _STEP + 2
    pulsing, breathing = (_padded(sound, rows) for sound in (train, air))
    steps = _FFT // _STEP
    sound = np.zeros((rows + steps, _STEP), np.float32)
    dull = _glottis(np.full((1, 1), voice.air_hz), rate)
    # A piece at a time, so that it stays near the processor.
    for first in range(0, rows, _ROWS):
        here = np.arange(first, min(first + _ROWS, rows))
        spectra = np.zeros((here.size, _FFT // 2 + 1), np.complex64)
        if voice.level.any():
            spectra += _windows(pulsing, here) * _glottis(_at(voice.tilt_hz, here), rate)
        if air.size:
            spectra += _windows(breathing, here) * dull
        spectra *= tract_response(tract, here, rate)
        heard = np.fft.irfft(spectra, _FFT, norm=_SINGLE).reshape(-1, steps, _STEP)
        for part in range(steps):
            sound[first + part : first + part + here.size] += heard[:, part]
    return sound.reshape(-1)[_STEP : _STEP + train.size + _WINDOW]


def make_train(
    voice: Voice, rate: int, rng: np.random.Generator
) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """Returns a train of pulses, shape (ticks * HOP_FRAMES,), and its phase, (ticks + 1,), cycles.

    Its harmonics fall by 6 dB per octave and stop below half the rate. A pulse stands at half of
    each cycle, so that it may change its size between them.
    """
    hz = voice.hz
    if voice.rough.any() or voice.double.any():
        number = np.floor(accumulate(hz, rate)).astype(np.int64)
        timing = rng.standard_normal(number[-1] + 1)[number]
        odd = np.where(number % 2, 1.0, -1.0)
        hz = hz * np.exp(0.12 * voice.rough * timing + 0.06 * voice.double * odd)
    phase = accumulate(hz, rate)
    number = np.floor(phase).astype(np.int64)
    size = rng.standard_normal(number[-1] + 1)[number]
    gain = voice.level * np.exp((0.03 + 0.6 * voice.rough) * size)
    gain *= 1 - 0.75 * voice.double * (number % 2)
    if not voice.level.any():
        return np.zeros((hz.size - 1) * HOP_FRAMES, np.float32), phase
    least = max(1, min(_MOST_HARMONICS, int(_MAX_HZ * rate / hz.max())))
    most = max(1, min(_MOST_HARMONICS, int(_MAX_HZ * rate / hz.min())))
    layers = 1 if most < 1.5 * least else 2 if most < 3 * least else _LAYERS
    least = int(2 ** (np.floor(4 * np.log2(least) + 1e-9) / 4))  # few tables do for all pitches
    waves = read_table(_pulses(least, layers), find_places(phase))
    if layers == 1:
        return waves[:, 0] * draw_curve(gain), phase
    train = np.zeros(waves.shape[0], np.float32)
    # A wave is heard only where all it holds lies below half the rate: those of an octave less
    # pass into it from there on.
    room = np.log2(_MAX_HZ * rate / hz / least) - 1
    for layer in range(layers):
        share = 1 - np.abs(room.clip(0, layers - 1) - layer)
        train += waves[:, layer] * draw_curve(np.maximum(share, 0) * gain)
    return train, phase


@functools.lru_cache(maxsize=32)
def _pulses(least: int, layers: int) -> NDArray[np.float32]:
    """Returns pulses of `least` harmonics, and of twice as many in each further layer."""
    counts = np.minimum(least * 2 ** np.arange(layers), _MOST_HARMONICS)
    order = np.arange(1, counts[-1] + 1)
    fall = np.where(order <= counts[:, np.newaxis], (-1.0) ** order / order, 0)
    return make_table(fall.astype(np.complex128))


def tract_response(tract: Tract, steps: NDArray[np.int64], rate: int) -> NDArray[np.complex64]:
    """Returns what two tubes do to a spectrum at some steps, shape (steps, bins).

    A step is STEP_TICKS long; there are 1025 bins from 0 to half the rate.

    The glottis is closed, the lips are open, and the flow goes by 1 / (cos a cos b - sin a sin b
    / r), with the phases a and b of the tubes (J. Flanagan, "Speech Analysis, Synthesis and
    Perception", 1972, chapter 3): here as sums of angles, and complex for the losses.
    """
    hz = np.fft.rfftfreq(_FFT, 1 / rate).astype(np.float32)[np.newaxis]
    back, front, ratio = (
        _at(curve, steps).astype(np.float32) for curve in (tract.back_m, tract.front_m, tract.ratio)
    )
    whole, apart = back + front, back - front
    per_m = np.float32(2 * np.pi / SOUND_M_S)
    # Half the bandwidth is the decay: y = pi B l / c. It grows as the mouth radiates more.
    width = hz * (whole / np.float32(200))
    loss = np.float32(np.pi / SOUND_M_S * tract.loss_hz) * (1 + width * np.sqrt(width))
    loss = np.minimum(loss, 2 / whole)
    together, against = (1 + 1 / ratio) / 2, (1 - 1 / ratio) / 2
    one, two = hz * (per_m * whole), hz * (per_m * apart)
    real = together * np.cos(one) + against * np.cos(two)
    imaginary = together * np.sin(one) * (loss * whole) + against * np.sin(two) * (loss * apart)
    radiated = hz / np.sqrt(hz**2 + np.float32(tract.radiation_hz**2))
    response = np.empty(real.shape, np.complex64)
    response.real, response.imag = real, -imaginary
    response *= radiated / (real**2 + imaginary**2 + np.float32(1e-4))
    return response


def _glottis(tilt_hz: NDArray[np.float64], rate: int) -> NDArray[np.complex64]:
    """Returns two poles at the corner, as a damped system has: 1 / (1 + i s)^2, (steps, bins)."""
    s = np.fft.rfftfreq(_FFT, 1 / rate).astype(np.float32) / tilt_hz.astype(np.float32)
    square = s * s
    size = 1 / (1 + square) ** 2
    response = np.empty(s.shape, np.complex64)
    response.real, response.imag = (1 - square) * size, -2 * s * size
    return response


def _padded(sound: NDArray[np.float32], rows: int) -> NDArray[np.float32]:
    padded = np.zeros((rows + 1) * _STEP, np.float32)
    padded[_STEP : _STEP + sound.size] = sound
    return padded


def _windows(padded: NDArray[np.float32], rows: NDArray[np.int64]) -> NDArray[np.complex64]:
    """Returns spectra of pieces under Hann windows that half overlap, shape (rows, bins)."""
    pieces = np.zeros((rows.size, _FFT), np.float32)
    views = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW)[::_STEP]
    angle = 2 * np.pi * (np.arange(_WINDOW) + 0.5) / _WINDOW
    window = (0.5 - 0.5 * np.cos(angle)).astype(np.float32)
    pieces[:, :_WINDOW] = views[rows[0] : rows[-1] + 1] * window
    return np.asarray(np.fft.rfft(pieces, norm=_SINGLE), np.complex64)


def _at(curve: NDArray[np.float64], steps: NDArray[np.int64]) -> NDArray[np.float64]:
    """Returns a curve's values in the middle of each window, shape (steps, 1)."""
    return curve[np.minimum(steps * STEP_TICKS, curve.size - 1), np.newaxis]
