"""Measures how loud each source is, and writes `engines/effects/levels.toml`.

    OMP_NUM_THREADS=1 .venv/bin/python benchmarks/calibrate_effects.py

A stream cannot be measured before it begins: its gain comes from this table. Of each source and
variant: `lufs_db`, loudness (BS.1770) over its level; `peak_db`, largest sample over its level;
`energy_s`, of an event, how long it would last if it were as loud all along as at its loudest.
Medians over four draws. Run it when a source's sound changes.
"""

from __future__ import annotations

import statistics
from pathlib import Path

import numpy as np

from menura.audio import Audio
from menura.audio.loudness import measure
from menura.engines.effects import sources
from menura.engines.effects.sources import BLOCK_FRAMES, LEVEL_DBFS, RATE, Source, Wish

TARGET = Path(__file__).parents[1] / "src/menura/engines/effects/levels.toml"
SEEDS = range(4)
BED_S = 8.0


def main() -> None:
    """Writes the table."""
    lines = ["# Written by benchmarks/calibrate_effects.py.\n"]
    for source in sources.sources().values():
        lines.append(f"[{source.name}]")
        for variant in source.variants:
            rows = [_measured(source, variant, seed) for seed in SEEDS]
            facts = {name: statistics.median(row[name] for row in rows) for name in rows[0]}
            written = ", ".join(f"{name} = {value:.2f}" for name, value in facts.items())
            lines.append(f"{variant} = {{ {written} }}")
        lines.append("")
    TARGET.write_text("\n".join(lines), encoding="utf-8")


def _measured(source: Source, variant: str, seed: int) -> dict[str, float]:
    wish, rng = Wish(variant=variant), np.random.default_rng(seed)
    if source.kind == "bed":
        bed = sources.bed(source.name, wish, rng)
        blocks = [bed.next() for _ in range(round(BED_S * RATE / BLOCK_FRAMES))]
        sound = np.concatenate(blocks, axis=1)
    else:
        sound = sources.event(source.name, wish, rng)
    stereo = np.broadcast_to(sound, (2, sound.shape[1])).astype(np.float32)
    power = float(np.mean(stereo.astype(np.float64) ** 2))
    peak_db = 20 * np.log10(np.abs(stereo).max()) - LEVEL_DBFS
    if source.kind == "bed":
        lufs_db = measure(Audio(stereo, RATE)).integrated_lufs - LEVEL_DBFS
        return {"lufs_db": float(lufs_db), "peak_db": float(peak_db)}
    seconds = sound.shape[1] / RATE
    # Repeated without a pause it is measured as a whole; its mean power is then known.
    repeated = np.tile(stereo, (1, int(np.ceil(1.0 / seconds)) + 1))
    lufs = measure(Audio(repeated, RATE)).integrated_lufs
    lufs_db = lufs - 10 * np.log10(power)
    energy_s = power * seconds / 10 ** (LEVEL_DBFS / 10)
    return {"lufs_db": float(lufs_db), "peak_db": float(peak_db), "energy_s": energy_s}


if __name__ == "__main__":
    main()
