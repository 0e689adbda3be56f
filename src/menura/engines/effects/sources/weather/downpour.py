"""`Downpour`: what falls on a surface around the listener, near by and far away. Rain and hail."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from menura.dsp.convolution import Equaliser
from menura.dsp.courses import Course
from menura.dsp.grains import Grains, fade_out
from menura.dsp.modes import Modes, ring
from menura.dsp.moving import HOP_FRAMES, WINDOW, MovingNoise, unit_shape
from menura.engines.effects.sources.base import BLOCK_FRAMES, LEVEL_DBFS, RATE
from menura.engines.effects.sources.weather.drops import Fall, strike

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

_BANK = 192
_PANEL_TAPS = 4096


class Downpour:
    """Drops on a plane: those near by one by one, those far away as their sum.

    A drop at distance r is heard at 1 / r, and there are r dr of them: the power of those between
    two distances is the logarithm of their ratio.

    Args:
        fall: what falls.
        surface: what it falls on: the table of a variant.
        table: of the source: `ear_m` (the nearest drop), `far_m` (the farthest), `single_per_s`
            (how many are heard one by one).
        rng: draws all there is to draw.
    """

    channels = 2

    def __init__(
        self,
        fall: Fall,
        surface: Mapping[str, Any],
        table: Mapping[str, Any],
        rng: np.random.Generator,
    ) -> None:
        self._rng = rng
        loud = fall if "bubble_db" in surface else fall.loud()
        self._kinds = int(surface.get("kinds", _BANK))
        bank = strike(loud, surface, self._kinds, rng)
        self._per_s = float(surface.get("single_per_s", table["single_per_s"]))
        density = float(loud.flux.sum())
        self._ear_m = float(surface.get("ear_m", table["ear_m"]))
        reach_m = np.sqrt(self._ear_m**2 + self._per_s / (np.pi * density))
        far_m = float(surface.get("far_m", table["far_m"]))
        self._reach_m = float(min(reach_m, far_m))
        self._per_s = density * np.pi * (self._reach_m**2 - self._ear_m**2)
        near = np.log(self._reach_m / self._ear_m)
        beyond = np.log(max(far_m, 1.05 * self._reach_m) / self._reach_m)

        self._grains = Grains(bank, BLOCK_FRAMES, 2)
        energy = np.sum(bank.astype(np.float64) ** 2, axis=1)
        self._force = np.sqrt(energy / energy.mean())
        struck = 10 ** (float(surface.get("panel_db", -200.0)) / 10)
        self._panel = None
        if "panel" in surface:
            self._panel = Equaliser(make_panels(surface["panel"], rng), BLOCK_FRAMES)
        colour = np.mean(np.abs(np.fft.rfft(bank, WINDOW)) ** 2, axis=0)
        hz = np.fft.rfftfreq(WINDOW, 1 / RATE)
        self.colour = unit_shape(colour * 10 ** (-float(table["far_db_per_khz"]) * hz / 10_000))
        """Of what falls far away, one by one not heard, shape (BINS,)."""
        self._noise = MovingNoise(self.colour[np.newaxis], BLOCK_FRAMES, 2, rng)
        self._patch = Course(0.7, RATE / HOP_FRAMES, rng)

        # Power of a Poisson process (Campbell): rate times mean energy; half goes to each ear.
        mean_gain = 2 * near * self._ear_m**2 / (self._reach_m**2 - self._ear_m**2)
        power = self._per_s / RATE * float(energy.mean()) * mean_gain / 2
        level = 10 ** (LEVEL_DBFS / 20)
        self._gain = level / np.sqrt(power * (1 + struck) * (1 + beyond / near))
        self._struck = np.float32(np.sqrt(struck * energy.mean()))
        self.far_rms = float(level * np.sqrt(beyond / (near + beyond)))
        """How loud that is."""

    def next(self) -> NDArray[np.float32]:
        """Returns the next block, shape (2, BLOCK_FRAMES), float32."""
        patch = self.far_rms * (1 + 0.08 * self._patch.take(self._noise.hops)[0])
        if self._panel is None:
            return np.asarray(self.near() + self._noise.next(patch[:, np.newaxis]), np.float32)
        return self.near(float(patch.mean()))

    def near(self, far_rms: float = 0.0) -> NDArray[np.float32]:
        """Returns the next block of what falls near by, shape (2, BLOCK_FRAMES), float32.

        Args:
            far_rms: of what falls farther off on the panels, of which one hears their sound only.
        """
        rng = self._rng
        count = int(rng.poisson(self._per_s * BLOCK_FRAMES / RATE))
        at = rng.integers(0, BLOCK_FRAMES, count)
        rows = rng.integers(0, self._kinds, count)
        inner, outer = self._ear_m**2, self._reach_m**2
        distance_m = np.sqrt(inner + (outer - inner) * rng.random(count))
        gains = self._gain * self._ear_m / distance_m
        gains *= np.where(rng.random(count) < 0.5, -1.0, 1.0)
        angle = rng.random(count) * np.pi / 2
        block = self._grains.next(at, gains, rows, angle)
        if self._panel is not None:
            # Evenly spread over 1: a variance of a twelfth.
            hits = rng.random((2, BLOCK_FRAMES), np.float32)
            hits -= np.float32(0.5)
            hits *= np.float32(far_rms * np.sqrt(12))
            force = gains * self._force[rows] * self._struck
            np.add.at(hits[0], at, (force * np.cos(angle)).astype(np.float32))
            np.add.at(hits[1], at, (force * np.sin(angle)).astype(np.float32))
            block = block + self._panel.process(hits)
        return block


def make_panels(table: Mapping[str, Any], rng: np.random.Generator) -> NDArray[np.float32]:
    """Returns what two panels sound like when struck, energy 1, shape (2, taps), float32.

    A plate has as many modes per hertz everywhere (N. Fletcher and T. Rossing, "The Physics of
    Musical Instruments", 3.6), and loses high ones faster.
    """
    count = int(table["modes"])
    low, high = table["hz"]
    slow, fast = table["t60_s"]
    taps = min(_PANEL_TAPS, int(1.1 * slow * RATE))
    panels = []
    for _ in range(2):
        hz = np.sort(rng.uniform(low, high, count))
        share = np.log(hz / low) / np.log(high / low)
        t60_s = slow * (fast / slow) ** share * rng.uniform(0.6, 1.4, count)
        # It radiates little of what is longer than itself, and is struck too softly for the last.
        edge = np.minimum(4 * share + 0.1, 1.0) * np.sqrt(1 - 0.95 * share**4)
        size = edge * 10 ** (-float(table["fall_db"]) * share / 20) * np.sqrt(fast / t60_s)
        modes = Modes(
            hz=hz,
            amplitude=size * rng.choice((-1.0, 1.0), count) * rng.uniform(0.5, 1.5, count),
            t60_s=t60_s,
            phase=np.full(count, -np.pi / 2),
        )
        panel = ring(modes, taps, RATE) * fade_out(taps)
        panels.append(panel / np.sqrt(np.sum(panel**2)))
    return np.stack(panels)
