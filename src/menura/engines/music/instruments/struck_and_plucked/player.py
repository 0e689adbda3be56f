"""`Player`: plays events on a struck or plucked instrument, out of tones it remembers."""

from __future__ import annotations

import math
from collections import OrderedDict
from typing import TYPE_CHECKING

import numpy as np

from menura.dsp.modes import DECAY_60_DB
from menura.engines.music.instruments.struck_and_plucked.bending import slide
from menura.engines.music.instruments.struck_and_plucked.bursts import Burst
from menura.engines.music.instruments.struck_and_plucked.partials import Stroke
from menura.engines.music.instruments.struck_and_plucked.tones import lasting_s, level, make_tone

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from menura.engines.music.instruments.struck_and_plucked.facts import Facts, Noise
    from menura.engines.music.score import Event

FORCES = (0.2, 0.45, 0.7, 1.0)
CACHE_BYTES = 64 * 2**20
_STROKES_PER_S = 11.0
_SLIDE_S = 0.09
_FADE_S = 0.012
_HUMAN_FORCE = 0.04
_HUMAN_DB = 0.35
"""Spread of force and level from hit to hit, as of a good player asked to repeat a note."""


class Player:
    """One player's instrument at one rate.

    Tones are made at the forces of FORCES and blended: they differ in nothing but the size of
    their partials, so that what lies between is very nearly what would have been made. What an
    event gives does not depend on what is remembered: a tone is made for a pitch, a force and a
    length, and for those it is always the same.

    Args:
        facts: of the instrument.
        rate: frames per second.
    """

    def __init__(self, facts: Facts, rate: int) -> None:
        self._facts = facts
        self._rate = rate
        self._tones: OrderedDict[tuple[float, float, bool, int], NDArray[np.float32]]
        self._tones = OrderedDict()
        self._bytes = 0
        self._lasting: dict[tuple[float, bool], float] = {}
        self._attack = _burst(facts.attack_noise, rate)
        self._damper = _burst(facts.release_noise, rate)

    @property
    def low(self) -> float:
        """Lowest MIDI pitch."""
        return self._facts.low

    @property
    def high(self) -> float:
        """Highest MIDI pitch."""
        return self._facts.high

    def play(self, event: Event, rng: np.random.Generator) -> NDArray[np.float32]:
        """Returns a note from its onset to where its release has died away, shape (frames,)."""
        velocity = min(max(event.velocity, 0.0), 1.0)
        if event.articulation == "accent":
            velocity = min(1.0, velocity + 0.12)
        if event.articulation in {"tremolo", "trill"}:
            return self._repeated(event, velocity, rng)
        muted = event.articulation in {"mute", "ghost"}
        if event.articulation == "ghost":
            velocity *= 0.6
        bound = event.articulation in {"legato", "slide"} and event.from_pitch is not None
        sound = self._hit(event.pitch, velocity, event.length_s, rng, muted=muted, bound=bound)
        if event.articulation == "slide" and event.from_pitch is not None:
            interval = min(max(event.from_pitch - event.pitch, -12.0), 12.0)
            sound = slide(sound, interval, min(_SLIDE_S, event.length_s / 2), self._rate)
        return sound

    def _repeated(
        self, event: Event, velocity: float, rng: np.random.Generator
    ) -> NDArray[np.float32]:
        """Returns a roll: strokes one after another, each as long as it may ring."""
        count = max(1, round(event.length_s * _STROKES_PER_S))
        step = event.length_s / count
        other = 2.0 if event.articulation == "trill" else 0.0
        starts = np.arange(count) * step
        starts[1:] += rng.normal(0, 0.06 * step, count - 1)
        forces = velocity * (1 + 0.08 * rng.normal(size=count)) * np.where(np.arange(count), 0.9, 1)
        hold = event.length_s if not self._facts.release.damped else 1.3 * step
        sounds = []
        for stroke, start in enumerate(starts):
            length = hold - start if not self._facts.release.damped else hold
            pitch = event.pitch + other * (stroke % 2)
            force = min(max(float(forces[stroke]), 0.0), 1.0)
            sounds.append(self._hit(pitch, force, max(length, 0.02), rng, quiet=stroke > 0))
        at = np.maximum(np.round(starts * self._rate).astype(int), 0)
        total = np.zeros(max(s.size + a for s, a in zip(sounds, at, strict=True)), np.float32)
        for sound, start_frame in zip(sounds, at, strict=True):
            total[start_frame : start_frame + sound.size] += sound
        # What rings from one stroke to the next would make a roll louder than a stroke.
        return total * np.float32(0.7 if self._facts.release.damped else 0.5)

    def _hit(
        self,
        pitch: float,
        velocity: float,
        length_s: float,
        rng: np.random.Generator,
        *,
        muted: bool = False,
        bound: bool = False,
        quiet: bool = False,
    ) -> NDArray[np.float32]:
        force = min(max(velocity * (1 + _HUMAN_FORCE * rng.normal()), 0.01), 1.0)
        gain = 10 ** (_HUMAN_DB * rng.normal() / 20)
        natural_s = self._natural_s(pitch, muted)
        release = self._facts.release
        damped = release.damped and pitch < release.undamped_above
        fall_s = Stroke(pitch=pitch, force=force).scaled(release.t60_s, release.per_octave)
        needed_s = min(natural_s, length_s + fall_s) if damped else natural_s
        sound = self._blend(round(pitch, 2), force, muted, needed_s)
        sound *= np.float32(gain * (0.75 if bound else 1.0))
        end = round(length_s * self._rate)
        if damped and end < sound.size:
            steps = np.arange(sound.size - end, dtype=np.float32)
            sound[end:] *= np.exp(steps * np.float32(-DECAY_60_DB / (fall_s * self._rate)))
        if self._facts.motion.tremolo_hz:
            sound *= self._motor(sound.size, rng)
        loudness = level(self._facts, force) * gain
        if self._attack is not None:
            softer_db = -12.0 if bound else 0.0
            sound = self._attack.over(sound, 0, loudness, rng, force=force, gain_db=softer_db)
        if self._damper is not None and damped and not quiet and end < natural_s * self._rate:
            sound = self._damper.over(sound, end, loudness, rng, force=force)
        fade = min(round(_FADE_S * self._rate), sound.size)
        sound[sound.size - fade :] *= np.linspace(1, 0, fade, dtype=np.float32)
        return sound

    def _natural_s(self, pitch: float, muted: bool) -> float:
        key = (round(pitch, 2), muted)
        if key not in self._lasting:
            stroke = Stroke(pitch=key[0], force=1.0, muted=muted)
            self._lasting[key] = lasting_s(self._facts, stroke)
        return self._lasting[key]

    def _blend(
        self, pitch: float, force: float, muted: bool, seconds: float
    ) -> NDArray[np.float32]:
        frames = max(round(seconds * self._rate), round(_FADE_S * self._rate))
        # Half seconds up to two, then whole ones: few lengths to remember, little made in vain.
        steps = math.ceil(max(seconds, 0.5) * 2)
        made_s = (steps if steps <= 4 else steps + steps % 2) / 2
        if force <= FORCES[0]:
            softer = level(self._facts, force) / level(self._facts, FORCES[0])
            tone = self._tone(pitch, FORCES[0], muted, made_s)[:frames]
            return tone * np.float32(softer)
        upper = next(index for index, layer in enumerate(FORCES) if layer >= force)
        low, high = FORCES[upper - 1], FORCES[upper]
        share = np.float32((force - low) / (high - low))
        sound = self._tone(pitch, high, muted, made_s)[:frames] * share
        sound += self._tone(pitch, low, muted, made_s)[:frames] * (1 - share)
        return sound

    def _tone(self, pitch: float, force: float, muted: bool, seconds: float) -> NDArray[np.float32]:
        frames = round(seconds * self._rate)
        key = (pitch, force, muted, frames)
        found = self._tones.get(key)
        if found is not None:
            self._tones.move_to_end(key)
            return found
        made = make_tone(
            self._facts, Stroke(pitch=pitch, force=force, muted=muted), frames, self._rate
        )
        self._tones[key] = made
        self._bytes += made.nbytes
        while self._bytes > CACHE_BYTES and len(self._tones) > 1:
            self._bytes -= self._tones.popitem(last=False)[1].nbytes
        return made

    def _motor(self, frames: int, rng: np.random.Generator) -> NDArray[np.float32]:
        motion = self._facts.motion
        angle = np.arange(frames, dtype=np.float32) * np.float32(
            2 * np.pi * motion.tremolo_hz / self._rate
        )
        turned = np.sin(angle + np.float32(rng.uniform(0, 2 * np.pi)))
        return np.asarray(1 + motion.tremolo_depth / 2 * turned, np.float32)


def _burst(noise: Noise | None, rate: int) -> Burst | None:
    return None if noise is None else Burst(noise, rate)
