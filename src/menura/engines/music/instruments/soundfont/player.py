"""`Player`: plays events on a preset of a SoundFont."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from menura.engines.music.instruments.base import REFERENCE_DBFS, REFERENCE_VELOCITY
from menura.engines.music.instruments.soundfont.filtering import low_pass
from menura.engines.music.instruments.soundfont.reading import (
    MAX_SPEED,
    moving_places,
    read,
    steady_places,
)
from menura.engines.music.instruments.soundfont.voice import voice_of
from menura.engines.music.instruments.soundfont.zones import LEFT
from menura.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from menura.engines.music.instruments.base import Instrument
    from menura.engines.music.instruments.soundfont.font import Font
    from menura.engines.music.instruments.soundfont.voice import Voice
    from menura.engines.music.score import Event

MAX_VOICES = 32
"""More regions than these do not sound together under one key: the first are taken."""
_RATES = (8000, 192_000)
_HIGHEST = 127.0
_TAIL_S = 10.0
_LOUDEST_S = 0.4
_DRUM_LOUDEST_S = 0.05
_DRUM_DB = 6.0
_SNARE = 38
_OPEN_HAT = 46
_HUMAN_FORCE = 0.04
_HUMAN_DB = 0.3
_ACCENT = 0.12
_GHOST = 0.6
_MUTED_S = 0.07
_PLUCKED_S = 0.12
_STROKES_PER_S = 11.0
_BOUND_S = 0.025
_SKIPPED_S = 0.04
_SLIDE_S = 0.1
_MAX_SLIDE = 12.0
_FADE_FRAMES = 64
_CEILING = 4.0
_MAX_GAIN = 1000.0
"""What is quieter than 60 dB under its level is meant to be silent."""


def create_from(
    font: Font, program: int, *, drums: bool, rate: int, keys: Mapping[int, int] | None = None
) -> Instrument:
    """Returns a preset of a SoundFont as an instrument.

    Args:
        font: holds it.
        program: of General MIDI, from 0; of drums the kit.
        drums: whether it is a kit, whose pitches are keys of General MIDI's percussion map.
        rate: frames per second.
        keys: of a kit, which key of the map stands for each of its own, if another.

    Raises:
        InvalidInput: if the program or the rate is out of range.
        NotFound: if the font has no such preset.
        InvalidAudio: if the preset is damaged.
    """
    if not 0 <= program <= _HIGHEST:
        raise InvalidInput(f"a program is from 0 to 127, not {program}")
    if not _RATES[0] <= rate <= _RATES[1]:
        raise InvalidInput(f"a rate is from {_RATES[0]} to {_RATES[1]} Hz, not {rate}")
    preset = font.find(program, drums=drums)
    return Player(font, preset, drums=drums, rate=rate, keys=keys or {})


class Player:
    """A preset at one rate, played.

    Args:
        font: holds the preset.
        preset: its bank and program.
        drums: whether it is a kit: what has no loop rings on when the event has ended.
        rate: frames per second.
        keys: as in `create_from`.
    """

    def __init__(
        self,
        font: Font,
        preset: tuple[int, int],
        *,
        drums: bool,
        rate: int,
        keys: Mapping[int, int],
    ) -> None:
        self._font = font
        self._keys = dict(keys)
        self._drums = drums
        self._rate = rate
        self._regions = font.regions(*preset)
        ranges = [(*region.keys, *region.velocities) for region in self._regions]
        self._ranges = np.array(ranges, np.int64).T
        self._low, self._high = int(self._ranges[0].min()), int(min(self._ranges[1].max(), 127))
        self._channels = 2 if any(region.values["pan"] for region in self._regions) else 1
        self._gain = 1.0
        self._gain = self._measured_gain()

    @property
    def low(self) -> float:
        """Lowest MIDI pitch that has a sample of its own."""
        return float(self._low)

    @property
    def high(self) -> float:
        """Highest MIDI pitch that has a sample of its own."""
        return float(self._high)

    def play(self, event: Event, rng: np.random.Generator) -> NDArray[np.float32]:
        """Returns a note from its onset to where its release has died away.

        Beyond its range the nearest sample is stretched; where a preset has a gap, it is silent.
        Of drums a key outside the range is silent.

        Returns:
            Shape (2, frames), float32, or (frames,) if nothing in the preset is panned.
        """
        if round(event.pitch) in self._keys:
            event = replace(event, pitch=float(self._keys[round(event.pitch)]))
        if event.articulation in {"tremolo", "trill"} and not self._drums:
            return self._repeated(event, rng)
        return self._stroke(event, rng)

    def _repeated(self, event: Event, rng: np.random.Generator) -> NDArray[np.float32]:
        """Returns strokes one after another, of a trill every second one a whole tone higher."""
        count = max(1, round(event.length_s * _STROKES_PER_S))
        step_s = event.length_s / count
        other = 2.0 if event.articulation == "trill" else 0.0
        strokes = []
        for number in range(count):
            softer = event.velocity * (0.9 if number else 1.0)
            one = replace(
                event,
                length_s=step_s,
                pitch=event.pitch + other * (number % 2),
                velocity=softer,
                articulation="legato" if number and other else "",
                from_pitch=event.pitch if number and other else None,
            )
            strokes.append((round(number * step_s * self._rate), self._stroke(one, rng)))
        return self._sum(strokes)

    def _stroke(self, event: Event, rng: np.random.Generator) -> NDArray[np.float32]:
        force = 1 + _HUMAN_FORCE * float(rng.standard_normal())
        gain = 10 ** (_HUMAN_DB * float(rng.standard_normal()) / 20)
        return self._sounding(event, force, gain)

    def _sounding(self, event: Event, force: float, gain: float) -> NDArray[np.float32]:
        how = event.articulation
        velocity = min(max(event.velocity, 0.0), 1.0) * force
        velocity += _ACCENT if how == "accent" else 0.0
        velocity *= _GHOST if how == "ghost" else 1.0
        velocity = min(max(velocity * _HIGHEST, 1.0), _HIGHEST)
        voices = self._voices(event.pitch, velocity)
        sounds = []
        for voice in voices:
            mono = self._voiced(voice, event) * np.float32(gain * self._gain * voice.gain)
            at = round(voice.delay_s * self._rate)
            if self._channels == 2:
                angle = (voice.pan + 1) * math.pi / 4
                # In the middle both sides are as they would be without it.
                sides = np.array([math.cos(angle), math.sin(angle)], np.float32) * math.sqrt(2)
                sounds.append((at, np.multiply.outer(sides.astype(np.float32), mono)))
            else:
                sounds.append((at, mono))
        return np.clip(self._sum(sounds), -_CEILING, _CEILING)

    def _sum(self, sounds: Sequence[tuple[int, NDArray[np.float32]]]) -> NDArray[np.float32]:
        frames = max((at + sound.shape[-1] for at, sound in sounds), default=1)
        total = np.zeros((self._channels, max(frames, 1)), np.float32)
        for at, sound in sounds:
            total[:, at : at + sound.shape[-1]] += sound
        return total if self._channels == 2 else total[0]

    def _voices(self, pitch: float, velocity: float) -> list[Voice]:
        key, force = round(pitch), round(velocity)
        if not self._drums:
            key = min(max(key, self._low), self._high)
        low, high, soft, loud = self._ranges
        found = np.flatnonzero((low <= key) & (key <= high) & (soft <= force) & (force <= loud))
        voices = [
            voice_of(self._regions[index], pitch, velocity) for index in found[:MAX_VOICES].tolist()
        ]
        return _paired(voices)

    def _voiced(self, voice: Voice, event: Event) -> NDArray[np.float32]:
        """Returns a voice, shape (frames,), without its gain."""
        rate, region, sample = self._rate, voice.region, voice.region.sample
        bound = event.articulation in {"legato", "slide"} and event.from_pitch is not None
        envelope = voice.envelope
        if event.articulation in {"staccato", "mute"}:
            envelope = replace(envelope, release_s=0.7 * envelope.release_s)
        length_s = self._held_s(voice, event) - voice.delay_s
        if length_s <= 0:
            return np.zeros(0, np.float32)
        held = max(1, round(length_s * rate))
        sliding = bound and event.articulation == "slide"
        start = 0
        if bound:
            start = min(round(_SKIPPED_S * sample.rate), sample.loop_start - sample.start)
        speed = _speed(voice.cents, sample.rate, rate)
        most = held + round(_TAIL_S * rate)
        if not region.loops:
            # An octave and its vibrato lower, at the most.
            slowest = speed * 2 ** -(sum(abs(w.cents) for w in voice.wobbles) / 1200 + sliding)
            most = min(most, math.ceil((sample.end - sample.start) / slowest))
        level = envelope.curve(held, most, rate)
        bend = self._bend(voice, event, level.size)
        if bend is None:
            places = steady_places(level.size, speed, start)
        else:
            places = moving_places(speed * np.exp2(bend / 1200), start)
        sound = read(self._font, sample, places, held, loops=region.loops, leaves=region.leaves)
        sound = low_pass(sound, voice.cutoff_hz, voice.resonance_db, rate)
        sound *= level[: sound.size]
        if bound:
            rise = min(round(_BOUND_S * rate), sound.size)
            sound[:rise] *= np.sin(np.linspace(0, np.pi / 2, rise, dtype=np.float32)) ** 2
        fade = min(_FADE_FRAMES, sound.size)
        sound[sound.size - fade :] *= np.linspace(1, 0, fade, dtype=np.float32)
        return sound

    def _held_s(self, voice: Voice, event: Event) -> float:
        length_s = max(event.length_s, 0.01)
        if event.articulation == "mute":
            return min(length_s, _MUTED_S)
        if event.articulation == "pizzicato":
            return min(length_s, _PLUCKED_S)
        if self._drums and not voice.region.loops and round(event.pitch) != _OPEN_HAT:
            return max(length_s, _TAIL_S)
        return length_s

    def _bend(self, voice: Voice, event: Event, frames: int) -> NDArray[np.float64] | None:
        """Returns the cents by which a voice leaves its pitch, or None if it never does."""
        bend = np.zeros(frames)
        for wobble in voice.wobbles:
            bend += wobble.curve(frames, self._rate)
        if event.articulation == "slide" and event.from_pitch is not None:
            interval = min(max(event.from_pitch - event.pitch, -_MAX_SLIDE), _MAX_SLIDE)
            count = min(round(min(_SLIDE_S, event.length_s / 2) * self._rate), frames)
            way = (np.arange(count) + 0.5) / max(count, 1)
            bend[:count] += 100 * interval * (0.5 + 0.5 * np.cos(np.pi * way))
        elif not voice.wobbles:
            return None
        return bend

    def _measured_gain(self) -> float:
        """Returns what brings the middle note, or the snare, to the level of all instruments."""
        from menura.engines.music.score import Event

        wanted = _SNARE if self._drums else (self._low + self._high) // 2
        low, high, soft, loud = self._ranges
        force = round(REFERENCE_VELOCITY * _HIGHEST)
        # What sounds at the force wanted, or nearest to it; of that, what lies nearest to the key.
        off = np.maximum(np.maximum(soft - force, force - loud), 0) * 128
        off += np.maximum(np.maximum(low - wanted, wanted - high), 0)
        near = int(np.argmin(off))
        key = float(np.clip(wanted, low[near], high[near]))
        velocity = float(np.clip(force, soft[near], loud[near])) / _HIGHEST
        event = Event(start_s=0.0, length_s=1.0, pitch=key, velocity=velocity)
        sound = np.atleast_2d(self._sounding(event, 1.0, 1.0)).astype(np.float64)
        window = round((_DRUM_LOUDEST_S if self._drums else _LOUDEST_S) * self._rate)
        sums = np.concatenate([[0.0], np.cumsum((sound**2).mean(axis=0))])
        power = sums[window:] - sums[:-window] if sums.size > window else sums[-1:]
        rms = math.sqrt(max(float(power.max()), 0.0) / window)
        level = 10 ** ((REFERENCE_DBFS + (_DRUM_DB if self._drums else 0.0)) / 20)
        return min(level / rms, _MAX_GAIN) if rms else 1.0


def _paired(voices: list[Voice]) -> list[Voice]:
    """Returns voices of which the left side of a pair has the right one's pitch (7.10)."""
    cents = {voice.region.sample.index: voice.cents for voice in voices}
    return [
        replace(voice, cents=cents[voice.region.sample.link])
        if voice.region.sample.kind == LEFT and voice.region.sample.link in cents
        else voice
        for voice in voices
    ]


def _speed(cents: float, sample_rate: int, rate: int) -> float:
    octaves = min(max(cents / 1200, -20.0), 20.0)
    return float(min(max(2**octaves * sample_rate / rate, 1 / MAX_SPEED), MAX_SPEED))
