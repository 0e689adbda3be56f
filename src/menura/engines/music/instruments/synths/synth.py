"""`Synth`: plays events on a patch."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from menura.engines.music.instruments.base import REFERENCE_DBFS, REFERENCE_VELOCITY
from menura.engines.music.instruments.synths import curves
from menura.engines.music.instruments.synths.bank import (
    LAYERS_PER_OCTAVE,
    LOWEST_HZ,
    Bank,
)
from menura.engines.music.instruments.synths.unison import Course, sound_together

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from menura.engines.music.instruments.synths.patch import Patch
    from menura.engines.music.score import Event

_FADE_S = 0.008
_LOUDEST_S = 0.4
_INAUDIBLE = 10 ** (-66 / 20)
_STROKES_PER_S = 11.0
_SHORT_S = 0.11
_LONGEST_S = 120.0
_WIDEST = 24.0
_HUMAN_DB = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class _Gesture:
    """What an event asks of a patch, its articulation understood."""

    pitch: float
    velocity: float
    length_s: float
    interval: float = 0.0
    bound: bool = False
    closed_octaves: float = 0.0
    trill_hz: float = 0.0
    gate_hz: float = 0.0


class Synth:
    """One player's synthesiser at one rate.

    Args:
        patch: how it is set.
        rate: frames per second.
    """

    def __init__(self, patch: Patch, rate: int) -> None:
        self._patch = patch
        self._rate = rate
        self._bank = Bank(patch, rate)
        self._gains: dict[float, float] = {}

    @property
    def low(self) -> float:
        """Lowest MIDI pitch."""
        return self._patch.low

    @property
    def high(self) -> float:
        """Highest MIDI pitch."""
        return self._patch.high

    def play(self, event: Event, rng: np.random.Generator) -> NDArray[np.float32]:
        """Returns a note to where its release has died away, shape (frames,) or (2, frames).

        A key held for more than two minutes is let go then.
        """
        patch = self._patch
        gesture = _gesture(event)
        lasting_s = gesture.length_s + patch.amp.release_s + _FADE_S
        time_s = curves.times_s(round(lasting_s * self._rate), self._rate)
        amp = self._amp(gesture, time_s)
        last = int(np.flatnonzero(amp > _INAUDIBLE * amp.max())[-1]) + 2
        time_s, amp = time_s[:last], amp[:last]
        frames = (time_s.size - 1) * curves.CONTROL_FRAMES
        off = curves.semitones(
            patch.motion,
            time_s,
            interval=gesture.interval,
            bound=gesture.bound,
            trill_hz=gesture.trill_hz,
            phase=rng.random(),
        )
        # In steps of a quarter tone, so that few tables serve all slides and vibratos.
        rise = 0.0 if off is None else math.ceil(2 * max(0.0, float(off.max()))) / 2
        tone = self._bank.tone(gesture.pitch, gesture.pitch + rise)
        place = self._place(gesture, time_s, tone.power.size, rng.random())
        course = self._course(gesture.pitch, off, frames)
        sound = sound_together(patch, tone, course, place, time_s=time_s, rng=rng)
        human = 10 ** (_HUMAN_DB * rng.standard_normal() / 20)
        force = (gesture.velocity / REFERENCE_VELOCITY) ** patch.dynamics
        amp *= self._gain(round(gesture.pitch, 2)) * force * human
        sound *= curves.expand(amp, frames)
        fade = min(round(_FADE_S * self._rate), frames)
        sound[..., frames - fade :] *= np.linspace(1, 0, fade, dtype=np.float32)
        return sound

    def _course(self, pitch: float, off: NDArray[np.float64] | None, frames: int) -> Course:
        hz = 440 * 2 ** ((pitch - 69) / 12)
        turns = None if off is None else curves.turned(off, hz, frames, self._rate)
        return Course(frames, hz / self._rate, turns)

    def _amp(self, gesture: _Gesture, time_s: NDArray[np.float64]) -> NDArray[np.float64]:
        amp = curves.envelope(self._patch.amp, time_s, gesture.length_s)
        if gesture.gate_hz:
            amp = amp * (0.12 + 0.88 * (np.sin(2 * np.pi * gesture.gate_hz * time_s) >= 0))
        if self._patch.steps_hz:
            # A chip's level has sixteen steps and moves with the picture.
            held = np.floor(time_s * self._patch.steps_hz) / self._patch.steps_hz
            amp = np.round(15 * np.interp(held + 0.5 / self._patch.steps_hz, time_s, amp)) / 15
        # However steep, a step takes one stretch of the curve: it begins and ends in silence.
        amp[0] = amp[-1] = 0.0
        amp[1:3] = np.maximum(amp[1:3], 1e-6)
        return amp

    def _place(
        self, gesture: _Gesture, time_s: NDArray[np.float64], layers: int, phase: float
    ) -> NDArray[np.float64]:
        """Returns which layer of the tables is heard, shape (points,), 0 to layers - 1."""
        shape = self._patch.filter
        if layers == 1:
            return np.zeros(time_s.size)
        if shape.axis == "width":
            steps = np.floor(gesture.velocity * layers * 0.999)
            return np.full(time_s.size, min(steps, layers - 1.0))
        opened = curves.envelope(shape.envelope, time_s, gesture.length_s, bound=gesture.bound)
        if shape.axis == "drive":
            return np.asarray(opened * (layers - 1) * np.clip(gesture.velocity * 1.2, 0.2, 1))
        octaves = (
            np.log2(shape.cutoff_hz / LOWEST_HZ)
            + shape.tracking * (gesture.pitch - 60) / 12
            + shape.velocity_octaves * (gesture.velocity - REFERENCE_VELOCITY)
            - gesture.closed_octaves
            + shape.octaves * opened
        )
        if shape.sway_octaves:
            octaves += shape.sway_octaves * np.sin(2 * np.pi * (shape.sway_hz * time_s + phase))
        return np.asarray(np.clip(octaves * LAYERS_PER_OCTAVE, 0, layers - 1))

    def _gain(self, pitch: float) -> float:
        """Returns what brings a mezzo-forte note of this pitch to REFERENCE_DBFS."""
        if pitch not in self._gains:
            gesture = _Gesture(pitch=pitch, velocity=REFERENCE_VELOCITY, length_s=1.0)
            time_s = curves.times_s(round(1.5 * self._rate), self._rate)
            power = self._bank.tone(pitch, pitch).power
            place = self._place(gesture, time_s, power.size, 0.0)
            heard = np.interp(place, np.arange(power.size), power)
            heard = heard * self._amp(gesture, time_s) ** 2
            sums = np.concatenate([[0.0], np.cumsum(heard)])
            width = round(_LOUDEST_S * self._rate / curves.CONTROL_FRAMES)
            loudest = float((sums[width:] - sums[:-width]).max()) / width
            self._gains[pitch] = 10 ** (REFERENCE_DBFS / 20) / np.sqrt(loudest)
        return self._gains[pitch]


def _gesture(event: Event) -> _Gesture:
    velocity = min(max(event.velocity, 0.01), 1.0)
    how = event.articulation
    length_s = min(max(event.length_s, 0.01), _LONGEST_S)
    from_pitch = event.from_pitch if how in {"legato", "slide"} else None
    interval = 0.0
    if from_pitch is not None:
        interval = min(max(from_pitch - event.pitch, -_WIDEST), _WIDEST)
    if how == "accent":
        velocity = min(1.0, velocity + 0.12)
    if how == "ghost":
        velocity *= 0.6
    return _Gesture(
        pitch=event.pitch,
        velocity=velocity,
        length_s=min(length_s, _SHORT_S) if how in {"pizzicato", "mute"} else length_s,
        interval=interval,
        bound=from_pitch is not None,
        closed_octaves=1.5 if how in {"mute", "ghost"} else 0.0,
        trill_hz=_STROKES_PER_S / 2 if how == "trill" else 0.0,
        gate_hz=_STROKES_PER_S if how == "tremolo" else 0.0,
    )
