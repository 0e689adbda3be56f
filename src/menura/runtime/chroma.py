"""The melody of a sound as MusicGen's melody model hears it: the strongest pitch class over time.

Copet et al., 2023, section 2.3; figures from transformers' MusicgenMelodyFeatureExtractor: windows
of 16,384 frames every 4,096 at 32 kHz, power, chroma bands by Ellis (Chroma feature analysis and
synthesis, 2007) as librosa has them, and of each window only the strongest of the twelve. The
original separates drums and bass first; we do not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from menura.audio.resample import resample

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from menura.audio import Audio

RATE = 32_000
WINDOW_FRAMES = 16_384
HOP_FRAMES = 4_096
CLASSES = 12
A4_HZ = 440.0
CENTRE_OCTAVE = 5.0
"""Octave above A0 around which bands weigh most, with a half width of two octaves."""
SPREAD_OCTAVES = 2.0


def melody(audio: Audio) -> NDArray[np.float32]:
    """Returns one pitch class per window, shape (windows, 12), float32, one 1 and eleven 0.

    Class 0 is C; a silent window counts as C, as in training.

    Args:
        audio: any rate and number of channels, at least one frame.
    """
    samples = resample(audio.mono(), RATE).samples[0]
    short = max(0, WINDOW_FRAMES - len(samples))
    samples = np.pad(samples, (short // 2, short - short // 2))
    # Not np.pad's own reflection only: a sound is at least one window long here.
    padded = np.pad(samples, WINDOW_FRAMES // 2, mode="reflect")
    windows = np.lib.stride_tricks.sliding_window_view(padded, WINDOW_FRAMES)[::HOP_FRAMES]
    taper = np.hanning(WINDOW_FRAMES + 1)[:-1].astype(np.float32)
    found = np.zeros((len(windows), CLASSES), np.float32)
    bands = chroma_bands().astype(np.float32)
    # A minute at a time: a window is 64 kB, and a melody may be long.
    for first in range(0, len(windows), 512):
        power = np.abs(np.fft.rfft(windows[first : first + 512] * taper, axis=1)) ** 2
        strongest = (power.astype(np.float32) @ bands.T).argmax(axis=1)
        found[np.arange(first, first + len(strongest)), strongest] = 1.0
    return found


def chroma_bands() -> NDArray[np.float64]:
    """Returns how much each frequency counts to each pitch class, shape (12, bins), from C up."""
    hz = np.arange(1, WINDOW_FRAMES) * (RATE / WINDOW_FRAMES)
    semitones = CLASSES * np.log2(hz / (A4_HZ / 16))
    # The bin of 0 Hz lies one and a half octaves below the first.
    semitones = np.concatenate(([semitones[0] - 1.5 * CLASSES], semitones))
    width = np.concatenate((np.maximum(np.diff(semitones), 1.0), [1.0]))
    distance = semitones - np.arange(CLASSES)[:, np.newaxis]
    half = CLASSES // 2
    distance = np.remainder(distance + half + 10 * CLASSES, CLASSES) - half
    bands = np.exp(-0.5 * (2 * distance / width) ** 2)
    bands /= np.sqrt(np.sum(bands**2, axis=0, keepdims=True))
    octaves = semitones / CLASSES
    bands *= np.exp(-0.5 * ((octaves - CENTRE_OCTAVE) / SPREAD_OCTAVES) ** 2)
    # The first band is A's; three semitones on lies C.
    bands = np.roll(bands, -3, axis=0)
    return np.ascontiguousarray(bands[:, : WINDOW_FRAMES // 2 + 1])
