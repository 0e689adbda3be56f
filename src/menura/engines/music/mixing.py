"""`Desk`: the players' sounds, equalised, panned, placed in a room, and glued together.

Everything that bends a sound belongs to one strip; what all strips share is linear, so that what
each contributes adds up to the mix.
"""

from __future__ import annotations

import functools
import math
import tomllib
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Any

import numpy as np

from menura.audio.edit import pan_gains
from menura.dsp.convolution import Convolver, Equaliser, minimum_phase
from menura.dsp.dynamics import Compressor, saturate
from menura.dsp.reverb import Room, echo, respond

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

BLOCK_FRAMES = 16_384
EQ_TAPS = 1024
GLUE_THRESHOLD_DB = -14.0
GLUE_RATIO = 1.6
REVERB_DB = -4.0
"""Level of the room at an amount and a send of 1, against the strip."""
ECHO_DB = -6.0
PUMP_RISE = 0.75
"""How much of a beat the mix takes to come back after a kick."""
TILT_DB = 3.0
"""What full brightness adds at 8 kHz."""
DRIVE = 2.5
"""Of a strip at a saturation of 1; a mezzo-forte strip peaks around 0.4."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Strip:
    """One channel of the desk.

    Attributes:
        name: of its part.
        role: a name of mixing.toml's roles.
        gain_db: on top of the role's.
        pan: -1 (left) to 1 (right).
        reverb: how much goes to the room, 0 to 1.
        delay: how much goes to the echoes, 0 to 1.
    """

    name: str
    role: str
    gain_db: float = 0.0
    pan: float = 0.0
    reverb: float = 0.2
    delay: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Space:
    """What all strips share.

    Attributes:
        room: a name of mixing.toml's rooms.
        room_amount: 0 to 1.
        delay_amount: 0 to 1.
        delay_s: from one echo to the next.
        sidechain: how deep a kick pumps the rest, 0 to 1.
        saturation: 0 to 1.
        width: of the stereo picture; 0.5 leaves it.
        brightness: 0.5 is neutral.
        beat_s: length of a beat.
    """

    room: str
    room_amount: float
    delay_amount: float
    delay_s: float
    sidechain: float
    saturation: float
    width: float
    brightness: float
    beat_s: float


class Desk:
    """Mixes block by block.

    Args:
        strips: the channels, in the order of what `mix` is given.
        space: what they share.
        rate: Hz.
        rng: draws the reflections of the room.
    """

    def __init__(
        self, strips: Sequence[Strip], space: Space, rate: int, rng: np.random.Generator
    ) -> None:
        facts = [_facts()["roles"][strip.role] for strip in strips]
        self._rate = rate
        self._space = space
        self._at = 0
        self._gains = np.array(
            [
                10 ** ((strip.gain_db + each["gain_db"]) / 20)
                for strip, each in zip(strips, facts, strict=True)
            ],
            np.float32,
        )
        self._pans = [
            {channels: pan_gains(strip.pan, channels) for channels in (1, 2)} for strip in strips
        ]
        self._sends = np.array([[strip.reverb, strip.delay] for strip in strips], np.float32)
        self._pumps = [bool(each["pumps"]) for each in facts]
        responses = np.stack([_response(each["eq"], space.brightness, rate) for each in facts])
        self._equalisers = [
            Equaliser(np.stack([response, response]), BLOCK_FRAMES) for response in responses
        ]
        self._compressors = [
            Compressor(rate, threshold_db=each["threshold_db"], ratio=each["ratio"])
            for each in facts
        ]
        self._space_of = Convolver(_answers(space, rate, rng), BLOCK_FRAMES)
        self._glue = Compressor(
            rate,
            threshold_db=GLUE_THRESHOLD_DB,
            ratio=GLUE_RATIO,
            attack_s=0.03,
            release_db_per_s=15.0,
        )

    def mix(
        self, sounds: Sequence[NDArray[np.float32]], kicks_s: NDArray[np.float64]
    ) -> list[NDArray[np.float32]]:
        """Returns what each strip adds to the mix and, last, what the room and the echoes add.

        Args:
            sounds: for each strip (1 or 2, frames); all of BLOCK_FRAMES but in the last block.
            kicks_s: when kicks are, seconds from the start, rising; those that matter here.

        Returns:
            Arrays of shape (2, frames), float32; the mix is their sum.
        """
        frames = sounds[0].shape[1]
        pump = self._pump(kicks_s, frames)
        sends = np.zeros((2, frames), np.float32)
        heard: list[NDArray[np.float32]] = []
        for i, sound in enumerate(sounds):
            if not sound.any() and not self._equalisers[i].ringing:
                heard.append(np.zeros((2, frames), np.float32))
                continue
            shaped = self._shaped(i, sound)
            if self._pumps[i]:
                shaped *= pump
            sends += self._sends[i][:, None] * shaped.mean(axis=0)
            panned = shaped * self._pans[i][shaped.shape[0]]
            heard.append(self._widened(np.broadcast_to(panned, (2, frames))))
        heard.append(self._widened(self._space_of.process(sends)))
        self._at += frames
        gain = self._glue.gains(np.sum(heard, axis=0, dtype=np.float32))
        return [np.asarray(piece * gain, np.float32) for piece in heard]

    def _shaped(self, index: int, sound: NDArray[np.float32]) -> NDArray[np.float32]:
        """Returns a strip's sound behind its equaliser, compressor, circuits and fader."""
        shaped = self._equalisers[index].process(sound)
        shaped *= self._compressors[index].gains(shaped)
        bent = saturate(shaped, DRIVE * self._space.saturation)
        return np.asarray(bent * self._gains[index], np.float32)

    def _pump(self, kicks_s: NDArray[np.float64], frames: int) -> NDArray[np.float32]:
        """Returns the gain that a kick leaves to the rest, shape (frames,)."""
        depth = self._space.sidechain
        if depth <= 0 or not kicks_s.size:
            return np.ones(frames, np.float32)
        time_s = (self._at + np.arange(frames)) / self._rate
        last = np.searchsorted(kicks_s, time_s, side="right") - 1
        since_s = np.where(last >= 0, time_s - kicks_s[np.maximum(last, 0)], np.inf)
        back = np.clip(since_s / (PUMP_RISE * self._space.beat_s), 0, 1)
        # Down within 5 ms before the next kick would need foresight: a kick masks its own start.
        down = np.clip(since_s / 0.005, 0, 1)
        shape = (1 - back * back * (3 - 2 * back)) * down
        return np.asarray(1 - depth * shape, np.float32)

    def _widened(self, stereo: NDArray[np.float32]) -> NDArray[np.float32]:
        side_gain = np.float32(0.5 + self._space.width)
        middle = stereo.mean(axis=0)
        side = side_gain * (stereo[0] - middle)
        return np.stack([middle + side, middle - side])


def _answers(space: Space, rate: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """Returns the responses of room and echoes, shape (2 sends, 2 ears, taps)."""
    facts = _facts()["rooms"][space.room]
    room = Room(decay_s=tuple(facts["decay_s"]), size_m=facts["size_m"], delay_s=facts["delay_s"])
    reverb = respond(room, rate, rng) * (space.room_amount * 10 ** (REVERB_DB / 20))
    echoes = echo(rate, space.delay_s, 0.45) * (space.delay_amount * 10 ** (ECHO_DB / 20))
    taps = max(reverb.shape[1], echoes.shape[1])
    answers = np.zeros((2, 2, taps), np.float32)
    answers[0, :, : reverb.shape[1]] = reverb
    answers[1, :, : echoes.shape[1]] = echoes
    return answers


def _response(
    points: Sequence[Sequence[float]], brightness: float, rate: int
) -> NDArray[np.float32]:
    """Returns the response of an equaliser's curve, tilted to the brightness."""
    hz = np.array([point[0] for point in points], np.float64)
    grid = np.geomspace(20, rate / 2, 120)
    curve_db = np.interp(np.log(grid), np.log(hz), [point[1] for point in points])
    tilt = np.clip(np.log2(grid / 1000) / 3, -1, 1) * TILT_DB * 2 * (brightness - 0.5)
    return minimum_phase(grid, curve_db + tilt, rate, EQ_TAPS)


@functools.cache
def _facts() -> dict[str, Any]:
    text = (resources.files(__package__) / "mixing.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def roles() -> tuple[str, ...]:
    """Returns the roles that a strip can have."""
    return tuple(_facts()["roles"])


def rooms() -> tuple[str, ...]:
    """Returns the rooms that a mix can be in."""
    return tuple(_facts()["rooms"])


def beat_delay_s(beat_s: float) -> float:
    """Returns an echo's step in tempo: a dotted eighth, or longer or shorter by octaves.

    It lies between 0.18 and 0.45 s, where echoes are heard apart and not as a second beat.
    """
    step_s = 0.75 * beat_s
    octaves = math.ceil(math.log2(max(step_s / 0.45, 1e-9)))
    return math.ldexp(step_s, -max(octaves, 0))
