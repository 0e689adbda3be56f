"""Onsets: where something begins to sound."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from menura.metrics.windows import RATE, magnitudes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from menura.audio import Audio

WINDOW, HOP = 1024, 220
HOP_S = HOP / RATE
BANDS = 84
LOWEST_HZ, HIGHEST_HZ = 40.0, 10_000.0
COMPRESSION = 1000.0
LAG = 2  # rows: the difference is taken over 20 ms
THRESHOLD = 0.35  # of the 98th percentile of the strength
GAP_S = 0.05


def onset_strength(audio: Audio) -> NDArray[np.float32]:
    """Returns how much begins every HOP_S (10 ms), shape (rows,), float32, 0 or more.

    The rise of the log spectrum in bands of a seventh of a semitone-octave, against the largest
    of three neighbours 20 ms before: S. Boeck, G. Widmer, "Maximum filter vibrato suppression for
    onset detection", DAFx 2013.

    Args:
        audio: any sound.
    """
    weights = _bands()
    rows = [np.log1p(COMPRESSION * (m @ weights)) for m in magnitudes(audio, WINDOW, HOP)]
    levels = np.concatenate([np.zeros((0, BANDS), np.float32), *rows])
    if levels.shape[0] <= LAG:
        return np.zeros(levels.shape[0], np.float32)
    before = levels.copy()
    before[:, 1:] = np.maximum(before[:, 1:], levels[:, :-1])
    before[:, :-1] = np.maximum(before[:, :-1], levels[:, 1:])
    rise = np.clip(levels[LAG:] - before[:-LAG], 0, None).mean(axis=1)
    return np.concatenate([np.zeros(LAG, np.float32), rise.astype(np.float32)])


def onsets(audio: Audio) -> NDArray[np.float64]:
    """Returns when something begins, seconds, rising, shape (onsets,).

    Args:
        audio: any sound.
    """
    strength = onset_strength(audio)
    if not strength.size or strength.max() <= 0:
        return np.zeros(0)
    floor = THRESHOLD * float(np.percentile(strength[strength > 0], 98))
    reach = round(GAP_S / HOP_S)
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(strength, reach), 2 * reach + 1)
    peaks = np.flatnonzero((strength >= windows.max(axis=1)) & (strength > floor))
    if not peaks.size:
        return np.zeros(0)
    apart = np.concatenate([[True], np.diff(peaks) > reach])
    # The rise is largest a window's half width before its row's centre reaches the onset.
    return np.asarray(peaks[apart] * HOP_S, np.float64)


def _bands() -> NDArray[np.float32]:
    """Returns triangles on a logarithmic axis, shape (bins, BANDS)."""
    centre = np.geomspace(LOWEST_HZ, HIGHEST_HZ, BANDS + 2)
    hz = np.fft.rfftfreq(WINDOW, 1 / RATE)[:, np.newaxis]
    width = np.maximum(np.diff(centre), RATE / WINDOW)
    rise = (hz - centre[:-2] + np.maximum(0, width[:-1] - np.diff(centre)[:-1])) / width[:-1]
    fall = (centre[2:] + np.maximum(0, width[1:] - np.diff(centre)[1:]) - hz) / width[1:]
    return np.clip(np.minimum(rise, fall), 0, None).astype(np.float32)
