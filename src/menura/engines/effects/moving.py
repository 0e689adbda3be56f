"""`LongPass`: what moves for minutes, heard from its path block by block."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from menura.engines.effects.sources import BLOCK_FRAMES, RATE, bed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from menura.engines.effects.place import Heard, Place
    from menura.engines.effects.scene import Layer
    from menura.engines.effects.sources import Wish

EDGE_S = 12.0
"""How long what passes takes at most to come into hearing, and to go."""


class LongPass:
    """Plays a bed that moves once, in constant memory however long it does.

    Args:
        layer: what moves, and from when; `length_s` says how long.
        wish: how it is to sound.
        place: where.
        start: frame of the first block.
        first: frame at which it begins.
    """

    def __init__(self, layer: Layer, wish: Wish, place: Place, start: int, first: int) -> None:
        self._frames = round(layer.length_s * RATE)
        self._at, self._first, self._done = start, first, 0
        rng = np.random.default_rng([layer.seed, 3, 0])
        self._bed = bed(layer.source, wish, np.random.default_rng([layer.seed, 1, 0]))
        self._path = place.passage(layer.length_s, rng)
        self._edge = min(round(EDGE_S * RATE), self._frames // 3)
        self._comes = layer.movement not in {"leaving", "circling"}
        self._goes = layer.movement not in {"approaching", "circling"}
        self._spare = np.zeros((1, 0), np.float32)

    def prepare(self) -> Iterator[None]:
        """Makes, step by step, what is needed ahead of the first moment: sound takes its time."""
        while self._spare.shape[1] < self._path.lead_frames:
            self._spare = np.concatenate([self._spare, self._next_bed()], axis=1)
            yield
        self._path.feed(self._spare[:, : self._path.lead_frames])
        self._spare = self._spare[:, self._path.lead_frames :]

    def next(self) -> Heard | None:
        """Returns the next block; None before it begins and when it is over."""
        at = self._at
        self._at += BLOCK_FRAMES
        if at + BLOCK_FRAMES <= self._first or self._done >= self._frames:
            return None
        quiet = max(0, self._first - at)
        count = min(BLOCK_FRAMES - quiet, self._frames - self._done)
        while self._spare.shape[1] < count:
            self._spare = np.concatenate([self._spare, self._next_bed()], axis=1)
        sound, self._spare = self._spare[:, :count], self._spare[:, count:]
        heard = self._path.hear(sound, self._gain(count))
        self._done += count
        return heard.padded(quiet, BLOCK_FRAMES)

    def _next_bed(self) -> NDArray[np.float32]:
        return np.asarray(self._bed.next().mean(axis=0, keepdims=True), np.float32)

    def _gain(self, count: int) -> NDArray[np.float32]:
        """Returns how it comes into hearing, and out of it, shape (count,)."""
        at = self._done + np.arange(count)
        near = np.full(count, 1.0)
        if self._comes:
            near = np.minimum(near, at / self._edge)
        if self._goes:
            near = np.minimum(near, (self._frames - at) / self._edge)
        return np.asarray(np.sin(np.pi / 2 * np.clip(near, 0, 1)), np.float32)
