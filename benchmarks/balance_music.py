"""Measures how loud the parts of every genre's band are against the whole, and prints a table.

    .venv/bin/python benchmarks/balance_music.py [GENRE ...] [--seeds 3]

A row is a part of a genre: the middle of its loudness less that of the mix, LU, over the seeds in
which it plays, by ITU-R BS.1770 with its gates, so that a part's rests do not count. A part is
marked that lies below what its role needs to be heard, or above what it may have: the bounds are
ours, and wide.
"""

from __future__ import annotations

import argparse
import collections
import os
import statistics
import tempfile
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # noqa: TID251 - its idle threads spin

from menura.audio.loudness import measure
from menura.engines.music.arranger.arranging import planned
from menura.engines.music.arranger.genres import genre_names
from menura.settings import Settings
from menura.studio import Studio
from menura.tasks import Music

DURATION_S = 30.0
BOUNDS = {
    "melody": (-7.5, 0.0),
    "bass": (-10.0, -3.0),
    "drums": (-10.0, -1.5),
    "chords": (-11.5, -2.0),
    "counter": (-12.5, -3.0),
    "arp": (-13.5, -4.0),
    "pad": (-15.5, -4.0),
    "percussion": (-17.5, -5.0),
    "drone": (-17.0, -5.0),
}
"""Of each role: how far below the mix it may lie at most, and at least, LU."""


def main() -> None:
    """Prints the table, and how many parts lie outside their bounds."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("genres", nargs="*", help="which ones; all if none is named")
    parser.add_argument("--seeds", type=int, default=3, help="pieces of each genre")
    args = parser.parse_args()
    outside = total = 0
    with (
        tempfile.TemporaryDirectory() as home,
        Studio(Settings(home=Path(home), marking=False)) as studio,
    ):
        for genre in args.genres or genre_names():
            found: dict[tuple[str, str], list[float]] = collections.defaultdict(list)
            for seed in range(1, args.seeds + 1):
                for name, role, level in _levels(studio, genre, seed):
                    found[name, role].append(level)
            for (name, role), levels in sorted(found.items()):
                low, high = BOUNDS[role]
                middle = statistics.median(levels)
                mark = "LOW" if middle < low else "HIGH" if middle > high else ""
                outside, total = outside + bool(mark), total + 1
                reach = max(levels) - min(levels)
                print(
                    f"{genre:18} | {name:18} | {role:10} | {middle:6.1f} LU | "
                    f"reach {reach:4.1f} | of {len(levels)} | {mark}",
                    flush=True,
                )
    print(f"{outside} of {total} parts outside their bounds")


def _levels(studio: Studio, genre: str, seed: int) -> list[tuple[str, str, float]]:
    """Returns (part, role, LU above the mix) of a piece."""
    asked = Music(genre, seed=seed, duration_s=DURATION_S)
    take = studio.render(asked, stems=True)
    whole = measure(take.audio).integrated_lufs
    roles = {part.name: part.role for part in planned(asked).plan.parts}
    return [
        (name, roles[name], round(measure(stem).integrated_lufs - whole, 2))
        for name, stem in take.stems.items()
        if name in roles
    ]


if __name__ == "__main__":
    main()
