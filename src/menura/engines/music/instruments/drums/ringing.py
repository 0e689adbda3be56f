"""`Ringing`: membranes, bars and bells as damped modes whose pitch may fall after the blow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from menura.dsp.modes import Modes, ring
from menura.engines.music.instruments.drums.bands import decay

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from menura.engines.music.instruments.drums.layer import Layer

_HEARD = 1.1
_MAX_SHARE = 0.45
_FORCE_DB = 3.0
"""How much less each mode falls behind the one before under full force than under none."""
_PLACE = 0.25
_TUNING = 0.003
_GLIDES = 7.0


class Ringing:
    """Modes of a drum.

    Args:
        layer: their figures.
        rate: Hz.
    """

    def __init__(self, layer: Layer, rate: int) -> None:
        self._layer = layer
        self._rate = rate
        series = layer.series[: layer.count] if layer.count > 1 else layer.series
        self._ratios = np.array(series)
        self._order = np.arange(self._ratios.size)
        lowest, highest = layer.t60_s
        share = self._order / max(self._ratios.size - 1, 1)
        self._t60_s = lowest * (highest / lowest) ** share
        self._decays = (
            [decay(round(_HEARD * t60_s * rate), t60_s, rate) for t60_s in self._t60_s.tolist()]
            if layer.glide
            else []
        )

    def sound(self, force: float, rng: np.random.Generator) -> NDArray[np.float32]:
        """Returns one stroke, shape (frames,)."""
        layer, rate = self._layer, self._rate
        weight = 10 ** (-(layer.falls - _FORCE_DB * force) * self._order / 20)
        # Where it is struck decides which modes are woken; nobody strikes the same place twice.
        weight *= 1 + _PLACE * rng.standard_normal(weight.size) * (self._order > 0)
        hz = layer.hz[0] * (1 + _TUNING * rng.standard_normal()) * self._ratios
        bend = layer.glide * (0.4 + 0.6 * force)
        frames = round(_HEARD * float(self._t60_s.max()) * rate)
        if not bend:
            phase = np.full(hz.size, -np.pi / 2)
            modes = Modes(hz=hz, amplitude=weight, t60_s=self._t60_s, phase=phase)
            return ring(modes, frames, rate)
        # The integral of 1 + bend exp(-t / glide): tension, or a circuit's voltage, is highest
        # just after the blow.
        early = np.arange(min(round(_GLIDES * layer.glide_s * rate), frames)) / rate
        turns = np.arange(frames) / rate + bend * layer.glide_s
        turns[: early.size] -= bend * layer.glide_s * np.exp(-early / layer.glide_s)
        return self._falling(turns, hz, weight)

    def _falling(
        self, turns: NDArray[np.float64], hz: NDArray[np.float64], weight: NDArray[np.float64]
    ) -> NDArray[np.float32]:
        """Returns modes that all follow one course, `turns` of 1 Hz."""
        rate, frames = self._rate, turns.size
        highest = float((turns[1] - turns[0]) * rate) if frames > 1 else 1.0
        total = np.zeros(frames, np.float32)
        for mode, fallen in enumerate(self._decays):
            if hz[mode] * max(highest, 1.0) >= _MAX_SHARE * rate:
                continue
            cycles = turns[: fallen.size] * hz[mode]
            cycles -= np.floor(cycles)
            part = np.sin(cycles.astype(np.float32) * np.float32(2 * np.pi))
            part *= fallen
            part *= np.float32(weight[mode])
            total[: part.size] += part
        return total
