"""`Place`: where a layer is, and what of it comes straight and what the room answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from menura.dsp.convolution import Equaliser
from menura.engines.effects.behaviour import behaviour
from menura.engines.effects.sources import BLOCK_FRAMES, RATE
from menura.engines.effects.space import Mover, Path, Placer, colour, find_barrier

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from menura.engines.effects.scene import Layer
    from menura.engines.effects.space import Room

NEAREST_M = 0.5
MOST_ANSWER, MOST_ANSWER_MOVING = 2.0, 0.7
"""How loud a room answers at most against the direct sound, linear: farther away nothing would be
told of where it is, and what moves would not be heard to move."""
SIDE_FROM_DEG, SIDE_GAINS = 57.0, (1.3, 0.4)
"""What surrounds a listener and is asked for at one side is louder there, by 10 dB."""
USUAL_KMH = 40.0
FASTEST_KMH = 500.0
REACH, FASTEST_CROSSING_M_S = 3.0, 250.0
"""How far aside what crosses begins, in its nearest distances, and how fast it is at most: as a
jet is just above the ground."""
SPREAD = 0.08
"""How much speeds differ, as a share."""
ARRIVED_S = 0.6
"""Over which what has come near dies away."""
PASS_EDGE = 0.22
"""Share of the time in which what passes is heard that it takes to come, and to go."""
LEAST_STEP, RAMP_S = 0.4, 0.01
"""How loud the first step and the last of a walk are at least, linear, and how soon that is so."""
FASTEST_TURN_S = 1.5
"""What circles does not do so faster, however near it is."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A stretch of one layer.

    Attributes:
        direct: what comes straight, shape (2, frames).
        sent: what the room is to answer, shape (1, frames).
    """

    direct: NDArray[np.float32]
    sent: NDArray[np.float32]

    def padded(self, before: int, frames: int) -> Heard:
        """Returns it with silence before it, and behind it up to so many frames."""
        after = frames - before - self.direct.shape[1]
        if not before and not after:
            return self
        rows = (np.pad(each, ((0, 0), (before, after))) for each in (self.direct, self.sent))
        return Heard(*rows)


class Passage:
    """A way past the listener that is heard block by block.

    Args:
        place: whose.
        path: the way.
        mover: along it.
        barrier: what stands between, as a filter, or None.
    """

    def __init__(
        self, place: Place, path: Path, mover: Mover, barrier: NDArray[np.float32] | None
    ) -> None:
        self._place, self._path, self._mover = place, path, mover
        self._barrier = barrier
        self._kept = np.zeros((1, 0 if barrier is None else barrier.size - 1), np.float32)
        self.lead_frames = mover.lead_frames

    def feed(self, sound: NDArray[np.float32]) -> None:
        """Takes the sound's first `lead_frames`, shape (1, frames)."""
        self._mover.feed(self._through(sound))

    def hear(self, sound: NDArray[np.float32], gain: NDArray[np.float32]) -> Heard:
        """Returns the next of it, as it is heard.

        Args:
            sound: shape (1, frames).
            gain: shape (frames,).
        """
        return self._place.moved(self._mover.process(self._through(sound)) * gain, self._path)

    def _through(self, sound: NDArray[np.float32]) -> NDArray[np.float32]:
        if self._barrier is None or not sound.size:
            return sound
        from scipy.signal import oaconvolve

        whole = np.concatenate([self._kept, sound], axis=1)
        self._kept = whole[:, whole.shape[1] - self._kept.shape[1] :]
        return np.asarray(oaconvolve(whole[0], self._barrier, "valid")[np.newaxis], np.float32)


class Place:
    """Puts one layer's sound where it is.

    The layer keeps its level whatever its distance: that is the balance's affair. What changes
    with it is how much of the sound is the room's answer, and how dark it is.

    Args:
        layer: whose place.
        room: where all of it happens.
        answer: how loud the room answers, linear, against the direct sound 1 m away.
        binaural: whether two ears hear it, or two loudspeakers play it.
    """

    def __init__(self, layer: Layer, room: Room, answer: float, *, binaural: bool) -> None:
        self._layer, self._room, self._binaural = layer, room, binaural
        most = MOST_ANSWER_MOVING if layer.movement else MOST_ANSWER
        far = min(layer.distance_m * answer, most)
        self._straight = 1 / np.sqrt(1 + far**2)
        self._echoed = far / max(answer, 1e-9) * self._straight
        self._still = self._placer(0.0)
        aside = layer.direction_deg if SIDE_FROM_DEG < abs(layer.direction_deg) < 150 else 0.0
        near, away = SIDE_GAINS if aside else (1.0, 1.0)
        sides = (near, away) if aside < 0 else (away, near)
        self._sides = np.sqrt(0.5) * np.array(sides, np.float32)[:, np.newaxis]
        self._barrier = colour(find_barrier(layer.barrier)) if layer.barrier else None
        self._filter: Equaliser | None = None

    def hear_stretch(self, sound: NDArray[np.float32]) -> NDArray[np.float32]:
        """Returns a stretch of a bed as it comes straight, shape (1 or 2, frames).

        Args:
            sound: shape (channels, frames); nothing of it is kept for `hear`.
        """
        behind = self._behind(sound)[:, : sound.shape[1]]
        wide = sound.shape[0] == 2 and not self._binaural
        return behind if wide else self._placer(0.0).process(behind)

    def hear(self, sound: NDArray[np.float32]) -> Heard:
        """Returns the next block of a bed, as it is heard.

        Args:
            sound: shape (channels, BLOCK_FRAMES).
        """
        if self._barrier is not None:
            if self._filter is None:
                response = np.tile(self._barrier, (sound.shape[0], 1))
                self._filter = Equaliser(response, BLOCK_FRAMES)
            sound = self._filter.process(sound)
        if sound.shape[0] == 2 and not self._binaural:
            # It surrounds the listener as it is; air matters only far away, where a bed has none.
            return self._parted(sound * self._sides, sound)
        return self._parted(self._still.process(sound), sound)

    def place(self, sound: NDArray[np.float32], rng: np.random.Generator) -> Heard:
        """Returns a whole event, as it is heard.

        Args:
            sound: shape (channels, frames).
            rng: draws how far it is from the layer's place.
        """
        behind = self._behind(sound)
        apart = float(rng.uniform(-1, 1)) * self._layer.spread_deg
        return self._parted(self._placer(apart).process(behind), behind)

    def lead_s(self, seconds: float) -> float:
        """Returns how much more of its sound than `seconds` a bed that moves needs, s."""
        kmh = (self._layer.speed_kmh or USUAL_KMH) * (1 + SPREAD)
        path = path_of(self._layer, seconds, kmh)
        return Mover(path, self._room, binaural=self._binaural).lead_frames / RATE

    def pass_by(
        self, sound: NDArray[np.float32], rng: np.random.Generator, seconds: float = 0.0
    ) -> Heard:
        """Returns what moves, as it is heard.

        Args:
            sound: shape (1, frames).
            rng: draws little differences of the path.
            seconds: how long a bed is heard; it comes and goes by degrees. 0 = an event.
        """
        behind = self._behind(sound)
        frames = round(seconds * RATE) or behind.shape[1]
        kmh = (self._layer.speed_kmh or USUAL_KMH) * float(rng.uniform(1 - SPREAD, 1 + SPREAD))
        path = path_of(self._layer, frames / RATE, kmh)
        mover = Mover(path, self._room, binaural=self._binaural)
        # What has a beat begins with one: that is not to be over before it is heard.
        is_beaten = self._layer.source in behaviour()["beats"]
        lead = 0 if is_beaten else min(mover.lead_frames, behind.shape[1])
        mover.feed(behind[:, :lead])
        rest = behind[:, lead : lead + frames]
        moved = mover.process(np.pad(rest, ((0, 0), (0, frames - rest.shape[1]))))
        if seconds:
            least = LEAST_STEP if is_beaten else 0.0
            moved = moved * _edges(self._layer.movement, frames, least)
        return self.moved(moved, path)

    def lead_of(self, path: Path) -> int:
        """Returns how many more frames of its sound than are heard what goes along a path needs."""
        return Mover(path, self._room, binaural=self._binaural).lead_frames

    def along(self, path: Path, sound: NDArray[np.float32], frames: int) -> Heard:
        """Returns what goes along a path, as it is heard.

        Args:
            path: its way.
            sound: shape (1, lead_of(path) + frames).
            frames: how much of it is heard.
        """
        mover = Mover(path, self._room, binaural=self._binaural)
        behind = self._behind(sound)
        mover.feed(behind[:, : mover.lead_frames])
        rest = behind[:, mover.lead_frames : mover.lead_frames + frames]
        return self.moved(mover.process(rest), path)

    def passage(self, seconds: float, rng: np.random.Generator) -> Passage:
        """Returns the layer's way past the listener, to be heard block by block.

        Args:
            seconds: how long it is heard.
            rng: draws little differences of the path.
        """
        kmh = (self._layer.speed_kmh or USUAL_KMH) * float(rng.uniform(1 - SPREAD, 1 + SPREAD))
        path = path_of(self._layer, seconds, kmh)
        mover = Mover(path, self._room, binaural=self._binaural)
        return Passage(self, path, mover, self._barrier)

    def moved(self, moved: NDArray[np.float32], path: Path) -> Heard:
        """Returns what came along a path, with its own level where it was nearest."""
        moved = moved * np.float32(max(path.nearest_m, NEAREST_M))
        mono = moved.sum(axis=0, keepdims=True, dtype=np.float32) * np.float32(np.sqrt(0.5))
        return Heard(
            np.asarray(moved * self._straight, np.float32),
            np.asarray(mono * self._echoed, np.float32),
        )

    def _parted(self, direct: NDArray[np.float32], dry: NDArray[np.float32]) -> Heard:
        mono = dry if dry.shape[0] == 1 else (dry[:1] + dry[1:]) * np.float32(0.5)
        return Heard(direct * np.float32(self._straight), mono * np.float32(self._echoed))

    def _placer(self, apart_deg: float) -> Placer:
        direction = (self._layer.direction_deg + apart_deg + 180) % 360 - 180
        return Placer(
            direction,
            self._layer.distance_m,
            self._room,
            binaural=self._binaural,
            gain=False,
        )

    def _behind(self, sound: NDArray[np.float32]) -> NDArray[np.float32]:
        """Returns a whole sound as it comes through what stands between."""
        if self._barrier is None:
            return sound
        blocks = -(-(sound.shape[1] + self._barrier.size) // BLOCK_FRAMES)
        padded = np.zeros((sound.shape[0], blocks * BLOCK_FRAMES), np.float32)
        padded[:, : sound.shape[1]] = sound
        filtering = Equaliser(np.tile(self._barrier, (sound.shape[0], 1)), BLOCK_FRAMES)
        pieces = [filtering.process(piece) for piece in np.split(padded, blocks, axis=1)]
        return np.concatenate(pieces, axis=1)


def _edges(movement: str, frames: int, least: float) -> NDArray[np.float32]:
    """Returns how what moves comes into hearing, and out of it, shape (frames,).

    Of what has a beat the first one is heard too: it is no softer than `least`.
    """
    gain = np.ones(frames, np.float32)
    slow = round(PASS_EDGE * frames)
    rise = np.sin(np.linspace(0, np.pi / 2, slow, dtype=np.float32))
    ramp = np.arange(slow, dtype=np.float32) / (RAMP_S * RATE)
    rise = np.maximum(rise, np.minimum(least, ramp))
    if movement not in {"leaving", "circling"}:
        gain[:slow] *= rise
    if movement not in {"approaching", "circling"}:
        gain[frames - slow :] *= rise[::-1]
    if movement == "approaching" and not least:
        # What is as near as it comes is at its loudest: it does not stop within a moment.
        last = min(round(ARRIVED_S * RATE), slow)
        gain[frames - last :] *= np.cos(np.linspace(0, np.pi / 2, last, dtype=np.float32))
    return gain


def path_of(layer: Layer, seconds: float, kmh: float) -> Path:
    """Returns the path that a layer's movement means.

    Args:
        layer: what moves.
        seconds: how long it is heard.
        kmh: how fast, at most as fast as a path can be.
    """
    near_m = max(layer.distance_m, NEAREST_M)
    way_m = min(kmh, FASTEST_KMH) / 3.6 * seconds
    rightward = layer.movement != "right to left"
    match layer.movement:
        case "approaching":
            path = Path.approaching(near_m + way_m, near_m, seconds, layer.direction_deg)
        case "leaving" if layer.source in behaviour()["from_rest"]["sources"]:
            path = Path.setting_off(near_m, near_m + way_m, seconds, layer.direction_deg)
        case "leaving":
            path = Path.leaving(near_m, near_m + way_m, seconds, layer.direction_deg)
        case "circling":
            turn_s = max(2 * np.pi * near_m / (way_m / seconds), FASTEST_TURN_S)
            path = Path.circling(near_m, turn_s, seconds)
        case "overhead":
            path = Path.above(min(kmh, FASTEST_KMH), near_m, seconds, seconds / 2)
        case "passing":
            path = Path.passing(min(kmh, FASTEST_KMH), near_m, seconds, seconds / 2)
        case _:
            # From so far aside that it gets to the other side in time.
            reach = min(REACH, 0.5 * FASTEST_CROSSING_M_S * seconds / near_m)
            path = Path.crossing(seconds, near_m, rightward=rightward, reach=reach)
    return path
