"""Parts of what turns: knocks, tones and air."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from menura.dsp.moving import HOP_FRAMES as NOISE_HOP
from menura.dsp.moving import MovingNoise, make_shapes
from menura.dsp.noise import Wander
from menura.dsp.rotation import Blows, Harmonics, Struck, blow_power
from menura.dsp.waves import TABLE_FRAMES, find_places
from menura.engines.effects.sources.base import BLOCK_FRAMES, RATE
from menura.engines.effects.sources.machines.responses import TAPS, respond

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

HIGHEST_HZ = 19_000.0


def at_share(values: float | list[float], share: float) -> float:
    """Returns a value for a share of 0 to 1: itself, or between those for 0, 0.5 and 1."""
    if isinstance(values, list):
        return float(np.interp(share, np.linspace(0, 1, len(values)), values))
    return float(values)


class Part(Protocol):
    """What sounds because a shaft turns."""

    power: float
    """Mean power at the usual speed."""
    grows: float
    """With which power of the speed its power grows by itself."""
    struck: bool
    """Whether gains apply to what strikes it: it rings on."""
    swing: float
    """Where the wander of its level stands."""

    def next(self, turned: NDArray[np.float64], gain: NDArray[np.float64]) -> NDArray[np.float32]:
        """Returns the next block, shape (BLOCK_FRAMES,), float32."""


class Knocks:
    """Blows at places of every cycle: firings, cams, teeth, joints.

    Table: `order` cycles a turn (1), places `at` ([0]) or `each`, so many even ones; `weights_db`;
    `late`; `spread_db`; `kinds`; and what `respond` wants.
    """

    struck = True
    grows = 1.0
    swing = 1.0

    def __init__(
        self,
        table: Mapping[str, Any],
        hz: float,
        speeds: NDArray[np.float64],
        scale: float,
        rng: np.random.Generator,
    ) -> None:
        kinds = int(table.get("kinds", 1))
        taps = int(table.get("taps", TAPS))
        responses = np.stack([respond(table, scale, rng, taps) for _ in range(kinds)])
        self._order = float(table.get("order", 1.0))
        places = table.get("at", [0.0])
        if "each" in table:
            places = [i / int(table["each"]) for i in range(int(table["each"]))]
        at = np.array(places, float)
        weights = 10 ** (np.resize(np.array(table.get("weights_db", [0.0]), float), at.size) / 20)
        weights *= 10 ** (rng.normal(0, float(table.get("uneven_db", 0.0)), at.size) / 20)
        late = float(table.get("late", 0.01))
        spread_db = float(table.get("spread_db", 1.5))
        self._blows = Blows(at, weights, late, spread_db, block_frames=BLOCK_FRAMES, rng=rng)
        self._struck = Struck(responses, BLOCK_FRAMES, rng)
        # What is in time with a resonance is louder there: the mean over the speeds it has.
        each = [
            blow_power(at, weights, late, hz * speed * self._order / RATE, responses) / speed
            for speed in np.geomspace(speeds.min(), speeds.max(), 5 if np.ptp(speeds) else 1)
        ]
        self.power = max(float(np.mean(each)), 1e-12)

    def next(self, turned: NDArray[np.float64], gain: NDArray[np.float64]) -> NDArray[np.float32]:
        """Returns the next block, shape (BLOCK_FRAMES,), float32; `gain` is in it."""
        return self._struck.next(*self._blows.next(turned * self._order, gain))


class Tone:
    """A harmonic tone, `order` cycles a turn, in some `copies` that are not quite in tune.

    Table: `harmonics_db` or (`slope_db` per octave and `count`); `copies`; `apart`, deviation of
    the copies' speeds; `apart_per_s`; `fixed_hz` in place of `order` if it does not follow.
    """

    struck = False
    grows = 0.0
    swing = 1.0
    power = 1.0

    def __init__(
        self,
        table: Mapping[str, Any],
        hz: float,
        speeds: NDArray[np.float64],
        scale: float,  # noqa: ARG002 - the contract of parts
        rng: np.random.Generator,
    ) -> None:
        self._order = (
            float(table["fixed_hz"]) / hz if "fixed_hz" in table else float(table["order"])
        )
        self._fixed_hz = float(table.get("fixed_hz", 0.0))
        db = np.array(table.get("harmonics_db", [0.0]), float)
        if "slope_db" in table:
            db = float(table["slope_db"]) * np.log2(np.arange(1, int(table["count"]) + 1))
        db = db + rng.normal(0, float(table.get("uneven_db", 1.0)), db.size)
        highest = self._fixed_hz or self._order * 1.25 * hz * float(speeds.max())
        kept = max(1, int(HIGHEST_HZ / highest))
        self._copies = int(table.get("copies", 1))
        self._waves = [Harmonics(10 ** (db[:kept] / 20), rng) for _ in range(self._copies)]
        self._apart = float(table.get("apart", 0.0))
        per_s = float(table.get("apart_per_s", 2.0))
        self._own = self._apart * rng.standard_normal(self._copies)
        self._drift = [Wander(per_s, RATE // 32, BLOCK_FRAMES // 32, rng) for _ in self._waves]
        self._cycles = rng.random(self._copies)
        self._gain = np.float32(self._copies**-0.5)

    def next(self, turned: NDArray[np.float64], gain: NDArray[np.float64]) -> NDArray[np.float32]:  # noqa: ARG002 - the contract of parts
        """Returns the next block, shape (BLOCK_FRAMES,), float32, rms 1."""
        steps = np.diff(turned) * self._order
        if self._fixed_hz:
            steps = np.full(steps.size, self._fixed_hz * 32 / RATE)
        block = np.zeros(BLOCK_FRAMES, np.float32)
        for i, wave in enumerate(self._waves):
            mine = steps
            if self._apart:
                mine = steps * (1 + self._own[i] + 0.5 * self._apart * self._drift[i].next())
            cycles = np.concatenate([[0.0], np.cumsum(mine)]) + self._cycles[i]
            self._cycles[i] = cycles[-1] % 1.0
            block += wave.read(cycles)
        return block * self._gain


class Air:
    """Noise in bands; with `order` it comes in puffs, so many a turn.

    Table: `points`; `wander_db`, `per_s`; for puffs `at`, `weights_db`, `attack` and `decay` as
    shares of a cycle, and `depth`, 1 if there is silence between them.
    """

    struck = False
    grows = 0.0
    power = 1.0
    swing = 1.0

    def __init__(
        self,
        tables: list[Mapping[str, Any]],
        hz: float,  # noqa: ARG002 - the contract of parts
        speeds: NDArray[np.float64],  # noqa: ARG002 - the contract of parts
        scale: float,
        rng: np.random.Generator,
        *,
        intensity: float | None = None,
    ) -> None:
        curves = [[(p * scale**0.5, db) for p, db in t["points"]] for t in tables]
        self._noise = MovingNoise(make_shapes(curves, RATE), BLOCK_FRAMES, 1, rng)
        self._wander = np.array([float(t.get("wander_db", 0.0)) for t in tables]) * np.log(10) / 20
        self._rms = np.ones(len(tables))
        self._order = float(tables[0].get("order", 0.0))
        self._puffs = _puffs(tables[0]) if self._order else None
        self._courses = [
            Wander(float(t.get("per_s", 2.0)), RATE // NOISE_HOP, self._noise.hops, rng)
            for t in tables
        ]
        if intensity is not None:
            self._rms = 10 ** (np.array([at_share(t["db"], intensity) for t in tables]) / 20)
            self.power = float(np.sum(self._rms**2 * np.exp(2 * (0.85 * self._wander) ** 2)))
        else:
            self._wander[:] = 0.0

    def next(self, turned: NDArray[np.float64], gain: NDArray[np.float64]) -> NDArray[np.float32]:  # noqa: ARG002 - the contract of parts
        """Returns the next block, shape (BLOCK_FRAMES,), float32."""
        swing = np.stack([course.next() for course in self._courses], axis=1)
        block = self._noise.next(self._rms * np.exp(self._wander * swing))[0]
        if self._puffs is not None:
            block = block * self._puffs.take(find_places(turned * self._order))
        return np.asarray(block, np.float32)


def _puffs(table: Mapping[str, Any]) -> NDArray[np.float32]:
    """Returns the gain through one cycle, shape (TABLE_FRAMES,), with a mean square of 1."""
    at = np.array(table.get("at", [0.0]), float)
    weights = 10 ** (np.resize(np.array(table.get("weights_db", [0.0]), float), at.size) / 20)
    place = np.arange(TABLE_FRAMES) / TABLE_FRAMES
    since = (place[np.newaxis] - at[:, np.newaxis]) % 1.0
    attack, decay = float(table.get("attack", 0.05)), float(table.get("decay", 0.2))
    shape = np.zeros(TABLE_FRAMES)
    for turn in range(3):
        late = since + turn
        up = 0.5 - 0.5 * np.cos(np.pi * np.minimum(late / attack, 1.0))
        shape += weights @ (up * np.exp(-np.maximum(late - attack, 0) / decay))
    shape /= shape.max()
    depth = float(table.get("depth", 1.0))
    shape = 1 - depth + depth * shape
    return np.asarray(shape / np.sqrt(np.mean(shape**2)), np.float32)
