"""Measures the expressive engine: voices, emotions, speed; prints one JSON object.

    OMP_NUM_THREADS=1 .venv/bin/python benchmarks/expressive.py [--repeat 3] [--write]

`--write` puts each voice's loudness and median pitch into its table in voices.toml. Emotions are
compared with neutral speech of the same voice and seed. Speed is seconds of sound per second of
the clock, and per second of this process (as on a machine with nothing else to do), through the
engine alone (no mastering, no mark), in a warm process.
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
from menura.dsp.vocoder.pitch import track_pitch
from menura.engines.speech.expressive.character import Character
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
LINE = "They act as a prism and form a rainbow over the long round hill."
LONG = TEXT * 20  # about a thousand words
LIMITS = {"one_thread_x_processor_time": 15.0}
MOST = {"first_block_s": 0.150}


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


def measure_voice(engine: package.Expressive, voice: Voice) -> dict[str, float]:
    """Returns a voice's loudness and median pitch in its own accent, speaking English."""
    language = voice.language if voice.language.startswith("en") else "en-us"
    blocks, _, _ = perform(engine, Speech(TEXT, voice=voice.name, language=language, seed=0))
    meter = Meter(44_100, 1)
    samples = np.concatenate(blocks, axis=1)
    meter.process(Audio(samples, 44_100))
    pitch = track_pitch(np.ascontiguousarray(samples[0, ::2]), 22_050)
    return {
        "loudness_lufs": round(meter.integrated_lufs, 1),
        "base_hz": round(float(np.median(pitch[pitch > 0]))),
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
        }
    return result


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
            for key, value in voices[name[1]].items():
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
        voices = {name: measure_voice(engine, voice) for name, voice in engine.voices.items()}
        engine.close()
        told = {name: measure_emotions(engine.voices[name]) for name in ("nora", "otto", "pip")}
        speed = measure_speed(Path(home), arguments.repeat)
    if arguments.write:
        write(voices)
    missed = [name for name, limit in LIMITS.items() if speed[name] < limit]
    missed += [name for name, limit in MOST.items() if speed[name] > limit]
    report = {
        "machine": {
            "machine": platform.machine(),
            "cores": os.cpu_count(),
            "python": platform.python_version(),
            "numpy": np.__version__,
            "load": round(os.getloadavg()[0], 2),
        },
        "voices": voices,
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
