"""Performing: a scene, block by block. This is what a worker process runs."""

from __future__ import annotations

import dataclasses
import functools
import itertools
from typing import TYPE_CHECKING, Any

import numpy as np

from menura.audio.spectral import half_spectrum
from menura.dsp.convolution import Convolver, Equaliser
from menura.engines.effects.balance import gains_db
from menura.engines.effects.coming import ComingPlayer, is_comings
from menura.engines.effects.moving import LongPass
from menura.engines.effects.place import Place
from menura.engines.effects.players import (
    BedPlayer,
    EventPlayer,
    PassPlayer,
    event_times,
)
from menura.engines.effects.scene import MUSIC, SPEECH, Layer, Scene
from menura.engines.effects.sources import BLOCK_FRAMES, RATE, find
from menura.engines.effects.space import colour, find_room, response
from menura.engines.effects.striking import burst_s, is_long_pass, is_struck, strike, wish_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from menura.engines.effects.players import Player
    from menura.engines.effects.space import Room

END_S = 0.35
"""Over which what still sounds at the end of a scene is faded out, if it is no loop."""
PART_FRAMES, PARTS_AT_ONCE = 2 * BLOCK_FRAMES, 2
"""Of a room's answer, worked out at once, and how many of them, but for the first: what waits is
to hear it soon. Half as many parts cost little more than half."""
TRIED, MORE = 32, 1.5
"""Of how many events of a loop it is found out how long they ring, and by how much others may be
longer."""
ROOM = "room"
"""Name of the stem that holds what the room answers."""


def work(header: Mapping[str, Any], _: NDArray[np.float32]) -> Iterator[tuple[dict[str, Any], Any]]:
    """Yields a scene's blocks; see `menura.engines.crew_worker`.

    Args:
        header: `scene` as `to_json` gives it, and whether `stems` are wanted.
    """
    scene = from_json(header["scene"])
    for block in perform(scene, stems=bool(header["stems"])):
        yield {"frames": block.shape[1]}, block.reshape(-1)


def to_json(scene: Scene) -> dict[str, Any]:
    """Returns a scene as plain JSON values."""
    return dataclasses.asdict(scene)


def from_json(values: Mapping[str, Any]) -> Scene:
    """Returns the scene that `to_json` wrote."""
    layers = tuple(Layer(**each | {"times_s": tuple(each["times_s"])}) for each in values["layers"])
    return Scene(**{**values, "layers": layers})


def own_layers(scene: Scene) -> tuple[Layer, ...]:
    """Returns the layers that are played here and by no other engine."""
    return tuple(layer for layer in scene.layers if layer.source not in {MUSIC, SPEECH})


def stem_names(scene: Scene) -> tuple[str, ...]:
    """Returns the name of each stem that `perform` gives, in order."""
    return (*(layer.name for layer in own_layers(scene)), ROOM)


def perform(scene: Scene, *, stems: bool) -> Iterator[NDArray[np.float32]]:
    """Yields a scene block by block, shape (channels, frames), float32.

    Blocks without frames come first while what is needed is made: whoever waits knows it is alive.

    A loop is performed as what it is, something periodic, from so long before its first frame
    that all that still rings there is heard.

    Args:
        scene: what to play.
        stems: whether each block has, under the mix, the channels of each of `stem_names`.
    """
    frames = round(scene.duration_s * RATE)
    layers = own_layers(scene)
    nothing = np.zeros((scene.channels * (len(layers) + 2 if stems else 1), 0), np.float32)
    room = room_of(scene)
    away_m = float(np.exp(np.mean([np.log(max(layer.distance_m, 0.5)) for layer in layers])))
    answer = _answer(room, scene.seed, away_m) * np.float32(10 ** (scene.room_db / 20))
    loudness = answer_level(answer)
    echo = Convolver(answer[np.newaxis], PART_FRAMES) if answer.any() else None
    start = -_lead(scene, layers, answer.shape[1]) if scene.loop else 0
    balance = dict(zip(scene.layers, gains_db(scene.layers), strict=True))
    gains = [np.float32(10 ** (balance[layer] / 20)) for layer in layers]
    players = [_player(scene, layer, room, loudness, start) for layer in layers]
    for player in players:
        for _ in player.prepare():
            yield nothing
    tint = _tint(room, len(layers) + 1)
    at, parts = start, 1
    while not frames or at < frames:
        count = parts * PART_FRAMES
        rows = np.zeros((len(layers) + 1, 2, count), np.float32)
        sent = np.zeros((1, count), np.float32)
        for inside in range(0, count, BLOCK_FRAMES):
            here = slice(inside, inside + BLOCK_FRAMES)
            for row, gain, player in zip(rows, gains, players, strict=False):
                block = player.next()
                if block is not None:
                    np.multiply(block.direct, gain, out=row[:, here])
                    sent[:, here] += block.sent * gain
        if echo is not None:
            rows[-1] = echo.process(sent)
        if tint is not None:
            rows = tint.process(rows.reshape(-1, count)).reshape(rows.shape)
        # What comes before a loop begins is not heard: the lead is a number of parts.
        yield nothing if at < 0 else _finished(scene, rows, at, frames, stems=stems)
        at += count
        parts = 1 if at < 0 else PARTS_AT_ONCE


def _finished(
    scene: Scene, rows: NDArray[np.float32], at: int, frames: int, *, stems: bool
) -> NDArray[np.float32]:
    """Returns the mix and the stems under it, as long as the scene goes on."""
    count = min(rows.shape[2], frames - at) if frames else rows.shape[2]
    mix = rows.sum(axis=0, dtype=np.float32)
    stack = np.concatenate([mix[np.newaxis], rows]) if stems else mix[np.newaxis]
    stack = stack[:, :, :count]
    if scene.channels == 1:
        stack = stack.mean(axis=1, keepdims=True, dtype=np.float32)
    if frames and not scene.loop and frames - at - count < END_S * RATE:
        fade = min(END_S * RATE, frames / 4)
        left = np.clip((frames - np.arange(at, at + count)) / fade, 0, 1)
        stack = stack * np.asarray(np.sin(np.pi / 2 * left) ** 2, np.float32)
    return np.ascontiguousarray(stack.reshape(-1, count))


@functools.lru_cache(maxsize=4)
def _answer(room: Room, seed: int, away_m: float) -> NDArray[np.float32]:
    """Returns what a room answers, shape (2, taps): it takes longer than the first block does."""
    answer = response(room, np.random.default_rng([seed, 5]), distance_m=away_m)
    answer.flags.writeable = False
    return answer


def room_of(scene: Scene) -> Room:
    """Returns the room of a scene, as large as it is there."""
    return find_room(scene.room).resized(scene.room_size)


def answer_level(answer: NDArray[np.float32]) -> float:
    """Returns how loud a room's answer is against the direct sound 1 m away, linear.

    Octaves from 100 Hz to 8 kHz count alike: what is above them, where a room answers least, would
    make white noise's figure too small for most sounds.

    Args:
        answer: shape (2, taps).
    """
    size = BLOCK_FRAMES
    padded = np.pad(answer, ((0, 0), (0, -answer.shape[1] % size)))
    pieces = padded.reshape(2, -1, size)
    power = (np.abs(half_spectrum(pieces)) ** 2).sum(axis=(0, 1))
    hz = np.fft.rfftfreq(size, 1 / RATE)
    weight = np.where((hz >= 100) & (hz <= 8000), 1 / np.maximum(hz, 1), 0)
    return float(np.sqrt((power * weight).sum() / weight.sum()))


def _tint(room: Room, rows: int) -> Equaliser | None:
    """Returns the filter of a place that colours all that is heard there, such as a telephone."""
    response = colour(room)
    return None if response is None else Equaliser(np.tile(response, (2 * rows, 1)), BLOCK_FRAMES)


def _player(scene: Scene, layer: Layer, room: Room, answer: float, start: int) -> Player:
    place = Place(layer, room, answer, binaural=scene.binaural)
    frames = round(scene.duration_s * RATE)
    if layer.movement:
        timed = layer if layer.times_s or layer.every_s else _at_start(layer)
        if is_long_pass(timed, loop=scene.loop):
            first = round(timed.times_s[0] * RATE)
            return LongPass(timed, wish_of(timed, timed.length_s), place, start, first)
        times = _times(timed, scene, start)
        if is_comings(timed):
            there = functools.partial(Place, room=room, answer=answer, binaural=scene.binaural)
            return ComingPlayer(timed, there, start, times)
        return PassPlayer(layer, place, start, times)
    if not is_struck(layer):
        return BedPlayer(layer, place, start, frames, loop=scene.loop)
    return EventPlayer(layer, place, start, _times(layer, scene, start))


def _at_start(layer: Layer) -> Layer:
    return dataclasses.replace(layer, times_s=(layer.start_s,))


def _times(layer: Layer, scene: Scene, start: int) -> Iterator[tuple[int, int]]:
    """Yields (frame, number) of the events of a layer; of a loop also those of turns before it."""
    times = event_times(layer, scene.duration_s)
    if not scene.loop:
        return ((round(time_s * RATE), number) for time_s, number in times)
    once = [(round(time_s * RATE), number) for time_s, number in times]
    frames = round(scene.duration_s * RATE)
    turns = range(-(start // frames), -1, -1)
    every = [(frame - turn * frames, number) for turn in turns for frame, number in once]
    return iter([(frame, number) for frame, number in every if frame >= start])


def _lead(scene: Scene, layers: tuple[Layer, ...], taps: int) -> int:
    """Returns how many frames before a loop begins there is sound that rings into it."""
    struck = [layer for layer in layers if is_struck(layer)]
    longest = max((_longest(layer, scene.duration_s) for layer in struck), default=0)
    return -(-(longest + taps + RATE // 10) // PART_FRAMES) * PART_FRAMES


def _longest(layer: Layer, duration_s: float) -> int:
    """Returns how many frames the longest event of a layer has, or of very many about has."""
    if find(layer.source).kind == "bed":
        return round(burst_s(layer) * RATE)
    timed = layer if layer.times_s or layer.every_s else _at_start(layer)
    times = event_times(timed, duration_s)
    frames = [strike(layer, number).shape[1] for _, number in itertools.islice(times, TRIED)]
    return round(max(frames, default=0) * (MORE if len(frames) == TRIED else 1.0))
