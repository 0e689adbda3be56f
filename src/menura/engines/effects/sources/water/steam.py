"""`Steam`: a jet of steam, free, from a valve, and in milk that it warms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from menura.dsp.courses import Course
from menura.dsp.moving import BINS, HOP_FRAMES, MovingNoise, add_bell, make_shapes
from menura.engines.effects.sources.base import BLOCK_FRAMES, LEVEL_DBFS, RATE
from menura.engines.effects.sources.water.swarm import Swarm, at_share

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from menura.engines.effects.sources.base import Wish

_HOPS_PER_S = RATE / HOP_FRAMES


class Steam:
    """A jet: noise with a broad peak at f = 0.2 U / d, and what it tears through.

    In milk the tearing screeches in narrow bands; as foam thickens and milk warms their pitch
    falls, within `falls_s`, to a low rumble that stays.

    Args:
        table: of the source.
        wish: intensity moves the jet's speed, size its width.
        rng: draws all there is to draw.
    """

    channels = 1

    def __init__(self, table: Mapping[str, Any], wish: Wish, rng: np.random.Generator) -> None:
        voice = table["voices"][wish.variant]
        speed_m_s = at_share(voice["speed_m_s"], wish.intensity)
        width_m = float(voice["width_mm"]) / 1000 * 2 ** (wish.size - 0.5)
        peak_hz = min(0.2 * speed_m_s / width_m, 14_000.0)
        # Jets fall by 6 dB per octave above their peak and by 9 below (Lighthill; Goldstein,
        # "Aeroacoustics", 1976, turbulent mixing noise).
        jet = [(peak_hz * 2.0**o, -9.0 * -o if o < 0 else -6.0 * o) for o in (-5, -2, -1, 1, 2)]
        jet = [(hz, -abs(db)) for hz, db in jet]
        jet.insert(3, (peak_hz, 0.0))
        curves = [[p for p in jet if p[0] < 22_000]]
        curves += [band["points"] for band in voice["bands"]]
        self._noise = MovingNoise(make_shapes(curves, RATE), BLOCK_FRAMES, 1, rng)
        level_db = [float(voice["jet_db"])] + [float(b["db"]) for b in voice["bands"]]
        rms = 10 ** (np.array(level_db) / 20)
        swarms = voice.get("swarms", [])
        sings = voice.get("sings", [])
        grains = np.array([10 ** (float(s["db"]) / 20) for s in swarms])
        tones = np.array([10 ** (float(s["db"]) / 20) for s in sings])
        whole = float(np.sum(rms**2) + np.sum(grains**2) + np.sum(tones**2))
        gain = 10 ** (LEVEL_DBFS / 20) / np.sqrt(whole)
        self._rms, self._tones = rms * gain, tones * gain
        self._gains = (grains * gain).astype(np.float32)
        self._swarms = [Swarm(s, wish.intensity, 2 ** (wish.size - 0.5), 1, rng) for s in swarms]
        self._sings = sings
        self._falls_s = float(voice.get("falls_s", 1.0)) * float(rng.uniform(0.8, 1.25))
        self._from_share = float(rng.uniform(0.0, 0.1))
        self._courses = Course(
            float(voice.get("per_s", 6.0)), _HOPS_PER_S, rng, rows=1 + 2 * len(sings)
        )
        self._wander_db = float(voice.get("wander_db", 1.0))
        self._hops = 0

    def next(self) -> NDArray[np.float32]:
        """Returns the next block, shape (1, BLOCK_FRAMES), float32."""
        courses = self._courses.take(self._noise.hops)
        swing = 10 ** (self._wander_db * courses[0] / 20)
        levels = self._rms * swing[:, np.newaxis]
        more = None
        if self._sings:
            seconds = (self._hops + np.arange(self._noise.hops)) / _HOPS_PER_S
            fallen = self._from_share + np.minimum(seconds / self._falls_s, 1 - self._from_share)
            more = np.zeros((self._noise.hops, BINS), np.float32)
            for number, (sing, rms) in enumerate(zip(self._sings, self._tones, strict=True)):
                start, end = np.log(sing["hz"])
                hz = np.exp(start + (end - start) * fallen + 0.07 * courses[1 + 2 * number])
                loud = rms * 10 ** (4.0 * courses[2 + 2 * number] / 20)
                add_bell(more, hz, float(sing["q"]), loud, RATE)
        self._hops += self._noise.hops
        block = self._noise.next(levels, more)
        for swarm, gain in zip(self._swarms, self._gains, strict=True):
            block += swarm.next() * gain
        return block
