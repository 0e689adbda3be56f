"""Textures: the noises of old media that lie under music. They are drawn, never looped."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

TEXTURES = ("vinyl", "tape")

CLICKS_PER_S, POPS_PER_S = 14.0, 0.9
CLICK_DB, POP_DB = -46.0, -34.0
SURFACE_DB, HISS_DB, RUMBLE_DB = -66.0, -58.0, -58.0
TURN_S = 60 / (100 / 3)
"""A turn of a record at 33 1/3 per minute: the same scratch comes round once in it."""
_TAIL_FRAMES = 400


class Texture:
    """One texture, block by block.

    Levels against full scale are those of a worn record and of a cassette without noise
    reduction, beside music around -20 dBFS: surface noise of LPs is quoted at 50 to 60 dB below a
    5 cm/s groove (IEC 60098), hiss of type I tape at 50 to 55 dB below 250 nWb/m (IEC 60094).

    Args:
        name: one of TEXTURES.
        rate: Hz.
        rng: draws the noise.
    """

    def __init__(self, name: str, rate: int, rng: np.random.Generator) -> None:
        self._name = name
        self._rate = rate
        self._rng = rng
        self._at = 0
        self._tail = np.zeros((2, _TAIL_FRAMES), np.float32)
        self._scratches = np.sort(rng.random(3)) * TURN_S
        self._slow = np.zeros((2, 1))

    def next(self, frames: int) -> NDArray[np.float32]:
        """Returns the next stretch, shape (2, frames), float32."""
        noise = self._rng.standard_normal((2, frames))
        if self._name == "tape":
            return np.asarray(_shelved(noise) * 10 ** (HISS_DB / 20), np.float32)
        sound = np.zeros((2, frames + _TAIL_FRAMES), np.float32)
        sound[:, :_TAIL_FRAMES] = self._tail
        sound[:, :frames] += (10 ** (SURFACE_DB / 20) * noise).astype(np.float32)
        sound[:, :frames] += self._rumble(frames)
        for rate_per_s, level_db, length_s in (
            (CLICKS_PER_S, CLICK_DB, 0.0004),
            (POPS_PER_S, POP_DB, 0.0015),
        ):
            count = int(self._rng.poisson(rate_per_s * frames / self._rate))
            self._strike(sound, self._rng.random(count) * frames, level_db, length_s)
        self._strike(sound, self._turns(frames), POP_DB - 4, 0.001)
        self._tail = sound[:, frames:].copy()
        self._at += frames
        return sound[:, :frames]

    def _strike(
        self, sound: NDArray[np.float32], places: NDArray[np.float64], level_db: float, s: float
    ) -> None:
        """Adds short damped bursts, each a little different and in its own place."""
        n = np.arange(_TAIL_FRAMES)
        for place in places.tolist():
            size = 10 ** ((level_db + 5 * self._rng.standard_normal()) / 20)
            length = s * self._rate * (0.5 + self._rng.random())
            shape = np.exp(-n / length) * np.cos(n / length * (1 + self._rng.random()))
            side = 0.5 + 0.4 * (self._rng.random() - 0.5)
            gains = np.array([[1 - side], [side]])
            start = int(place)
            sound[:, start : start + _TAIL_FRAMES] += (2 * size * gains * shape).astype(np.float32)

    def _turns(self, frames: int) -> NDArray[np.float64]:
        """Returns where the scratches that come round with the record fall in this stretch."""
        start_s, stop_s = self._at / self._rate, (self._at + frames) / self._rate
        turns = np.arange(int(start_s / TURN_S), int(stop_s / TURN_S) + 1) * TURN_S
        times = (turns[:, None] + self._scratches).ravel()
        inside = times[(times >= start_s) & (times < stop_s)]
        return np.asarray((inside - start_s) * self._rate, np.float64)

    def _rumble(self, frames: int) -> NDArray[np.float32]:
        """Returns the bearing's rumble: noise around 30 Hz, mostly in both channels alike."""
        knots = frames * 40 // self._rate + 3
        points = self._rng.standard_normal((2, knots))
        points[1] = 0.8 * points[0] + 0.2 * points[1]
        points[:, :1] = self._slow
        self._slow = points[:, -1:]
        place = np.linspace(0, knots - 1, frames)
        rows = [np.interp(place, np.arange(knots), row) for row in points]
        return np.asarray(np.stack(rows) * 10 ** (RUMBLE_DB / 20), np.float32)


def _shelved(noise: NDArray[np.float64]) -> NDArray[np.float64]:
    """Returns noise with tape's tilt: a little more at the top than white."""
    lifted = noise.copy()
    lifted[:, 1:] -= 0.4 * noise[:, :-1]
    return lifted
