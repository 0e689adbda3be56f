"""Fills at the ends of phrases, and the rolls that lead into a drop."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from menura.engines.music.arranger.writing.grooves import Groove, facts
from menura.engines.music.score import Note

if TYPE_CHECKING:
    from collections.abc import Sequence

    from menura.engines.music.arranger.bars import Bar

_KEPT = ("kick", "kick2", "ge", "dum", "surdo", "mute_surdo", "pedal", "claves", "shaker")
"""What goes on under a fill: the pulse."""


def fill_bar(
    groove: Groove,
    bar: Bar,
    played: list[Note],
    *,
    to_section: bool,
    chance: np.random.Generator,
) -> list[Note]:
    """Returns a bar whose end leads into the next phrase.

    Args:
        groove: whose kind of fill it is.
        bar: the last of a phrase.
        played: what the groove has in it.
        to_section: whether a new section follows, which asks for more.
        chance: of the bar.
    """
    pulse = bar.pulses[1] - bar.pulses[0] if len(bar.pulses) > 1 else bar.beats
    pulses = 1 if not to_section or bar.energy < 0.45 else 2
    start = max(bar.end - pulses * pulse, bar.start + 0.5 * bar.beats - 1e-6)
    draw = float(chance.random())
    if groove.fill == "none" or (not to_section and draw > 0.75):
        return played
    if groove.fill == "drop":
        return [note for note in played if note.beat < start - 1e-6 or draw > 0.6]
    if groove.fill == "trap":
        return played + _hat_roll(bar, start)
    sounds: Sequence[str] = facts()["fills"][groove.fill]
    kept = {facts()["keys"][sound] for sound in _KEPT}
    under = [note for note in played if note.beat < start - 1e-6 or note.pitch in kept]
    return under + _strokes(groove, bar, start, sounds, chance)


def roll_bar(bar: Bar, progress: float, key: int) -> list[Note]:
    """Returns a bar of a roll that quickens: quarters, eighths, sixteenths, thirty-seconds.

    Args:
        bar: where it is played.
        progress: of the build at the middle of the bar, 0 to 1.
        key: what is struck.
    """
    count = 1 if progress < 0.3 else 2 if progress < 0.6 else 4
    steps = np.arange(0, bar.beats - 1e-6, 1 / count)
    if progress > 0.85:
        half = bar.beats / 2
        steps = np.concatenate([steps[steps < half - 1e-6], np.arange(half, bar.beats, 0.125)])
    rise = np.clip(progress + 0.2 * (steps / bar.beats - 0.5), 0, 1)
    force = 0.26 + 0.4 * rise  # many strokes add up: the drop must still be louder
    return [
        Note(bar.start + float(at), 1 / (2 * count), key, float(f), "")
        for at, f in zip(steps, force, strict=True)
    ]


def _hat_roll(bar: Bar, start: float) -> list[Note]:
    """Returns hi-hat triplets of sixteenths that grow louder."""
    steps = np.arange(start, bar.end - 1e-6, 1 / 6)
    key = facts()["keys"]["hat"]
    return [
        Note(float(at), 1 / 8, key, 0.4 + 0.4 * i / len(steps), "") for i, at in enumerate(steps)
    ]


def _strokes(
    groove: Groove, bar: Bar, start: float, sounds: Sequence[str], chance: np.random.Generator
) -> list[Note]:
    """Returns the strokes of a fill: some left out, the last ones louder."""
    grid = 0.125 if groove.fill == "roll" else 0.25
    if groove.family == "jazz":
        grid = 0.5
    steps = np.arange(start, bar.end - 1e-6, grid)
    played = chance.random(len(steps)) < (1.0 if groove.fill == "roll" else 0.62 + 0.3 * bar.energy)
    played[0] = True
    keys = facts()["keys"]
    notes = []
    for i in np.flatnonzero(played):
        sound = sounds[int(i * len(sounds) / len(steps))]
        force = (0.45 + 0.3 * bar.energy) * (0.8 + 0.35 * (i + 1) / len(steps))
        notes.append(Note(float(steps[i]), grid, keys[sound], min(float(force), 1.0), ""))
    return notes
