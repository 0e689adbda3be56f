"""Sounds made from nothing: like speech, music, rain; and what the built-in voices say.

All mono, float32, (1, frames).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from menura.audio import Audio

if TYPE_CHECKING:
    from collections.abc import Callable

    from menura.studio import Studio

VOWELS_HZ = np.array(
    [[730, 1090, 2440], [270, 2290, 3010], [300, 870, 2240], [530, 1840, 2480], [570, 840, 2410]]
)  # Peterson & Barney, JASA 24, 1952, men

VOICES = ("nora", "otto", "maeve", "hugo", "edda", "pip")
# About 10 s each.
TEXTS = """
Once upon a time there was a small bird in the forest that could repeat every sound it heard. It \
sang like the wind, like water over stones, and like the saws of the men who came.
The committee will meet on Thursday at half past nine. Please bring the printed report, the list \
of open questions, and two copies of the budget for next year, and do not be late.
Do you really think so? I am not sure at all! Yesterday the train was late, today it rains, and \
tomorrow we shall see whether anybody remembers what we promised them last summer.
""".strip().splitlines()


def spoken(studio: Studio, voice: str, text: int) -> Audio:
    """What a studio makes of one of the texts in one of the voices."""
    from menura.tasks import Speech

    return studio.render(Speech(text=TEXTS[text], voice=voice, seed=1)).audio


def unmarked(number: int, speak: Callable[[str, int], Audio]) -> Audio:
    """One of many different clips, 3 to 10 s long; `speak` takes a voice and a text."""
    kind, length_s = number % 4, (3.0, 6.0, 10.0)[number // 4 % 3]
    if kind == 3:
        rng = np.random.default_rng(number)
        sound = speak(VOICES[rng.integers(len(VOICES))], int(rng.integers(len(TEXTS))))
        first = int(rng.integers(0, max(1, sound.frames - round(length_s * sound.rate))))
        return sound.slice(first, first + round(length_s * sound.rate))
    return (speech, music, rain)[kind](length_s, seed=10_000 + number)


def speech(duration_s: float, rate: int = 22_050, seed: int = 0) -> Audio:
    """Glottal pulses through moving formants, hisses between them, a pause now and then."""
    rng = np.random.default_rng(seed)
    time_s = np.arange(round(duration_s * rate)) / rate
    syllables = int(duration_s / 0.18) + 2
    at_s = np.arange(syllables) * 0.18
    formants_hz = VOWELS_HZ[rng.integers(0, len(VOWELS_HZ), syllables)]
    pitch_hz = np.interp(time_s, at_s, rng.uniform(95, 220) * rng.uniform(0.85, 1.15, syllables))
    pitch_hz = pitch_hz * (1 + 0.01 * np.sin(2 * np.pi * 5 * time_s))
    kinds = rng.choice(3, syllables, p=[0.72, 0.16, 0.12])  # vowel, hiss, pause
    index = np.minimum((time_s / 0.18).astype(int), syllables - 1)
    attack = np.clip(np.abs((time_s / 0.18) % 1 - 0.5) * -6 + 3.2, 0, 1)
    loudness = attack * rng.uniform(0.3, 1, syllables)[index]
    phase = 2 * np.pi * np.cumsum(pitch_hz) / rate
    wave = np.zeros_like(time_s)
    tracks = [np.interp(time_s, at_s, formants_hz[:, k]) for k in range(3)]
    for harmonic in range(1, 45):
        frequency_hz = harmonic * pitch_hz
        envelope = sum(
            weight / (1 + ((frequency_hz - track) / width_hz) ** 2)
            for weight, track, width_hz in zip((1, 0.6, 0.35), tracks, (70, 90, 120), strict=True)
        )
        audible = frequency_hz < 0.45 * rate
        wave += audible * (envelope + 0.01) / harmonic**0.5 * np.sin(harmonic * phase)
    hiss = np.diff(rng.normal(0, 1, time_s.size + 1))
    sound = loudness * np.where(kinds[index] == 0, wave, 0.25 * hiss * (kinds[index] == 1))
    sound += rng.normal(0, 3e-4, time_s.size) * np.abs(sound).max()
    return _audio(sound, rate)


def music(duration_s: float, rate: int = 44_100, seed: int = 0) -> Audio:
    """Plucked chords over a bass, with a hi-hat."""
    rng = np.random.default_rng(seed)
    frames = round(duration_s * rate)
    sound = np.zeros(frames)
    for beat in range(int(duration_s / 0.25)):
        start = round(beat * 0.25 * rate)
        length = min(frames - start, round(1.5 * rate))
        time_s = np.arange(length) / rate
        degrees = rng.choice([0, 3, 7, 10, 12, 15, 19], 2) if beat % 2 else [-12]
        for degree in degrees:
            pitch_hz = 220 * 2 ** (degree / 12)
            for partial in range(1, 13):
                decay = np.exp(-time_s * (1.5 + 0.7 * partial))
                swing = np.sin(2 * np.pi * partial * pitch_hz * time_s + rng.uniform(0, 6))
                sound[start : start + length] += decay * swing / partial
        tick = np.diff(rng.normal(0, 0.3, length + 1)) * np.exp(-time_s * 40)
        sound[start : start + length] += tick
    return _audio(sound, rate)


def rain(duration_s: float, rate: int = 24_000, seed: int = 0) -> Audio:
    """Noise that falls with frequency, swells, and drops on top."""
    rng = np.random.default_rng(seed)
    frames = round(duration_s * rate)
    spectrum = np.fft.rfft(rng.normal(0, 1, frames))
    frequency_hz = np.fft.rfftfreq(frames, 1 / rate)
    sound = np.fft.irfft(spectrum / np.sqrt(1 + (frequency_hz / 800) ** 2), frames)
    swell = np.interp(
        np.arange(frames) / rate,
        np.arange(0, duration_s + 2),
        rng.uniform(0.3, 1, int(duration_s) + 2),
    )
    drops = rng.normal(0, 1, frames) * (rng.random(frames) < 0.002) * 8
    return _audio(sound * swell + drops * 0.2, rate)


def _audio(sound: np.ndarray, rate: int) -> Audio:
    return Audio((0.5 * sound / np.abs(sound).max()).astype(np.float32)[None, :], rate)
