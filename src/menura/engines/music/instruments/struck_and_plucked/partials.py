"""The partials of a note: where they lie, how strongly they are struck, how long they ring.

Strings: f_n = n f_0 sqrt(1 + B n^2), Fletcher and Rossing, The Physics of Musical Instruments
(1998), chapter 2, stiff strings; B as a sum of exponentials over the keys, Rigaud, David and
Daudet, J. Acoust. Soc. Am. 133 (2013). Bars, tubes and membranes: ratios from the tables beside
this file. Two-stage decay: Weinreich, J. Acoust. Soc. Am. 62 (1977).
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from menura.dsp.modes import Modes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from menura.engines.music.instruments.struck_and_plucked.facts import Body, Facts

MIDDLE_C = 60.0
MEZZO_FORTE = 0.63
_MOST = 400
_FAINT_DB = -76.0
_PAIRED = 48
_PULSE = 1.5
"""Phases lie within this many radians of a sine's: bridge and body scatter the pulse of a pluck."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stroke:
    """One hit as far as it decides the partials.

    Attributes:
        pitch: MIDI number, fractions allowed.
        force: 0 to 1.
        muted: whether a palm or hand damps it.
    """

    pitch: float
    force: float
    muted: bool = False

    @property
    def hz(self) -> float:
        """Frequency of the pitch."""
        return float(440.0 * 2 ** ((self.pitch - 69) / 12))

    def scaled(self, at_middle_c: float, per_octave: float) -> float:
        """Returns a figure that changes by a factor for each octave."""
        return float(at_middle_c * per_octave ** ((self.pitch - MIDDLE_C) / 12))


def partials(facts: Facts, stroke: Stroke, top_hz: float) -> Modes:
    """Returns the partials of a note under `top_hz`, strongest first 76 dB.

    What chance decides (the fine tuning of each pair, phases) hangs on instrument and pitch alone.
    """
    chance = np.random.default_rng([zlib.crc32(facts.name.encode()), round(stroke.pitch * 100)])
    draws = chance.uniform(-1, 1, (4, _MOST))
    modes = _bare(facts, stroke, top_hz)
    count = modes.hz.size
    size = modes.amplitude * _contact(facts, stroke, modes.hz) * _radiated(facts.body, modes.hz)
    # Bridges and plates are never as regular as theory: 1.5 dB from partial to partial.
    size *= 10 ** (1.5 * draws[0, :count] / 20)
    size[0] = abs(size[0])
    modes = replace(modes, amplitude=size, phase=-np.pi / 2 + _PULSE * draws[1, :count])
    rich = _aftersounding(facts, modes, draws[2])
    if facts.decay.bloom_share:
        rich = _bloomed(facts, rich, count)
    if facts.decay.course_cents:
        rich = rich + _second_string(facts, _lowest(modes), draws[3])
    modes = rich.audible(_FAINT_DB)
    if stroke.muted:
        modes = _palmed(facts, modes)
    return modes.below(top_hz)


def body_knock(facts: Facts, loudness: float) -> Modes:
    """Returns what the body sounds like when the bridge is hit; `loudness` is the note's."""
    hz, level_db, t60_s = np.array(facts.body.knock or ((100.0, -200.0, 0.01),)).T
    return Modes(
        hz=hz,
        amplitude=loudness * 10 ** (level_db / 20) * 4,
        t60_s=t60_s,
        phase=np.full(hz.size, -np.pi / 2),
    )


def inharmonicity(facts: Facts, pitch: float) -> float:
    """Returns the stiffness B of a string; 0 for what is none."""
    octaves = (pitch - MIDDLE_C) / 12
    return float(sum(at_c4 * factor**octaves for at_c4, factor in facts.spectrum.inharmonicity))


def _bare(facts: Facts, stroke: Stroke, top_hz: float) -> Modes:
    spectrum, decay = facts.spectrum, facts.decay
    t60_s = stroke.scaled(decay.t60_s, decay.per_octave)
    if spectrum.ratios:
        ratio = np.array(spectrum.ratios)
        hz = stroke.hz * ratio
        size = 10 ** (np.array(spectrum.levels_db) / 20)
        lasting = t60_s * (np.array(spectrum.t60_factors or 1.0) * ratio**-decay.ratio_power)
    else:
        n = np.arange(1, max(2, min(_MOST, int(top_hz / stroke.hz) + 1)), dtype=np.float64)
        stiffness = inharmonicity(facts, stroke.pitch)
        hz = n * stroke.hz * np.sqrt((1 + stiffness * n**2) / (1 + stiffness))
        size = n**-spectrum.slope
        size *= _comb(n, spectrum.position, spectrum.comb_floor)
        size *= _comb(n, spectrum.pickup, spectrum.comb_floor)
        lost = decay.loss * ((hz / 1000) ** decay.loss_power - (hz[0] / 1000) ** decay.loss_power)
        lasting = 1 / (1 / t60_s + lost)
    return Modes(hz=hz, amplitude=size, t60_s=lasting, phase=np.zeros(hz.size))


def _comb(n: NDArray[np.float64], place: float, floor: float) -> NDArray[np.float64]:
    """Returns |sin(n pi place)|, filled up to `floor`: what is wide hits no node exactly."""
    if not place:
        return np.ones(n.size)
    return np.hypot(np.sin(np.pi * n * place), floor)


def _contact(facts: Facts, stroke: Stroke, hz: NDArray[np.float64]) -> NDArray[np.float64]:
    strike = facts.strike
    force = max(stroke.force, 0.02) / MEZZO_FORTE
    contact_s = stroke.scaled(strike.contact_ms / 1000, strike.contact_per_octave)
    contact_s *= force**-strike.contact_force
    return np.asarray((1 + (2 * hz * contact_s) ** 2) ** (-strike.order / 2))


def _radiated(body: Body, hz: NDArray[np.float64]) -> NDArray[np.float64]:
    gain_db = np.zeros(hz.size)
    for peak_hz, peak_db, octaves in body.peaks:
        gain_db += peak_db * np.exp(-((np.log2(hz / peak_hz) / octaves) ** 2))
    if body.low_hz:
        gain_db -= 10 * np.log10(1 + (body.low_hz / hz) ** 4)
    if body.high_hz:
        gain_db -= body.high_slope_db / 2 * np.log2(1 + (hz / body.high_hz) ** 2)
    return np.asarray(10 ** (gain_db / 20))


def _bloomed(facts: Facts, modes: Modes, count: int) -> Modes:
    """Takes from each upper partial a share that dies quickly: it comes late."""
    order = np.arange(modes.hz.size) % count + 1
    share = np.where(order == 1, 0.0, facts.decay.bloom_share)
    return modes + replace(
        modes,
        amplitude=-share * modes.amplitude,
        t60_s=np.minimum(facts.decay.bloom_s / order**facts.decay.bloom_power, 0.8 * modes.t60_s),
    )


def _aftersounding(facts: Facts, modes: Modes, draws: NDArray[np.float64]) -> Modes:
    """Adds what rings longer, a little out of tune, to the lower partials."""
    decay = facts.decay
    share = 10 ** (decay.after_db / 20)
    lowest = _lowest(modes)
    cents = decay.detune_cents * draws[: lowest.hz.size]
    return replace(modes, amplitude=(1 - share) * modes.amplitude) + replace(
        lowest,
        hz=lowest.hz * 2 ** (cents / 1200),
        amplitude=share * lowest.amplitude,
        t60_s=decay.after_factor * lowest.t60_s,
    )


def _lowest(modes: Modes) -> Modes:
    """Returns the partials whose pairs are heard as pairs: higher ones lie too close to others."""
    return modes.chosen(np.arange(modes.hz.size) < _PAIRED)


def _second_string(facts: Facts, modes: Modes, draws: NDArray[np.float64]) -> Modes:
    """Returns the other string of a course: out of tune as a whole, plucked a little softer."""
    cents = facts.decay.course_cents * (1 + 0.4 * draws[0])
    return replace(
        modes,
        hz=modes.hz * 2 ** (cents / 1200),
        amplitude=0.6 * modes.amplitude,
        phase=modes.phase + 0.6 * draws[: modes.hz.size],
    )


def _palmed(facts: Facts, modes: Modes) -> Modes:
    """Damps all, and the high ones more."""
    t60_s = facts.release.mute_s / (1 + modes.hz / 2500)
    return replace(modes, t60_s=1 / (1 / modes.t60_s + 1 / t60_s))
