"""Measures what windows do to a long piece of a codec language model.

    .venv/bin/python benchmarks/codec_lm.py --drift

A model writes 30 s in one go; what is longer is made in windows, each of which goes on from the
last 12 s of the one before. Here a tiny model with random weights makes 120 s in such windows and,
which only a tiny one can, 120 s in one go. For each stretch that a window adds: level, spectral
centroid, and how far its codes are distributed from those of the first window (total variation: the
share of codes that would have to be others). In the first row that is one half of the first window
against the other: chance.

What it shows is what the mechanism does. Whether a trained model drifts is in its weights, which
were not at hand: its conditions are read anew by every window, its memory is the last 12 s alone.
"""

from __future__ import annotations

import itertools
import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from menura.runtime.codec_lm import CodecLm
from menura.runtime.codes import Codes, Segment
from menura.runtime.converting import convert
from menura.runtime.sampling import Sampling
from menura.runtime.session import Machine
from menura.runtime.writing import Request

if TYPE_CHECKING:
    from numpy.typing import NDArray

SECONDS = 120
WINDOW_FRAMES = 1500
"""Of the published models: 30 s at 50 frames a second."""
SEEDS = (1, 2, 3)
SEAM_FRAMES = 10
"""Of codes, on each side of a joint: 0.2 s."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """What one window adds.

    Attributes:
        start_s, end_s: where it lies.
        level_db: RMS, dB re full scale.
        centroid_hz: mean of its power spectrum.
        distance: total variation between its codes and the first window's, mean of codebooks.
        step_db: largest change of level from one fifth of a second to the next at its start.
    """

    start_s: float
    end_s: float
    level_db: float
    centroid_hz: float
    distance: float
    step_db: float


def measure_drift() -> None:
    """Prints the table."""
    with tempfile.TemporaryDirectory() as folder:
        windowed = _model(Path(folder) / "windowed", WINDOW_FRAMES)
        whole = _model(Path(folder) / "whole", WINDOW_FRAMES * SECONDS // 30)
        rows = {
            name: [_drift(model, seed) for seed in SEEDS]
            for name, model in (("windows of 30 s", windowed), ("in one go", whole))
        }
    print("| stretch | made | level dB | centroid Hz | codes from the first | step at start dB |")
    print("|---|---|---|---|---|---|")
    for index in range(len(rows["in one go"][0])):
        for name, runs in rows.items():
            at = [run[index] for run in runs]
            print(
                f"| {at[0].start_s:.0f} to {at[0].end_s:.0f} s | {name} "
                f"| {_shown([s.level_db for s in at])} "
                f"| {_shown([s.centroid_hz for s in at])} | {_shown([s.distance for s in at])} "
                f"| {_shown([s.step_db for s in at])} |"
            )


def _shown(values: list[float]) -> str:
    return f"{np.mean(values):.2f} ± {np.std(values):.2f}"


def _drift(model: CodecLm, seed: int) -> list[Stretch]:
    """Returns what is measured of each stretch of one piece."""
    decoder = model.facts.decoder
    assert decoder is not None
    request = Request(
        prompts=["calm piano"],
        seeds=[seed],
        frames=round(SECONDS * model.facts.frame_rate),
        options=Sampling(),
        given=np.zeros((decoder.codebooks, 0), np.int64),
    )
    codes = np.concatenate(list(model.writer.write(request)), axis=2)[0]
    hop = model.facts.codec.hop
    whole = Codes((Segment(codes, 1.0),), model.facts.rate, codes.shape[1] * hop)
    sound = model.codec.decode(whole).samples[0]
    bounds = [0, *range(WINDOW_FRAMES, codes.shape[1], _step()), codes.shape[1]]
    stretches = []
    for start, end in itertools.pairwise(bounds):
        piece = sound[start * hop : end * hop]
        compared = codes[:, start:end]
        # The first has no other to differ from: its own halves say what chance alone does.
        pair = (
            np.array_split(compared, 2, axis=1) if start == 0 else [codes[:, : bounds[1]], compared]
        )
        stretches.append(
            Stretch(
                start_s=start / model.facts.frame_rate,
                end_s=end / model.facts.frame_rate,
                level_db=_level_db(piece),
                centroid_hz=_centroid_hz(piece, model.facts.rate),
                distance=_distance(pair[0], pair[1], model.facts.codec.codes),
                step_db=_step_db(sound, start * hop, SEAM_FRAMES * hop) if start else 0.0,
            )
        )
    return stretches


def _step() -> int:
    return WINDOW_FRAMES - int(0.4 * WINDOW_FRAMES)


def _level_db(samples: NDArray[np.float32]) -> float:
    return float(10 * np.log10(np.mean(samples.astype(np.float64) ** 2) + 1e-12))


def _step_db(sound: NDArray[np.float32], joint: int, frames: int) -> float:
    return abs(_level_db(sound[joint : joint + frames]) - _level_db(sound[joint - frames : joint]))


def _centroid_hz(samples: NDArray[np.float32], rate: int) -> float:
    frames = 1024
    tiles = samples[: len(samples) // frames * frames].reshape(-1, frames)
    power = np.mean(np.abs(np.fft.rfft(tiles * np.hanning(frames), axis=1)) ** 2, axis=0)
    return float(power @ np.fft.rfftfreq(frames, 1 / rate) / power.sum())


def _distance(a: NDArray[np.int64], b: NDArray[np.int64], count: int) -> float:
    def shares(codes: NDArray[np.int64]) -> NDArray[np.float64]:
        rows = [np.bincount(row, minlength=count) / len(row) for row in codes]
        return np.stack(rows)

    return float(np.abs(shares(a) - shares(b)).sum(axis=1).mean() / 2)


def _model(folder: Path, window: int) -> CodecLm:
    """Returns a tiny model with random weights, which differs in its window alone."""
    import runpy

    written: dict[str, Any] = runpy.run_path(
        str(Path(__file__).parents[1] / "tests/runtime/tiny_checkpoints.py")
    )
    config = written["musicgen"](max_position_embeddings=8192)
    written["write_musicgen"](folder, config, window=min(window, WINDOW_FRAMES))
    target = convert(folder, folder / "graphs", weights="fp32").folder
    if window > WINDOW_FRAMES:
        facts = json.loads((target / "facts.json").read_text())
        facts["window_frames"] = window
        (target / "facts.json").write_text(json.dumps(facts))
    return CodecLm.open(target, Machine())


if __name__ == "__main__":
    measure_drift()
