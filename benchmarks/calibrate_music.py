"""Measures the unmastered loudness of every genre's mixes: the genres of loudness.toml.

A stream is levelled with them, because it cannot be measured before it begins, and the desk keeps
the peaks of a mix at their distance from it. Run it after a change to the desk, to instruments or
to a genre, and copy what it prints into src/menura/engines/music/arranger/loudness.toml.

    .venv/bin/python benchmarks/calibrate_music.py [GENRE ...]
"""

from __future__ import annotations

import json
import math
import sys
import tempfile
import tomllib
from importlib import resources
from pathlib import Path

from menura.audio.loudness import Meter
from menura.engines.base import expect
from menura.engines.music import arranger
from menura.engines.music.arranger.arranging import arrange
from menura.engines.music.arranger.genres import genre_names
from menura.settings import Settings
from menura.studio.roster import Roster
from menura.tasks import Music

PROMPTS = (("{}", 30.0), ("calm {}", 12.0), ("energetic {}", 20.0), ("{} without drums", 16.0))
"""What is asked, and how long; a genre's figure is the middle of all."""


def main() -> None:
    """Prints each genre's loudness for one part at full velocity, and how far its mixes lie off."""
    slopes = tomllib.loads((resources.files(arranger) / "loudness.toml").read_text())["slopes"]
    with tempfile.TemporaryDirectory() as home:
        roster = Roster(Settings(home=Path(home)))
        engine = roster.engine(roster.catalog.card("arranger"))
        for genre in sys.argv[1:] or genre_names():
            figures = []
            for seed, (prompt, duration_s) in enumerate(PROMPTS, start=1):
                asked = Music(prompt=prompt.format(genre), seed=seed, duration_s=duration_s)
                task = expect(engine.check(asked), Music)
                performance = engine.perform(task)
                meter = Meter(performance.rate, performance.channels)
                for block in performance.blocks:
                    meter.process(block)
                piece = arrange(task)
                forces = [e.velocity for notes in piece.events.values() for e in notes]
                force_db = 20 * math.log10(sum(forces) / len(forces))
                parts_db = 10 * math.log10(len(piece.plan.parts))
                figures.append(
                    meter.integrated_lufs
                    - slopes["velocity"] * force_db
                    - slopes["parts"] * parts_db
                )
            middle, reach = (max(figures) + min(figures)) / 2, (max(figures) - min(figures)) / 2
            name = json.dumps(genre) if " " in genre else genre
            print(f"{name} = {middle:.1f}  # +-{reach:.1f}", flush=True)
        roster.close()


if __name__ == "__main__":
    main()
