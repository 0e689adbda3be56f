"""Measures the expressive engine: voices, emotions, speed; prints one JSON object.

    OMP_NUM_THREADS=1 .venv/bin/python benchmarks/expressive.py [--repeat 3] [--write]

`--write` puts each voice's loudness and median pitch into its table in voices.toml. For each voice:
how far its long-term spectrum lies from people's, how far its pitch moves, its crest factor, and
what a limiter at -2.5 dBFS takes off at -16 LUFS; for all, the two that are most alike in spectrum.
Emotions are compared with neutral speech of the same voice and seed. Speed is seconds of sound per
second of the clock, and per second of this process (as on a machine with nothing else to do),
through the engine alone (no mastering, no mark), in a warm process.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import tempfile
import time
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

import menura.engines.speech.expressive as package
from menura.audio import Audio
from menura.audio.loudness import Meter
from menura.catalog.card import Card
from menura.dsp.vocoder import analyse
from menura.dsp.vocoder.pitch import track_pitch
from menura.engines.speech.expressive.character import Character, read_voices
from menura.engines.speech.expressive.expression import Expression, emotions
from menura.engines.speech.expressive.resynthesis import resynthesise
from menura.espeak import Pool, Utterance
from menura.settings import Settings
from menura.tasks import Speech

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from menura.voice import Voice

# The Rainbow Passage (G. Fairbanks, 1960), first sentences: in wide use for levels of speech.
TEXT = (
    "When the sunlight strikes raindrops in the air, they act as a prism and form a rainbow. "
    "The rainbow is a division of white light into many beautiful colors. These take the shape "
    "of a long round arch, with its path high above, and its two ends apparently beyond the "
    "horizon."
)
# Third-octave levels of speech, dB, men and women together (D. Byrne et al., "An international
# comparison of long-term average speech spectra", JASA 96, 1994, table II), as several public
# implementations give them alike; below 200 Hz they are men's, and not used here.
SPECTRUM_DB = {
    200: 60.2, 250: 60.3, 315: 59.0, 400: 62.1, 500: 62.1, 630: 60.5, 800: 56.8, 1000: 53.7,
    1250: 53.0, 1600: 52.0, 2000: 48.7, 2500: 48.1, 3150: 46.8, 4000: 45.6, 5000: 44.5,
}  # fmt: skip
TARGET_LUFS, CEILING_DB = -16.0, -2.5  # as in menura.studio
SEEDS = 3
LINE = "They act as a prism and form a rainbow over the long round hill."
LONG = TEXT * 20  # about a thousand words
LIMITS = {"one_thread_x_processor_time": 15.0, "least_distance_db": 0.4}
MOST = {"first_block_s": 0.150, "most_limited_db": 4.0, "most_off_spectrum_db": 5.0}


def card() -> Card:
    """Returns the engine's card."""
    entry = resources.files("menura.catalog") / "entries" / "expressive.toml"
    return Card.parse(entry.read_text(encoding="utf-8"), "expressive")


def perform(
    engine: package.Expressive, task: Speech
) -> tuple[list[NDArray[np.float32]], float, float]:
    """Returns the blocks and how long they took, seconds of the clock and of this process."""
    started, worked = time.perf_counter(), time.process_time()
    performance = engine.perform(engine.check(task))
    blocks = [block.samples for block in performance.blocks]
    return blocks, time.perf_counter() - started, time.process_time() - worked


def spectrum_db(samples: NDArray[np.float32]) -> NDArray[np.float64]:
    """Returns the levels of third octaves where something is said, their mean 0 dB."""
    pieces = np.lib.stride_tricks.sliding_window_view(samples, 4096)[::2048]
    power = np.square(pieces).mean(axis=1)
    loud = pieces[power > 1e-4 * power.max()]
    lines = np.square(np.abs(np.fft.rfft(loud * np.hanning(4096)))).mean(axis=0)
    hz = np.fft.rfftfreq(4096, 1 / 44_100)
    edge = 2 ** (1 / 6)
    bands = [lines[(hz >= f / edge) & (hz < f * edge)].sum() for f in SPECTRUM_DB]
    level = 10 * np.log10(np.array(bands))
    return np.asarray(level - level.mean())


def measure_voice(
    engine: package.Expressive, voice: Voice
) -> tuple[dict[str, float], NDArray[np.float64]]:
    """Returns figures of a voice in its own accent, speaking English, and its spectrum."""
    language = voice.language if voice.language.startswith("en") else "en-us"
    limited_db = []
    for seed in reversed(range(SEEDS)):  # one burst of noise can be the highest peak of all
        task = Speech(TEXT, voice=voice.name, language=language, seed=seed)
        samples = np.concatenate(perform(engine, task)[0], axis=1)
        meter = Meter(44_100, 1)
        meter.process(Audio(samples, 44_100))
        gain_db = TARGET_LUFS - meter.integrated_lufs
        limited_db.append(meter.true_peak_dbtp + gain_db - CEILING_DB)
    pitch = track_pitch(np.ascontiguousarray(samples[0, ::2]), 22_050)
    voiced = pitch[pitch > 0]
    semitones = 12 * np.log2(voiced / np.median(voiced))
    spectrum = spectrum_db(samples[0])
    people = np.array(list(SPECTRUM_DB.values()))
    off = spectrum - (people - people.mean())
    figures = {
        "loudness_lufs": round(meter.integrated_lufs, 1),
        "base_hz": round(float(np.median(voiced))),
        "pitch_deviation_semitones": float(np.std(semitones[np.abs(semitones) < 12])),
        "crest_db": 20 * float(np.log10(np.abs(samples).max() / np.sqrt(np.mean(samples**2)))),
        "limited_db": float(np.median(limited_db)),
        "off_spectrum_db": float(np.sqrt(np.mean(off**2))),
    }
    return figures, spectrum


def measure_likeness(
    voices: dict[str, dict[str, float]], spectra: dict[str, NDArray[np.float64]]
) -> dict[str, object]:
    """Returns the worst figures of all voices, and the two whose spectra are nearest."""
    names = list(spectra)
    distance = {
        f"{a} {b}": float(np.sqrt(np.mean((spectra[a] - spectra[b]) ** 2)))
        for i, a in enumerate(names)
        for b in names[:i]
    }
    pair = min(distance, key=distance.__getitem__)
    adults = [name for name in names if read_voices("expressive")[name].age != "child"]
    return {
        "most_limited_db": max(figures["limited_db"] for figures in voices.values()),
        "most_off_spectrum_db": max(voices[name]["off_spectrum_db"] for name in adults),
        "least_distance_db": distance[pair],
        "most_alike": pair,
    }


def measure_emotions(voice: Voice) -> dict[str, dict[str, float]]:
    """Returns what each emotion changes, measured on the sound."""
    with Pool(1) as pool:
        rendering = pool.speak(
            Utterance(
                text=LINE,
                language=voice.language,
                variant=str(voice.timbre["variant"]),
                pitch=int(voice.timbre["pitch"]),
                pitch_range=int(voice.timbre["pitch_range"]),
            )
        )
    result: dict[str, dict[str, float]] = {}
    neutral = (1.0, 1.0, 1.0)
    for name in emotions():
        sound = resynthesise(
            rendering,
            text=LINE,
            language=voice.language,
            character=Character.of(voice.timbre),
            expression=Expression(emotion=name),
            rng=np.random.default_rng(1),
        ).samples
        pitch = track_pitch(np.ascontiguousarray(sound[::2]), 22_050)
        voiced = pitch[pitch > 0]
        found = (
            float(np.median(voiced)) if voiced.size else 0.0,
            float(np.mean(np.square(sound))),
            sound.size / 44_100,
        )
        neutral = found if name == "neutral" else neutral
        result[name] = {
            "semitones": 12 * float(np.log2(max(found[0], 1) / neutral[0])),
            "energy_db": 10 * float(np.log10(found[1] / neutral[1])),
            "length": found[2] / neutral[2],
            "voiced_percent": 100 * voiced.size / pitch.size,
            "h1_h2_db": first_harmonic_db(sound),
        }
    return result


def first_harmonic_db(sound: NDArray[np.float32]) -> float:
    """Returns the first harmonic against the second in louder vowels; 0 without a voice."""
    features = analyse(sound, 44_100)
    power = features.log_power()
    loud = np.flatnonzero(features.voiced & (power > np.quantile(power, 0.5)))
    if not loud.size:
        return 0.0
    bins = features.f0_hz[loud] * features.fft_frames / features.rate
    first, second = (
        features.log_envelope[loud, np.round(k * bins).astype(np.intp)] for k in (1, 2)
    )
    return 10 / float(np.log(10)) * float(np.mean(first - second))


def measure_speed(home: Path, repeat: int) -> dict[str, float]:
    """Returns how fast the engine is, on one thread and on two."""
    result: dict[str, float] = {}
    for threads, name in ((1, "one_thread"), (2, "two_threads")):
        engine = package.create(card(), Settings(home=home, workers=threads))
        perform(engine, Speech("Warm.", seed=0))
        runs = [perform(engine, Speech(TEXT, seed=0)) for _ in range(repeat)]
        length = sum(block.shape[1] for block in runs[0][0]) / 44_100
        result[f"{name}_x_real_time"] = length / min(run[1] for run in runs)
        result[f"{name}_x_processor_time"] = length / min(run[2] for run in runs)
        first = []
        for _ in range(repeat):
            started = time.perf_counter()
            blocks = engine.perform(engine.check(Speech(LONG, seed=0))).blocks
            while not np.abs(next(blocks).samples).max():
                pass
            first.append(time.perf_counter() - started)
            del blocks
        result[f"{name}_first_block_s"] = min(first)
        engine.close()
    result["first_block_s"] = result["one_thread_first_block_s"]
    return result


def write(voices: dict[str, dict[str, float]]) -> None:
    """Puts the figures of each voice into voices.toml."""
    path = Path(str(resources.files(package) / "voices.toml"))
    tables = re.split(r"(?m)^(?=\[\w+\]$)", path.read_text(encoding="utf-8"))
    for i, table in enumerate(tables):
        name = re.match(r"\[(\w+)\]", table)
        if name:
            for key in ("loudness_lufs", "base_hz"):
                value = voices[name[1]][key]
                tables[i] = re.sub(rf"(?m)^{key} = .*$", f"{key} = {value}", tables[i])
    path.write_text("".join(tables), encoding="utf-8")


def main() -> None:
    """Runs every measurement and prints the figures, their limits, and which were missed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        engine = package.create(card(), Settings(home=Path(home)))
        found = {name: measure_voice(engine, voice) for name, voice in engine.voices.items()}
        engine.close()
        voices = {name: figures for name, (figures, _) in found.items()}
        likeness = measure_likeness(voices, {name: levels for name, (_, levels) in found.items()})
        told = {name: measure_emotions(engine.voices[name]) for name in ("nora", "otto", "pip")}
        speed = measure_speed(Path(home), arguments.repeat)
    if arguments.write:
        write(voices)
    checked = speed | {name: x for name, x in likeness.items() if isinstance(x, float)}
    missed = [name for name, limit in LIMITS.items() if checked[name] < limit]
    missed += [name for name, limit in MOST.items() if checked[name] > limit]
    report = {
        "machine": {
            "machine": platform.machine(),
            "cores": os.cpu_count(),
            "python": platform.python_version(),
            "numpy": np.__version__,
            "load": round(os.getloadavg()[0], 2),
        },
        "voices": voices,
        "all_voices": likeness,
        "emotions": told,
        "speed": speed,
        "limits": LIMITS | MOST,
        "missed": missed,
    }
    print(json.dumps(_rounded(report), indent=1))


def _rounded(value: object) -> object:
    if isinstance(value, dict):
        return {name: _rounded(item) for name, item in value.items()}
    return float(f"{value:.3g}") if isinstance(value, float) else value


if __name__ == "__main__":
    main()
