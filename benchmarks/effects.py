"""Holds effects against what was asked of them; prints one JSON object.

    OMP_NUM_THREADS=1 .venv/bin/python benchmarks/effects.py [--seconds 60] [--loops 40]

Speed: a scene of three layers in a room, the whole way (sources, room, master, mark, file), on one
core, as a ratio to its length; the first block of a stream. Loops: the joint of each is held
against all inner joints of the same sound (largest step between neighbouring frames, change of
level over 50 ms, distance of spectra); a score is the share of inner joints that are smoother.
Sources: every figure of the tables, over four seeds; and how far variations lie apart.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from menura.engines.effects import sources
from menura.engines.effects.sources import BLOCK_FRAMES, RATE, Wish
from menura.metrics import texture
from menura.settings import Settings
from menura.studio import Studio
from menura.tasks import Effect

if TYPE_CHECKING:
    from numpy.typing import NDArray

SCENE = "hard rain on a tin roof, thunder rolls far away, wind in the trees, in a large hall"
LOOPS = (
    "quiet cafe, soft talk, a cup now and then",
    "rain on leaves with distant thunder",
    "forest at night with crickets and an owl",
    "campfire",
    "waves on a beach with gulls",
    "busy street",
    "footsteps on gravel",
    "a fan and a wall clock",
)
SMOOTHEST = 95.0
"""Percentile of the inner joints that a loop's joint must lie under."""


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--loops", type=int, default=40)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        result = {
            "speed": speed(Path(home), asked.seconds),
            "loops": loops(Path(home), asked.loops),
            "sources": figures(),
            "variations": variations(),
        }
    print(json.dumps(result, indent=2))


def speed(home: Path, seconds: float) -> dict[str, float]:
    """Returns ratios to real time on one core, and the delay of the first block of a stream."""
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    try:
        with Studio(Settings(home=home, workers=1)) as studio:
            for block in studio.stream(Effect("a knock", seed=1)):
                del block
            task = Effect(SCENE, duration_s=seconds, seed=1)
            started = time.perf_counter()
            first_s = 0.0
            for _ in studio.stream(task):
                first_s = first_s or time.perf_counter() - started
            streamed_s = time.perf_counter() - started
            started = time.perf_counter()
            take = studio.render(task, stems=False)
            take.save(home / "scene.wav")
            rendered_s = time.perf_counter() - started
    finally:
        os.sched_setaffinity(0, cores)
    return {
        "stream_x": round(seconds / streamed_s, 1),
        "file_x": round(seconds / rendered_s, 1),
        "first_block_ms": round(1000 * first_s),
    }


def loops(home: Path, count: int) -> dict[str, Any]:
    """Returns how many loops have a joint as smooth as inside, and exactly the asked length."""
    smooth, exact, worst = 0, 0, 0.0
    with Studio(Settings(home=home)) as studio:
        for seed in range(count):
            prompt = LOOPS[seed % len(LOOPS)]
            seconds = 4.0 + 1.37 * (seed // len(LOOPS))
            task = Effect(prompt, duration_s=seconds, loop=True, seed=seed)
            audio = studio.render(task, stems=False).audio
            score = seam_score(audio.samples, audio.rate)
            worst = max(worst, score)
            smooth += score <= SMOOTHEST
            exact += audio.frames == round(seconds * audio.rate)
    return {"count": count, "smooth": smooth, "length_exact": exact, "worst_percentile": worst}


def seam_score(samples: NDArray[np.float32], rate: int) -> float:
    """Returns the percentile of the joint among inner joints, the worst of three measures."""
    twice = np.concatenate([samples, samples], axis=1)
    joint = samples.shape[1]
    rng = np.random.default_rng(0)
    wide = rate // 10
    inner = rng.integers(wide, joint - wide, 400)
    scores = []
    for measure in (_step, _level, _spectrum):
        at = measure(twice, joint, rate)
        others = np.array([measure(samples, int(place), rate) for place in inner])
        scores.append(100 * float(np.mean(others < at)))
    return max(scores)


def _step(samples: NDArray[np.float32], at: int, rate: int) -> float:
    del rate
    return float(np.abs(samples[:, at] - samples[:, at - 1]).max())


def _level(samples: NDArray[np.float32], at: int, rate: int) -> float:
    wide = rate // 20
    powers = [np.mean(samples[:, at - wide : at] ** 2), np.mean(samples[:, at : at + wide] ** 2)]
    return abs(10 * float(np.log10((powers[0] + 1e-12) / (powers[1] + 1e-12))))


def _spectrum(samples: NDArray[np.float32], at: int, rate: int) -> float:
    wide = rate // 10
    return texture.spectral_distance_db(
        samples[:, at - wide : at], samples[:, at : at + wide], rate
    )


def figures() -> dict[str, Any]:
    """Returns how many figures of the literature every source meets over four seeds."""
    met, missed = 0, []
    for source in sources.sources().values():
        for figure in source.figures:
            for variant in figure.get("variants", source.variants):
                for seed in range(4):
                    value = _figure(source, variant, figure, seed)
                    if figure["low"] <= value <= figure["high"]:
                        met += 1
                    else:
                        missed.append([source.name, variant, figure["measure"], seed, value])
    return {"sources": len(sources.sources()), "met": met, "missed": missed}


def _figure(source: sources.Source, variant: str, figure: Any, seed: int) -> float:
    wish = Wish(
        variant=variant, intensity=figure.get("intensity", 0.5), size=figure.get("size", 0.5)
    )
    sound = _made(source, wish, figure.get("seconds", 4.0), seed)
    measure = getattr(texture, figure["measure"])
    return float(measure(sound, RATE, **figure.get("arguments", {})))


def _made(source: sources.Source, wish: Wish, seconds: float, seed: int) -> NDArray[np.float32]:
    rng = np.random.default_rng(seed)
    if source.kind == "event":
        return sources.event(source.name, wish, rng)
    bed = sources.bed(source.name, wish, rng)
    blocks = -(-round(seconds * RATE) // BLOCK_FRAMES)
    return np.concatenate([bed.next() for _ in range(blocks)], axis=1)


def variations() -> dict[str, float]:
    """Returns how far two draws of one event lie apart, frame by frame: log spectra, dB."""
    apart = []
    for source in sources.sources().values():
        if source.kind == "event":
            wish = Wish(variant=source.variants[0])
            first, second = (_made(source, wish, 0.0, seed) for seed in (1, 2))
            apart.append(_distance_over_time(first, second))
    return {"least_db": round(min(apart), 2), "median_db": round(float(np.median(apart)), 2)}


def _distance_over_time(first: NDArray[np.float32], second: NDArray[np.float32]) -> float:
    frames = min(first.shape[1], second.shape[1])
    wide = 1024
    rows = [
        20
        * np.log10(np.abs(np.fft.rfft(each[0, : frames // wide * wide].reshape(-1, wide))) + 1e-3)
        for each in (first, second)
    ]
    return float(np.sqrt(np.mean((rows[0] - rows[1]) ** 2))) if frames >= wide else 0.0


if __name__ == "__main__":
    main()
