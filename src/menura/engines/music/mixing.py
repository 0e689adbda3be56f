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
from menura.dsp.dynamics import Compressor, PeakGuard, saturate
from menura.dsp.reverb import Room, echo, respond

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

BLOCK_FRAMES = 16_384
EQ_TAPS = 1024
GLUE_THRESHOLD_DB = -14.0
GLUE_RATIO = 1.6
BUS_CREST_DB = 13.5
"""How far peaks of the mix stand above its loudness: at -14 LUFS and -1 dBTP 13 dB are left."""
REVERB_DB = -1.0
"""Level of the room at an amount and a send of 1, against the strip."""
REVERB_BEND = 0.4
"""Exponent of the amount: from 0.2 to 0.8 the room grows by 5 dB, from a dry mix to a wet one.
Listeners find music too wet from about -14 LU of reverb against the whole on (De Man, McNally and
Reiss, "Perceptual evaluation and analysis of reverberation in multitrack music production", JAES
65, 2017)."""
ECHO_DB = -6.0
PUMP_RISE = 0.75
"""How much of a beat the mix takes to come back after a kick."""
TILT_DB = 3.0
"""What full brightness adds at 8 kHz."""
LID_HZ, LID_DB = 16_500.0, -60.0
"""Nobody hears what cymbals have above, but between its samples it peaks 4 dB higher than at them,
and the whole would be turned down for it: LID_DB in each octave from there on."""
DRIVE = 2.5
"""Of a strip at a saturation of 1; a mezzo-forte strip peaks around 0.4."""
BENT_DB = 1.5
"""By so much an equaliser may raise again what was bent."""
SPREAD_S = 0.018
SPREAD_TAPS_PER_S = 1500.0
SPREAD_HZ = 300.0
"""Below it the low end stays in the middle."""


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
        loudness_lufs: what the mix is expected to have.
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
    loudness_lufs: float = -16.0


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
        side_gain = 0.5 + space.width
        own, other = np.float32(0.5 + 0.5 * side_gain), np.float32(0.5 - 0.5 * side_gain)
        # The difference of two channels made larger or smaller: what each ear gets of each.
        self._ears = np.array([[own, other], [other, own]])
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
        self._drives = [
            max(DRIVE * space.saturation, 10 ** (-each["peak_db"] / 20) if each["bends"] else 0.0)
            for each in facts
        ]
        self._guards = [
            PeakGuard(rate, each["peak_db"] + (BENT_DB if each["bends"] else 0.0)) for each in facts
        ]
        self._spreads = [
            Equaliser(np.float32(side_gain) * _spread(wide, rate, rng)[None], BLOCK_FRAMES)
            if wide > 0
            else None
            for wide in (
                each["spread"] * (1 - abs(strip.pan))
                for strip, each in zip(strips, facts, strict=True)
            )
        ]
        self._space_of = Convolver(_answers(space, rate, rng), BLOCK_FRAMES)
        self._glue = Compressor(
            rate,
            threshold_db=GLUE_THRESHOLD_DB,
            ratio=GLUE_RATIO,
            attack_s=0.03,
            release_db_per_s=15.0,
        )
        self._bus_guard = PeakGuard(rate, space.loudness_lufs + BUS_CREST_DB)

    def mix(
        self, sounds: Sequence[NDArray[np.float32]], kicks_s: NDArray[np.float64]
    ) -> list[NDArray[np.float32]]:
        """Returns what each strip adds to the mix and, last, what the room and the echoes add.

        Args:
            sounds: for each strip (1 or 2, frames); all of the same whole number of BLOCK_FRAMES,
                but for the last time.
            kicks_s: when kicks are, seconds from the start, rising; those that matter here.

        Returns:
            Arrays of shape (2, frames), float32; the mix is their sum.
        """
        frames = sounds[0].shape[1]
        pump = self._pump(kicks_s, frames)
        sends = np.zeros((2, frames), np.float32)
        heard: list[NDArray[np.float32]] = []
        for i, sound in enumerate(sounds):
            if not sound.any() and self._quiet(i):
                heard.append(np.zeros((2, frames), np.float32))
                continue
            shaped = self._shaped(i, sound)
            if pump is not None and self._pumps[i]:
                shaped *= pump
            middle = shaped[0] if len(shaped) == 1 else np.float32(0.5) * (shaped[0] + shaped[1])
            for where in np.flatnonzero(self._sends[i]):
                sends[where] += self._sends[i, where] * middle
            heard.append(self._placed(i, shaped))
        heard.append(self._widened(self._space_of.process(sends), self._ears))
        self._at += frames
        total = heard[0].copy()
        for piece in heard[1:]:
            total += piece
        gain = self._glue.gains(total)
        total *= gain
        gain *= self._bus_guard.gains(total)
        for piece in heard:
            np.multiply(piece, gain, out=piece)
        return heard

    def _quiet(self, index: int) -> bool:
        """Whether nothing of a strip rings on."""
        spread = self._spreads[index]
        return not (self._equalisers[index].ringing or (spread is not None and spread.ringing))

    def _placed(self, index: int, shaped: NDArray[np.float32]) -> NDArray[np.float32]:
        """Returns a strip's sound at its place, shape (2, frames): one channel is spread."""
        pans = self._pans[index][len(shaped)]
        if len(shaped) == 2:
            return self._widened(shaped, self._ears * pans.T)
        placed = shaped * (self._ears @ pans)
        spread = self._spreads[index]
        if spread is not None:
            # What is added on one side is taken away on the other: in mono nothing of it is left.
            side = spread.process(shaped)[0]
            placed[0] += side
            placed[1] -= side
        return np.asarray(placed, np.float32)

    def _shaped(self, index: int, sound: NDArray[np.float32]) -> NDArray[np.float32]:
        """Returns a strip's sound behind its circuits, equaliser, compressor and fader.

        What bends comes first, so that the equaliser's lid also lies on what bending adds.
        """
        shaped = self._equalisers[index].process(saturate(sound, self._drives[index]))
        shaped *= self._compressors[index].gains(shaped)
        guarded = self._guards[index].process(shaped)
        guarded *= self._gains[index]
        return guarded

    def _pump(self, kicks_s: NDArray[np.float64], frames: int) -> NDArray[np.float32] | None:
        """Returns the gain that a kick leaves to the rest, shape (frames,); None = all of it."""
        depth = self._space.sidechain
        if depth <= 0 or not kicks_s.size:
            return None
        rise_s = PUMP_RISE * self._space.beat_s
        starts = np.ceil(kicks_s * self._rate - self._at).astype(np.int64)
        stops = np.append(starts[1:], frames)
        stops = np.minimum(stops, starts + math.ceil(rise_s * self._rate))
        gain = np.ones(frames, np.float32)
        for kick in np.flatnonzero((stops > 0) & (starts < frames)).tolist():
            first, stop = max(int(starts[kick]), 0), min(int(stops[kick]), frames)
            since_s = (self._at + np.arange(first, stop)) / self._rate - kicks_s[kick]
            back = np.clip(since_s / rise_s, 0, 1).astype(np.float32)
            # Down within 5 ms before the next kick would need foresight: a kick masks its own
            # start.
            down = np.clip(since_s / 0.005, 0, 1).astype(np.float32)
            gain[first:stop] -= np.float32(depth) * (1 - back * back * (3 - 2 * back)) * down
        return gain

    @staticmethod
    def _widened(stereo: NDArray[np.float32], ears: NDArray[np.float32]) -> NDArray[np.float32]:
        """Returns what each ear gets of two channels, shape (2, frames)."""
        left, right = stereo
        heard = ears[:, :1] * left
        for ear in np.flatnonzero(ears[:, 1]):
            heard[ear] += ears[ear, 1] * right
        return np.asarray(heard, np.float32)


def _answers(space: Space, rate: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """Returns the responses of room and echoes, shape (2 sends, 2 ears, taps)."""
    facts = _facts()["rooms"][space.room]
    room = Room(decay_s=tuple(facts["decay_s"]), size_m=facts["size_m"], delay_s=facts["delay_s"])
    level = space.room_amount**REVERB_BEND * 10 ** (REVERB_DB / 20)
    reverb = respond(room, rate, rng) * level
    echoes = echo(rate, space.delay_s, 0.45) * (space.delay_amount * 10 ** (ECHO_DB / 20))
    taps = max(reverb.shape[1], echoes.shape[1])
    answers = np.zeros((2, 2, taps), np.float32)
    answers[0, :, : reverb.shape[1]] = reverb
    answers[1, :, : echoes.shape[1]] = echoes
    return answers


def _spread(amount: float, rate: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """Returns what of a strip of one channel goes to the left and, turned round, to the right.

    Delayed copies that differ in sign at the two ears give one channel width and leave its sum as
    it was (Schroeder, "An artificial stereophonic effect obtained from a single audio signal",
    JAES 6(2), 1958). Here they are some thirty, of random sign and place, and fall by 30 dB.

    Args:
        amount: level of the difference against the strip, 0 to 1.
        rate: Hz.
        rng: draws them.
    """
    taps = round(SPREAD_S * rate)
    steps = np.arange(round(SPREAD_S * SPREAD_TAPS_PER_S))
    places = ((steps + rng.random(steps.size)) / SPREAD_TAPS_PER_S * rate).astype(int)
    signs = np.where(rng.random(steps.size) < 0.5, -1.0, 1.0)
    response = np.zeros(4 * taps)
    response[np.minimum(places, taps - 1)] = signs * 10 ** (-1.5 * places / taps)
    spectrum = np.fft.rfft(response)
    hz = np.fft.rfftfreq(response.size, 1 / rate)
    response = np.fft.irfft(spectrum * np.clip(np.log2(np.maximum(hz, 1) / SPREAD_HZ) + 0.5, 0, 1))
    response = response[:EQ_TAPS]
    return np.asarray(response * (amount / np.sqrt((response**2).sum())), np.float32)


def _response(
    points: Sequence[Sequence[float]], brightness: float, rate: int
) -> NDArray[np.float32]:
    """Returns the response of an equaliser's curve, tilted to the brightness, under the lid."""
    hz = np.array([point[0] for point in points], np.float64)
    grid = np.geomspace(20, rate / 2, 120)
    curve_db = np.interp(np.log(grid), np.log(hz), [point[1] for point in points])
    tilt = np.clip(np.log2(grid / 1000) / 3, -1, 1) * TILT_DB * 2 * (brightness - 0.5)
    lid = LID_DB * np.maximum(np.log2(grid / LID_HZ), 0)
    return minimum_phase(grid, curve_db + tilt + lid, rate, EQ_TAPS)


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


def trim_db(instrument: str) -> float:
    """Returns what brings an instrument in line with the others in a mix, dB."""
    return float(_facts()["trims_db"].get(instrument, 0.0))


def beat_delay_s(beat_s: float) -> float:
    """Returns an echo's step in tempo: a dotted eighth, or longer or shorter by octaves.

    It lies between 0.18 and 0.45 s, where echoes are heard apart and not as a second beat.
    """
    step_s = 0.75 * beat_s
    octaves = math.ceil(math.log2(max(step_s / 0.45, 1e-9)))
    return math.ldexp(step_s, -max(octaves, 0))
