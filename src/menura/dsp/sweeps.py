"""Sweeps: tones and noise whose frequency goes along a curve, with nothing that folds back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from menura.dsp.oscillators import read, tabulate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_SINGLE: Literal["ortho"] = "ortho"
"""Scaling with which numpy keeps to single precision: see `menura.dsp.convolution`."""
_TOP = 0.45
"""Highest frequency that sounds, as a share of the rate."""
_TABLE_FRAMES = 4096
_MOST_PARTIALS = 400
_FAINT = 1e-4
_FINER = 2.0
"""Noise is drawn with so many frames for each one that is read at the highest speed."""


def glide(points: tuple[float, ...], places: tuple[float, ...], frames: int) -> NDArray[np.float64]:
    """Returns a curve of frequencies, straight over log frequency between points, (frames,), Hz.

    Args:
        points: Hz.
        places: where each stands, 0 to 1, rising; () = at even distances.
        frames: how many.
    """
    at = np.array(places) if places else np.linspace(0, 1, len(points))
    return np.asarray(np.exp(np.interp(np.linspace(0, 1, frames), at, np.log(points))), np.float64)


def turns(hz: NDArray[np.float64], rate: int) -> NDArray[np.float64]:
    """Returns the phase of a pitch curve in cycles from 0, shape (frames,)."""
    phase = np.cumsum(hz)
    phase *= 1 / rate
    phase -= phase[0]
    return np.asarray(phase, np.float64)


def sine(cycles: NDArray[np.float64]) -> NDArray[np.float32]:
    """Returns sines of a phase in cycles, shape as given, float32."""
    short = (cycles - np.floor(cycles)).astype(np.float32)
    short *= np.float32(2 * np.pi)
    return np.asarray(np.sin(short), np.float32)


def sweep_tone(
    hz: NDArray[np.float64],
    partials: NDArray[np.float64],
    rate: int,
    copies: Sequence[tuple[float, float]] = ((1.0, 0.0),),
) -> NDArray[np.float32]:
    """Returns a harmonic tone along a pitch curve, shape (frames,), float32.

    Harmonics leave over the octave in which they come near half the rate.

    Args:
        hz: of the first harmonic at each frame.
        partials: sizes of harmonics from the first.
        rate: Hz.
        copies: (its pitch over that of the curve, where it begins in cycles) of each that is
            added: near 1.
    """
    cycles = turns(hz, rate)
    highest = max(copy[0] for copy in copies)
    if partials.size == 1:
        faded = np.clip(2 * (_TOP * rate - hz * highest) / (_TOP * rate), 0, 1) * partials[0]
        sound = sum(sine(cycles * off + phase) for off, phase in copies)
        return np.asarray(sound * faded.astype(np.float32), np.float32)
    lowest = float(hz.min()) * highest
    octaves = np.log2((hz * (highest / lowest)).astype(np.float32))
    np.maximum(octaves, 0, out=octaves)
    layers = int(octaves.max()) + 2
    order = np.arange(1, min(partials.size, _MOST_PARTIALS) + 1)
    room = _TOP * rate / (lowest * 2.0 ** np.arange(1, layers + 1))
    sizes = np.where(order <= np.maximum(room, 0)[:, np.newaxis], partials[: order.size], 0.0)
    # Of one pitch the lowest layer holds all that fits.
    if layers == 2:
        sizes[0] = np.where(
            order * (float(hz.max()) * highest) < _TOP * rate, partials[: order.size], 0.0
        )
    # Phases that go round keep the crest of the sum low (M. Schroeder, IEEE IT-16, 1970).
    turned = np.exp(-1j * np.pi * order * (order - 1) / order.size)
    tables = tabulate(sizes * turned, _TABLE_FRAMES * 2)
    layer = octaves.astype(np.int32)
    share = (octaves - layer).astype(np.float32)
    sound = read(tables, cycles * copies[0][0] + copies[0][1], layer, share)
    for off, phase in copies[1:]:
        sound += read(tables, cycles * off + phase, layer, share)
    return sound


def sweep_fm(
    hz: NDArray[np.float64],
    ratio: float,
    index: NDArray[np.float64],
    rate: int,
    phase: float = 0.0,
) -> NDArray[np.float32]:
    """Returns a tone with modulated frequency, shape (frames,), float32.

    J. Chowning, "The synthesis of complex audio spectra by means of frequency modulation", JAES
    21 (1973). The index is kept so low that by J. Carson's rule (1922) all lies below half the
    rate.

    Args:
        hz: carrier at each frame.
        ratio: of the modulator's frequency to the carrier's.
        index: peak deviation in radians at each frame.
        rate: Hz.
        phase: where it begins, cycles.
    """
    cycles = turns(hz, rate) + phase
    room = np.maximum((_TOP * rate - hz) / (hz * ratio) - 1, 0)
    faded = np.clip(4 * (_TOP * rate - hz) / (_TOP * rate), 0, 1)
    depth = np.minimum(index, room).astype(np.float32) * np.float32(1 / (2 * np.pi))
    modulator = sine(cycles * ratio)
    modulator *= depth
    return sine(cycles + modulator) * faded.astype(np.float32)


def scaled_noise(
    points: list[tuple[float, float]],
    hz: NDArray[np.float64],
    rate: int,
    rng: np.random.Generator,
) -> NDArray[np.float32]:
    """Returns noise whose whole spectrum goes up and down with a curve, (frames,), rms near 1.

    What flows round a body has one spectrum over f d / U, the number of V. Strouhal (1878): as
    its speed grows its noise is the same in less time. So noise is drawn once and read faster and
    slower.

    Args:
        points: (frequency over that of the curve, dB), straight between points on a logarithmic
            axis; beyond them it falls by 24 dB per octave.
        hz: the curve, shape (frames,).
        rate: Hz.
        rng: draws the noise.
    """
    top_hz = float(hz.max())
    places = np.cumsum(hz * (_FINER / top_hz))
    places -= places[0]
    least = int(places[-1]) + 3
    size = _quick(least)
    bins = np.arange(size // 2 + 1) * (rate * _FINER / size)
    octave = np.log2(np.maximum(bins, bins[1]) / top_hz)
    at = np.log2([p[0] for p in points])
    gain_db = np.interp(octave, at, [p[1] for p in points])
    gain_db -= 24 * np.maximum(at[0] - octave, 0) + 24 * np.maximum(octave - at[-1], 0)
    gain = (10 ** (gain_db / 20)).astype(np.float32)
    gain[bins > _TOP * rate] = 0
    gain[0] = 0
    gain *= np.float32(np.sqrt(gain.size / max(float(np.dot(gain, gain)), 1e-12)))
    inside = np.flatnonzero(gain > _FAINT * gain.max())
    first, last = int(inside[0]), int(inside[-1]) + 1
    parts = rng.standard_normal((last - first, 2), np.float32) * np.float32(np.sqrt(0.5))
    spectrum = np.zeros(gain.size, np.complex64)
    spectrum[first:last] = parts.view(np.complex64).reshape(-1) * gain[first:last]
    drawn = np.fft.irfft(spectrum, size, norm=_SINGLE).astype(np.float32)
    whole = places.astype(np.int64)
    share = (places - whole).astype(np.float32)
    sound = drawn.take(whole)
    sound += (drawn.take(whole + 1) - sound) * share
    return sound


def _quick(frames: int) -> int:
    """Returns a length, at least `frames` and 64, that a transform is quick at."""
    whole = 1 << max(6, frames.bit_length() - 1)
    return int(next(whole * f for f in (1.0, 1.125, 1.25, 1.5, 1.75, 2.0) if whole * f >= frames))
