"""Friction: surfaces that stick and slip, or grate over each other. No frame waits for another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from menura.dsp.solids.chances import pulses
from menura.dsp.solids.response import SINGLE, fft_frames

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Slips:
    """The moments at which what sticks lets go.

    Attributes:
        times_s: rising, shape (slips,).
        sizes: the force that is set free each time, 1 on average, shape (slips,).
    """

    times_s: NDArray[np.float64]
    sizes: NDArray[np.float64]

    def pulses(self, frames: int, rate: int, power: float = 1.0) -> NDArray[np.float32]:
        """Returns an impulse for each slip, shape (frames,), each laid over two frames.

        Args:
            frames: how many; what slips later is left out.
            rate: Hz.
            power: of the sizes: the height of each impulse.
        """
        return pulses(self.times_s, self.sizes**power, frames, rate)


def stick_slip(
    slips_hz: NDArray[np.float64], step_s: float, uneven: float, rng: np.random.Generator
) -> Slips:
    """Returns when a spring that is drawn over a surface slips.

    A spring of stiffness k drawn at speed v gains the force k v t while its end sticks, and slips
    when it reaches what the junction holds, which differs each time: E. Rabinowicz, "Friction and
    Wear of Materials", 1965, on stick-slip. So the path between slips is drawn, and the times are
    where the path crosses its sums: the rate is k v over the mean force.

    Args:
        slips_hz: slips a second at every step: speed times stiffness over the force that holds,
            shape (steps,), 0 = at rest.
        step_s: between two of its values.
        uneven: standard deviation of the logarithm of the force that holds: 0.05 sings, 0.5
            grates.
        rng: draws the forces.
    """
    path = np.concatenate([[0.0], np.cumsum(np.maximum(slips_hz, 0.0)) * step_s])
    count = int(path[-1] * 1.3 + 20)
    sizes = np.exp(uneven * rng.standard_normal(count) - uneven**2 / 2)
    marks = np.cumsum(sizes)
    inside = marks < path[-1]
    times_s = np.interp(marks[inside], path, np.arange(path.size) * step_s)
    return Slips(times_s=times_s, sizes=sizes[inside])


def gesture(
    length_s: float, step_s: float, uneven: float, per_s: float, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Returns the speed of a hand or a door that starts, moves unevenly and stops: 1 on average.

    A movement between two rests follows 30 (u - 1)^2 u^2: T. Flash, N. Hogan, "The coordination
    of arm movements", Journal of Neuroscience 5 (1985), of which the square root is taken, as a
    door has mass; what wavers is drawn.

    Args:
        length_s: from start to stop.
        step_s: between two values.
        uneven: how far the speed wavers: 0 not at all; with 1 it stops now and then.
        per_s: how often it wavers, a second.
        rng: draws how it wavers.

    Returns:
        Shape (steps,), not below 0.
    """
    count = max(4, round(length_s / step_s))
    place = (np.arange(count) + 0.5) / count
    speed = 4 * place * (1 - place)
    knots = max(4, int(length_s * per_s) + 3)
    wavering = smooth(rng.standard_normal(knots), count)
    speed = speed * np.maximum(0.0, 1 + uneven * wavering)
    return np.asarray(speed / max(float(speed.mean()), 1e-9), np.float64)


def smooth(values: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    """Returns a smooth course through some values, evenly spread, shape (count,)."""
    place = np.linspace(0, values.size - 1.001, count)
    at = place.astype(np.int64)
    share = place - at
    share = share * share * (3 - 2 * share)
    return np.asarray(values[at] * (1 - share) + values[at + 1] * share, np.float64)


def roughness(
    speed: NDArray[np.float64],
    frames: int,
    rng: np.random.Generator,
    *,
    grain_frames: float = 1.0,
    colour: float = 0.0,
) -> NDArray[np.float32]:
    """Returns the force of a rough surface that is passed over, shape (frames,).

    Roughness lies in space: what is passed faster sounds higher and, as the force goes with the
    speed, louder. K. van den Doel, P. Kry, D. Pai, "FoleyAutomatic", SIGGRAPH 2001, section on
    sliding: a surface is read at the speed of contact, through the noise of its profile.

    Args:
        speed: of contact at even steps, shape (steps,); 1 reads one grain in `grain_frames`.
        frames: how many.
        rng: draws the surface.
        grain_frames: frames from grain to grain at a speed of 1, at least 1.
        colour: the profile's spectrum goes as 1 / f^(2 colour) over space: 0 white, 0.5 as worn.
    """
    at_frame = stretched(np.maximum(speed, 0.0), frames)
    place = np.cumsum(np.minimum(at_frame * np.float32(1 / grain_frames), 1.0), dtype=np.float64)
    cells = int(place[-1]) + 3
    size = fft_frames(cells)
    profile = rng.standard_normal(size, np.float32)
    if colour:
        spectrum = np.fft.rfft(profile, norm=SINGLE)
        order = np.arange(spectrum.size, dtype=np.float32)
        spectrum *= np.maximum(order, cells / 400 + 1) ** np.float32(-colour)
        profile = np.asarray(np.fft.irfft(spectrum, size, norm=SINGLE), np.float32)
        profile /= profile.std() + np.float32(1e-12)
    at = place.astype(np.int64)
    share = (place - at).astype(np.float32)
    force = profile.take(at)
    at += 1
    force += (profile.take(at) - force) * share
    return np.asarray(force * at_frame, np.float32)


def stretched(curve: NDArray[np.float64], frames: int) -> NDArray[np.float32]:
    """Returns a curve at every frame, straight between its values, shape (frames,)."""
    place = np.linspace(0, curve.size - 1, frames)
    return np.interp(place, np.arange(curve.size), curve).astype(np.float32)
