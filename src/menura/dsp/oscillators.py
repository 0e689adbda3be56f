"""Oscillators: band-limited cycles in tables, through a ladder filter, read at any pitch.

A table holds one cycle through several settings of a filter or shape. What is read between two
settings is mixed from both, so that a filter moves while no sample waits for the one before it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

SIZE = 8192
"""Frames of a cycle. Read without interpolation, a harmonic h of size 1 / h has its images 78 dB
below the fundamental (1 / SIZE)."""
_SHIFT = 32 - 13
_CYCLE = float(1 << 32)
_FINE = 18
"""Bits of a cycle that are counted where the pitch moves: 32 hold what a block goes through."""


def saw(count: int) -> NDArray[np.complex128]:
    """Returns the harmonics 1 to `count` of a falling saw from 1 to -1, shape (count,)."""
    return np.asarray(-2j / np.pi / np.arange(1, count + 1), np.complex128)


def pulse(count: int, width: float) -> NDArray[np.complex128]:
    """Returns the harmonics of a pulse as the difference of two saws, shape (count,).

    It is up for `width` of each cycle: harmonic h is 2 / (pi h) sin(pi h width).
    """
    return np.asarray(saw(count) * moved(count, width), np.complex128)


def moved(count: int, width: float) -> NDArray[np.complex128]:
    """Returns what subtracting a copy `width` cycles later does to harmonics, shape (count,)."""
    return np.asarray(1 - np.exp(-2j * np.pi * width * np.arange(1, count + 1)), np.complex128)


def triangle(count: int) -> NDArray[np.complex128]:
    """Returns the harmonics of a triangle: odd ones, falling by 12 dB per octave."""
    order = np.arange(1, count + 1)
    return np.where(order % 2 == 1, -8j / np.pi**2 * np.sin(np.pi * order / 2) / order**2, 0)


def sine(count: int) -> NDArray[np.complex128]:
    """Returns the harmonics of a sine, shape (count,)."""
    return np.where(np.arange(count) == 0, -1j, 0)


def ladder(
    hz: NDArray[np.float64], cutoff_hz: NDArray[np.float64], resonance: float
) -> NDArray[np.complex128]:
    """Returns the response of a four-pole ladder filter, shape (cutoffs, frequencies).

    H(s) = (1 + k / 2) / ((1 + s / w)^4 + k): Stilson and Smith, "Analyzing the Moog VCF", ICMC
    (1996), equation 2. Half of the bass that resonance takes away is given back.

    Args:
        hz: where.
        cutoff_hz: w / 2 pi, one for each row.
        resonance: k, from 0 (none) to under 4 (it would sound by itself).
    """
    s = 1j * np.asarray(hz)[np.newaxis] / np.asarray(cutoff_hz)[:, np.newaxis]
    return np.asarray((1 + resonance / 2) / ((1 + s) ** 4 + resonance), np.complex128)


def tabulate(harmonics: NDArray[np.complex128], size: int = SIZE) -> NDArray[np.float32]:
    """Returns cycles with these harmonics, shape (layers, size).

    Args:
        harmonics: sizes and phases of the harmonics from the first, shape (layers, harmonics);
            real parts are cosines.
        size: frames of a cycle.
    """
    spectra = np.zeros((harmonics.shape[0], size // 2 + 1), np.complex64)
    spectra[:, 1 : harmonics.shape[1] + 1] = harmonics * (size / 2)
    return np.asarray(np.fft.irfft(spectra, size, axis=1), np.float32)


def saturate(
    harmonics: NDArray[np.complex128], drive: NDArray[np.float64] | float, bias: float = 0.0
) -> NDArray[np.complex128]:
    """Returns the harmonics of tanh(drive * cycle + bias) / drive, no more of them than before.

    A cycle that is bent as a whole and cut in frequency has nothing that could fold back.

    Args:
        harmonics: shape (layers, harmonics).
        drive: how far into the curve, at least some 0.05; one for each layer, or one.
        bias: makes the curve uneven, so that even harmonics arise.
    """
    count = harmonics.shape[1]
    # At 16 times the highest harmonic, what folds back lies below what the curve makes of it.
    size = min(SIZE, 1 << max(9, (16 * count).bit_length()))
    pushed = np.reshape(np.asarray(drive, np.float64), (-1, 1)).astype(np.float32)
    bent = np.tanh(pushed * tabulate(harmonics, size) + np.float32(bias)) / pushed
    spectra = np.fft.rfft(bent, axis=1)[:, 1 : count + 1]
    return np.asarray(spectra * (2 / size), np.complex128)


def read(
    tables: NDArray[np.float32],
    turns: NDArray[np.float64],
    layer: NDArray[np.int32] | None = None,
    share: NDArray[np.float32] | None = None,
) -> NDArray[np.float32]:
    """Returns what a table sounds like at each frame, shape (frames,).

    Args:
        tables: shape (layers, SIZE).
        turns: the phase in cycles, shape (frames,), within 200,000 of the first.
        layer: which layer is heard, shape (frames,); None is the first.
        share: how much of the next layer is mixed in, shape (frames,), 0 to 1; None is nothing.
    """
    if not turns.size:
        return np.zeros(0, np.float32)
    places = turns * SIZE
    # Counted from near the first, which loses no bit, they fit 32: those are cast far quicker.
    places -= SIZE * np.floor(turns[0] - 1)
    narrow = places.astype(np.int32)
    narrow &= SIZE - 1
    if layer is not None:
        narrow += layer * np.int32(SIZE)
    at = narrow.astype(np.intp)
    flat = tables.reshape(-1)
    sound = flat.take(at)
    if share is not None:
        other = flat[SIZE:].take(at)
        other -= sound
        other *= share
        sound += other
    return sound


def pair(tables: NDArray[np.float32]) -> NDArray[np.complex64]:
    """Returns layers beside what the next one differs by, shape (layers, SIZE).

    One look then finds both that are mixed: the layer is the real part.

    Args:
        tables: shape (layers, SIZE).
    """
    pairs = np.zeros(tables.shape, np.complex64)
    pairs.real = tables
    np.subtract(tables[1:], tables[:-1], out=pairs.imag[:-1])
    return pairs


def count_steady(start: float, step: float, frames: int) -> NDArray[np.uint32]:
    """Returns a phase that advances evenly, shape (frames,), in cycles times 2^32.

    Unsigned integers of 32 bits wrap as a phase does.

    Args:
        start: cycles at the first frame.
        step: cycles from one to the next, less than one.
        frames: how many; over 10,000 of them the step's rounding adds 1e-6 cycles.
    """
    phase = np.arange(frames, dtype=np.uint32)
    phase *= np.uint32(round(step * _CYCLE))
    phase += np.uint32(int((start - np.floor(start)) * _CYCLE))
    return phase


def count_moving(turns: NDArray[np.float64]) -> NDArray[np.uint32]:
    """Returns a phase in cycles, shape (frames,), in cycles times 2^32.

    Args:
        turns: in cycles, within 8,000 of the first.
    """
    counted = turns - np.floor(turns[:1])
    counted *= 1 << _FINE
    phase = counted.astype(np.int32).view(np.uint32)
    phase <<= np.uint32(32 - _FINE)
    return phase


def count_share(share: NDArray[np.float32]) -> NDArray[np.uint32]:
    """Returns shares of a cycle, any shape, -1 to 1, in cycles times 2^32."""
    counted = (share * np.float32(_CYCLE / 2)).astype(np.int32).view(np.uint32)
    counted <<= np.uint32(1)
    return counted


def look_up(
    pairs: NDArray[np.complex64],
    phase: NDArray[np.uint32],
    first: NDArray[np.uint32] | np.uint32,
    found: NDArray[np.complex64],
) -> None:
    """Fills `found`, shape (frames,), with what `pair` has for each frame.

    Args:
        pairs: as `pair` gives them.
        phase: in cycles times 2^32, shape (frames,).
        first: where the layer that is heard begins: its number times SIZE, shape (frames,).
        found: what has been found.
    """
    places = phase >> np.uint32(_SHIFT)
    places += first
    # It never wraps, but so told it writes where it is told to, without a copy.
    pairs.reshape(-1).take(places.astype(np.intp), out=found, mode="wrap")
