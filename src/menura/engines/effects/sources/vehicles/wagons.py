"""`Wagons`: what each wagon of a train sounds like while it rolls over the joints of its rails."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from menura.dsp.moving import MovingNoise, make_shapes
from menura.dsp.noise import Wander
from menura.engines.effects.sources.base import BLOCK_FRAMES, LEVEL_DBFS, RATE
from menura.engines.effects.sources.machines.parts import at_share
from menura.engines.effects.sources.machines.responses import respond

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from menura.engines.effects.sources.base import Wish

_TAPS = 8192


class Wagons:
    """The wagons of one train: each rolls in noise of its own, all over the same joints.

    Every axle strikes every joint: what an ear beside the rails hears is the order of axles, pair
    by pair, at the speed of the train (D. Thompson, "Railway Noise and Vibration", 2009, 10.4).

    Args:
        table: of the source: `wagons` has `rail_m`, `axles_m` from a wagon's middle, and a voice of
            its `like` for a variant that rolls like another one.
        wish: which train.
        speed_m_s: how fast it goes.
        rng: draws all there is to draw.
    """

    def __init__(
        self, table: Mapping[str, Any], wish: Wish, speed_m_s: float, rng: np.random.Generator
    ) -> None:
        facts = table["wagons"]
        voice = table["voices"][facts["like"].get(wish.variant, wish.variant)]
        self._speed, self._rng = speed_m_s, rng
        self._rail_m = float(facts["rail_m"])
        self._axles_m = np.array(facts["axles_m"], float)
        # All joints are where they are, whichever wagon comes.
        self._first_m = float(rng.uniform(0, self._rail_m))
        bands = [band for band in voice["bands"] if "order" not in band]
        self._shapes = make_shapes([band["points"] for band in bands], RATE)
        self._levels = 10 ** (np.array([at_share(b["db"], wish.intensity) for b in bands]) / 20)
        self._sway = np.array([float(b.get("wander_db", 0.0)) for b in bands]) * np.log(10) / 20
        self._per_s = [float(b.get("per_s", 1.5)) for b in bands]
        joint = voice["blows"][0]
        kinds = int(joint.get("kinds", 3))
        self._rings = np.stack([respond(joint, 1.0, rng, _TAPS) for _ in range(kinds)])
        self._joint_db = at_share(joint["db"], wish.intensity) + float(facts["joint_db"])
        self._spread = float(joint.get("spread_db", 2.0)) * np.log(10) / 20
        power = float(np.sum(self._levels**2 * np.exp(2 * (0.85 * self._sway) ** 2)))
        power += 10 ** (self._joint_db / 10)
        self._gain = 10 ** (LEVEL_DBFS / 20) / np.sqrt(power)

    def roll(self, frames: int, middle_s: float) -> NDArray[np.float32]:
        """Returns the next wagon, shape (frames,), float32.

        Args:
            frames: how much of it.
            middle_s: when its middle is beside the listener.
        """
        noise = MovingNoise(self._shapes, BLOCK_FRAMES, 1, self._rng)
        count = -(-frames // BLOCK_FRAMES)
        per_s, hops = RATE * noise.hops // BLOCK_FRAMES, count * noise.hops
        courses = [Wander(each, per_s, hops, self._rng).next() for each in self._per_s]
        levels = self._levels * np.exp(self._sway * np.stack(courses, axis=1))
        blocks = [noise.next(each) for each in np.split(levels, count)]
        sound = np.concatenate(blocks, axis=1)[0, :frames]
        sound += self._joints(frames, middle_s)
        return np.asarray(sound * np.float32(self._gain), np.float32)

    def _joints(self, frames: int, middle_s: float) -> NDArray[np.float32]:
        """Returns the axles over the joints, shape (frames,), at the level they have beside noise.

        All a wagon strikes lasts some seconds: one transform for all of it.
        """
        reach_m = frames / RATE * self._speed
        number = np.arange(-np.ceil(reach_m / self._rail_m), np.ceil(reach_m / self._rail_m) + 1)
        joints_m = self._first_m + self._rail_m * number
        times_s = middle_s + (joints_m[:, np.newaxis] - self._axles_m).reshape(-1) / self._speed
        at = (times_s[(times_s >= 0) & (times_s < frames / RATE)] * RATE).astype(np.int64)
        rng = self._rng
        sizes = np.exp(self._spread * rng.standard_normal(at.size) - self._spread**2)
        kinds = rng.integers(0, len(self._rings), at.size)
        hits = np.zeros((len(self._rings), frames), np.float32)
        np.add.at(hits, (kinds, at), sizes.astype(np.float32))
        size = 1 << (frames + _TAPS).bit_length()
        spectra = np.fft.rfft(hits, size) * np.fft.rfft(self._rings, size)
        rung = np.fft.irfft(spectra.sum(axis=0), size)[:frames]
        # Each response has an energy of 1, and axles come so often.
        power = self._axles_m.size * self._speed / self._rail_m / RATE
        return np.asarray(rung * 10 ** (self._joint_db / 20) / np.sqrt(power), np.float32)
