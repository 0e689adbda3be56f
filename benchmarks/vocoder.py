"""Measures the vocoder on voices of known truth and on espeak-ng; prints one JSON object.

    OMP_NUM_THREADS=1 .venv/bin/python benchmarks/vocoder.py [--repeat 5]

Truth: harmonics at an exact pitch under fixed formants, clean or in noise. For speech there is no
truth but the voicing that espeak-ng's phonemes tell (its voiced plosives are closures, so part of
what counts as missed is rightly so); copies are compared with their originals. Speed is seconds
of sound per second of work, in one thread, beside one `soxr` resampling of the same sound.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import time
from typing import TYPE_CHECKING

import numpy as np

from menura.audio import Audio
from menura.audio.resample import resample
from menura.dsp.vocoder import (
    analyse,
    count_rows,
    extend_band,
    naturalise,
    shift_pitch,
    synthesise,
)
from menura.dsp.vocoder.pitch import track_pitch
from menura.espeak import Pool, Utterance

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from menura.espeak import Rendering

RATE = 22_050
LIMITS = {"analysis_and_synthesis_x_real_time": 20.0, "wide_x_real_time": 20.0}
TEXT = (
    "The birch canoe slid on the smooth planks. Glue the sheet to the dark blue background. "
    "It's easy to tell the depth of a well. These days a chicken leg is a rare dish. "
    "Her purse was full of useless trash. The colt reared and threw the tall rider."
)
UNVOICED = frozenset(["s", "f", "t", "k", "p", "ʃ", "θ", "h", "tʃ", "x", "ç", "ʔ", ""])
FORMANTS = {
    "a": ((700.0, 80.0), (1200.0, 90.0), (2600.0, 120.0), (3500.0, 200.0)),
    "i": ((300.0, 60.0), (2300.0, 100.0), (3000.0, 120.0), (3700.0, 200.0)),
    "u": ((320.0, 50.0), (800.0, 70.0), (2300.0, 100.0), (3400.0, 150.0)),
}


def sing(f0_hz: NDArray[np.float64], vowel: str) -> NDArray[np.float32]:
    """Returns a voice with exactly this pitch, given for each sample."""
    phase = 2 * np.pi * np.cumsum(f0_hz) / RATE
    total = np.zeros(f0_hz.size)
    for k in range(1, int(RATE / 2 / f0_hz.min()) + 1):
        s = 2j * np.pi * k * f0_hz
        response = 1 / (1 + k * f0_hz / 100) + 0j
        for centre, width in FORMANTS[vowel]:
            pole = np.pi * width + 2j * np.pi * centre
            response *= abs(pole) ** 2 / ((s + pole) * (s + pole.conjugate()))
        total += np.abs(response) * (k * f0_hz < 0.49 * RATE) * np.cos(k * phase + 0.05 * k * k)
    return np.asarray(0.1 * total / total.std(), np.float32)


def melodies() -> dict[str, NDArray[np.float64]]:
    """Returns pitches of 2 s each, Hz."""
    t = np.arange(2 * RATE) / RATE
    return {
        "steady_60": np.full(t.size, 60.0),
        "steady_120": np.full(t.size, 120.0),
        "steady_500": np.full(t.size, 500.0),
        "rising_60_500": 60 * (500 / 60) ** (t / 2),
        "falling_500_60": 500 * (60 / 500) ** (t / 2),
        "vibrato_220": 220 * 2 ** (np.sin(2 * np.pi * 6 * t) / 12),
        "deep_vibrato_100": 100 * 2 ** (2 * np.sin(2 * np.pi * 5 * t) / 12),
    }


def measure_pitch(share: float) -> dict[str, dict[str, float]]:
    """Returns the errors of pitch on known voices with a share of white noise added."""
    rng = np.random.default_rng(0)
    result = {}
    for name, f0_hz in melodies().items():
        cents, missed, rows = [], 0, 0
        for vowel in FORMANTS:
            noise = 0.1 * share**0.5 * rng.standard_normal(f0_hz.size)
            found = analyse((sing(f0_hz, vowel) + noise).astype(np.float32), RATE).f0_hz
            at = np.round(np.arange(found.size) * 0.005 * RATE).astype(int)
            truth = f0_hz[np.minimum(at, f0_hz.size - 1)]
            voiced = found > 0
            cents.append(np.abs(1200 * np.log2(found[voiced] / truth[voiced])))
            missed += int(np.count_nonzero(~voiced))
            rows += found.size
        joined = np.concatenate(cents)
        result[name] = {
            "missed_percent": 100 * missed / rows,
            "gross_percent": 100 * float(np.mean(joined > 315)),
            "median_cents": float(np.median(joined)),
            "p95_cents": float(np.quantile(joined, 0.95)),
        }
    return result


def voicing(rendering: Rendering) -> NDArray[np.bool_]:
    """Returns which rows espeak-ng's phonemes say are voiced."""
    rows = count_rows(rendering.samples.size, rendering.rate)
    edges = [e for e in rendering.events if e.kind in {"phoneme", "end"}]
    at = [round(e.frame / rendering.rate / 0.005) for e in edges] + [rows]
    mask = np.zeros(rows, dtype=bool)
    for event, start, stop in zip(edges, at, at[1:], strict=False):
        mask[start:stop] = event.ipa.translate(dict.fromkeys(map(ord, "ˈˌːʰ"))) not in UNVOICED
    return mask


def measure_speech(rendering: Rendering) -> dict[str, float]:
    """Returns how far the copy of some speech is from it."""
    sound, rate = rendering.samples, rendering.rate
    told = voicing(rendering)
    heard = track_pitch(sound, rate) > 0
    first = analyse(sound, rate, voiced=told)
    copy = synthesise(first, rate, np.random.default_rng(0))
    natural = synthesise(
        naturalise(first, np.random.default_rng(1)), rate, np.random.default_rng(0)
    )
    again = analyse(copy, rate, voiced=told)
    level = first.log_envelope
    loud = first.log_power() > first.log_power().max() - 40 / 4.343
    difference = 4.343 * (again.log_envelope - level)
    audible = loud[:, None] & (level > level.max(axis=1, keepdims=True) - 60 / 4.343)
    up = analyse(synthesise(shift_pitch(first, 12), rate, np.random.default_rng(0)), rate)
    both = told & up.voiced & loud
    return {
        "voiced_but_missed_percent": 100 * float(np.mean(told & ~heard)),
        "unvoiced_but_found_percent": 100 * float(np.mean(~told & heard)),
        "copy_level_db": 20 * float(np.log10(copy.std() / sound.std())),
        "natural_level_db": 20 * float(np.log10(natural.std() / sound.std())),
        "copy_lsd_all_db": float(np.sqrt(np.mean(difference[loud] ** 2, axis=1)).mean()),
        "copy_lsd_audible_db": float(np.sqrt(np.mean(difference[audible] ** 2))),
        "copy_median_cents": float(
            np.median(1200 * np.abs(np.log2(again.f0_hz[told] / first.f0_hz[told])))
        ),
        "octave_up_median_cents": float(
            np.median(1200 * np.log2(up.f0_hz[both] / first.f0_hz[both]) - 1200)
        ),
    }


def best(work: Callable[[], object], repeat: int) -> float:
    """Returns the shortest of `repeat` durations, seconds."""
    durations = []
    for _ in range(repeat):
        started = time.perf_counter()
        work()
        durations.append(time.perf_counter() - started)
    return min(durations)


def measure_speed(rendering: Rendering, repeat: int) -> dict[str, float]:
    """Returns times of work as multiples of real time, and beside a resampling."""
    sound, rate = rendering.samples, rendering.rate
    length = sound.size / rate
    features = analyse(sound, rate)
    wide = extend_band(features, 44_100)
    audio = Audio(sound[np.newaxis], rate)

    def rng() -> np.random.Generator:
        return np.random.default_rng(0)

    analysis = best(lambda: analyse(sound, rate), repeat)
    synthesis = best(lambda: synthesise(features, rate, rng()), repeat)
    nature = best(lambda: naturalise(features, rng()), repeat)
    top = best(lambda: synthesise(extend_band(features, 44_100), 44_100, rng()), repeat)
    alone = best(lambda: synthesise(wide, 44_100, rng()), repeat)
    peer = best(lambda: resample(audio, 16_000), repeat)
    return {
        "length_s": length,
        "analysis_x_real_time": length / analysis,
        "naturalise_x_real_time": length / nature,
        "synthesis_x_real_time": length / synthesis,
        "analysis_and_synthesis_x_real_time": length / (analysis + synthesis),
        "synthesis_44100_x_real_time": length / alone,
        "wide_x_real_time": length / (analysis + nature + top),
        "analysis_per_resampling": analysis / peer,
        "synthesis_per_resampling": synthesis / peer,
    }


def main() -> None:
    """Runs every measurement and prints the figures, their limits, and which were missed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--repeat", type=int, default=5)
    repeat = parser.parse_args().repeat
    with Pool(1) as pool:
        speech = {v: pool.speak(Utterance(text=TEXT, variant=v)) for v in ("", "f3")}
    speed = measure_speed(speech[""], repeat)
    report = {
        "machine": {
            "machine": platform.machine(),
            "cores": os.cpu_count(),
            "python": platform.python_version(),
            "numpy": np.__version__,
            "load": round(os.getloadavg()[0], 2),
        },
        "pitch_clean": measure_pitch(0),
        "pitch_20_percent_noise": measure_pitch(0.2),
        "speech": {f"en-us {v}".strip(): measure_speech(r) for v, r in speech.items()},
        "speed": speed,
        "limits": LIMITS,
        "missed": [name for name, limit in LIMITS.items() if speed[name] < limit],
    }
    print(json.dumps(_rounded(report), indent=1, ensure_ascii=False))


def _rounded(value: object) -> object:
    if isinstance(value, dict):
        return {name: _rounded(item) for name, item in value.items()}
    return float(f"{value:.3g}") if isinstance(value, float) else value


if __name__ == "__main__":
    main()
