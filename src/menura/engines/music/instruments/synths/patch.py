"""`Patch`: how a synthesiser is set, read from patches.toml."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from importlib import resources
from typing import Any

from menura.errors import NotFound

NAMES = (
    "synth bass",
    "808 bass",
    "supersaw",
    "lead",
    "pluck",
    "arp",
    "pad",
    "sweep",
    "square lead",
    "chip",
)
"""Ids of the instruments made here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """One oscillator.

    Attributes:
        wave: `saw`, `pulse`, `triangle` or `sine`.
        octave: against the note.
        cents: against the note.
        level: against the other voices, as an amplitude.
        pan: -1 to 1.
        width: of a pulse, as a share of the cycle.
        width_depth: how far the width moves to either side.
        width_hz: how fast.
    """

    wave: str = "saw"
    octave: int = 0
    cents: float = 0.0
    level: float = 1.0
    pan: float = 0.0
    width: float = 0.5
    width_depth: float = 0.0
    width_hz: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """Attack, decay, sustain, release.

    Attributes:
        attack_s: from nothing to the top.
        decay_s: time constant of the fall from there.
        sustain: where it falls to, 0 to 1.
        release_s: time in which it falls by 60 dB once the key is let go.
    """

    attack_s: float = 0.003
    decay_s: float = 0.3
    sustain: float = 1.0
    release_s: float = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """What moves over the layers of the tables: a ladder's cutoff, a pulse's width, a drive.

    Attributes:
        axis: `ladder`, `width`, `drive` or `none`.
        cutoff_hz: of a ladder at middle C and mezzo-forte, closed.
        resonance: of a ladder, 0 to under 4.
        tracking: octaves that the cutoff goes with each octave of pitch.
        octaves: how far the envelope opens it.
        velocity_octaves: how far it opens from no force to full.
        drive: saturation behind it, 0 = none.
        settings: widths or drives from soft to hard, instead of cutoffs.
        envelope: its course.
        sway_hz: of a slow swing of the cutoff.
        sway_octaves: how far that goes to either side.
    """

    axis: str = "ladder"
    cutoff_hz: float = 1000.0
    resonance: float = 0.0
    tracking: float = 0.5
    octaves: float = 0.0
    velocity_octaves: float = 1.5
    drive: float = 0.0
    settings: tuple[float, ...] = ()
    envelope: Envelope = field(default_factory=Envelope)
    sway_hz: float = 0.0
    sway_octaves: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Motion:
    """What the pitch does besides standing still.

    Attributes:
        drift_cents: spread of each oscillator's tuning from note to note.
        vibrato_hz: how fast.
        vibrato_cents: to either side.
        vibrato_late_s: how long it takes to set in.
        glide_s: from the note before, where a note is bound to it.
        drop_semitones: how much higher it begins.
        drop_s: time constant of that fall.
    """

    drift_cents: float = 1.5
    vibrato_hz: float = 5.2
    vibrato_cents: float = 0.0
    vibrato_late_s: float = 0.35
    glide_s: float = 0.05
    drop_semitones: float = 0.0
    drop_s: float = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Patch:
    """How a synthesiser is set.

    Attributes:
        name: of the instrument.
        low: lowest MIDI pitch.
        high: highest MIDI pitch.
        dynamics: level follows velocity to this power.
        free: whether oscillators run on between notes, so that a note meets them in any phase.
        steps_hz: how often the level moves, in 16 steps, as in sound chips; 0 = smoothly.
        voices: oscillators.
        amp: course of the level.
        filter: course of the timbre.
        motion: course of the pitch.
    """

    name: str
    low: float
    high: float
    voices: tuple[Voice, ...]
    dynamics: float = 1.2
    free: bool = True
    steps_hz: float = 0.0
    amp: Envelope = field(default_factory=Envelope)
    filter: Filter = field(default_factory=Filter)
    motion: Motion = field(default_factory=Motion)


def read_patch(name: str) -> Patch:
    """Returns the patch of an instrument.

    Raises:
        NotFound: if there is none of that name.
    """
    if name not in NAMES:
        raise NotFound(f"no synthesiser is called {name!r:.60}: {', '.join(NAMES)}")
    text = (resources.files(__package__) / "patches.toml").read_text(encoding="utf-8")
    table = tomllib.loads(text)[name]
    table["voices"] = tuple(Voice(**voice) for voice in table["voices"])
    for key, kind in (("amp", Envelope), ("motion", Motion)):
        if key in table:
            table[key] = kind(**table[key])
    if "filter" in table:
        table["filter"] = _filter(table["filter"])
    return Patch(name=name, **table)


def _filter(table: dict[str, Any]) -> Filter:
    rest = {key: value for key, value in table.items() if key not in {"envelope", "settings"}}
    return Filter(
        envelope=Envelope(**table.get("envelope", {})),
        settings=tuple(table.get("settings", ())),
        **rest,
    )
