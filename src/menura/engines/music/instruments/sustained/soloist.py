"""`Soloist`: one player, one note at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from menura.dsp.waves import HOP_FRAMES, accumulate, draw_curve, find_places, read_table
from menura.engines.music.instruments.sustained.gesture import (
    read_event,
    shape_level,
    shape_pitch,
    shape_vibrato,
    to_hz,
)
from menura.engines.music.instruments.sustained.noises import Noises
from menura.engines.music.instruments.sustained.plucking import pluck
from menura.engines.music.instruments.sustained.tables import (
    DARK,
    Tables,
    Wanted,
    near_force,
    near_pitch,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from menura.engines.music.instruments.sustained.facts import Facts
    from menura.engines.music.instruments.sustained.gesture import Gesture
    from menura.engines.music.score import Event

_FADE_S = 0.006
_BRIGHTNESS = 0.8


class Soloist:
    """One player's instrument at one rate.

    A note reads band-limited waves at a phase that follows its pitch. Two waves, one of the note's
    own force and one darker, are mixed as its level moves; a third adds what each harmonic gains
    or loses when vibrato moves it through the resonances of the body.

    Args:
        facts: of the instrument.
        rate: frames per second.
    """

    def __init__(self, facts: Facts, rate: int) -> None:
        self._facts = facts
        self._rate = rate
        self._tables = Tables(facts, rate)
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
        """Returns a note from its onset to where its release has died away, shape (frames,)."""
        facts = self._facts
        gesture = read_event(facts, event, rng)
        if gesture.how == "pizzicato" and facts.pluck is not None:
            sound = pluck(facts, facts.pluck, gesture, self._rate, rng)
        else:
            sound = self._hold(gesture, rng)
        fade = min(round(_FADE_S * self._rate), sound.size)
        sound[sound.size - fade :] *= np.linspace(1, 0, fade, dtype=np.float32)
        return sound

    def _hold(self, gesture: Gesture, rng: np.random.Generator) -> NDArray[np.float32]:
        facts, rate = self._facts, self._rate
        level = shape_level(facts, gesture, rate, rng)
        cents = shape_pitch(facts, gesture, rate, rng)
        swing, beat = shape_vibrato(facts, gesture, rate, rng)
        cents += facts.vibrato.cents * swing
        # The darker wave holds what a note of DARK times the force holds.
        mix = np.clip((level**_BRIGHTNESS - DARK) / (1 - DARK), 0.0, 1.0)
        rms = gesture.rms
        level *= rms * 10 ** (facts.vibrato.am_db * beat / 20)
        curves = draw_curve(mix), draw_curve(swing)
        sound = np.zeros((level.size - 1) * HOP_FRAMES, np.float32)
        gains = 10 ** (np.array([voice.gain_db for voice in facts.voices]) / 20)
        for index, gain in enumerate(gains / np.sqrt(np.sum(gains**2))):
            part = self._read(gesture, index, self._phase(gesture, index, cents, rng), curves)
            sound += self._late(part, index, gesture) * np.float32(gain)
        rising = draw_curve(level)
        sound *= rising
        self._noises.roughen(sound, rng)
        self._noises.breathe(sound, rising, gesture.force, rng)
        if not gesture.bound:
            self._noises.strike(sound, rms, gesture.force, rng)
        return sound

    def _phase(
        self, gesture: Gesture, index: int, cents: NDArray[np.float64], rng: np.random.Generator
    ) -> NDArray[np.float64]:
        voice = self._facts.voices[index]
        hz = gesture.hz * voice.ratio * 2 ** ((cents + voice.cents) / 1200) + voice.beat_hz
        return accumulate(hz, self._rate) + rng.random()

    def _read(
        self,
        gesture: Gesture,
        index: int,
        phase: NDArray[np.float64],
        curves: tuple[NDArray[np.float32], NDArray[np.float32]],
    ) -> NDArray[np.float32]:
        """Returns a voice of rms 1, shape (frames,)."""
        places = find_places(phase)
        table = self._tables.get(self._wanted(gesture, index, 0.0))
        turn = round(gesture.glide_s * self._rate) if gesture.interval > 1 else 0
        rows = read_table(table, places[turn:])
        if turn:
            # While it comes down from a higher note it may hold no more than that note can.
            above = self._tables.get(self._wanted(gesture, index, gesture.interval))
            rows = np.concatenate([read_table(above, places[:turn]), rows])
        part = curves[0] * rows[:, 1]
        part += rows[:, 0]
        if rows.shape[1] > 2:
            part += curves[1] * rows[:, 2]
        return part

    def _wanted(self, gesture: Gesture, index: int, above: float) -> Wanted:
        ratio = self._facts.voices[index].ratio
        return Wanted(
            voice=index,
            hz=ratio * to_hz(near_pitch(gesture.pitch)),
            highest_hz=ratio * to_hz(near_pitch(gesture.pitch + above) + gesture.rises),
            dark=near_force(DARK * gesture.force),
            bright=near_force(gesture.force),
            muted=gesture.muted,
        )

    def _late(self, part: NDArray[np.float32], index: int, gesture: Gesture) -> NDArray[np.float32]:
        late_ms = self._facts.voices[index].late_ms * 2 ** ((60 - gesture.pitch) / 24)
        late = round(late_ms / 1000 * self._rate)
        if late and late < part.size:
            part[:late] *= np.linspace(0, 1, late, dtype=np.float32) ** 2
        return part
