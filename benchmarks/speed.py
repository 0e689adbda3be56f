"""Measures the speed of menura, as ratios where a ratio says more, and prints one JSON object.

    .venv/bin/python benchmarks/speed.py [--repeat 5]

The whole path is measured with the plain voices, and once more with those of the vocoder. Cold
times are the best of several whole processes. Sound is worked on in one thread and one speech
worker; `x_real_time` is seconds of sound per second of work. The hard case of detection is a sound
without the mark, where every step of the search is taken. As a peer that every machine has, the
time of one `soxr` resampling of the same sound is measured in the same run.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

import menura
from menura.audio import Audio
from menura.audio.resample import resample
from menura.safeguards.watermark import detect, embed
from menura.settings import Settings
from menura.studio import Studio

if TYPE_CHECKING:
    from collections.abc import Callable

LIMITS = {
    "import_s": 0.15,
    "help_s": 0.4,
    "say_cold_s": 1.5,
    "embed_x_real_time": 100,
    "detect_x_real_time": 50,
    "detect_unmarked_x_real_time": 50,
    "whole_path_x_real_time": 40,
    "whole_path_vocoder_x_real_time": 10,
}
SENTENCE = "The sun rose over the hills, and the birds began to sing, each in a voice of its own. "


def best(work: Callable[[], object], repeat: int) -> float:
    """Returns the shortest of `repeat` durations, seconds."""
    durations = []
    for _ in range(repeat):
        started = time.perf_counter()
        work()
        durations.append(time.perf_counter() - started)
    return min(durations)


def cold(*argv: str, repeat: int, home: Path) -> float:
    """Returns the shortest duration of a whole process, seconds."""
    environ = {"MENURA_HOME": str(home), "PATH": os.defpath}

    def run() -> None:
        command = [sys.executable, *argv]
        subprocess.run(command, check=True, capture_output=True, cwd=home, env=environ)

    return best(run, repeat)


def machine() -> dict[str, object]:
    """Describes what the figures were measured on."""
    return {
        "machine": platform.machine(),
        "system": platform.system(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "load": round(os.getloadavg()[0], 2),
    }


def main() -> None:
    """Runs every measurement and prints the figures, their limits, and which were missed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--repeat", type=int, default=5)
    repeat = parser.parse_args().repeat
    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        settings = Settings(home=home, workers=1)
        figures["import_s"] = cold("-c", "import menura", repeat=repeat, home=home)
        figures["help_s"] = cold("-m", "menura", "--help", repeat=repeat, home=home)
        say = ("-m", "menura", "say", "Hello world", "-o", "a.wav")
        figures["say_cold_s"] = cold(*say, repeat=repeat, home=home)
        with Studio(settings) as studio:
            text = SENTENCE * 13
            task = menura.Speech(text, seed=1, engine="formant")
            take = studio.render(task)
            sound = Audio(take.audio.samples, take.audio.rate)
            length = sound.duration_s
            figures["length_s"] = length
            whole = best(lambda: studio.render(task).save(home / "whole.wav"), repeat)
            figures["whole_path_x_real_time"] = length / whole
            voiced = menura.Speech(text, seed=1)
            through = best(lambda: studio.render(voiced).save(home / "voiced.wav"), 2)
            figures["whole_path_vocoder_x_real_time"] = length / through
            verify = best(lambda: studio.verify(home / "whole.wav"), repeat)
            figures["verify_x_real_time"] = length / verify
        payload = bytes(6)
        embedding = best(lambda: embed(sound, payload), repeat)
        finding = best(lambda: detect(sound), repeat)
        rng = np.random.default_rng(0)
        shape = np.abs(sound.samples)
        noise = Audio((shape * rng.standard_normal(shape.shape)).astype(np.float32), sound.rate)
        searching = best(lambda: detect(noise), repeat)
        peer = best(lambda: resample(sound, 16_000), repeat)
        figures["embed_x_real_time"] = length / embedding
        figures["detect_x_real_time"] = length / finding
        figures["detect_unmarked_x_real_time"] = length / searching
        figures["embed_per_resampling"] = embedding / peer
        figures["detect_per_resampling"] = finding / peer
    missed = [name for name, limit in LIMITS.items() if _misses(name, figures[name], limit)]
    rounded = {name: float(f"{value:.3g}") for name, value in figures.items()}
    report = {"machine": machine(), "figures": rounded, "limits": LIMITS, "missed": missed}
    print(json.dumps(report, indent=1))


def _misses(name: str, figure: float, limit: float) -> bool:
    return figure < limit if name.endswith("x_real_time") else figure > limit


if __name__ == "__main__":
    main()
