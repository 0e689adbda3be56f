"""`Facts`: what is known of a struck or plucked instrument, from the TOML files beside this one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from menura.engines.music.instruments.tables import find_table, frozen

FAMILIES: dict[str, tuple[str, ...]] = {
    "keys": ("piano", "harpsichord", "clavinet", "electric piano", "fm piano"),
    "guitars": (
        "nylon guitar", "steel guitar", "clean guitar", "muted guitar", "overdriven guitar",
        "distorted guitar", "upright bass", "finger bass", "pick bass", "slap bass",
    ),
    "plucked": ("harp", "lute", "oud", "sitar", "koto", "banjo", "mandolin", "ukulele"),
    "mallets": (
        "celesta", "vibraphone", "marimba", "xylophone", "glockenspiel", "tubular bells",
        "music box", "kalimba", "steel drum", "timpani",
    ),
}  # fmt: skip
"""Which file describes which instruments, so that only one is read for each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spectrum:
    """Where the partials lie and how strongly they are excited.

    Attributes:
        ratios: partials over the pitch; empty for a string, whose partials follow from stiffness.
        levels_db: excitation of each ratio.
        t60_factors: decay of each ratio over that of the pitch; empty = by `Decay.ratio_power`.
        inharmonicity: terms (B at middle C, factor per octave) that add up to the string's B.
        position: where it is struck or plucked, as a share of its length; 0 = no comb.
        slope: an ideal pluck's amplitudes fall as 1 / n^slope; 0 for a hammer.
        pickup: place of a pickup, as a share of the length; 0 = none.
        comb_floor: what is left of a partial in a node of the comb.
    """

    ratios: tuple[float, ...] = ()
    levels_db: tuple[float, ...] = ()
    t60_factors: tuple[float, ...] = ()
    inharmonicity: tuple[tuple[float, float], ...] = ()
    position: float = 0.0
    slope: float = 0.0
    pickup: float = 0.0
    comb_floor: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Strike:
    """The contact of hammer, mallet, finger or plectrum: a low-pass whose corner moves with force.

    Attributes:
        contact_ms: its duration at middle C and mezzo-forte.
        contact_per_octave: factor for each octave up.
        contact_force: exponent: the contact is (force / mezzo-forte)^-contact_force as long.
        order: steepness above 1 / (2 contact), times 6 dB per octave.
        attack_ms: rise of the sound.
        dynamics: exponent of amplitude over velocity.
    """

    contact_ms: float
    contact_per_octave: float = 1.0
    contact_force: float = 0.0
    order: float = 1.0
    attack_ms: float = 1.0
    dynamics: float = 1.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Decay:
    """How long partials ring.

    Attributes:
        t60_s: time in which the lowest partial of middle C falls by 60 dB.
        per_octave: factor for each octave up.
        loss: what a string loses more at 1 kHz, in 1 / s of its 1 / t60.
        loss_power: exponent of that loss over frequency.
        ratio_power: t60 of a ratio r is t60 / r^ratio_power.
        after_db: aftersound over prompt sound.
        after_factor: how much longer the aftersound rings.
        detune_cents: most by which the aftersound is out of tune.
        course_cents: distance of a second string in unison; 0 = none.
        longest_s: after this the sound is faded out.
        bloom_share: share of each upper partial that is not there at once.
        bloom_s: time by which it comes.
        bloom_power: the n-th partial's time is bloom_s / n^bloom_power.
    """

    t60_s: float
    per_octave: float = 1.0
    loss: float = 0.0
    loss_power: float = 1.0
    ratio_power: float = 0.0
    after_db: float = -60.0
    after_factor: float = 1.0
    detune_cents: float = 0.0
    course_cents: float = 0.0
    longest_s: float = 8.0
    bloom_share: float = 0.0
    bloom_s: float = 0.0
    bloom_power: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """What radiates the sound.

    Attributes:
        low_hz: below, it falls by 12 dB per octave; 0 = not at all.
        high_hz: above, it falls by `high_slope_db` per octave; 0 = not at all.
        high_slope_db: see there.
        peaks: resonances: (Hz, dB, octaves to 1/e).
        knock: what it sounds like by itself when hit: (Hz, dB, t60 in s).
    """

    low_hz: float = 0.0
    high_hz: float = 0.0
    high_slope_db: float = 0.0
    peaks: tuple[tuple[float, float, float], ...] = ()
    knock: tuple[tuple[float, float, float], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Drive:
    """What is not linear: an amplifier, a pickup or frequency modulation.

    Attributes:
        gain: of a mezzo-forte at middle C into it; the index of frequency modulation.
        per_octave: factor for each octave up.
        force: exponent of the gain over velocity.
        bias: asymmetry; the index of the second pair of frequency modulation.
        cabinet: the loudspeaker: (Hz, dB), between them straight over the logarithm.
    """

    gain: float
    per_octave: float = 1.0
    force: float = 1.0
    bias: float = 0.0
    cabinet: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Motion:
    """What moves while it sounds.

    Attributes:
        glide_cents: how sharp a string is while it swings widest.
        glide_ms: time constant of its return.
        tremolo_hz: of a motor that opens and closes the tubes; 0 = none.
        tremolo_depth: of its amplitude.
    """

    glide_cents: float = 0.0
    glide_ms: float = 40.0
    tremolo_hz: float = 0.0
    tremolo_depth: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """How a note ends.

    Attributes:
        t60_s: of the damper or finger, at middle C.
        per_octave: factor for each octave up.
        damped: whether its end is heard at all; a harp's string rings on.
        undamped_above: MIDI pitch from which there are no dampers.
        mute_s: t60 under the palm.
    """

    t60_s: float
    per_octave: float = 1.0
    damped: bool = True
    undamped_above: float = 128.0
    mute_s: float = 0.22


@dataclass(frozen=True, slots=True, kw_only=True)
class Noise:
    """A burst of noise: plectrum, key or damper.

    Attributes:
        hz: middle of its band.
        octaves: from there to 1/e of the amplitude.
        decay_ms: time constant.
        level_db: over the note at the same velocity.
        force_db: how much more at full velocity than at none.
    """

    hz: float
    octaves: float
    decay_ms: float
    level_db: float
    force_db: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """An instrument.

    Attributes:
        name: its id.
        low: lowest MIDI pitch.
        high: highest MIDI pitch.
        model: `linear`, `amp` (pickup and amplifier), `tine` or `fm`.
    """

    name: str
    low: float
    high: float
    spectrum: Spectrum
    strike: Strike
    decay: Decay
    release: Release
    model: str = "linear"
    body: Body = Body()
    drive: Drive | None = None
    motion: Motion = Motion()
    attack_noise: Noise | None = None
    release_noise: Noise | None = None


def read_facts(name: str) -> Facts:
    """Returns what is known of an instrument.

    Raises:
        NotFound: if there is no such instrument.
    """
    return _facts(name, find_table(str(__package__), FAMILIES, name))


def _facts(name: str, table: dict[str, Any]) -> Facts:
    parts: dict[str, Any] = {"name": name}
    kinds = {
        "spectrum": Spectrum,
        "strike": Strike,
        "decay": Decay,
        "body": Body,
        "drive": Drive,
        "motion": Motion,
        "release": Release,
        "attack_noise": Noise,
        "release_noise": Noise,
    }
    for key, value in table.items():
        kind = kinds.get(key)
        parts[key] = value if kind is None else kind(**frozen(value))
    return Facts(**parts)
