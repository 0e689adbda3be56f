"""`Voice`: what a region sounds like under one key and velocity, in seconds, Hz and dB."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from menura.engines.music.instruments.soundfont.envelope import Envelope
from menura.engines.music.instruments.soundfont.generators import generators
from menura.engines.music.instruments.soundfont.modulators import moves

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from menura.engines.music.instruments.soundfont.zones import Region

_LOWEST_HZ = 8.176
_INSTANT = -12_000
_CUTOFF_STEP = 10.0
_ATTENUATION = 0.4
"""Of a centibel that a zone names: so did the hardware that fonts were made on (E-mu 8000), and so
do other players (SpessaSynth, documentation of generator 48; FluidSynth)."""
_SHORTEST_RELEASE_S = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Wobble:
    """A pitch that goes up and down in straight lines.

    Attributes:
        cents: to each side.
        hz: how often.
        delay_s: when it begins.
    """

    cents: float
    hz: float
    delay_s: float

    def curve(self, frames: int, rate: int) -> NDArray[np.float64]:
        """Returns the cents for each frame."""
        turns = np.maximum(np.arange(frames) / rate - self.delay_s, 0.0) * self.hz
        # A triangle that begins at zero and upwards.
        return np.asarray(self.cents * (4 * np.abs((turns + 0.75) % 1 - 0.5) - 1), np.float64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """A region, as it sounds under one key and velocity.

    Attributes:
        region: what is played.
        cents: of the key over the pitch of the sample.
        gain: of its amplitude.
        pan: -1 to 1.
        delay_s: until it begins.
        envelope: of its level.
        cutoff_hz: of its low-pass.
        resonance_db: of its low-pass.
        wobbles: of its pitch.
    """

    region: Region
    cents: float
    gain: float
    pan: float
    delay_s: float
    envelope: Envelope
    cutoff_hz: float
    resonance_db: float
    wobbles: tuple[Wobble, ...]


def voice_of(region: Region, pitch: float, velocity: float) -> Voice:
    """Returns what a region sounds like.

    Args:
        region: what is played.
        pitch: MIDI pitch, with fractions.
        velocity: 1 to 127, with fractions.
    """
    values = region.values
    if values["key"] >= 0:
        pitch = float(values["key"])
    if values["velocity"] >= 0:
        velocity = float(max(values["velocity"], 1))
    moved = moves(region.modulators, pitch, velocity)

    def value(name: str) -> float:
        low, high = _limits()[name]
        return float(min(max(values[name] + moved.get(name, 0.0), low), high))

    def scaled(name: str, by: str) -> float:
        low, high = _limits()[name]
        return float(min(max(value(name) + value(by) * (60 - pitch), low), high))

    attenuation = _ATTENUATION * values["attenuation"] + moved.get("attenuation", 0.0)
    cutoff = round(value("cutoff") / _CUTOFF_STEP) * _CUTOFF_STEP
    return Voice(
        region=region,
        cents=(pitch - region.sample.root) * value("scale_tuning")
        + 100 * value("coarse_tune")
        + value("fine_tune")
        + region.sample.correction,
        gain=10 ** (-min(max(attenuation, 0.0), 1440.0) / 200),
        pan=value("pan") / 500,
        delay_s=_seconds(value("delay")),
        envelope=Envelope(
            attack_s=_seconds(value("attack")),
            hold_s=_seconds(scaled("hold", "key_to_hold")),
            decay_s=_seconds(scaled("decay", "key_to_decay")),
            sustain_db=value("sustain") / 10,
            # All of it in less would be a click.
            release_s=max(_seconds(value("release")), _SHORTEST_RELEASE_S),
        ),
        cutoff_hz=_hertz(cutoff),
        resonance_db=value("resonance") / 10,
        wobbles=tuple(
            Wobble(
                cents=value(f"{lfo}_to_pitch"),
                hz=_hertz(value(f"{lfo}_frequency")),
                delay_s=_seconds(value(f"{lfo}_delay")),
            )
            for lfo in ("vibrato_lfo", "modulation_lfo")
            if value(f"{lfo}_to_pitch")
        ),
    )


@functools.cache
def _limits() -> Mapping[str, tuple[int, int]]:
    return {made.name: (made.low, made.high) for made in generators().values()}


def _seconds(timecents: float) -> float:
    return 0.0 if timecents <= _INSTANT else float(2 ** (timecents / 1200))


def _hertz(cents: float) -> float:
    return float(_LOWEST_HZ * 2 ** (cents / 1200))
