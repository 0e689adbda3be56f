"""Synthetic sounds, and what can be measured of them."""

from __future__ import annotations

import numpy as np

from menura.audio import Audio


def tone(hz=440.0, duration_s=1.0, rate=24_000, amplitude=0.5, *, channels=1, phase=0.0):
    """A sine; each further channel one octave up."""
    t = np.arange(round(duration_s * rate)) / rate
    rows = [amplitude * np.sin(2 * np.pi * hz * 2**k * t + phase) for k in range(channels)]
    return Audio(np.array(rows, np.float32).reshape(channels, -1), rate)


def noise(duration_s=1.0, rate=24_000, channels=1, level=0.1, seed=0):
    rng = np.random.default_rng(seed)
    samples = rng.standard_normal((channels, round(duration_s * rate))) * level
    return Audio(samples.astype(np.float32), rate)


def cut(audio, frames):
    """The sound in blocks of `frames`."""
    return [audio.slice(at, at + frames) for at in range(0, audio.frames, frames)]


def joined(blocks):
    blocks = list(blocks)
    return Audio(np.concatenate([block.samples for block in blocks], axis=1), blocks[0].rate)


def frequency(audio, channel=0):
    """The strongest frequency, Hz, between bins by the parabola through three."""
    x = audio.samples[channel].astype(np.float64) * np.hanning(audio.frames)
    level = np.log(np.abs(np.fft.rfft(x)) + 1e-12)
    k = int(level[1:-1].argmax()) + 1
    a, b, c = level[k - 1 : k + 2]
    return (k + 0.5 * (a - c) / (a - 2 * b + c)) * audio.rate / audio.frames


def rms_db(audio):
    return 10 * np.log10(np.mean(np.square(audio.samples, dtype=np.float64)) + 1e-20)
