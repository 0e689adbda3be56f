"""Tunes: the notes that one voice or instrument sings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from menura.audio.resample import resample
from menura.dsp.vocoder.features import HOP_S
from menura.dsp.vocoder.pitch import track_pitch
from menura.errors import InvalidInput

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from menura.audio import Audio

HIGH_HZ = 330.0
"""Above this median the sound is heard at half its speed, where the tracker reaches 1,200 Hz."""
LEAST_NOTE_S = 0.08
LEAST_VOICED = 0.05
SPLIT_SEMITONES = 0.6
DIP = 0.35  # of the level, between two notes of one pitch
MAX_S = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SungNote:
    """A note heard.

    Attributes:
        start_s: where it begins, seconds.
        end_s: where it ends, seconds.
        pitch: MIDI number, fractional: its median.
    """

    start_s: float
    end_s: float
    pitch: float


def sung_notes(audio: Audio) -> tuple[SungNote, ...]:
    """Returns the notes of a tune hummed, sung, whistled or played by one instrument, in order.

    The pitch is tracked, cut where it is silent, jumps, or where the level dips between two
    notes; what is shorter than 80 ms is a glide and belongs to its neighbour.

    Args:
        audio: one voice alone, up to ten minutes.

    Raises:
        InvalidInput: if it is too long, or no tune is heard in it: noise, silence, or speech.
    """
    if audio.duration_s > MAX_S:
        raise InvalidInput(f"a melody has at most {MAX_S:g} s, not {audio.duration_s:.0f}")
    slow = resample(audio, 16_000)
    samples = slow.samples.mean(axis=0, dtype=np.float32)
    if samples.size < 1600 or not samples.any():
        raise InvalidInput("no tune is heard: the melody is silent")
    pitch_hz, hop_s = _track(samples, slow.rate)
    voiced = pitch_hz > 0
    if voiced.mean() < LEAST_VOICED:
        raise InvalidInput("no tune is heard: hum, sing, whistle or play one note at a time")
    semitones = np.where(voiced, 69 + 12 * np.log2(np.maximum(pitch_hz, 1) / 440), np.nan)
    level = _levels(samples, slow.rate, hop_s, pitch_hz.size)
    notes = tuple(_notes(semitones, level, hop_s))
    if not notes:
        raise InvalidInput("no tune is heard: its notes are too short or glide all the time")
    return notes


def _track(samples: NDArray[np.float32], rate: int) -> tuple[NDArray[np.float64], float]:
    """Returns the pitch in Hz, 0 where there is none, and the step in seconds."""
    pitch_hz = track_pitch(samples, rate)
    voiced = pitch_hz > 0
    half_hz = track_pitch(samples, rate // 2)
    high = half_hz > 0
    # Tracked at its own speed, a high tone is found an octave low or not at all.
    if high.mean() > 1.2 * voiced.mean() or _middle(2 * half_hz[high]) > HIGH_HZ:
        return 2 * half_hz, HOP_S / 2
    return pitch_hz, HOP_S


def _middle(values: NDArray[np.float64]) -> float:
    return float(np.median(values)) if values.size else 0.0


def _levels(
    samples: NDArray[np.float32], rate: int, hop_s: float, rows: int
) -> NDArray[np.float64]:
    """Returns the rms around each row, shape (rows,)."""
    sums = np.concatenate([[0.0], np.cumsum(samples.astype(np.float64) ** 2)])
    centre = np.round(np.arange(rows) * hop_s * rate).astype(int)
    reach = round(0.012 * rate)
    low, high = (np.clip(centre + k * reach, 0, samples.size) for k in (-1, 1))
    return np.asarray(np.sqrt((sums[high] - sums[low]) / np.maximum(high - low, 1)), np.float64)


def _notes(
    semitones: NDArray[np.float64], level: NDArray[np.float64], hop_s: float
) -> list[SungNote]:
    least = max(2, round(LEAST_NOTE_S / hop_s))
    found: list[SungNote] = []
    for start, stop in _stretches(semitones, level, least):
        pitch = float(np.nanmedian(semitones[start:stop]))
        if found and start * hop_s - found[-1].end_s < hop_s and abs(pitch - found[-1].pitch) < 0.3:
            dip = level[max(start - 3, 0) : start + 3].min() / np.median(level[start:stop])
            if dip > DIP:
                found[-1] = SungNote(
                    start_s=found[-1].start_s, end_s=stop * hop_s, pitch=found[-1].pitch
                )
                continue
        found.append(SungNote(start_s=start * hop_s, end_s=stop * hop_s, pitch=pitch))
    return found


def _stretches(
    semitones: NDArray[np.float64], level: NDArray[np.float64], least: int
) -> list[tuple[int, int]]:
    """Returns (first, behind last) row of each stretch of one pitch that is long enough."""
    size = semitones.size
    reach = least // 2
    padded = np.pad(semitones, reach, constant_values=np.nan)
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1)
    known = ~np.isnan(windows)
    spread = np.where(known, windows, -np.inf).max(axis=1) - np.where(known, windows, np.inf).min(
        axis=1
    )
    steady = ~np.isnan(semitones) & (spread < 2 * SPLIT_SEMITONES)
    loud = level > 0.02 * level.max()
    quiet = level < DIP * _around(level, 4 * reach)
    held = steady & loud & ~quiet
    edges = np.flatnonzero(np.diff(np.concatenate([[False], held, [False]]).astype(np.int8)))
    pieces: list[tuple[int, int]] = []
    for start, stop in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        if stop - start >= least // 2:
            # The window's half was lost at both ends to the neighbours' pitches.
            pieces.append((max(0, start - reach), min(size, stop + reach)))
    return _disjoint([p for p in pieces if p[1] - p[0] >= least])


def _around(level: NDArray[np.float64], reach: int) -> NDArray[np.float64]:
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(level, reach), 2 * reach + 1)
    return np.asarray(windows.max(axis=1), np.float64)


def _disjoint(pieces: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Returns the pieces cut in the middle where they overlap."""
    result: list[tuple[int, int]] = []
    for start, stop in pieces:
        if result and start < result[-1][1]:
            middle = (start + result[-1][1]) // 2
            result[-1] = (result[-1][0], middle)
            result.append((middle, stop))
        else:
            result.append((start, stop))
    return result
