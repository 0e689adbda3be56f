"""Measures the unmastered loudness of every genre's mixes: the figures of loudness.toml.

A stream is levelled with them, because it cannot be measured before it begins, and the desk keeps
the peaks of a mix at their distance from it. Run it after a change to the desk, to instruments or
to a genre, and copy what it prints into src/menura/engines/music/arranger/loudness.toml.

    .venv/bin/python benchmarks/calibrate_music.py [GENRE ...]
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from menura.audio.loudness import Meter
from menura.engines.music.arranger.genres import genre_names
from menura.settings import Settings
from menura.studio.roster import Roster
from menura.tasks import Music

SEEDS = (1, 2, 3)
DURATION_S = 30.0


def main() -> None:
    """Prints, for each genre, the middle of its mixes' loudness and how far they lie from it."""
    with tempfile.TemporaryDirectory() as home:
        roster = Roster(Settings(home=Path(home)))
        engine = roster.engine(roster.catalog.card("arranger"))
        for genre in sys.argv[1:] or genre_names():
            figures = []
            for seed in SEEDS:
                task = Music(prompt=genre, seed=seed, duration_s=DURATION_S)
                performance = engine.perform(engine.check(task))
                meter = Meter(performance.rate, performance.channels)
                for block in performance.blocks:
                    meter.process(block)
                figures.append(meter.integrated_lufs)
            middle, reach = (max(figures) + min(figures)) / 2, (max(figures) - min(figures)) / 2
            name = json.dumps(genre) if " " in genre else genre
            print(f"{name} = {middle:.1f}  # +-{reach:.1f}", flush=True)
        roster.close()


if __name__ == "__main__":
    main()
