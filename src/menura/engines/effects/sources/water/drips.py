"""Drops that fall into water one by one: once, or on and on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from menura.dsp.bubbles import bubble_t60_s, ring_bubbles
from menura.dsp.grains import fade_out
from menura.dsp.modes import Modes, ring
from menura.dsp.noise import Overlay
from menura.engines.effects.sources.base import BLOCK_FRAMES, LEVEL_DBFS, RATE
from menura.engines.effects.sources.water.swarm import at_share

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from menura.engines.effects.sources.base import Wish

_TRIALS = 12


def fall_drop(
    table: Mapping[str, Any], wish: Wish, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Returns one drop, shape (frames,), float32: a faint tick, then the bubble it leaves.

    S. Phillips, A. Agarwal and P. Jordan, "The sound produced by a dripping tap is driven by
    resonant oscillations of an entrapped air bubble", Scientific Reports 8 (2018): the impact is
    all but silent; the bubble pinches off some 10 to 30 ms later and rings at its own pitch.
    """
    return _drop(table["places"][wish.variant], wish, rng)


def _drop(place: Mapping[str, Any], wish: Wish, rng: np.random.Generator) -> NDArray[np.float32]:
    taps = round(float(place["length_s"]) * RATE)
    sound = np.zeros(taps, np.float32)
    tick = rng.standard_normal(192, np.float32) * np.exp(-np.arange(192, dtype=np.float32) / 30)
    tick = np.diff(tick, prepend=np.float32(0))
    loud = 10 ** ((float(place["tick_db"]) + rng.normal(0, 2)) / 20)
    sound[:192] += np.float32(loud / np.abs(tick).max()) * tick * fade_out(192)
    middle_mm = float(place["radius_mm"]) * 2 ** (1.6 * (wish.size - 0.5))
    count = 1 + int(rng.poisson(at_share(place["more"], wish.intensity)))
    at = round(rng.uniform(*place["delay_s"]) * RATE)
    for number in range(count):
        radius_m = np.array([middle_mm / 1000 * 2 ** rng.normal(0, 0.22) * 0.72**number])
        left = min(taps - at, round(1.3 * float(bubble_t60_s(radius_m)[0]) * RATE))
        if left < 256:
            break
        rising = np.array([rng.uniform(0.02, float(place["rising"]))])
        size = 10 ** (rng.normal(-5.0 * number, 2) / 20)
        sound[at : at + left] += ring_bubbles(radius_m, rising, left, RATE)[0] * np.float32(size)
        at += round(rng.uniform(0.012, 0.06) * RATE)
    if "basin" in place:
        sound += _basin(place["basin"], taps, rng)
    return sound * fade_out(taps)


def _basin(table: Mapping[str, Any], taps: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """Returns what the drop sets ringing beneath a film of water."""
    count = int(table["modes"])
    low, high = table["hz"]
    hz = np.sort(rng.uniform(low, high, count))
    modes = Modes(
        hz=hz,
        amplitude=rng.standard_normal(count) / (1 + (hz / 1500) ** 2),
        t60_s=rng.uniform(table["t60_s"][0], table["t60_s"][1], count),
        phase=np.full(count, -np.pi / 2),
    )
    sound = ring(modes, taps, RATE)
    return sound * np.float32(10 ** (float(table["db"]) / 20) / np.abs(sound).max())


class Dripping:
    """Drops that fall at some places, each at its own pace that strays.

    A tap drips nearly evenly, with intervals that stray by a few per cent and at times by more
    (R. Shaw, "The Dripping Faucet as a Model Chaotic System", 1984).

    Args:
        table: of the source: `places` in it say how many spots drip, how fast and how evenly.
        wish: intensity moves the pace.
        rng: draws all there is to draw.
    """

    def __init__(self, table: Mapping[str, Any], wish: Wish, rng: np.random.Generator) -> None:
        self._place = table["places"][wish.variant]
        self._wish, self._rng = wish, rng
        self._channels = int(self._place["channels"])
        self._overlay = Overlay(self._channels, BLOCK_FRAMES)
        spots = int(self._place["spots"])
        pace = at_share(self._place["per_s"], wish.intensity) * 2 ** rng.normal(0, 0.4, spots)
        pace *= at_share(self._place["per_s"], wish.intensity) * spots / pace.sum()
        self._step = RATE / pace
        self._due = self._step * rng.random(spots)
        self._angle = (rng.permutation(spots) + 0.5) / spots * np.pi / 2
        self._own = rng.normal(0, 0.12, spots)
        self._loud_db = rng.normal(0, 2, spots)
        # Power: drops a second times the mean energy of one, from a few that are not heard.
        energy = np.mean([float(np.sum(self._drop(spot % spots) ** 2)) for spot in range(_TRIALS)])
        power = float(np.sum(1 / self._step)) * energy / self._channels
        self._gain = np.float32(10 ** (LEVEL_DBFS / 20) / np.sqrt(power))

    @property
    def channels(self) -> int:
        """1, or 2 where drops fall all round."""
        return self._channels

    def next(self) -> NDArray[np.float32]:
        """Returns the next block, shape (channels, BLOCK_FRAMES), float32."""
        end = self._overlay.position + BLOCK_FRAMES
        for spot in range(self._due.size):
            while self._due[spot] < end:
                sound = self._drop(spot) * self._gain
                angle = self._angle[spot]
                sides = np.array([[np.cos(angle)], [np.sin(angle)]], np.float32)
                self._overlay.add(
                    int(self._due[spot]), sound * sides if self._channels == 2 else sound
                )
                strays = self._rng.normal(0, float(self._place["strays"]))
                self._due[spot] += self._step[spot] * float(np.clip(1 + strays, 0.2, 3.0))
        return self._overlay.next()

    def _drop(self, spot: int) -> NDArray[np.float32]:
        size = float(np.clip(self._wish.size + self._own[spot], 0, 1))
        wish = type(self._wish)(
            variant=self._wish.variant, intensity=self._wish.intensity, size=size
        )
        return _drop(self._place, wish, self._rng) * np.float32(10 ** (self._loud_db[spot] / 20))
