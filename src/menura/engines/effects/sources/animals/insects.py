"""Crickets, cicadas, and insects in flight."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from menura.dsp.noise import Wander
from menura.dsp.waves import HOP_FRAMES, accumulate, draw_curve, find_places, make_table, read_table
from menura.engines.effects.sources.animals.birds import make_distance
from menura.engines.effects.sources.animals.chorus import Chorus, Member
from menura.engines.effects.sources.animals.songs import tone
from menura.engines.effects.sources.base import BLOCK_FRAMES, LEVEL_DBFS, RATE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from menura.engines.effects.sources.base import Bed, Wish

_TICKS_PER_S = RATE / HOP_FRAMES
_TICKS = BLOCK_FRAMES // HOP_FRAMES
_WANDER_POWER = 0.72
"""Mean square of a `Wander`."""


def gather_crickets(table: Mapping[str, Any], wish: Wish, rng: np.random.Generator) -> Bed:
    """Returns field crickets, or cicadas; intensity is how warm it is, and how many there are."""
    place = table[wish.variant]
    if wish.variant == "cicada":
        return Cicadas(place, wish, rng)
    few, many = place["members"]
    count = round(few * (many / few) ** wish.intensity)
    celsius = float(np.interp(wish.intensity, (0, 1), place["celsius"]))
    near_m, far_m = place["distance_m"]
    angles = (rng.permutation(count) + rng.random(count)) / count * np.pi / 2
    members = []
    for angle in angles.tolist():
        own_celsius = celsius + rng.normal(0, 0.7)
        distance_m = float(np.sqrt(rng.uniform(near_m**2, far_m**2)))
        members.append(
            Member(
                call=Cricket(place, own_celsius, wish.size, rng.spawn(1)[0]).chirp,
                period_s=60 / chirps_per_minute(own_celsius),
                jitter=0.06,
                gain=1 / (distance_m + near_m),
                angle=angle,
            )
        )
    return Chorus(members, make_distance(place["far"], rng), float(place["far_db"]), rng)


def chirps_per_minute(celsius: float) -> float:
    """Returns how often a cricket chirps: Dolbear 1897, T = 50 + (N - 40) / 4 in Fahrenheit."""
    return 40 + 4 * (celsius * 1.8 + 32 - 50)


class Cricket:
    """One cricket: chirps of some pulses, each a closing of the wings.

    Args:
        table: `hz_at_20`, `hz_per_celsius`, `pulses`, `pulse_s_at_20`, `duty`, `harmonics`.
        celsius: how warm it is where it sits: in the cold all is slower.
        size: 0 to 1; larger wings sing lower.
        rng: draws its pitch, and how chirps differ.
    """

    def __init__(
        self, table: Mapping[str, Any], celsius: float, size: float, rng: np.random.Generator
    ) -> None:
        self._table, self._rng = table, rng
        warmth = 1 + float(table["hz_per_celsius"]) * (celsius - 20)
        own = float(np.exp(rng.normal(0, table["spread"])))
        self._hz = float(table["hz_at_20"]) * warmth * own * 2 ** (0.3 * (0.5 - size))
        self._pulse_s = float(table["pulse_s_at_20"]) * (30 / (celsius + 10)) ** 0.7

    def chirp(self) -> NDArray[np.float32]:
        """Returns a chirp, shape (frames,), float32."""
        least, most = self._table["pulses"]
        count = int(self._rng.integers(least, most + 1))
        ticks = round(self._pulse_s * _TICKS_PER_S)
        share = np.arange(ticks) / ticks / float(self._table["duty"])
        # The pitch falls while the wings close, by some 4 %.
        hz = self._hz * (1.02 - 0.04 * np.minimum(share, 1))
        rise = np.minimum(share / 0.3, 1) * np.sqrt(np.maximum(1 - share, 0))
        # The first pulse of a chirp is the softest.
        sizes = np.array([0.45, 0.8, 1.0, 1.0, 1.0])[:count]
        sizes = sizes * np.exp(self._rng.normal(0, 0.06, count))
        level = np.concatenate([np.outer(sizes, rise).reshape(-1), np.zeros(1)])
        course = np.concatenate([np.tile(hz, count), hz[-1:]])
        return tone(course, level, self._table["harmonics"])


class Cicadas:
    """Cicadas: tymbals that click some hundred times a second, each click ringing at their pitch.

    Args:
        place: `members`, `hz`, `width_hz`, `clicks_hz`, `swell`, `swell_per_s`, `far`, `far_db`.
        wish: intensity is how many, and how warm.
        rng: draws all there is to draw.
    """

    channels = 2

    def __init__(self, place: Mapping[str, Any], wish: Wish, rng: np.random.Generator) -> None:
        few, many = place["members"]
        count = round(few + (many - few) * wish.intensity)
        slow, fast = place["clicks_hz"]
        clicks = rng.uniform(slow, fast, count) * (0.9 + 0.2 * wish.intensity)
        low, high = np.log(place["hz"]).tolist()
        centres = np.exp(rng.uniform(low, high, count)) * 2 ** (0.4 * (0.5 - wish.size))
        self._tables = [
            self._tymbal(float(c), float(k), float(place["width_hz"]), rng)
            for c, k in zip(centres, clicks, strict=True)
        ]
        self._clicks = clicks
        self._phase = rng.random(count)
        self._pitch = [Wander(8.0, round(_TICKS_PER_S), _TICKS + 1, rng) for _ in range(count)]
        pace = float(place["swell_per_s"])
        self._swell = [Wander(pace, round(_TICKS_PER_S), _TICKS + 1, rng) for _ in range(count)]
        self._depth = float(place["swell"])
        angle = (rng.permutation(count) + rng.random(count)) / count * np.pi / 2
        sizes = rng.uniform(0.5, 1.0, count)
        near = 10 ** (LEVEL_DBFS / 10) / (1 + 10 ** (float(place["far_db"]) / 10))
        sizes *= np.sqrt(2 * near / np.sum(sizes**2) / (1 + _WANDER_POWER * self._depth**2))
        self._ears = np.stack([np.cos(angle), np.sin(angle)]) * sizes
        self._far: Callable[[], NDArray[np.float32]] = make_distance(place["far"], rng)
        self._far_gain = np.float32(np.sqrt(10 ** (LEVEL_DBFS / 10) - near))

    def next(self) -> NDArray[np.float32]:
        """Returns the next block, shape (2, BLOCK_FRAMES), float32."""
        block = self._far() * self._far_gain
        for number, table in enumerate(self._tables):
            hz = self._clicks[number] * (1 + 0.02 * self._pitch[number].next())
            phase = self._phase[number] + accumulate(hz.astype(np.float64), RATE)
            self._phase[number] = phase[-1] % 1.0
            level = 1 + self._depth * self._swell[number].next().astype(np.float64)
            sound = read_table(table, find_places(phase))[:, 0] * draw_curve(level)
            for ear in range(2):
                block[ear] += sound * np.float32(self._ears[ear, number])
        return block

    @staticmethod
    def _tymbal(
        centre_hz: float, clicks_hz: float, width_hz: float, rng: np.random.Generator
    ) -> NDArray[np.float32]:
        """Returns a cycle of clicks of rms 1: one in, one out, that ring at the tymbal's pitch."""
        order = np.arange(1, int(14_000 / clicks_hz))
        size = 1 / (1 + ((order * clicks_hz - centre_hz) / width_hz) ** 2)
        turn = np.exp(2j * np.pi * (0.08 * rng.standard_normal(order.size) - 0.5 * order))
        out = 1 + 0.6 * np.exp(2j * np.pi * 0.43 * order)
        harmonics = size * turn * out
        return make_table(harmonics[np.newaxis] * np.sqrt(2 / np.sum(np.abs(harmonics) ** 2)))


class Flight:
    """An insect that flies about: the tone of its wings comes nearer and goes away.

    Args:
        table: of the source; a variant has `hz`, `wander` of it, and `harmonics` in dB.
        wish: intensity is how excited, size how large.
        rng: draws its ways.
    """

    channels = 1

    def __init__(self, table: Mapping[str, Any], wish: Wish, rng: np.random.Generator) -> None:
        own = table[wish.variant]
        stirred = 2 ** (0.25 * (wish.intensity - 0.5)) * 2 ** (0.5 * (0.5 - wish.size))
        self._hz = float(own["hz"]) * stirred
        sizes = 10 ** (np.array([0.0, *own["harmonics"]]) / 20)
        order = np.arange(1, sizes.size + 1)
        turn = np.exp(2j * np.pi * rng.random(sizes.size))
        dull = sizes * turn * 0.75**order
        both = np.stack(
            [sizes * turn, dull * np.sqrt(np.sum(sizes**2) / np.sum(np.abs(dull) ** 2))]
        )
        self._table = make_table(both * np.sqrt(2 / np.sum(sizes**2)))
        self._phase = 0.0
        ticks, rate = _TICKS + 1, round(_TICKS_PER_S)
        busy = 0.6 + 0.8 * wish.intensity
        self._near = Wander(1.3 * busy, rate, ticks, rng)
        self._turns = Wander(3.0 * busy, rate, ticks, rng)
        self._flutter = Wander(30.0, rate, ticks, rng)
        self._wander = float(own["wander"]) * busy
        self._swell_db = 2.6
        power = float(np.mean(10 ** (self._swell_db * 0.85 * rng.standard_normal(4096) / 10)))
        self._gain = 10 ** (LEVEL_DBFS / 20) / np.sqrt(power)

    def next(self) -> NDArray[np.float32]:
        """Returns the next block, shape (1, BLOCK_FRAMES), float32."""
        near = self._near.next().astype(np.float64)
        bend = self._wander * self._turns.next() + 0.006 * self._flutter.next()
        phase = self._phase + accumulate(self._hz * (1 + bend.astype(np.float64)), RATE)
        self._phase = float(phase[-1] % 1.0)
        waves = read_table(self._table, find_places(phase))
        level = self._gain * 10 ** (self._swell_db * near / 20)
        bright = (0.5 + 0.3 * near).clip(0, 1)
        sound = waves[:, 0] * draw_curve(level * bright)
        sound += waves[:, 1] * draw_curve(level * (1 - bright))
        return np.asarray(sound[np.newaxis], np.float32)
