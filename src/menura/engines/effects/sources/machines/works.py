"""`Works`: anything that turns, as blows, tones and air that follow one shaft."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from menura.dsp.noise import Wander
from menura.dsp.rotation import Shaft
from menura.dsp.waves import HOP_FRAMES, draw_curve
from menura.engines.effects.sources.base import BLOCK_FRAMES, LEVEL_DBFS, RATE
from menura.engines.effects.sources.machines.course import HOPS, Course, mean_states
from menura.engines.effects.sources.machines.parts import Air, Knocks, Part, Tone, at_share

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from menura.engines.effects.sources.base import Wish


class Works:
    """A bed: one shaft and all that hangs on it.

    The table of a variant has `hz`, how often the shaft turns, for intensity 0, 0.5 and 1;
    `flutter`; `states` if it does not run evenly; and parts, each with its level `db` and what it
    follows: `rise_db`, by how much it grows when the speed doubles, `load_db`, by how much it
    falls when there is no load, `wander_db`, how far it wanders. Levels are worked out, not
    measured: the whole has LEVEL_DBFS in the long run.

    Args:
        table: of the source.
        wish: size makes it turn and ring lower, intensity works it harder; a pace that changes is
            the speed of its shaft.
        rng: draws all there is to draw.
    """

    channels = 1

    def __init__(self, table: Mapping[str, Any], wish: Wish, rng: np.random.Generator) -> None:
        voice = table["voices"][wish.variant]
        octaves = float(voice.get("size_octaves", 1.0)) * (0.5 - wish.size)
        scale = float(2**octaves)
        own = float(voice.get("differs", 0.03))
        self._hz = (
            at_share(voice["hz"], wish.intensity) * scale * float(rng.uniform(1 - own, 1 + own))
        )
        self._shaft = Shaft(
            float(voice.get("flutter", 0.003)),
            float(voice.get("flutter_per_s", 6.0)),
            RATE,
            BLOCK_FRAMES,
            rng,
        )
        states = voice.get("states", [])
        once = bool(voice.get("once", False))
        self._course = Course(states, once, rng) if states else None
        speeds = [float(np.mean(s.get("speed", 1.0))) for s in states] or [1.0]
        self._pace, self._at_s = wish.pace, 0.0
        if self._pace is not None:
            ends = self._pace.factors(np.array([0.0, self._pace.over_s]))
            speeds = np.outer(ends, speeds).reshape(-1).tolist()
        given = (self._hz, np.maximum(speeds, 0.05), scale, rng)
        self._parts: list[Part] = [Knocks(t, *given) for t in voice.get("blows", [])]
        self._parts += [Tone(t, *given) for t in voice.get("tones", [])]
        steady = [t for t in voice.get("bands", []) if "order" not in t]
        self._parts += [Air([t], *given) for t in voice.get("bands", []) if "order" in t]
        tables = [*voice.get("blows", []), *voice.get("tones", [])]
        tables += [t for t in voice.get("bands", []) if "order" in t]
        alike: dict[tuple[float, float], list[Any]] = {}
        for band in steady:
            alike.setdefault((band.get("rise_db", 0.0), band.get("load_db", 0.0)), []).append(band)
        for group in alike.values():
            self._parts.append(Air(group, *given, intensity=wish.intensity))
            tables.append({**group[0], "db": 0.0, "wander_db": 0.0})
        self._level(tables, states, wish.intensity)
        self._courses = [
            Wander(float(t.get("per_s", 1.5)), RATE // HOP_FRAMES, HOPS, rng)
            if t.get("wander_db", 0.0)
            else None
            for t in tables
        ]

    def _level(self, tables: list[Any], states: list[Any], intensity: float) -> None:
        self._rise = np.array([float(t.get("rise_db", 0.0)) / 6.02 for t in tables])
        self._load = np.array([float(t.get("load_db", 0.0)) for t in tables]) * np.log(10) / 20
        self._wander = np.array([float(t.get("wander_db", 0.0)) for t in tables]) * np.log(10) / 20
        db = np.array([at_share(t["db"], intensity) for t in tables])
        size = 10 ** (db / 20)
        own = np.array([part.power for part in self._parts])
        size /= np.where([part.struck for part in self._parts], np.sqrt(own), 1.0)
        power = own * size**2
        power *= np.exp(2 * (0.85 * self._wander) ** 2)
        heard = np.ones(len(tables))
        if states:
            share, speed, load = mean_states(states)
            gains = self._follow(speed, load)
            busy = np.array([part.grows for part in self._parts])[:, np.newaxis]
            heard = (gains**2 * np.maximum(speed, 1e-3) ** busy) @ share
        self._size = size * 10 ** (LEVEL_DBFS / 20) / np.sqrt(float(np.sum(power * heard)))

    def _follow(self, speed: NDArray[np.float64], load: NDArray[np.float64]) -> NDArray[np.float64]:
        """Returns the gain of each part at some speeds and loads, shape (parts, moments)."""
        octaves = np.log(np.maximum(speed, 1e-3))
        exponent = np.outer(self._rise, octaves) - np.outer(self._load, 1 - load)
        return np.asarray(np.exp(np.maximum(exponent, -16.0)), np.float64)

    def next(self) -> NDArray[np.float32]:
        """Returns the next block, shape (1, BLOCK_FRAMES), float32."""
        hz: NDArray[np.float64] | float = self._hz
        gains = None
        if self._course or self._pace is not None:
            speed, load = self._course.next() if self._course else (np.ones(HOPS + 1),) * 2
            if self._pace is not None:
                edges_s = self._at_s + np.arange(HOPS + 1) * HOP_FRAMES / RATE
                speed = speed * self._pace.factors(edges_s)
                self._at_s += BLOCK_FRAMES / RATE
            hz = self._hz * 0.5 * (speed[1:] + speed[:-1])
            gains = self._follow(speed, load)
        turned = self._shaft.next(hz)
        block = np.zeros(BLOCK_FRAMES, np.float32)
        for i, part in enumerate(self._parts):
            gain = np.full(HOPS + 1, self._size[i]) if gains is None else self._size[i] * gains[i]
            course = self._courses[i]
            if course:
                swing = self._wander[i] * course.next()
                gain[1:] *= np.exp(swing)
                gain[0] *= part.swing
                part.swing = float(np.exp(swing[-1]))
            if part.struck:
                block += part.next(turned, gain)
            elif gains is None and not course:
                block += part.next(turned, gain) * np.float32(gain[0])
            else:
                block += part.next(turned, gain) * draw_curve(gain)
        return block[np.newaxis]
