"""`Section`: several players of a kind who play as one, in stereo."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from menura.dsp.waves import draw_curve
from menura.engines.music.instruments.sustained.gesture import (
    TRILL_SEMITONES,
    glide_cents,
    read_event,
    shape_level,
    trill_share,
)
from menura.engines.music.instruments.sustained.loops import LOUD, SOFT, Loops
from menura.engines.music.instruments.sustained.noises import Noises
from menura.engines.music.instruments.sustained.plucking import pluck

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from menura.engines.music.instruments.sustained.facts import Ensemble, Facts, Pluck
    from menura.engines.music.instruments.sustained.gesture import Gesture
    from menura.engines.music.instruments.sustained.loops import Loop
    from menura.engines.music.score import Event

_FADE_S = 0.006
_BRIGHTNESS = 0.8


class Section:
    """A section at one rate.

    A note is a stretch of a loop in which all players sound steadily; where it begins is chance.

    Args:
        facts: of the instrument.
        ensemble: who plays.
        rate: frames per second.
    """

    def __init__(self, facts: Facts, ensemble: Ensemble, rate: int) -> None:
        self._facts = facts
        self._ensemble = ensemble
        self._rate = rate
        self._loops = Loops(facts, ensemble, rate)
        self._noises = Noises(facts, rate)

    @property
    def low(self) -> float:
        """Lowest MIDI pitch."""
        return self._facts.low

    @property
    def high(self) -> float:
        """Highest MIDI pitch."""
        return self._facts.high

    def play(self, event: Event, rng: np.random.Generator) -> NDArray[np.float32]:
        """Returns a note from its onset to where its release has died away, shape (2, frames)."""
        gesture = read_event(self._facts, event, rng)
        if gesture.how == "pizzicato" and self._facts.pluck is not None:
            sound = self._plucked(self._facts.pluck, gesture, rng)
        else:
            sound = self._hold(gesture, rng)
        fade = min(round(_FADE_S * self._rate), sound.shape[1])
        sound[:, sound.shape[1] - fade :] *= np.linspace(1, 0, fade, dtype=np.float32)
        return sound

    def _hold(self, gesture: Gesture, rng: np.random.Generator) -> NDArray[np.float32]:
        facts, rate = self._facts, self._rate
        level = shape_level(facts, gesture, rate, rng, self._ensemble.spread_ms / 1000)
        mix = np.clip((gesture.force * level**_BRIGHTNESS - SOFT) / (LOUD - SOFT), 0.0, 1.0)
        sides = [level, level]
        if gesture.how == "tremolo":
            # Desks turn their bows when they like: more is common to all than not.
            other = shape_level(facts, gesture, rate, rng, self._ensemble.spread_ms / 1000)
            sides = [0.7 * level + 0.3 * other, 0.3 * level + 0.7 * other]
        sound = self._steady(gesture, gesture.pitch, mix, rng)
        if gesture.how == "trill":
            share = trill_share(gesture.times_s(rate), rng)
            upper = gesture.pitch + TRILL_SEMITONES
            sound *= draw_curve(np.cos(np.pi / 2 * share))
            sound += self._steady(gesture, upper, mix, rng) * draw_curve(np.sin(np.pi / 2 * share))
        rms = gesture.rms
        for index, side in enumerate(sides):
            row = sound[index]
            rising = draw_curve(side * rms)
            row *= rising
            self._noises.roughen(row, rng)
            self._noises.breathe(row, rising, gesture.force, rng)
            if not gesture.bound:
                self._noises.strike(row, rms, gesture.force, rng)
        return sound

    def _steady(
        self,
        gesture: Gesture,
        pitch: float,
        mix: NDArray[np.float64],
        rng: np.random.Generator,
    ) -> NDArray[np.float32]:
        """Returns a stretch of a loop, as bright as the note, of rms 1, shape (2, frames)."""
        loop = self._loops.get(pitch, gesture.muted)
        power = loop.power(mix)
        soft, loud = draw_curve((1 - mix) / power), draw_curve(mix / power)
        first = int(rng.integers(loop.frames))
        waves = self._unroll(loop, first, soft.size)
        sound = waves[:2] * soft
        sound += waves[2:] * loud
        if gesture.interval:
            turn = round(gesture.glide_s * self._rate)
            bent = self._bend(loop, gesture, first, turn)
            sound[:, :turn] = bent[:2] * soft[:turn] + bent[2:] * loud[:turn]
        return sound

    def _unroll(self, loop: Loop, first: int, frames: int) -> NDArray[np.float32]:
        if first + frames <= loop.frames:
            return loop.waves[:, first : first + frames]
        return np.tile(loop.waves, -(-(first + frames) // loop.frames))[:, first : first + frames]

    def _bend(self, loop: Loop, gesture: Gesture, first: int, turn: int) -> NDArray[np.float32]:
        """Returns the loop read so that a glide ends where its frame `first + turn` is."""
        at = np.asarray(np.arange(turn) / self._rate, np.float64)
        cents = glide_cents(gesture, at)
        steps = 2 ** (cents / 1200)
        places = first + turn - np.cumsum(steps[::-1])[::-1]
        whole = np.floor(places).astype(np.int64)
        t = (places - whole).astype(np.float32)
        before, here, after, later = (
            loop.waves[:, (whole + step) % loop.frames] for step in (-1, 0, 1, 2)
        )
        # Catmull and Rom's cubic through four frames.
        slope, bend = (after - before) / 2, (later - here) / 2
        square = 3 * (after - here) - 2 * slope - bend
        cube = 2 * (here - after) + slope + bend
        return np.asarray(((cube * t + square) * t + slope) * t + here, np.float32)

    def _plucked(
        self, string: Pluck, gesture: Gesture, rng: np.random.Generator
    ) -> NDArray[np.float32]:
        """Returns a pizzicato of the few who are heard apart, shape (2, frames)."""
        count = self._ensemble.plucked
        late = rng.uniform(0, self._ensemble.spread_ms / 1000, count)
        late[0] = 0.0
        parts = []
        for _ in range(count):
            cents = self._ensemble.cents * rng.uniform(-0.5, 0.5)
            own = replace(gesture, pitch=gesture.pitch + cents / 100)
            parts.append(pluck(self._facts, string, own, self._rate, rng))
        starts = np.round(late * self._rate).astype(int)
        frames = max(part.size + start for part, start in zip(parts, starts, strict=True))
        sound = np.zeros((2, frames), np.float32)
        for place, part, start in zip(np.linspace(-1, 1, count), parts, starts, strict=True):
            angle = np.pi / 4 * (1 + self._ensemble.width * place)
            side = np.array([[np.cos(angle)], [np.sin(angle)]], np.float32)
            sound[:, start : start + part.size] += side * part
        # Players who differ in phase add their powers, which two channels share.
        return sound * np.float32(np.sqrt(2 / count))
