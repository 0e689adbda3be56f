"""Magnitude spectra of long sounds, a stretch at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from menura.audio.audio import Audio
from menura.audio.resample import Resampler
from menura.audio.spectral import hann

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray


RATE = 22_050
_STRETCH_FRAMES = 30 * 44_100


def magnitudes(audio: Audio, window: int, hop: int) -> Iterator[NDArray[np.float32]]:
    """Yields the magnitudes under Hann windows of the sound, one channel at 22,050 Hz.

    Row t is centred on frame t * hop: half a window of silence is put before the sound. Memory
    does not grow with its length.

    Args:
        audio: any sound.
        window: frames of a window, even.
        hop: frames from one to the next.

    Yields:
        Shape (rows, window // 2 + 1), float32; a sine of amplitude 1 reads 1.
    """
    shape = (hann(window) * (2 / hann(window).sum())).astype(np.float32)
    held = np.zeros(window // 2, np.float32)
    for stretch in _mono(audio):
        held = np.concatenate([held, stretch])
        rows = max(0, (held.size - window) // hop + 1)
        if rows:
            yield _spectra(held, rows, hop, shape)
            held = held[rows * hop :]
    held = np.concatenate([held, np.zeros(window // 2, np.float32)])
    rows = max(0, (held.size - window) // hop + 1)
    if rows:
        yield _spectra(held, rows, hop, shape)


def mono(audio: Audio) -> NDArray[np.float32]:
    """Returns the whole sound, one channel at 22,050 Hz: shape (frames,), float32."""
    return np.concatenate([np.zeros(0, np.float32), *_mono(audio)])


def _mono(audio: Audio) -> Iterator[NDArray[np.float32]]:
    resampler = Resampler(audio.rate, RATE, 1)
    for start in range(0, audio.frames, _STRETCH_FRAMES):
        piece = audio.samples[:, start : start + _STRETCH_FRAMES].mean(axis=0, dtype=np.float32)
        yield resampler.process(Audio(piece[np.newaxis], audio.rate)).samples[0]
    yield resampler.finish().samples[0]


def _spectra(
    samples: NDArray[np.float32], rows: int, hop: int, shape: NDArray[np.float32]
) -> NDArray[np.float32]:
    windows = np.lib.stride_tricks.sliding_window_view(samples, shape.size)[::hop][:rows]
    # Scaled, numpy keeps single precision in a forward transform, six times as fast as double.
    scaled = shape * np.float32(np.sqrt(shape.size))
    return np.abs(np.fft.rfft(windows * scaled, norm="ortho")).astype(np.float32)
