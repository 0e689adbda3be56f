"""`Hearth`: a fire that burns, a fuse that burns down, fat that sizzles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from menura.dsp.courses import Course
from menura.dsp.moving import HOP_FRAMES, MovingNoise, make_shapes
from menura.engines.effects.sources.base import BLOCK_FRAMES, LEVEL_DBFS, RATE
from menura.engines.effects.sources.fire.snaps import Snaps, at_share

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from menura.engines.effects.sources.base import Wish

HOPS_PER_S = RATE / HOP_FRAMES
_TWIN_HOPS = 4000


def puffing_hz(width_m: float) -> float:
    """Returns how often a flame over a source of this width sheds a ball of fire, Hz.

    B. Cetegen and T. Ahmed, "Experiments on the periodic instability of buoyant plumes and pool
    fires", Combustion and Flame 93 (1993): f = 1.5 D^-1/2.
    """
    return 1.5 / float(np.sqrt(width_m))


class Puffs:
    """How strongly a flame laps, moment by moment: nearly periodic, never quite.

    Args:
        hz: from `puffing_hz`.
        strays: deviation of the length of a puff over its mean.
        rng: draws the puffs.
    """

    def __init__(self, hz: float, strays: float, rng: np.random.Generator) -> None:
        self._step = hz / HOPS_PER_S
        self._pace = Course(hz, HOPS_PER_S, rng)
        self._height = Course(hz, HOPS_PER_S, rng)
        self._strays = strays
        self._phase = float(rng.random())

    def take(self, hops: int) -> NDArray[np.float64]:
        """Returns the strength at the next hops, shape (hops,), 0 to about 2."""
        pace = np.exp(self._strays * self._pace.take(hops)[0])
        phase = self._phase + np.cumsum(self._step * pace)
        self._phase = float(phase[-1] % 1.0)
        turn = phase % 1.0
        # A puff swells slowly and tears off.
        swell = np.where(
            turn < 0.7, np.sin(np.pi / 2 * turn / 0.7), np.cos(np.pi / 0.6 * (turn - 0.7))
        )
        return np.asarray(swell * np.exp(0.35 * self._height.take(hops)[0]), np.float64)


class Hearth:
    """Flames that roar and lap, jets that hiss, wood that snaps.

    Args:
        table: of the source; a variant's bands have `laps`, how much of them goes with the
            puffs of the flame (0 to 1), and `wander_db`, how far they stray, `per_s`.
        wish: intensity moves levels and the number of snaps; size the width of the fire.
        rng: draws all there is to draw.
    """

    channels = 1

    def __init__(self, table: Mapping[str, Any], wish: Wish, rng: np.random.Generator) -> None:
        voice = table["voices"][wish.variant]
        scale = float(4 ** (wish.size - 0.5))
        bands = voice["bands"]
        curves = [[(hz * scale**-0.25, db) for hz, db in band["points"]] for band in bands]
        self._noise = MovingNoise(make_shapes(curves, RATE), BLOCK_FRAMES, 1, rng)
        width_m = float(voice["width_m"]) * scale
        self._puffs = Puffs(puffing_hz(width_m), float(voice["strays"]), rng)
        self._laps = np.array([float(b.get("laps", 0.0)) for b in bands])
        self._wander_db = np.array([float(b.get("wander_db", 1.0)) for b in bands])
        rates = [float(b.get("per_s", 1.0)) for b in bands]
        self._courses = [Course(per_s, HOPS_PER_S, rng) for per_s in rates]
        snaps = voice["snaps"]
        self._snaps = [Snaps(s, wish.intensity, scale**0.25, rng) for s in snaps]
        self._clump = [float(s.get("clump", 0.3)) for s in snaps]
        self._busy = [Course(0.6, RATE / BLOCK_FRAMES, rng) for _ in snaps]

        noise = np.array([10 ** (at_share(b["db"], wish.intensity) / 20) for b in bands])
        grains = np.array([10 ** (at_share(s["db"], wish.intensity) / 20) for s in snaps])
        whole = float(np.sum(noise**2) + np.sum(grains**2))
        rms = 10 ** (LEVEL_DBFS / 20) / np.sqrt(whole)
        # What the courses do to the power in the long run, by a twin that is not heard.
        twin = np.random.default_rng(0)
        puffs = Puffs(puffing_hz(width_m), float(voice["strays"]), twin).take(_TWIN_HOPS)
        courses = np.stack([Course(r, HOPS_PER_S, twin).take(_TWIN_HOPS)[0] for r in rates])
        swing = self._swing(puffs, courses)
        self._rms = rms * noise / np.sqrt(np.mean(swing**2, axis=0))
        self._gains = (rms * grains).astype(np.float32)

    def next(self) -> NDArray[np.float32]:
        """Returns the next block, shape (1, BLOCK_FRAMES), float32."""
        hops = self._noise.hops
        courses = np.stack([course.take(hops)[0] for course in self._courses])
        swing = self._swing(self._puffs.take(hops), courses)
        block = self._noise.next(self._rms * swing)
        for snaps, gain, clump, busy in zip(
            self._snaps, self._gains, self._clump, self._busy, strict=True
        ):
            # exp of a course of deviation near 0.86 has a mean of exp(0.37 clump^2).
            crowd = np.exp(clump * busy.take(1)[0, 0] - 0.37 * clump**2)
            block += snaps.next(float(crowd)) * gain
        return block

    def _swing(
        self, puffs: NDArray[np.float64], courses: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Returns the factor on each band, shape (hops, bands)."""
        lapping = 1 - self._laps + self._laps * puffs[:, np.newaxis]
        return np.asarray(lapping * 10 ** (self._wander_db * courses.T / 20), np.float64)
