"""Drums: grooves bar by bar, fills at phrase ends, cymbals at arrivals, rolls in builds."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from menura.engines.music.arranger.writing.fills import fill_bar, roll_bar
from menura.engines.music.arranger.writing.grooves import Groove, facts, groove_of
from menura.engines.music.arranger.writing.phrases import phrase_groups
from menura.engines.music.arranger.writing.styles import touch_of
from menura.engines.music.score import Note

if TYPE_CHECKING:
    import numpy as np

    from menura.engines.music.arranger.bars import Bar
    from menura.engines.music.arranger.writing.stave import Stave

BUILDS = frozenset({"build", "rise", "buildup", "build-up"})
_DRUM_BEATS = 0.25


def write_drums(stave: Stave) -> list[Note]:
    """Returns what a drummer or percussionist plays in a section."""
    groove, _ = groove_of(stave.plan, stave.part)
    if groove is None:
        return []
    leads = stave.part.role == "drums"
    phrase_ends = {bars[-1].index for bars in phrase_groups(stave.bars)}
    drive = touch_of(stave.part).get("drive", 0.0)
    notes: list[Note] = []
    for written in stave.bars:
        bar = replace(written, energy=min(written.energy + drive, 1.0)) if drive else written
        if stave.closing and not bar.left:
            notes += _last_hit(groove, bar, leads=leads)
            continue
        chance = stave.rng(f"bar {bar.index}")
        silenced = _silenced(bar.name)
        if stave.plan.cues and not bar.left:  # its cymbal would be taken for the one at the cue
            silenced |= {facts()["keys"]["crash"]}
        played = _play_bar(groove, bar, silenced, chance)
        if leads and bar.name in BUILDS and groove.family not in {"soft", "jazz", "latin"}:
            played = [n for n in played if n.pitch != facts()["keys"]["snare"]]
            played += roll_bar(bar, (bar.index + 0.5) / len(stave.bars), facts()["keys"]["snare"])
        elif leads and bar.index in phrase_ends:
            played = fill_bar(groove, bar, played, to_section=not bar.left, chance=chance)
        if leads and not bar.index and stave.arrival:
            played += _greeting(groove, bar)
        notes += played
    return _apart(notes)


def _silenced(section: str) -> frozenset[int]:
    table = facts()["silenced"]
    names = next((table[name] for name in table if name in section), ())
    return frozenset(facts()["keys"][name] for name in names)


def _play_bar(
    groove: Groove, bar: Bar, silenced: frozenset[int], chance: np.random.Generator
) -> list[Note]:
    """Returns one bar of a groove. Every letter draws its chance, played or not."""
    loudness, chances, rolls = facts()["loudness"], facts()["chances"], facts()["rolls"]
    level = 0.68 + 0.4 * bar.energy
    full_bar = groove.meter[0] * 4 / groove.meter[1]
    notes = []
    for sound, bars in groove.strokes(bar.energy).items():
        strokes = bars[bar.index % len(bars)]
        key = facts()["keys"][sound]
        if not strokes or key in silenced:
            continue
        step = full_bar / len(strokes)
        drawn = chance.random(len(strokes))
        for i, letter in enumerate(strokes):
            at = i * step
            if letter == "." or drawn[i] >= chances.get(letter, 1.0) or at >= bar.beats - 1e-6:
                continue
            force = min(loudness[letter] * level, 1.0)
            times = rolls.get(letter, 1)
            ghost = "ghost" if letter in "g?" else ""
            notes += [
                Note(bar.start + at + j * step / times, min(step / times, _DRUM_BEATS), key,
                     force * (0.85 if j else 1.0), ghost)
                for j in range(times)
            ]  # fmt: skip
    return notes


def _greeting(groove: Groove, bar: Bar) -> list[Note]:
    """Returns the cymbal at the beginning of a section."""
    if groove.family not in facts()["crashes"]["families"] or bar.energy < 0.35:
        return []
    key = facts()["keys"]["crash"]
    return [Note(bar.start, 1.0, key, min(0.45 + 0.5 * bar.energy, 1.0), "")]


def _last_hit(groove: Groove, bar: Bar, *, leads: bool) -> list[Note]:
    """Returns the stroke that the piece ends on."""
    strokes = groove.strokes(bar.energy)
    keys, force = facts()["keys"], 0.4 + 0.5 * bar.energy
    on_one = [sound for sound, bars in strokes.items() if bars[0][:1] not in {"", "."}]
    sounds = on_one or list(strokes)[:1]
    if leads and groove.family in facts()["crashes"]["families"]:
        sounds = [*(s for s in sounds if s in {"kick", "kick2"}), "crash"]
    return [Note(bar.start, 1.0, keys[sound], force, "") for sound in sounds]


def _apart(notes: list[Note]) -> list[Note]:
    """Returns the notes by beat, with the louder of two on one key at one time."""
    kept: dict[tuple[float, float], Note] = {}
    for note in sorted(notes, key=lambda note: note.velocity):
        kept[round(note.beat, 6), note.pitch] = note
    return sorted(kept.values(), key=lambda note: (note.beat, note.pitch))
