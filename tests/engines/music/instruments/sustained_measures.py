"""What tests of sustained instruments measure on their sound."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import numpy as np
from instrument_measures import RATE, hertz

from menura.engines.music.instruments.sustained import create
from menura.engines.music.score import Event

if TYPE_CHECKING:
    from menura.engines.music.instruments.base import Instrument


@functools.cache
def player(name: str) -> Instrument:
    return create(name, RATE)


def play(
    name: str,
    pitch: float,
    velocity: float = 0.63,
    length_s: float = 1.0,
    articulation: str = "",
    *,
    from_pitch: float | None = None,
    start_s: float = 0.0,
    seed: int = 0,
) -> np.ndarray:
    """The note as it comes: (frames,) or (2, frames)."""
    event = Event(
        start_s=start_s,
        length_s=length_s,
        pitch=pitch,
        velocity=velocity,
        articulation=articulation,
        from_pitch=from_pitch,
    )
    return player(name).play(event, np.random.default_rng(seed))


def note(name: str, pitch: float, *args: object, **options: object) -> np.ndarray:
    """One channel of it, with the mean power of all, float64."""
    sound = np.atleast_2d(play(name, pitch, *args, **options)).astype(np.float64)
    gain = np.sqrt((sound**2).mean() / max((sound[0] ** 2).mean(), 1e-20))
    return sound[0] * gain


def middle(name: str) -> int:
    return round((player(name).low + player(name).high) / 2)


def spectrum_db(sound: np.ndarray, size: int = 1 << 17) -> np.ndarray:
    """Level of each bin, dB: a sine of amplitude 1 is at 0."""
    window = np.blackman(sound.size)
    return 20 * np.log10(np.abs(np.fft.rfft(sound * window, size)) * 2 / window.sum() + 1e-12)


def harmonic_db(sound: np.ndarray, hz: float, *, reach: float = 0.25) -> float:
    """Power in a band of `reach` harmonic distances or 3 % around a frequency, dB."""
    power = np.abs(np.fft.rfft(sound * np.hanning(sound.size))) ** 2
    at = np.fft.rfftfreq(sound.size, 1 / RATE)
    inside = np.abs(at - hz) < min(reach * hz, 0.03 * hz + 10)
    return float(10 * np.log10(power[inside].sum() / np.hanning(sound.size).sum() ** 2 + 1e-20))


def track_hz(sound: np.ndarray, hz: float, ratio: float = 1.0) -> np.ndarray:
    """Frequency of one partial over time, each ms, divided by `ratio`."""
    spectrum = np.fft.rfft(sound)
    at = np.fft.rfftfreq(sound.size, 1 / RATE) / (hz * ratio)
    # Only the octave around the partial that no other is in.
    band = np.exp(-(((at - 1) / (0.22 / ratio)) ** 4))
    analytic = np.fft.ifft(
        np.concatenate([2 * spectrum * band, np.zeros(sound.size - spectrum.size)])
    )
    turned = np.angle(analytic[1:] * np.conj(analytic[:-1])) * RATE / (2 * np.pi)
    step = RATE // 1000
    mean = turned[: turned.size // step * step].reshape(-1, step).mean(axis=1)
    return np.maximum(mean / ratio, 1.0)


def swing(curve: np.ndarray, step_s: float = 0.001) -> tuple[float, float]:
    """Rate (Hz) and depth (to each side) of the strongest swing between 0.4 and 12 Hz."""
    left = curve - np.polyval(np.polyfit(np.arange(curve.size), curve, 1), np.arange(curve.size))
    size = 1 << 16
    spectrum = np.abs(np.fft.rfft(left * np.hanning(left.size), size)) * 4 / left.size
    hz = np.fft.rfftfreq(size, step_s)
    spectrum *= (hz > 0.4) & (hz < 12)
    best = int(np.argmax(spectrum))
    return float(hz[best]), float(spectrum[best])


def level_curve(sound: np.ndarray, step_s: float = 0.001, smooth_s: float = 0.02) -> np.ndarray:
    """Level over time, dB."""
    step, wide = round(step_s * RATE), round(smooth_s * RATE)
    sums = np.concatenate([[0.0], np.cumsum(np.asarray(sound, np.float64) ** 2)])
    starts = np.arange(0, sound.size - wide, step)
    return 10 * np.log10((sums[starts + wide] - sums[starts]) / wide + 1e-14)


def rise_ms(sound: np.ndarray) -> float:
    """From a tenth to nine tenths of the amplitude."""
    levels = level_curve(sound, 0.001, 0.008)
    # The loudest of the first half second: later swells are none of the attack.
    top = np.percentile(levels[:500], 90)
    return float(np.argmax(levels > top - 0.92) - np.argmax(levels > top - 20))


def held(sound: np.ndarray, start_s: float = 0.25, end_s: float = 0.75) -> np.ndarray:
    return sound[round(start_s * RATE) : round(end_s * RATE)]


@functools.cache
def envelope(name: str, velocity: float = 0.63) -> tuple[np.ndarray, np.ndarray]:
    """Frequencies (24 to an octave) and mean level of the harmonics that fall there, dB."""
    found: dict[int, list[float]] = {}
    low = player(name).low
    for pitch in np.arange(low, low + 19):
        sound = held(note(name, pitch, velocity, 0.6, seed=int(pitch * 2)), 0.2, 0.6)
        for number in range(1, 31):
            hz = number * hertz(pitch)
            if hz < 6000:
                key = round(24 * np.log2(hz / 100))
                found.setdefault(key, []).append(harmonic_db(sound, hz))
    keys = sorted(key for key, levels in found.items() if len(levels) > 1)
    return np.array([100 * 2 ** (k / 24) for k in keys]), np.array(
        [np.mean(found[k]) for k in keys]
    )


def noise_db(sound: np.ndarray, hz: float, top_hz: float = 8000.0) -> float:
    """Power between the harmonics over all power, dB."""
    power = np.abs(np.fft.rfft(sound * np.blackman(sound.size))) ** 2
    at = np.fft.rfftfreq(sound.size, 1 / RATE)
    place = at / hz % 1
    between = (place > 0.25) & (place < 0.75) & (at < top_hz) & (at > 0.5 * hz)
    return float(10 * np.log10(2 * power[between].sum() / power.sum()))
