"""Solo: whether one voice alone is heard, or a whole mix."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from menura.audio.resample import resample

if TYPE_CHECKING:
    from collections.abc import Sequence

    from menura.audio import Audio
    from menura.metrics import SungNote

_RATE = 16_000
_WINDOW_S, _HOP_S = 0.128, 0.064
_LOWEST_HZ, _HIGHEST_HZ = 50.0, 4000.0
_AUDIBLE_DB = 35.0
"""Partials this far below the loudest are not counted."""
_SPREAD, _SPACING = 0.03, 0.2
"""How far from its place a partial may be: in a vibrato's share of its frequency, and at most in
this share of the way from one to the next."""


def solo_share(audio: Audio, notes: Sequence[SungNote]) -> float:
    """Returns the share of the partials heard that belong to the notes of a tune, 0 to 1.

    One voice has partials at multiples of the pitch that is tracked in it and nowhere else; in a
    mix others play beside, between and below them. Peaks of the spectrum are weighed by how far
    they stand above what is counted, dB, as in the harmonic sum of Salamon and Gomez, "Melody
    extraction from polyphonic music signals" (IEEE TASLP 20, 2012), section III.

    Args:
        audio: what they were heard in.
        notes: by time.
    """
    slow = resample(audio, _RATE)
    samples = slow.samples.mean(axis=0, dtype=np.float32)
    size, hop = round(_WINDOW_S * _RATE), round(_HOP_S * _RATE)
    if samples.size < size or not notes:
        return 0.0
    windows = np.lib.stride_tricks.sliding_window_view(samples, size)[::hop]
    middle_s = (np.arange(len(windows)) * hop + size / 2) / _RATE
    starts = np.array([note.start_s for note in notes])
    ends = np.array([note.end_s for note in notes])
    pitches = np.array([note.pitch for note in notes])
    at = np.maximum(np.searchsorted(starts, middle_s, side="right") - 1, 0)
    # Only windows inside one note: between two, either pitch is wrong.
    inside = (middle_s - size / 2 / _RATE >= starts[at] - _HOP_S / 2) & (
        middle_s + size / 2 / _RATE <= ends[at] + _HOP_S / 2
    )
    if not inside.any():
        inside = (middle_s >= starts[at]) & (middle_s <= ends[at])
    if not inside.any():
        return 0.0
    level = np.abs(np.fft.rfft(windows[inside] * np.hanning(size), axis=1)) + 1e-9
    level_db = 20 * np.log10(level / level.max(axis=1, keepdims=True)) + _AUDIBLE_DB
    middle = level_db[:, 1:-1]
    peaks = (middle > level_db[:, :-2]) & (middle >= level_db[:, 2:]) & (middle > 0)
    hz = np.fft.rfftfreq(size, 1 / _RATE)[np.newaxis, 1:-1]
    peaks &= (hz >= _LOWEST_HZ) & (hz <= _HIGHEST_HZ)
    base = (440 * 2 ** ((pitches[at[inside]] - 69) / 12))[:, np.newaxis]
    place = np.maximum(np.round(hz / base), 1) * base
    own = np.abs(hz - place) <= np.minimum(_SPREAD * place, _SPACING * base) + 0.5 / _WINDOW_S
    weights = np.where(peaks, middle, 0.0)
    return float((weights * own).sum() / max(float(weights.sum()), 1e-9))
