"""`Waves`: breakers that come in one after another on a beach, on rocks, on the shore of a lake."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from menura.dsp.moving import HOP_FRAMES, MovingNoise, make_shapes
from menura.engines.effects.sources.base import BLOCK_FRAMES, LEVEL_DBFS, RATE
from menura.engines.effects.sources.water.swarm import Swarm, at_share

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from menura.engines.effects.sources.base import Wish

_HOPS_PER_S = RATE / HOP_FRAMES
_TWIN_HOPS, _TWIN_PIECES = 500, 12
_SHORE = 3
"""Each wave breaks at so many places along the shore, one after another."""


class Waves:
    """Breakers in two channels.

    A wave steepens with a rumble, breaks with a crash, and leaves foam whose bubbles hiss, the
    higher the longer; then water runs back over what the shore is made of.

    Args:
        table: of the source; a variant's bands each tell when they sound within a wave: `rise_s`
            before it is loudest, `at_s` after the wave breaks, `fall_s`.
        wish: intensity moves the height of the waves and with it how loud crash and foam are over
            the steady surf; size their period.
        rng: draws all there is to draw.
    """

    channels = 2

    def __init__(self, table: Mapping[str, Any], wish: Wish, rng: np.random.Generator) -> None:
        voice = table["voices"][wish.variant]
        bands = voice["bands"]
        height = at_share(voice["height_m"], wish.intensity) / float(voice["height_m"][1])
        # Larger bubbles and longer scales in higher waves: spectra go down a little.
        curves = [[(hz * height**-0.15, db) for hz, db in band["points"]] for band in bands]
        steady = [voice["surf"]]
        self._noise = MovingNoise(make_shapes(curves + steady, RATE), BLOCK_FRAMES, 2, rng)
        size = np.array([10 ** (at_share(b["db"], wish.intensity) / 20) for b in bands])
        self._surf = 10 ** (at_share(voice["surf_db"], wish.intensity) / 20)
        period_s = at_share(voice["period_s"], wish.size)
        self._breakers = Breakers(bands, period_s, float(voice["strays"]), rng)
        twin = Breakers(bands, period_s, float(voice["strays"]), np.random.default_rng(0))
        envelopes = np.concatenate([twin.take(_TWIN_HOPS) for _ in range(_TWIN_PIECES)], axis=1)
        swarms = voice.get("swarms", [])
        self._follows = [int(s["follows"]) for s in swarms]
        grains = np.array([10 ** (at_share(s["db"], wish.intensity) / 20) for s in swarms])
        mean_square = (envelopes**2).mean(axis=(0, 1))
        self._size = size / np.sqrt(mean_square)
        whole = float(np.sum(size**2) + self._surf**2 + np.sum(grains**2))
        gain = 10 ** (LEVEL_DBFS / 20) / np.sqrt(whole)
        self._size, self._surf = self._size * gain, self._surf * gain
        self._swarms = [Swarm(s, wish.intensity, 2 ** (wish.size - 0.5), 2, rng) for s in swarms]
        # A swarm's power goes with how busy it is, and that with the envelope of its band.
        self._usual = [float(envelopes[:, :, band].mean()) for band in self._follows]
        self._gains = (grains * gain).astype(np.float32)

    def next(self) -> NDArray[np.float32]:
        """Returns the next block, shape (2, BLOCK_FRAMES), float32."""
        envelopes = self._breakers.take(self._noise.hops)
        surf = np.full((*envelopes.shape[:2], 1), self._surf)
        levels = np.concatenate([envelopes * self._size, surf], axis=2)
        block = self._noise.next(levels)
        for swarm, band, usual, gain in zip(
            self._swarms, self._follows, self._usual, self._gains, strict=True
        ):
            block += swarm.next(float(envelopes[:, :, band].mean()) / usual) * gain
        return block


class Breakers:
    """When waves break, where and how hard: envelopes of the bands.

    Args:
        bands: the tables of the bands.
        period_s: mean time from wave to wave.
        strays: deviation of that time over its mean.
        rng: draws the waves.
    """

    def __init__(
        self, bands: list[Any], period_s: float, strays: float, rng: np.random.Generator
    ) -> None:
        self._period_s, self._strays, self._rng = period_s, strays, rng
        self._at_s = np.array([float(b["at_s"]) for b in bands])
        self._rise_s = np.array([float(b["rise_s"]) for b in bands])
        self._fall_s = np.array([float(b["fall_s"]) for b in bands])
        self._lead_s = float((self._rise_s - self._at_s).max()) + 0.5
        self._last_s = float((self._at_s + 5 * self._fall_s).max())
        self._now_s = 0.0
        self._time_s = np.zeros(0)
        self._strength = np.zeros((2, 0))
        self._next_s = float(rng.uniform(-1.0, 0.0)) * period_s
        self._set = float(rng.uniform(0, 2 * np.pi))

    def take(self, hops: int) -> NDArray[np.float64]:
        """Returns amplitudes at the next hops, shape (2, hops, bands)."""
        seconds = self._now_s + np.arange(hops) / _HOPS_PER_S
        self._now_s += hops / _HOPS_PER_S
        while self._next_s < self._now_s + self._lead_s:
            self._break()
        heard = self._time_s > seconds[0] - self._last_s
        self._time_s, self._strength = self._time_s[heard], self._strength[:, heard]
        total = np.zeros((2, hops, self._at_s.size))
        for band in range(self._at_s.size):
            late = seconds[np.newaxis] - self._time_s[:, np.newaxis] - self._at_s[band]
            rising = np.exp(-((np.minimum(late, 0) / (0.5 * self._rise_s[band])) ** 2))
            falling = np.exp(-np.maximum(late, 0) / self._fall_s[band])
            # Places along the shore are independent: their powers add.
            total[:, :, band] = np.sqrt(self._strength**2 @ (rising * falling) ** 2)
        return total

    def _break(self) -> None:
        rng = self._rng
        # Waves come in sets: every seventh or so is high (groups of swell).
        self._set += 2 * np.pi / rng.uniform(5, 9)
        height = float(1 + 0.25 * np.sin(self._set)) * 2 ** rng.normal(0, 0.18)
        place = rng.uniform(0.1, 0.9)
        runs = rng.uniform(0.2, 0.7) * rng.choice((-1.0, 1.0))
        late = np.sort(rng.uniform(0, 0.22 * self._period_s, _SHORE))
        angle = (place + runs * np.linspace(0, 1, _SHORE)).clip(0, 1) * np.pi / 2
        strength = height * 2 ** rng.normal(0, 0.22, _SHORE)
        sides = np.stack([np.cos(angle), np.sin(angle)]) * strength
        self._time_s = np.concatenate([self._time_s, self._next_s + late])
        self._strength = np.concatenate([self._strength, sides], axis=1)
        self._next_s += self._period_s * float(np.clip(rng.normal(1, self._strays), 0.4, 1.8))
