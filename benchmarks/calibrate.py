"""Measures the unmastered loudness of every voice: the `loudness_lufs` of its entry.

A stream is levelled with this figure, because it cannot be measured before it begins. Run it
after a change to a voice or an engine, and copy the figures into the engine's voices.toml.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from menura.audio.loudness import Meter
from menura.settings import Settings
from menura.studio import Studio
from menura.studio.roster import Roster
from menura.tasks import Speech

# The Rainbow Passage (G. Fairbanks, 1960), first sentences: in wide use for levels of speech.
TEXT = (
    "When the sunlight strikes raindrops in the air, they act as a prism and form a rainbow. "
    "The rainbow is a division of white light into many beautiful colors. These take the shape "
    "of a long round arch, with its path high above, and its two ends apparently beyond the "
    "horizon."
)


def main() -> None:
    """Prints one JSON object: voice -> loudness in LUFS."""
    with tempfile.TemporaryDirectory() as home:
        settings = Settings(home=Path(home))
        roster = Roster(settings)
        figures = {}
        with Studio(settings) as studio:
            voices = list(studio.voices())
        for voice in voices:
            engine = roster.engine(roster.catalog.card(voice.engine))
            performance = engine.perform(engine.check(Speech(TEXT, voice=voice.name)))
            meter = Meter(performance.rate, performance.channels)
            for block in performance.blocks:
                meter.process(block)
            figures[voice.name] = round(meter.integrated_lufs, 1)
        roster.close()
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
