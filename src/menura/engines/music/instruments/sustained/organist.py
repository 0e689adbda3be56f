"""`Organist`: tone wheels through a rotating loudspeaker."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from menura.dsp.waves import HOP_FRAMES, accumulate, draw_curve, find_places, read_table
from menura.engines.music.instruments.sustained.gesture import (
    read_event,
    shape_level,
    shape_pitch,
    to_hz,
)
from menura.engines.music.instruments.sustained.noises import Noises
from menura.engines.music.instruments.sustained.rotor import turn_rotors
from menura.engines.music.instruments.sustained.tables import (
    Tables,
    Wanted,
    near_force,
    near_pitch,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from menura.engines.music.instruments.sustained.facts import Facts, Rotor
    from menura.engines.music.instruments.sustained.gesture import Gesture
    from menura.engines.music.instruments.sustained.rotor import Band
    from menura.engines.music.score import Event

_FADE_S = 0.006


class Organist:
    """An electric organ at one rate.

    Each set of wheels that are an octave apart is one wave. The loudspeaker turns on between the
    notes, so that all keys of a chord hear it at the same angle.

    Args:
        facts: of the instrument.
        rotor: of its loudspeaker.
        rate: frames per second.
    """

    def __init__(self, facts: Facts, rotor: Rotor, rate: int) -> None:
        self._facts = facts
        self._rotor = rotor
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
        """Returns a note from its onset to where its release has died away, shape (2, frames)."""
        facts, rate = self._facts, self._rate
        gesture = read_event(facts, event, rng)
        level = shape_level(facts, gesture, rate, rng)
        cents = shape_pitch(facts, gesture, rate, rng)
        sound = np.zeros((2, (level.size - 1) * HOP_FRAMES), np.float32)
        bands = turn_rotors(
            self._rotor, event.start_s, level.size, rate, fast=gesture.how == "tremolo"
        )
        gains = 10 ** (np.array([voice.gain_db for voice in facts.voices]) / 20)
        gains /= np.sqrt(np.sum(gains**2))
        for index, voice in enumerate(facts.voices):
            hz = gesture.hz * voice.ratio
            phase = accumulate(hz * 2 ** (cents / 1200), rate) + rng.random()
            for band in bands:
                table = self._tables.get(self._wanted(gesture, index, band))
                if not table.any():
                    continue
                for channel in range(2):
                    places = find_places(phase - hz * band.delay_s[channel])
                    part = read_table(table, places)[:, 0]
                    sound[channel] += part * draw_curve(gains[index] * band.gain[channel])
        rms = gesture.rms
        rising = draw_curve(level * rms)
        sound *= rising
        for row in sound:
            self._noises.breathe(row, rising, gesture.force, rng)
            self._noises.strike(row, rms, gesture.force, rng)
        fade = min(round(_FADE_S * rate), sound.shape[1])
        sound[:, sound.shape[1] - fade :] *= np.linspace(1, 0, fade, dtype=np.float32)
        return sound

    def _wanted(self, gesture: Gesture, index: int, band: Band) -> Wanted:
        ratio = self._facts.voices[index].ratio
        return Wanted(
            voice=index,
            hz=ratio * to_hz(near_pitch(gesture.pitch)),
            highest_hz=ratio * to_hz(near_pitch(gesture.pitch) + gesture.rises),
            dark=0.0,
            bright=near_force(gesture.force),
            muted=gesture.muted,
            low_hz=band.edges_hz[0],
            high_hz=band.edges_hz[1],
        )
