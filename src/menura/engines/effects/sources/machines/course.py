"""`Course`: how fast a machine runs and how hard it works, state after state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from menura.dsp.waves import HOP_FRAMES
from menura.engines.effects.sources.base import BLOCK_FRAMES, RATE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

HOPS = BLOCK_FRAMES // HOP_FRAMES
_HOPS_PER_S = RATE / HOP_FRAMES


class Course:
    """A path through states, over and over, or once and then in the last one for good.

    Args:
        states: tables with `lasts_s` (shortest, longest), `ramp_s`, `speed` and `load`, each a
            value or (lowest, highest).
        once: whether the last state stays.
        rng: draws lengths and values.
    """

    def __init__(
        self, states: Sequence[dict[str, Any]], once: bool, rng: np.random.Generator
    ) -> None:
        self._states, self._once, self._rng = states, once, rng
        self._number = 0
        first = self._drawn(states[0])
        self._at = [0.0, self._lasting(states[0])]
        self._speed, self._load = [first[0]] * 2, [first[1]] * 2
        self._start = 0.0

    def next(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Returns speed and load at the edges of the next hops, each of shape (HOPS + 1,)."""
        while self._at[-1] < self._start + HOPS + 1:
            self._go_on()
        edges = self._start + np.arange(HOPS + 1)
        speed = np.interp(edges, self._at, self._speed)
        load = np.interp(edges, self._at, self._load)
        self._start += HOPS
        while len(self._at) > 2 and self._at[1] < self._start:
            del self._at[0], self._speed[0], self._load[0]
        return speed, load

    def _go_on(self) -> None:
        last = self._number == len(self._states) - 1
        if last and self._once:
            self._at.append(self._at[-1] + 60 * _HOPS_PER_S)
            self._speed.append(self._speed[-1])
            self._load.append(self._load[-1])
            return
        self._number = 0 if last else self._number + 1
        state = self._states[self._number]
        speed, load = self._drawn(state)
        ramp = float(state.get("ramp_s", 0.05)) * self._rng.uniform(0.85, 1.15) * _HOPS_PER_S
        for hops in (ramp, max(self._lasting(state) - ramp, 1.0)):
            self._at.append(self._at[-1] + hops)
            self._speed.append(speed)
            self._load.append(load)

    def _drawn(self, state: dict[str, Any]) -> tuple[float, float]:
        pairs = [state.get(key, 1.0) for key in ("speed", "load")]
        ends = [pair if isinstance(pair, list) else [pair, pair] for pair in pairs]
        speed, load = (float(self._rng.uniform(*each)) for each in ends)
        return speed, load

    def _lasting(self, state: dict[str, Any]) -> float:
        return float(self._rng.uniform(*state["lasts_s"])) * _HOPS_PER_S


def mean_states(
    states: Sequence[dict[str, Any]],
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Returns shares of time, speeds and loads of states, each of shape (states,)."""
    seconds = np.array([float(np.mean(state["lasts_s"])) for state in states])
    values = [
        np.array([float(np.mean(state.get(key, 1.0))) for state in states])
        for key in ("speed", "load")
    ]
    return seconds / seconds.sum(), values[0], values[1]
