"""Waves: periodic sounds out of tables that hold their harmonics and nothing else.

A table has TABLE_FRAMES entries for one period and is read without interpolation: the error of the
nearest entry is 2 pi k / (TABLE_FRAMES sqrt(12)) of the k-th harmonic's amplitude, -79 dB for the
first, and it is spread like noise. Harmonics that a rate cannot hold are never in the table, so
that nothing folds back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

TABLE_FRAMES = 1 << 14
HOP_FRAMES = 32
"""Curves that steer a sound have one value each hop: 0.7 ms at 44.1 kHz."""
_SHIFT = 32 - 14
_CYCLE = float(1 << 32)


def make_table(harmonics: NDArray[np.complex128]) -> NDArray[np.float32]:
    """Returns waves that are read together, shape (TABLE_FRAMES, waves).

    Args:
        harmonics: complex amplitudes, shape (waves, harmonics), one, two or four waves; the first
            harmonic is the fundamental. A wave is the real part of sum a_k exp(2 pi i k phase).
    """
    spectrum = np.zeros((harmonics.shape[0], TABLE_FRAMES // 2 + 1), np.complex64)
    spectrum[:, 1 : harmonics.shape[1] + 1] = harmonics * (TABLE_FRAMES / 2)
    return np.ascontiguousarray(np.fft.irfft(spectrum, TABLE_FRAMES).T, np.float32)


def read_table(table: NDArray[np.float32], places: NDArray[np.int64]) -> NDArray[np.float32]:
    """Returns the waves of a table at some places, shape (frames, waves)."""
    # All waves of a place at once: one gather in place of several.
    whole = {1: np.float32, 2: np.complex64, 4: np.complex128}[table.shape[1]]
    rows: NDArray[Any] = table.view(whole).reshape(-1).take(places)
    return rows.view(np.float32).reshape(-1, table.shape[1])


def accumulate(hz: NDArray[np.float64], rate: int) -> NDArray[np.float64]:
    """Returns the phase of a pitch curve, cycles from 0.

    Args:
        hz: at each hop, shape (hops + 1,).
        rate: frames per second.

    Returns:
        Shape (hops + 1,). Between two hops the frequency is the mean of theirs.
    """
    phase = np.zeros(hz.size)
    np.cumsum((hz[1:] + hz[:-1]) * (HOP_FRAMES / 2 / rate), out=phase[1:])
    return phase


def find_places(phase: NDArray[np.float64]) -> NDArray[np.int64]:
    """Returns which entry of a table each frame reads, shape (hops * HOP_FRAMES,).

    Args:
        phase: at each hop, cycles, shape (hops + 1,).
    """
    start = ((phase[:-1] - np.floor(phase[:-1])) * _CYCLE).astype(np.uint64).astype(np.uint32)
    step = (np.diff(phase) * (_CYCLE / HOP_FRAMES)).astype(np.int64).astype(np.uint32)
    # Unsigned integers of 32 bits wrap as a phase does.
    places = np.multiply(
        step[:, np.newaxis], np.arange(HOP_FRAMES, dtype=np.uint32), dtype=np.uint32
    )
    places += start[:, np.newaxis]
    places >>= np.uint32(_SHIFT)
    return places.reshape(-1).astype(np.int64)


def draw_curve(values: NDArray[np.float64]) -> NDArray[np.float32]:
    """Returns a curve at every frame, straight between hops, shape (hops * HOP_FRAMES,).

    Args:
        values: at each hop, shape (hops + 1,).
    """
    ramp = np.arange(HOP_FRAMES, dtype=np.float32) / np.float32(HOP_FRAMES)
    short = values.astype(np.float32)
    ends = np.stack([short[:-1], short[1:]], axis=1)
    return np.asarray(ends @ np.stack([1 - ramp, ramp]), np.float32).reshape(-1)
