"""Unison: the oscillators of a patch together, a block at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from menura.dsp import oscillators
from menura.engines.music.instruments.synths import curves
from menura.engines.music.instruments.synths.bank import table_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from menura.engines.music.instruments.synths.bank import Tone
    from menura.engines.music.instruments.synths.patch import Patch, Voice

_BLOCK_POINTS = 256
"""Points of the curves in a block: what one reads and adds up stays in a core's own memory."""


@dataclass(frozen=True, slots=True)
class _Tuned:
    """An oscillator as chance has set it for one note."""

    voice: Voice
    ratio: float
    start: float
    width: NDArray[np.float64] | None


@dataclass(frozen=True, slots=True)
class Course:
    """How the phase of a note goes on.

    Attributes:
        frames: how many there are.
        step: cycles from one frame to the next, where the pitch stands still.
        turns: the phase in cycles, shape (frames,), where it moves; else None.
    """

    frames: int
    step: float
    turns: NDArray[np.float64] | None = None

    def count(self, first: int, frames: int, ratio: float, start: float) -> NDArray[np.uint32]:
        """Returns the phase of an oscillator in a block, in cycles times 2^32.

        Args:
            first: frame of the note at which the block begins.
            frames: of the block.
            ratio: pitch of the oscillator against the note.
            start: its phase when the note begins, cycles.
        """
        if self.turns is None:
            step = self.step * ratio
            return oscillators.count_steady(first * step + start, step, frames)
        turns = self.turns[first : first + frames] * ratio
        turns += start
        return oscillators.count_moving(turns)


def sound_together(
    patch: Patch,
    tone: Tone,
    course: Course,
    place: NDArray[np.float64],
    *,
    time_s: NDArray[np.float64],
    rng: np.random.Generator,
) -> NDArray[np.float32]:
    """Returns all oscillators at full level, shape (frames,), or (2, frames) if any is panned.

    Args:
        patch: whose.
        tone: their tables.
        course: of the note's phase.
        place: which layer of the tables is heard at each point of the curves, shape (points,).
        time_s: of the points.
        rng: tunes the oscillators and sets them in motion.
    """
    tuned = [_tune(patch, voice, time_s, rng) for voice in patch.voices]
    gains = _gains(patch, tuned)
    total = np.empty((len(gains), course.frames), np.float32)
    block = _BLOCK_POINTS * curves.CONTROL_FRAMES
    found = np.empty((gains.shape[1], min(block, course.frames)), np.complex64)
    for first in range(0, place.size - 1, _BLOCK_POINTS):
        points = slice(first, first + _BLOCK_POINTS + 1)
        start = first * curves.CONTROL_FRAMES
        sides = total[:, start : start + block]
        here = found[:, : sides.shape[1]]
        rows = iter(here)
        layer, share = _split(place[points], tone.power.size, sides.shape[1])
        for one in tuned:
            phase = course.count(start, sides.shape[1], one.ratio, one.start)
            pairs = tone.tables[table_of(patch, one.voice)]
            oscillators.look_up(pairs, phase, layer, next(rows))
            if one.width is not None:
                phase -= oscillators.count_share(curves.expand(one.width[points], phase.size))
                oscillators.look_up(pairs, phase, layer, next(rows))
        # All voices have the same filter: what lies between two layers is mixed for their sum.
        heard = (gains @ here.view(np.float32)).view(np.complex64)
        if share is None:
            sides[:] = heard.real
        else:
            np.multiply(heard.imag, share, out=sides)
            sides += heard.real
    return total if len(total) > 1 else total[0]


def _gains(patch: Patch, tuned: list[_Tuned]) -> NDArray[np.float32]:
    """Returns how loud each saw or other wave is on each side, shape (1 or 2, waves)."""
    rows = []
    wide = any(voice.pan for voice in patch.voices)
    for one in tuned:
        voice = one.voice
        sides = [np.sqrt(1 - voice.pan), np.sqrt(1 + voice.pan)] if wide else [1.0]
        row = voice.level * np.array(sides)
        rows += [row] if one.width is None else [row, -row]
    return np.array(rows, np.float32).T.copy()


def _tune(
    patch: Patch, voice: Voice, time_s: NDArray[np.float64], rng: np.random.Generator
) -> _Tuned:
    cents = voice.cents + patch.motion.drift_cents * rng.standard_normal()
    start = rng.random() if patch.free else 0.0
    width = None
    if voice.wave == "pulse" and patch.filter.axis != "width":
        swing = np.sin(2 * np.pi * (voice.width_hz * time_s + rng.random()))
        width = voice.width + voice.width_depth * swing
    ratio = float(2 ** (voice.octave + cents / 1200))
    return _Tuned(voice, ratio, start, width)


def _split(
    place: NDArray[np.float64], layers: int, frames: int
) -> tuple[NDArray[np.uint32] | np.uint32, NDArray[np.float32] | None]:
    """Returns where the layer heard at each frame begins, and how much there is of the next."""
    if layers == 1:
        return np.uint32(0), None
    size = np.uint32(oscillators.SIZE)
    lowest = float(place.min())
    if lowest == round(lowest) and lowest == place.max():
        return np.uint32(round(lowest)) * size, None
    where = curves.expand(np.minimum(place, layers - 1.001), frames)
    layer = where.astype(np.int32)
    return layer.view(np.uint32) * size, where - layer.astype(np.float32)
