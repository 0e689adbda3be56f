"""Players: the layers of a scene, block by block, in their places."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Protocol

import numpy as np

from menura.audio import Audio
from menura.audio.spectral import half_spectrum
from menura.audio.spool import Spool
from menura.dsp.noise import Overlay
from menura.engines.effects.behaviour import behaviour
from menura.engines.effects.convoy import hear_convoy, is_convoy
from menura.engines.effects.place import Heard, Place
from menura.engines.effects.rising import Rising
from menura.engines.effects.sources import BLOCK_FRAMES, RATE, bed, find
from menura.engines.effects.striking import burst_s, strike, wish_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from menura.engines.effects.scene import Layer
    from menura.engines.effects.sources import Bed

JOINT_S = 2.0
"""Over which the end of an even bed passes into its beginning, in a loop."""
CUT_S = 0.03
"""The same, of a bed that has a rhythm."""
EDGE_S = 0.02
"""Fade of a bed that simply begins, or ends."""
AROUND_FRAMES, SEARCH_FRAMES, SEARCH_STEP = 4864, 65_536, 128
"""How far around a joint it is looked at, 0.1 s, and where it may lie."""
CHANGES_S = 30.0
"""How long a change of pace or intensity takes in a scene without end."""


class Player(Protocol):
    """Plays one layer."""

    def prepare(self) -> Iterator[None]:
        """Makes, step by step, what is needed before the first block."""

    def next(self) -> Heard | None:
        """Returns the next block; None while it is silent."""


def calmest(sound: NDArray[np.float32]) -> int:
    """Returns where in a sound least changes from one frame to the next: a place for a joint.

    Of places a step of some frames apart: the one where spectrum over AROUND_FRAMES, level over
    half of that, and slope change least, each against how much it changes elsewhere.

    Args:
        sound: shape (channels, AROUND_FRAMES + places + AROUND_FRAMES).

    Returns:
        Frames behind the first place.
    """
    places = np.arange(AROUND_FRAMES, sound.shape[1] - AROUND_FRAMES, SEARCH_STEP)
    power = np.cumsum(np.pad(sound.astype(np.float64) ** 2, ((0, 0), (1, 0))).sum(axis=0))
    half = AROUND_FRAMES // 2
    before = power[places] - power[places - half]
    behind = power[places + half] - power[places]
    level = np.abs(np.log((behind + 1e-9) / (before + 1e-9)))
    step = np.abs(sound[:, places] - sound[:, places - 1]).max(axis=0)
    windows = np.lib.stride_tricks.sliding_window_view(sound.mean(axis=0), AROUND_FRAMES)
    spectra = np.log(np.abs(half_spectrum(windows[::SEARCH_STEP])) ** 2 + 1e-6)
    bands = spectra[:, 1:].reshape(spectra.shape[0], -1, spectra.shape[1] // 16).mean(axis=-1)
    apart = AROUND_FRAMES // SEARCH_STEP
    colour = np.sqrt(np.mean((bands[apart:] - bands[:-apart]) ** 2, axis=1))[: places.size]
    ranks = [np.argsort(np.argsort(each)) for each in (level, step, colour)]
    return int(places[np.argmin(np.max(ranks, axis=0))] - AROUND_FRAMES)


class BedPlayer:
    """Plays a bed between its start and its end.

    Args:
        layer: what to play.
        place: where.
        start: frame of the first block; negative before the scene begins.
        frames: of the scene; 0 = it never ends.
        loop: whether the bed is to repeat with the scene, without a seam.
    """

    def __init__(self, layer: Layer, place: Place, start: int, frames: int, *, loop: bool) -> None:
        self._layer, self._place = layer, place
        self._at, self._frames = start, frames
        self._first = round(layer.start_s * RATE)
        self._last = round(layer.stop_s * RATE) or frames
        over_s = (self._last - self._first) / RATE if self._last else CHANGES_S
        wish, rng = wish_of(layer, over_s), np.random.default_rng([layer.seed, 1])
        self._bed: Bed = (
            Rising(layer.source, wish, layer.rise, over_s, rng, turn=layer.turn)
            if layer.rise
            else bed(layer.source, wish, rng)
        )
        self._loop = loop
        self._cycle: NDArray[np.float32] | None = None
        self._joint = np.zeros((self._bed.channels, 0), np.float32)

    def prepare(self) -> Iterator[None]:
        """Makes a loop's turn, step by step: its end leads into its beginning.

        What sounded just before its first frame is what its last frames become.
        """
        if not self._loop:
            return
        even = self._layer.source not in behaviour()["doings"]
        joint = min(round((JOINT_S if even else CUT_S) * RATE), self._frames // 3)
        lead = max(joint, AROUND_FRAMES)
        blocks = -(-(lead + self._frames + SEARCH_FRAMES + AROUND_FRAMES) // BLOCK_FRAMES)
        with Spool(RATE, self._bed.channels) as spool:
            for _ in range(blocks):
                spool.append(Audio(self._bed.next(), RATE))
                yield
            # A long one lies in a file and is read as it is heard.
            whole = spool.audio().samples
        around = whole[:, lead - AROUND_FRAMES : lead + SEARCH_FRAMES + AROUND_FRAMES]
        # As it is heard: its place delays it, and changes its slopes.
        first = lead + calmest(self._place.hear_stretch(around))
        last = first + self._frames
        turn = np.linspace(0, np.pi / 2, joint, dtype=np.float32)
        self._cycle = whole[:, first:last]
        self._joint = np.asarray(
            whole[:, last - joint : last] * np.cos(turn)
            + whole[:, first - joint : first] * np.sin(turn),
            np.float32,
        )

    def next(self) -> Heard | None:
        """Returns the next block; None while the bed is silent."""
        at = self._at
        self._at += BLOCK_FRAMES
        if self._cycle is not None:
            inside = np.arange(at, at + BLOCK_FRAMES) % self._frames
            sound = self._turn(self._cycle, inside)
        else:
            over = self._last and at >= self._last
            if over or at + BLOCK_FRAMES <= self._first:
                return None
            sound = self._bed.next()
            inside = np.arange(at, at + BLOCK_FRAMES)
        gain = self._gain(inside)
        return self._place.hear(sound if gain is None else sound * gain)

    def _gain(self, frames: NDArray[np.int64]) -> NDArray[np.float32] | None:
        """Returns the fades, shape (frames,); None where there are none."""
        if self._cycle is not None and not self._layer.start_s and not self._layer.stop_s:
            return None
        fade_in = max(self._layer.fade_in_s, EDGE_S if self._first else 0.001) * RATE
        fade_out = max(self._layer.fade_out_s, EDGE_S) * RATE
        last = self._last or np.inf
        if frames[0] - self._first >= fade_in and last - frames[-1] >= fade_out:
            return None
        gain = np.minimum((frames - self._first) / fade_in, (last - frames) / fade_out)
        return np.asarray(np.sin(np.pi / 2 * np.clip(gain, 0, 1)), np.float32)

    def _turn(self, cycle: NDArray[np.float32], frames: NDArray[np.int64]) -> NDArray[np.float32]:
        """Returns some frames of a loop's turn, shape (channels, frames)."""
        sound = np.array(cycle[:, frames], np.float32)
        behind = frames - (self._frames - self._joint.shape[1])
        sound[:, behind >= 0] = self._joint[:, behind[behind >= 0]]
        return sound


class EventPlayer:
    """Plays events at their times.

    Args:
        layer: what to play.
        place: where; each event may be a little apart from there.
        start: frame of the first block.
        times: (frame, number) of every event, rising; may be endless.
    """

    def __init__(
        self, layer: Layer, place: Place, start: int, times: Iterator[tuple[int, int]]
    ) -> None:
        self._layer, self._place = layer, place
        self._direct = Overlay(2, BLOCK_FRAMES)
        self._sent = Overlay(1, BLOCK_FRAMES)
        self._start = start
        self._times = times
        self._waiting = next(times, None)
        self._heard_until = 0
        """The frame, counted from the first block, up to which something sounds."""

    def prepare(self) -> Iterator[None]:
        """Makes nothing: events are made at their moments."""
        yield from ()

    def next(self) -> Heard | None:
        """Returns the next block; None while nothing sounds."""
        position = self._direct.position
        while self._waiting is not None:
            frame, number = self._waiting
            frame -= self._start
            if frame >= position + BLOCK_FRAMES:
                break
            self._strike(max(frame, position), number)
            self._waiting = next(self._times, None)
        direct, sent = self._direct.next(), self._sent.next()
        return Heard(direct, sent) if self._heard_until > position else None

    def _strike(self, frame: int, number: int) -> None:
        rng = np.random.default_rng([self._layer.seed, 3, number])
        heard = self._heard(number, rng)
        self._direct.add(frame, heard.direct)
        self._sent.add(frame, heard.sent)
        self._heard_until = max(self._heard_until, frame + heard.direct.shape[1])

    def _heard(self, number: int, rng: np.random.Generator) -> Heard:
        return self._place.place(strike(self._layer, number), rng)


class PassPlayer(EventPlayer):
    """Plays what moves: a bed, or an event, that is heard from its path."""

    def _heard(self, number: int, rng: np.random.Generator) -> Heard:
        seconds = lead_s = 0.0
        if is_convoy(self._layer):
            wish, whole_s = wish_of(self._layer), burst_s(self._layer)
            return hear_convoy(self._layer, wish, self._place, number, whole_s)
        if find(self._layer.source).kind == "bed":
            # What is on its way when it begins to be heard is needed beyond that.
            seconds = burst_s(self._layer)
            lead_s = self._place.lead_s(seconds)
        mono = strike(self._layer, number, lead_s).mean(axis=0, keepdims=True)
        return self._place.pass_by(np.asarray(mono, np.float32), rng, seconds)


def event_times(layer: Layer, duration_s: float) -> Iterator[tuple[float, int]]:
    """Yields when a layer's events begin, seconds, with their numbers, rising.

    Those in its `times_s`, and between them those that `every_s` draws: at intervals of 0.4 to
    1.6 times it, or all alike if it is steady.

    Args:
        layer: what to play.
        duration_s: of the scene; 0 = it never ends, and the times neither.
    """
    given = [(time_s, number) for number, time_s in enumerate(layer.times_s)]
    if not layer.every_s:
        yield from given
        return
    drawn = _drawn(layer, duration_s)
    merged = itertools.chain(given, drawn) if not given else _merged(given, drawn)
    yield from merged


def _drawn(layer: Layer, duration_s: float) -> Iterator[tuple[float, int]]:
    rng = np.random.default_rng([layer.seed, 4])
    number = len(layer.times_s)
    first = 0.0 if layer.steady else layer.every_s * rng.uniform(0.1, 0.9)
    time_s = layer.start_s + (min(first, 0.6 * duration_s) if duration_s else first)
    stop_s = layer.stop_s or duration_s or np.inf
    while time_s < stop_s:
        yield time_s, number
        number += 1
        time_s += layer.every_s * (1.0 if layer.steady else rng.uniform(0.4, 1.6))


def _merged(
    given: list[tuple[float, int]], drawn: Iterator[tuple[float, int]]
) -> Iterator[tuple[float, int]]:
    import heapq

    yield from heapq.merge(given, drawn)
