"""`Sounder`: signals that follow a pattern of pitches: sirens, alarms, telephones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from menura.dsp.convolution import Equaliser, minimum_phase
from menura.dsp.noise import Wander
from menura.dsp.rotation import Harmonics
from menura.dsp.waves import HOP_FRAMES, draw_curve
from menura.engines.effects.sources.base import BLOCK_FRAMES, LEVEL_DBFS, RATE
from menura.engines.effects.sources.machines.parts import HIGHEST_HZ, at_share

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from menura.engines.effects.sources.base import Wish

_HOPS = BLOCK_FRAMES // HOP_FRAMES
_HOP_S = HOP_FRAMES / RATE
_EDGE_S = 0.004
_HORN = [
    (100.0, -30.0),
    (350.0, -8.0),
    (700.0, 0.0),
    (2500.0, 0.0),
    (5000.0, -9.0),
    (12_000.0, -30.0),
]
_LINE = [(50.0, -40.0), (250.0, -3.0), (1000.0, 0.0), (3300.0, -2.0), (4500.0, -40.0)]


class Sounder:
    """A bed of one or two tones whose pitch and loudness follow a pattern.

    Table: `pattern`, (Hz, s, gain) in turn, or `sweep`, (Hz, s), straight over log frequency, that
    repeats after `pattern_s`; `harmonics_db`; `second`, ratio of a second tone; `faster` for
    intensity 0, 0.5 and 1; `horn` or `line`, through which it is heard; `decays_s`, if each tone
    dies away; `spins_up_s`, if a motor makes it; `rattle_db` of noise with it.

    Args:
        table: of the source.
        wish: intensity hurries it; size lowers it by up to a fifth.
        rng: draws where it begins, pitch and unsteadiness.
    """

    channels = 1

    def __init__(self, table: Mapping[str, Any], wish: Wish, rng: np.random.Generator) -> None:
        voice = table["voices"][wish.variant]
        self._voice, self._rng = voice, rng
        self._scale = float(rng.uniform(0.994, 1.006)) * 2 ** (0.4 * (0.5 - wish.size))
        if voice.get("line"):
            self._scale = float(rng.uniform(0.999, 1.001))
        self._pace = at_share(voice.get("faster", 1.0), wish.intensity)
        self._times, self._pitch, self._gain = _curves(voice)
        self._period = float(self._times[-1])
        self._now = 0.0 if "sweep" not in voice else float(rng.uniform(0, 0.1)) * self._period
        highest = self._scale * float(np.exp(self._pitch.max()))
        db = np.array(voice["harmonics_db"], float) + rng.normal(0, 0.8, len(voice["harmonics_db"]))
        ratios = [1.0] + ([float(voice["second"])] if "second" in voice else [])
        self._ratios = ratios
        self._waves = []
        for ratio in ratios:
            kept = max(1, int(HIGHEST_HZ / highest / ratio))
            self._waves.append(Harmonics(10 ** (db[:kept] / 20), rng))
        self._cycles = rng.random(len(ratios))
        points = _HORN if voice.get("horn") else _LINE if voice.get("line") else None
        self._filter = None
        if points:
            curve = np.array(points).T
            response = minimum_phase(curve[0], curve[1], RATE, 1024)
            self._filter = Equaliser(response[np.newaxis], BLOCK_FRAMES)
        self._wander = Wander(5.0, RATE // HOP_FRAMES, _HOPS + 1, rng)
        self._yelp_s = float(voice.get("yelp_s", 0.0))
        self._yelps, self._until = False, float(rng.uniform(7, 12))
        self._rattle = 10 ** (float(voice.get("rattle_db", -120.0)) / 20)
        mean = float(np.trapezoid(np.exp(2 * self._gain), self._times) / self._period)
        self._size = 10 ** (LEVEL_DBFS / 20) / np.sqrt(mean * len(ratios))
        self._size = np.float32(self._size * self._correction(voice))

    def _correction(self, voice: Mapping[str, Any]) -> float:
        """Returns what makes up for horn, line and decays."""
        if self._filter is None and "decays_s" not in voice:
            return 1.0
        grid = np.linspace(0, self._period, 200, endpoint=False)
        hz = self._scale * np.exp(np.interp(grid, self._times, self._pitch))
        weight = np.exp(2 * np.interp(grid, self._times, self._gain))
        db = np.array(voice["harmonics_db"], float)
        points = _HORN if voice.get("horn") else _LINE if voice.get("line") else [(20.0, 0.0)]
        at, level = np.log(np.array(points).T[0]), np.array(points).T[1]
        order = np.arange(1, db.size + 1)
        total = 0.0
        for ratio in self._ratios:
            heard = np.interp(np.log(np.outer(hz * ratio, order)), at, level)
            share = 10 ** (db / 10) / np.sum(10 ** (db / 10))
            total += float(np.sum(weight[:, np.newaxis] * share * 10 ** (heard / 10)))
        total /= len(self._ratios) * float(weight.sum())
        if "decays_s" in voice:
            total *= _mean_decay(voice)
        return float(1 / np.sqrt(total))

    def next(self) -> NDArray[np.float32]:
        """Returns the next block, shape (1, BLOCK_FRAMES), float32."""
        pace = self._pace
        if self._yelp_s:
            if self._now > self._until * pace:
                self._yelps = not self._yelps
                self._until += float(
                    self._rng.uniform(3, 5) if self._yelps else self._rng.uniform(7, 12)
                )
            pace *= self._period / self._yelp_s if self._yelps else 1.0
        where = self._now + pace * _HOP_S * np.arange(_HOPS + 1)
        self._now = float(where[-1])
        place = where % self._period
        course = self._wander.next()
        hz = self._scale * np.exp(
            np.interp(place, self._times, self._pitch) + 0.0015 * course
        ).astype(np.float64)
        gain = np.exp(np.interp(place, self._times, self._gain) + 0.02 * course).astype(np.float64)
        if "decays_s" in self._voice or "spins_up_s" in self._voice:
            hz, gain = self._shaped(np.asarray(place, np.float64), hz, gain)
        curve = draw_curve(gain)
        block = np.zeros(BLOCK_FRAMES, np.float32)
        for i, (ratio, wave) in enumerate(zip(self._ratios, self._waves, strict=True)):
            steps = hz[1:] * ratio * _HOP_S
            cycles = np.concatenate([[0.0], np.cumsum(steps)]) + self._cycles[i]
            self._cycles[i] = cycles[-1] % 1.0
            block += wave.read(cycles)
        if self._rattle > 1e-5:
            noise = self._rng.standard_normal(BLOCK_FRAMES, np.float32)
            block += noise * np.abs(block) * np.float32(self._rattle)
        block *= curve * self._size
        sound = block[np.newaxis]
        return self._filter.process(sound) if self._filter else sound

    def _shaped(
        self, place: NDArray[np.float64], hz: NDArray[np.float64], gain: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        since = place - self._starts()[np.searchsorted(self._starts(), place, "right") - 1]
        if "decays_s" in self._voice:
            gain = gain * np.exp(-since / float(self._voice["decays_s"]) * 3)
        if "spins_up_s" in self._voice:
            up = 1 - np.exp(-since / float(self._voice["spins_up_s"]))
            hz, gain = hz * (0.35 + 0.65 * up), gain * up
        return hz, gain

    def _starts(self) -> NDArray[np.float64]:
        return np.concatenate([[0.0], np.cumsum([p[1] for p in self._voice["pattern"]])])[:-1]


def _mean_decay(voice: Mapping[str, Any]) -> float:
    """Returns the share of power that is left of tones that die away, as long as they sound."""
    rate = 6 / float(voice["decays_s"])
    seconds = np.array([p[1] for p in voice["pattern"] if p[2]])
    return float(np.sum((1 - np.exp(-rate * seconds)) / rate) / seconds.sum())


def _curves(
    voice: Mapping[str, Any],
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Returns times, log pitch and log gain of a pattern, with short edges between tones."""
    if "sweep" in voice:
        hz, seconds = np.array(voice["sweep"], float).T
        return seconds, np.log(hz), np.zeros(hz.size)
    pattern = voice["pattern"]
    times, pitch, gain = [], [], []
    now = 0.0
    held = next(hz for hz, _, _ in pattern if hz)
    for hz, seconds, size in pattern:
        held = hz or held
        level = np.log(size) if size else -14.0
        times += [now + _EDGE_S, now + seconds]
        pitch += [np.log(held)] * 2
        gain += [level] * 2
        now += seconds
    times[-1] = now - 1e-6
    return (
        np.concatenate([[0.0], times, [now]]),
        np.array([pitch[-1], *pitch, pitch[-1]]),
        np.array([gain[-1], *gain, gain[-1]]),
    )
