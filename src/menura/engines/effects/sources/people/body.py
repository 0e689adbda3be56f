"""Beds of a body: breath, a heart, and chewing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from menura.dsp.modes import DECAY_60_DB
from menura.dsp.moving import HOP_FRAMES, MovingNoise, make_shapes
from menura.dsp.noise import Overlay
from menura.engines.effects.sources.animals.strides import Contact, Ground, Strides
from menura.engines.effects.sources.base import BLOCK_FRAMES, LEVEL_DBFS, RATE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from menura.engines.effects.sources.base import Wish

_LEVEL = 10 ** (LEVEL_DBFS / 20)
_HOP_S = HOP_FRAMES / RATE
_TRIALS = 64


class Breath:
    """Breath, in and out: noise of the throat, brighter on its way in.

    Args:
        source: variants with `per_min` (from-to by intensity), `inward` and `outward` (bands of
            noise: `db` and `points`), `shares` (of a cycle: in, pause, out), `outward_db`.
        wish: intensity is the pace and the effort, size that of the body.
        rng: draws each breath.
    """

    channels = 1

    def __init__(self, source: Mapping[str, Any], wish: Wish, rng: np.random.Generator) -> None:
        table = source[wish.variant]
        self._table, self._rng = table, rng
        low, high = table["per_min"]
        per_min = low * (high / low) ** wish.intensity * 2 ** (0.5 * (0.5 - wish.size))
        self._cycle_s, self._pace, self._made_s = 60 / per_min, wish.pace, 0.0
        scale = 2 ** (0.5 * (0.5 - wish.size))
        bands = [*table["inward"], *table["outward"]]
        shapes = [[(hz * scale, db) for hz, db in band["points"]] for band in bands]
        self._noise = MovingNoise(make_shapes(shapes, RATE), BLOCK_FRAMES, 1, rng)
        sizes = 10 ** (np.array([float(band["db"]) for band in bands]) / 20)
        # With effort the throat opens and the jet is faster: high bands come up.
        sizes *= 2 ** ((wish.intensity - 0.5) * np.linspace(-0.3, 0.6, sizes.size))
        self._in = np.where(np.arange(sizes.size) < len(table["inward"]), sizes, 0)
        self._out = np.where(np.arange(sizes.size) < len(table["inward"]), 0, sizes)
        self._out *= 10 ** (float(table["outward_db"]) / 20)
        self._levels = np.zeros((0, sizes.size))
        trials = np.concatenate([self._breathe() for _ in range(_TRIALS)])
        self._gain = _LEVEL / np.sqrt(np.mean(np.sum(trials**2, axis=1)))
        self._made_s = 0.0

    def next(self) -> NDArray[np.float32]:
        """Returns the next block, shape (1, BLOCK_FRAMES), float32."""
        hops = self._noise.hops
        while self._levels.shape[0] < hops:
            self._levels = np.concatenate([self._levels, self._breathe()])
        now, self._levels = self._levels[:hops], self._levels[hops:]
        return self._noise.next(now * self._gain)

    def _breathe(self) -> NDArray[np.float64]:
        """Returns the levels of one breath, shape (hops, bands)."""
        rng = self._rng
        cycle_s = self._cycle_s * float(np.exp(rng.normal(0, 0.08)))
        if self._pace is not None:
            cycle_s /= self._pace.factor(self._made_s)
        self._made_s += cycle_s
        inward, pause, outward = np.array(self._table["shares"]) * np.exp(rng.normal(0, 0.06, 3))
        share = np.arange(max(8, round(cycle_s / _HOP_S))) * _HOP_S / cycle_s
        drawn = np.sin(np.pi * (share / inward).clip(0, 1)) ** 0.8
        # Air leaves fast at first, then ever slower, as a balloon's.
        left = ((share - inward - pause) / outward).clip(0, 1)
        blown = np.minimum(left / 0.15, 1) * (1 - left) ** 1.3
        uneven = np.exp(rng.normal(0, 0.1, (2, share.size)) + rng.normal(0, 0.12, (2, 1)))
        first, second = drawn * uneven[0], blown * uneven[1]
        return np.asarray(np.outer(first, self._in) + np.outer(second, self._out), np.float64)


class Heart:
    """A heart: valves that shut, first those of the chambers, then those of the arteries.

    Args:
        source: variants with `per_min` (from-to by intensity); `first` and `second` (tables of
            `hz`, `t60_s` and `db`), `systole_s` (between them, at 60 a minute), `second_db`.
        wish: intensity is the pace, size that of the chest.
        rng: draws each beat.
    """

    channels = 1

    def __init__(self, source: Mapping[str, Any], wish: Wish, rng: np.random.Generator) -> None:
        self._source, self._rng = source, rng
        low, high = source[wish.variant]["per_min"]
        self._beat_s = 60 / (low + (high - low) * wish.intensity)
        self._deep = 2 ** (0.6 * (0.5 - wish.size))
        # Systole goes with the root of the beat's length: H. Bazett, Heart 7 (1920).
        self._systole_s = float(source["systole_s"]) * np.sqrt(self._beat_s)
        self._force = 2 ** (wish.intensity - 0.5)
        self._phase = float(rng.random())
        self._next, self._pace = 0.01 * RATE, wish.pace
        self._overlay = Overlay(1, BLOCK_FRAMES)
        energy = np.mean([float(np.sum(self._beat() ** 2)) for _ in range(12)])
        self._gain = np.float32(_LEVEL / np.sqrt(energy / self._beat_s / RATE))

    def next(self) -> NDArray[np.float32]:
        """Returns the next block, shape (1, BLOCK_FRAMES), float32."""
        end = self._overlay.position + BLOCK_FRAMES
        while (frame := self._frame(self._next)) < end:
            self._overlay.add(max(int(frame), end - BLOCK_FRAMES), self._beat() * self._gain)
            # Breathing quickens and slows it: some 4 %, every fourth beat or so.
            self._phase += self._beat_s / 4.2
            sway = 0.035 * np.sin(2 * np.pi * self._phase) + float(self._rng.normal(0, 0.012))
            self._next += self._beat_s * (1 + sway) * RATE
        return self._overlay.next()

    def _frame(self, even: float) -> float:
        return even if self._pace is None else self._pace.moment_s(even / RATE) * RATE

    def _beat(self) -> NDArray[np.float32]:
        first = self._thud(self._source["first"])
        second = self._thud(self._source["second"])
        second *= np.float32(10 ** (float(self._source["second_db"]) / 20))
        at = int(self._systole_s * float(np.exp(self._rng.normal(0, 0.015))) * RATE)
        beat = np.zeros(at + second.size, np.float32)
        beat[: first.size] += first[: beat.size]
        beat[at:] += second
        return beat

    def _thud(self, table: Mapping[str, Any]) -> NDArray[np.float32]:
        rng = self._rng
        hz = np.array(table["hz"]) * self._deep * np.exp(rng.normal(0, 0.04, len(table["hz"])))
        decay = DECAY_60_DB / np.array(table["t60_s"])
        sizes = 10 ** (np.array(table["db"]) / 20) * np.exp(rng.normal(0, 0.15, hz.size))
        sizes *= self._force ** (np.arange(hz.size) / hz.size)
        t = np.arange(int(float(np.max(table["t60_s"])) * RATE)) / RATE
        # Both valves of a pair shut some ms apart.
        late = np.abs(rng.normal(0.012, 0.006, hz.size)) * (np.arange(hz.size) % 2)
        after = np.maximum(t - late[:, np.newaxis], 0)
        waves = np.sin(2 * np.pi * hz[:, np.newaxis] * after) * np.exp(
            -decay[:, np.newaxis] * after
        )
        rise = np.minimum(after / 0.012, 1)
        thud = sizes @ (waves * rise) * np.minimum(1, (t[-1] - t) / 0.02)
        # The chest does not move for good: what is left of a mean goes with a slow bump.
        bump = np.sin(np.pi * t / t[-1]) ** 2
        return np.asarray(thud - bump * (thud.mean() / bump.mean()), np.float32)


def chew(source: Mapping[str, Any], wish: Wish, rng: np.random.Generator) -> Strides:
    """Returns chewing: the jaw shuts and crushes what cracks, and opens again."""
    low, high = source["per_s"]
    per_s = low + (high - low) * wish.intensity
    contacts = [
        Contact(at=0.0, force=1.0),
        Contact(at=0.1, force=0.7),
        Contact(at=0.46, force=0.25),
    ]
    ground = Ground(source["grounds"][wish.variant], wish.size, rng)
    return Strides(ground, contacts, per_s, wish, rng)
