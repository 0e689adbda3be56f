"""Hosting: what other engines play, put behind what stands between and into the scene's room."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from menura.dsp.convolution import Convolver, Equaliser
from menura.engines.base import BLOCK_FRAMES
from menura.engines.effects.lengths import spoken_s
from menura.engines.effects.performing import answer_level, room_of
from menura.engines.effects.place import MOST_ANSWER, NEAREST_M, path_of
from menura.engines.effects.scene import MUSIC, SPEECH
from menura.engines.effects.sources import RATE
from menura.engines.effects.space import colour, find_barrier, response
from menura.engines.effects.space.air import path_filter

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from menura.engines.base import Treatment
    from menura.engines.effects.scene import Layer, Scene
    from menura.engines.effects.space import Room

LONGEST_S = 60.0
SOFTEST = 0.03
"""What moves away stays just audible: 30 dB under where it is nearest."""
_NEAR_M = 10.0
"""Nearer than that air takes nothing away that is heard."""


def host_guests(scene: Scene) -> Mapping[str, Treatment]:
    """Returns what the place of each guest does to its sound, by the guest's name.

    A loop's music leads into itself, and would not with a room that begins in silence: it is dry.
    """
    guests = [layer for layer in scene.layers if layer.source in {MUSIC, SPEECH}]
    room = room_of(scene)
    if scene.loop:
        return {}
    return {layer.name: host for layer in guests if (host := Host(layer, scene, room)).is_heard}


class Host:
    """Puts one guest into the room, block by block, as `Place` does with what a scene plays itself.

    Its level stays; what changes with its distance is how much of it is the room's answer.

    Args:
        layer: the guest.
        scene: where it plays.
        room: of the scene.
    """

    def __init__(self, layer: Layer, scene: Scene, room: Room) -> None:
        rng = np.random.default_rng([scene.seed, 7])
        answer = response(room, rng, distance_m=max(layer.distance_m, 0.5))
        answer = answer * np.float32(10 ** (scene.room_db / 20))
        loudness = answer_level(answer)
        far = min(layer.distance_m * loudness, MOST_ANSWER)
        self._straight = np.float32(1 / np.sqrt(1 + far**2))
        self._echoed = np.float32(far / max(loudness, 1e-9)) * self._straight
        if scene.channels == 1:
            answer = answer.mean(axis=0, keepdims=True)
        self._echo = Convolver(answer[np.newaxis], BLOCK_FRAMES) if answer.any() else None
        self._way = Way(layer, scene) if layer.movement else None
        self._filters = [
            Equaliser(np.tile(taps, (scene.channels, 1)), BLOCK_FRAMES)
            for taps in _between(layer, room)
        ]

    @property
    def is_heard(self) -> bool:
        """Whether the guest sounds otherwise there than it does by itself."""
        return self._echo is not None or self._way is not None or bool(self._filters)

    def __call__(self, sound: NDArray[np.float32]) -> NDArray[np.float32]:
        """Returns the next block as it is heard there, shape (channels, frames) as given."""
        if self._way is not None:
            sound = self._way(sound)
        for each in self._filters:
            sound = each.process(sound)
        if self._echo is None:
            return sound
        mono = sound.mean(axis=0, keepdims=True, dtype=np.float32)
        return np.asarray(
            sound * self._straight + self._echo.process(mono * self._echoed), np.float32
        )


class Way:
    """Moves a guest: its level falls as 1 / r from where it is nearest, and it comes from there.

    Its pitch stays: at the pace of what plays while it moves, a Doppler shift is a few per cent.

    Args:
        layer: the guest, with its movement.
        scene: where it plays; without end it moves for `LONGEST_S`.
    """

    def __init__(self, layer: Layer, scene: Scene) -> None:
        over_s = layer.stop_s or scene.duration_s or layer.start_s + LONGEST_S
        if layer.source == SPEECH:
            over_s = min(over_s, layer.start_s + spoken_s(layer.text))
        seconds = max(over_s - layer.start_s, 1.0)
        points = path_of(layer, seconds, layer.speed_kmh).points
        self._times_s = layer.start_s + points[:, 0]
        self._places = points[:, 1:]
        self._near_m = max(layer.distance_m, NEAREST_M)
        self._at = 0

    def __call__(self, sound: NDArray[np.float32]) -> NDArray[np.float32]:
        """Returns the next block, shape (channels, frames) as given."""
        times_s = (self._at + np.arange(sound.shape[1])) / RATE
        self._at += sound.shape[1]
        x, y, z = (np.interp(times_s, self._times_s, axis) for axis in self._places.T)
        away_m = np.maximum(np.sqrt(x**2 + y**2 + z**2), NEAREST_M)
        gain = np.clip(self._near_m / away_m, SOFTEST, 1.0)
        if sound.shape[0] == 1:
            return np.asarray(sound * gain, np.float32)
        aside = x / np.maximum(away_m, self._near_m)
        sides = np.sqrt(np.stack([1 - aside, 1 + aside]))
        return np.asarray(sound.mean(axis=0) * gain * sides, np.float32)


def _between(layer: Layer, room: Room) -> list[NDArray[np.float32]]:
    """Returns the filters of what stands between, of the air, and of a place that colours all."""
    barrier = colour(find_barrier(layer.barrier)) if layer.barrier else None
    tint = colour(room)
    air = path_filter(room.medium, layer.distance_m) if layer.distance_m > _NEAR_M else None
    return [taps for taps in (barrier, air, tint) if taps is not None]
