"""Wind over open land, in trees, howling round a house and whistling in wires; and one gust."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from menura.dsp.courses import Course
from menura.dsp.grains import Grains, ring_grains
from menura.dsp.moving import BINS, HOP_FRAMES, MovingNoise, add_bell, make_shapes
from menura.engines.effects.sources.base import BLOCK_FRAMES, LEVEL_DBFS, RATE
from menura.engines.effects.sources.weather.gusts import HOPS_PER_S, Gusts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from menura.engines.effects.sources.base import Wish

DRIVING = 0.8
"""Power of the speed with which the level of rain goes that wind drives."""
_TWIN_HOPS = 3000
_LEAVES = 128
_SHARE = (0.0, 0.5, 1.0)
_STRAYING = 0.11
_COMING_DB = 6.0
"""Each that sings strays by so many octaves and decibels on its own."""
_SINGING = 3.0
"""Power of the speed with which the amplitude of what sings goes."""


class Voices:
    """What wind makes sound: bands of turbulence, and edges or wires that sing.

    Each band's amplitude goes with a power of the speed (aeroacoustic dipoles: pressure with U^2
    to U^3, N. Curle, Proceedings of the Royal Society A 231 (1955)). A singing edge or wire has a
    pitch that goes with the speed, f = St U / d (V. Strouhal, 1878), pulled towards its resonance.

    Args:
        voice: the table of a variant.
        wish: intensity moves all with the mean speed, size lowers the pitch of what sings.
        table: of the source.
        rng: draws what differs from one place to another.
    """

    def __init__(
        self,
        voice: Mapping[str, Any],
        wish: Wish,
        table: Mapping[str, Any],
        rng: np.random.Generator,
    ) -> None:
        self.speed = float(np.interp(wish.intensity, _SHARE, table["speed_m_s"]))
        self.turbulence = float(voice["turbulence"])
        self.gusts_per_s = float(voice["gusts_per_s"])
        over = np.log2(self.speed / float(table["speed_m_s"][1]))
        bands = voice["bands"]
        # Spectra move up with the speed: f = U / length.
        curves = [[(hz * 2 ** (0.5 * over), db) for hz, db in band["points"]] for band in bands]
        self.shapes = make_shapes(curves, RATE)
        self._power = np.array([band["exponent"] for band in bands])
        self._size = 10 ** (np.array([band["db"] for band in bands]) / 20)
        self._size = self._size * 2 ** (over * self._power)
        sings = voice.get("sings", [])
        scale = 2 ** (1.2 * (0.5 - wish.size))
        self._sing_hz = np.array([s["hz"] for s in sings]) * scale
        self._sing_hz *= 2 ** (rng.normal(0, 0.06, len(sings)) + 0.35 * over)
        self._sing_q = np.array([s["q"] for s in sings])
        self._sing_pull = np.array([s["follows"] for s in sings])
        self._sing_size = np.array([10 ** (s["db"] / 20) for s in sings])
        self._courses = Course(0.8, HOPS_PER_S, rng, rows=max(1, len(sings)))

    def levels(self, wind: NDArray[np.float64]) -> NDArray[np.float64]:
        """Returns the rms of each band, shape (places, hops, bands)."""
        return np.asarray(self._size * wind[:, :, np.newaxis] ** self._power, np.float64)

    def sing(self, wind: NDArray[np.float64]) -> NDArray[np.float32] | None:
        """Returns the power at each bin of what sings, shape (places, hops, BINS), or None."""
        if not self._sing_hz.size:
            return None
        own = self._courses.take(wind.shape[1])
        power = np.zeros((*wind.shape, BINS), np.float32)
        mean = np.log2(wind.mean(axis=0))
        for hz, q, follows, size, course in zip(
            self._sing_hz, self._sing_q, self._sing_pull, self._sing_size, own, strict=True
        ):
            octave = np.log2(hz) + follows * mean + _STRAYING * course
            # It begins to sing above some speed and dies in the lulls.
            loud = size * wind**_SINGING * 10 ** (_COMING_DB * course / 20)
            add_bell(power, 2**octave, q, loud, RATE)
        return power

    def mean_power(self) -> float:
        """Returns the mean power over a long time, by a twin of the wind that is not heard."""
        gusts = Gusts(self.turbulence, self.gusts_per_s, np.random.default_rng(0))
        wind = gusts.take(_TWIN_HOPS)
        power = float((self.levels(wind) ** 2).sum(axis=2).mean())
        # E 10^(2 c / 20) of a course of deviation 0.8.
        spread = float(np.exp(2 * (0.76 * _COMING_DB * np.log(10) / 20) ** 2))
        return power + float((self._sing_size**2).sum() * np.mean(wind ** (2 * _SINGING))) * spread


class Wind:
    """Wind that blows on, in two channels."""

    channels = 2

    def __init__(
        self,
        table: Mapping[str, Any],
        wish: Wish,
        rng: np.random.Generator,
        driven: NDArray[np.float32] | None = None,
    ) -> None:
        voice = table["voices"][wish.variant]
        self._voices = Voices(voice, wish, table, rng)
        self._gusts = Gusts(self._voices.turbulence, self._voices.gusts_per_s, rng)
        shapes = self._voices.shapes
        if driven is not None:
            shapes = np.concatenate([shapes, driven[np.newaxis]])
        self._noise = MovingNoise(shapes, BLOCK_FRAMES, 2, rng)
        self._rustle = Rustle(voice["rustle"], rng) if "rustle" in voice else None
        power = self._voices.mean_power()
        share = 10 ** (float(voice["rustle"]["db"]) / 10) if self._rustle else 0.0
        self._gain = 10 ** (LEVEL_DBFS / 20) / np.sqrt(power * (1 + share))
        self._rustling = np.float32(np.sqrt(power * share) * self._gain)
        self._driven = driven is not None
        self.driven_rms = 0.0
        """How loud `driven` is, a band that goes with the wind."""
        self.blowing = np.ones((2, self._noise.hops))
        """Speed over mean speed in the block given last, shape (2, hops)."""

    def next(self) -> NDArray[np.float32]:
        """Returns the next block, shape (2, BLOCK_FRAMES), float32."""
        wind = self._gusts.take(self._noise.hops)
        self.blowing = wind
        levels = self._voices.levels(wind) * self._gain
        if self._driven:
            rms = self.driven_rms * wind**DRIVING
            levels = np.concatenate([levels, rms[:, :, np.newaxis]], axis=2)
        sung = self._voices.sing(wind)
        if sung is not None:
            sung *= np.float32(self._gain**2)
        block = self._noise.next(levels, sung)
        if self._rustle is not None:
            block += self._rustle.next(wind) * self._rustling
        return block


class Rustle:
    """Leaves that strike each other: clicks of a few milliseconds, more and harder in a gust.

    Args:
        table: `per_s`, `hz` and `t60_s` of the clicks, and how they go with the wind, `exponent`.
        rng: draws them.
    """

    def __init__(self, table: Mapping[str, Any], rng: np.random.Generator) -> None:
        count, taps = _LEAVES, 192
        self._rng, self._per_s = rng, float(table["per_s"])
        self._exponent = float(table["exponent"])
        low, high = np.log(table["hz"])
        short, long = table["t60_s"]
        bank = np.zeros((count, taps), np.float32)
        for _ in range(3):
            hz = np.exp(rng.uniform(low, high, count))
            tone = ring_grains(hz, rng.uniform(short, long, count), taps, RATE)
            bank += tone * rng.standard_normal((count, 1)).astype(np.float32)
        bank /= np.sqrt(np.sum(bank**2, axis=1, keepdims=True))
        self._grains = Grains(bank, BLOCK_FRAMES, 2)
        energy = float(np.mean(np.sum(bank**2, axis=1)))
        twin = Gusts(0.3, 0.2, np.random.default_rng(0)).take(_TWIN_HOPS)
        swing = float(np.mean(twin ** (2 + 2 * self._exponent)))
        loud = float(np.exp(2 * (3 * np.log(10) / 20) ** 2))
        self._gain = 1 / np.sqrt(self._per_s / RATE * energy / 2 * swing * loud)

    def next(self, wind: NDArray[np.float64]) -> NDArray[np.float32]:
        """Returns the next block with a mean power near 1, shape (2, BLOCK_FRAMES), float32."""
        rng = self._rng
        strength = float(wind.mean())
        count = int(rng.poisson(self._per_s * strength**2 * BLOCK_FRAMES / RATE))
        gains = self._gain * strength**self._exponent * 10 ** (rng.normal(0, 3, count) / 20)
        return self._grains.next(
            rng.integers(0, BLOCK_FRAMES, count),
            gains,
            rng.integers(0, _LEAVES, count),
            rng.random(count) * np.pi / 2,
        )


def blow_gust(
    table: Mapping[str, Any], wish: Wish, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Returns one gust that rises, holds and falls, shape (2, frames), float32."""
    shortest, longest = table["length_s"]
    usual_s = float(np.interp(wish.intensity, _SHARE, table["usual_s"]))
    length_s = float(np.clip(wish.length_s or usual_s, shortest, longest))
    voices = Voices(table["voices"][wish.variant], wish, table, rng)
    frames = round(length_s * RATE)
    hops = -(-frames // HOP_FRAMES)
    noise = MovingNoise(voices.shapes, hops * HOP_FRAMES, 2, rng)
    t = (np.arange(hops) + 0.5) / hops
    top = rng.uniform(0.3, 0.42)
    swell = np.where(
        t < top, np.sin(np.pi / 2 * t / top), np.cos(np.pi / 2 * (t - top) / (1 - top))
    )
    eddies = Gusts(0.22, 1.0, rng).take(hops)
    wind = np.maximum((0.22 + 0.95 * swell**1.3) * eddies, 0.22)
    sound = noise.next(voices.levels(wind), voices.sing(wind))[:, :frames]
    ramp = round(0.12 * frames)
    sound[:, -ramp:] *= (np.cos(np.linspace(0, np.pi, ramp)) * 0.5 + 0.5).astype(np.float32) ** 2
    start = round(0.003 * RATE)
    sound[:, :start] *= np.linspace(0, 1, start, dtype=np.float32)
    return sound
