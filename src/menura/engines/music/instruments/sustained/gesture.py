"""`Gesture`: what a player does for one note, as curves with one value each hop."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from menura.dsp.waves import HOP_FRAMES
from menura.engines.music.instruments.base import REFERENCE_DBFS, REFERENCE_VELOCITY
from menura.engines.music.instruments.sustained.spectra import blend, loudness

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from menura.engines.music.instruments.sustained.facts import Facts, Onset
    from menura.engines.music.score import Event

MIDDLE_C = 60.0
TRILL_SEMITONES = 2.0
_TRILL_HZ = (6.2, 7.4)
_DECAY_60_DB = math.log(1000.0)
_HUMAN_FORCE = 0.04
_HUMAN_CENTS = 0.4
_HUMAN_DB = 0.3
_ACCENT = 0.15
_ACCENT_S = 0.16
_MAX_GLIDE = 24.0
_LEAST_S = 0.03
_WANDER_STEP_S = 0.012


@dataclass(frozen=True, slots=True)
class Gesture:
    """One note as its player means it.

    Attributes:
        pitch: MIDI pitch.
        force: 0 to 1.
        rms: of the note where it is fullest.
        length_s: until the release begins.
        release_s: how long that takes to fall by 60 dB.
        bound: whether it goes on from the note before.
        interval: semitones from this pitch to the one that it glides from; 0 = no glide.
        glide_s: how long the glide takes.
        how: its articulation.
    """

    pitch: float
    force: float
    rms: float
    length_s: float
    release_s: float
    bound: bool
    interval: float
    glide_s: float
    how: str

    @property
    def hz(self) -> float:
        """The pitch in Hz."""
        return to_hz(self.pitch)

    @property
    def muted(self) -> bool:
        """Whether the mute is on."""
        return self.how == "mute"

    @property
    def rises(self) -> float:
        """How far above its pitch it comes, semitones, beside vibrato and glide."""
        return 0.25 + (TRILL_SEMITONES if self.how == "trill" else 0.0)

    def hops(self, rate: int) -> int:
        """Returns how many hops it sounds."""
        return max(2, math.ceil((self.length_s + 1.02 * self.release_s) * rate / HOP_FRAMES))

    def times_s(self, rate: int) -> NDArray[np.float64]:
        """Returns when its hops are, shape (hops + 1,)."""
        return np.asarray(np.arange(self.hops(rate) + 1) * (HOP_FRAMES / rate), np.float64)


def to_hz(pitch: float) -> float:
    """Returns the frequency of a MIDI pitch."""
    return float(440.0 * 2 ** ((pitch - 69) / 12))


def amplitude(facts: Facts, force: float) -> float:
    """Returns the rms of a steady note of some force."""
    return float(
        10 ** (REFERENCE_DBFS / 20) * (force / REFERENCE_VELOCITY) ** facts.sustain.dynamics
    )


def read_event(facts: Facts, event: Event, rng: np.random.Generator) -> Gesture:
    """Returns how a player of the instrument reads an event."""
    how = event.articulation
    force = min(max(event.velocity, 0.0), 1.0) * (0.6 if how == "ghost" else 1.0)
    force += _ACCENT if how == "accent" else 0.0
    force = min(max(force * (1 + _HUMAN_FORCE * rng.normal()), 0.02), 1.0)
    onset, sustain = facts.onset, facts.sustain
    bound = how in {"legato", "slide"} and event.from_pitch is not None
    interval, glide_s = 0.0, 0.0
    length_s = max(event.length_s, _LEAST_S)
    if bound and event.from_pitch is not None:
        interval = min(max(event.from_pitch - event.pitch, -_MAX_GLIDE), _MAX_GLIDE)
        glide_s = _glide_s(onset, how, interval, length_s)
        interval = interval if glide_s else 0.0
    octaves = (event.pitch - MIDDLE_C) / 12
    release_s = sustain.release_s * sustain.release_per_octave ** min(max(octaves, -2.5), 3.0)
    return Gesture(
        pitch=event.pitch,
        force=force,
        rms=amplitude(facts, force) * 10 ** ((facts.body.mute_db if how == "mute" else 0.0) / 20),
        length_s=length_s,
        release_s=release_s * (0.7 if how == "staccato" else 1.0),
        bound=bound,
        interval=interval,
        glide_s=glide_s,
        how=how,
    )


def shape_level(
    facts: Facts, gesture: Gesture, rate: int, rng: np.random.Generator, spread_s: float = 0.0
) -> NDArray[np.float64]:
    """Returns the amplitude over that of the steady note, shape (hops + 1,).

    Args:
        facts: of the instrument.
        gesture: the note.
        rate: frames per second.
        rng: of the note.
        spread_s: within which all players have begun.
    """
    at = gesture.times_s(rate)
    rise_s = _rise_s(facts, gesture, spread_s)
    rising = np.minimum(at / rise_s, 1.0)
    level = 0.5 - 0.5 * np.cos(np.pi * rising)
    if gesture.how == "accent":
        level *= 0.72 + 0.28 * np.exp(-np.maximum(at - rise_s, 0) / _ACCENT_S)
    swell = facts.sustain.swell * min(max((gesture.length_s - 0.7) / 1.5, 0.0), 1.0)
    if swell:
        way = np.minimum(at / gesture.length_s, 1.0)
        # It is fullest a little before its middle, as a bow or a breath is.
        level *= 1 - swell * (1 - np.sin(np.pi * way**0.8) ** 2)
    if gesture.how == "tremolo":
        level *= _shaking(facts, at, rng)
    shimmer_db = facts.sustain.shimmer_db * wander(at, rng) + _HUMAN_DB * rng.normal()
    level *= 10 ** (shimmer_db / 20)
    after = np.maximum(at - gesture.length_s, 0.0)
    return np.asarray(level * np.exp(-after * (_DECAY_60_DB / gesture.release_s)), np.float64)


def shape_pitch(
    facts: Facts, gesture: Gesture, rate: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Returns the pitch without vibrato over its own, cents, shape (hops + 1,)."""
    at = gesture.times_s(rate)
    cents = facts.sustain.drift_cents * wander(at, rng)
    if facts.sustain.drift_cents:
        cents += _HUMAN_CENTS * rng.normal()
    onset = facts.onset
    if onset.scoop_cents and not gesture.bound:
        deep = onset.scoop_cents * max(0.2, 1 + 0.35 * rng.normal())
        cents -= deep * np.exp(-at / (onset.scoop_ms / 1000))
    if gesture.interval:
        cents += glide_cents(gesture, at)
    if gesture.how == "trill":
        cents += 100 * TRILL_SEMITONES * trill_share(at, rng)
    return np.asarray(cents, np.float64)


def glide_cents(gesture: Gesture, at: NDArray[np.float64]) -> NDArray[np.float64]:
    """Returns how far the note still is from its pitch, cents, shape of `at` (seconds)."""
    way = np.minimum(at / gesture.glide_s, 1.0)
    return np.asarray(100 * gesture.interval * (0.5 + 0.5 * np.cos(np.pi * way)), np.float64)


def shape_vibrato(
    facts: Facts, gesture: Gesture, rate: int, rng: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Returns the vibrato of the pitch and of the level, -1 to 1, each (hops + 1,)."""
    vibrato = facts.vibrato
    at = gesture.times_s(rate)
    if not vibrato.hz or gesture.how in {"trill", "staccato", "ghost"}:
        return np.zeros(at.size), np.zeros(at.size)
    hz = vibrato.hz + vibrato.spread_hz * rng.uniform(-1, 1)
    turns = hz * at + 0.06 * wander(at, rng) + rng.random()
    depth = min(max(1 + 0.15 * rng.normal(), 0.5), 1.2)
    delay_s = vibrato.delay_s * (1 + 0.2 * rng.normal()) * (0.5 if gesture.bound else 1.0)
    grown = np.clip((at - delay_s) / vibrato.rise_s, 0.0, 1.0)
    depth_at = depth * grown * grown * (3 - 2 * grown)
    angle = 2 * np.pi * turns
    return depth_at * np.sin(angle), depth_at * np.sin(angle - 0.6)


def trill_share(at: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    """Returns where a trill is between its lower (0) and its upper note (1), shape of `at`."""
    hz = rng.uniform(*_TRILL_HZ)
    # It begins a little slower than it goes on.
    turns = hz * (at - 0.04 * (1 - np.exp(-at / 0.3)))
    return np.asarray(0.5 - 0.5 * np.tanh(6 * np.cos(2 * np.pi * turns)), np.float64)


def wander(at: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    """Returns slow chance of rms 1 and mean about 0, shape of `at` (seconds from 0 on)."""
    hz = np.array([0.7, 1.6, 3.1, 5.3]) * rng.uniform(0.8, 1.2, 4)
    size = np.array([0.9, 0.8, 0.6, 0.4])
    size *= math.sqrt(2 / float(size @ size))
    coarse = np.arange(0, float(at[-1]) + 2 * _WANDER_STEP_S, _WANDER_STEP_S)
    angle = 2 * np.pi * (np.outer(hz, coarse) + rng.random((4, 1)))
    return np.asarray(np.interp(at, coarse, size @ np.sin(angle)), np.float64)


def _glide_s(onset: Onset, how: str, interval: float, length_s: float) -> float:
    longer_ms = onset.slide_ms if how == "slide" else onset.glide_ms
    # A wider interval takes longer, but not in proportion.
    factor = min(float(max(abs(interval) / 4, 0.25) ** 0.3), 1.5)
    return min(longer_ms * factor / 1000, length_s / 2)


def _rise_s(facts: Facts, gesture: Gesture, spread_s: float) -> float:
    onset = facts.onset
    if gesture.bound:
        return onset.bound_ms / 1000
    rise_s = blend(onset.ms, loudness(gesture.force)) / 1000
    rise_s *= onset.per_octave ** ((gesture.pitch - MIDDLE_C) / 12)
    factors = {"staccato": 0.6, "accent": 0.55, "tremolo": 0.8, "legato": 1.3, "slide": 1.3}
    rise_s = rise_s * factors.get(gesture.how, 1.0) + spread_s
    return float(np.clip(rise_s, 0.002, max(0.6 * gesture.length_s, 0.01)))


def _shaking(
    facts: Facts, at: NDArray[np.float64], rng: np.random.Generator
) -> NDArray[np.float64]:
    """Returns the level of a bow, tongue or bellows that turns many times a second."""
    low, high = facts.sustain.shake_hz
    count = math.ceil(at[-1] * high) + 2
    turning = np.cumsum(1 / rng.uniform(low, high, count)) - rng.random() / high / 2
    strokes = np.interp(at, np.concatenate([[-1 / low], turning]), np.arange(count + 1))
    height = 1 + 0.12 * rng.normal(size=count + 2)
    arch = np.abs(np.sin(np.pi * strokes)) ** 0.5
    depth = facts.sustain.shake_depth
    level = (1 - depth + depth * arch) * height[strokes.astype(int)]
    return np.asarray(level / np.sqrt(np.mean(level * level)), np.float64)
