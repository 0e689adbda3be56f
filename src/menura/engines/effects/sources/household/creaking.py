"""Creaking: a hinge or a board that sticks and slips, heard through what it is fixed to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from menura.dsp.solids import Body, Slips, Thing, gesture, roughness, stick_slip
from menura.dsp.solids.contact import answer
from menura.dsp.solids.friction import smooth
from menura.dsp.solids.response import respond
from menura.engines.effects.sources.base import RATE
from menura.engines.effects.sources.impacts.edges import added

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from menura.engines.effects.sources.base import Wish

_STEP_S = 0.002
_SLOWEST, _FASTEST = 12.0, 400.0
"""Slips a second of a creak that is one: below they are ticks, above the hinge sings."""


def slips_of(
    table: Mapping[str, Any], length_s: float, wish: Wish, rng: np.random.Generator
) -> tuple[Slips, NDArray[np.float64]]:
    """Returns when a creaking hinge slips, and the speed at every step, 1 on average.

    A junction that has rested longer holds more (E. Rabinowicz, "Friction and Wear of Materials",
    1965: static friction grows with the time of contact), so that slow slips are strong ones; and
    a slip that did not free all of the force is followed by a weaker one, so that every other one
    may stand out and the pitch drops by an octave.

    Args:
        table: of the variant: `slips_hz`, `uneven`, `waver`, `waver_hz`, `double`.
        length_s: how long it moves.
        wish: intensity is how quickly, size how heavy.
        rng: draws everything else.
    """
    speed = gesture(length_s, _STEP_S, table["waver"], table["waver_hz"], rng)
    # What takes longer is slower, though not in proportion: one pushes until it creaks.
    slow = float(np.clip(table["usual_s"] / length_s, 0.2, 3.0)) ** 0.5
    usual_hz = table["slips_hz"] * 2.6 ** (wish.intensity - 0.5) * 1.7 ** (1 - 2 * wish.size)
    usual_hz *= slow * float(np.exp(0.12 * rng.standard_normal()))
    # It comes near the fastest there is and never reaches it.
    slips_hz = usual_hz * speed / np.cbrt(1 + (usual_hz * speed / _FASTEST) ** 3)
    slips_hz = np.where(slips_hz < 0.1 * _SLOWEST, 0.0, slips_hz)
    slips = stick_slip(slips_hz, _STEP_S, table["uneven"], rng)
    now_hz = np.interp(slips.times_s, np.arange(speed.size) * _STEP_S, slips_hz)
    sizes = slips.sizes * (np.maximum(now_hz, _SLOWEST) / usual_hz) ** -0.3
    knots = max(4, int(3 * length_s) + 3)
    depth = table["double"] * np.clip(smooth(rng.standard_normal(knots), max(sizes.size, 1)), 0, 1)
    sizes = sizes * (1 + depth[: sizes.size] * np.where(np.arange(sizes.size) % 2, -1.0, 1.0))
    return Slips(times_s=slips.times_s, sizes=sizes), speed


def creak(
    table: Mapping[str, Any], things: Mapping[str, Thing], wish: Wish, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Returns a creak, shape (frames,).

    Args:
        table: as for `slips_of`, and `usual_s`, `near` and `far` (the objects it is heard through),
            `far_db`, `rub_db` of the rubbing between slips, `contact_ms` of a slip.
        things: the objects.
        wish: intensity is how quickly, size how heavy.
        rng: draws everything else.
    """
    length_s = wish.length_s or float(table["usual_s"]) * float(rng.uniform(0.8, 1.25))
    slips, speed = slips_of(table, length_s, wish, rng)
    frames = round(length_s * RATE)
    force = slips.pulses(frames, RATE)
    rub = roughness(speed, frames, rng, grain_frames=2.0, colour=0.2)
    level = float(np.sqrt(np.mean(force**2)) / max(float(np.sqrt(np.mean(rub**2))), 1e-9))
    force += rub * np.float32(level * 10 ** (table["rub_db"] / 20))
    scale = 1.5 ** (2 * wish.size - 1)
    contact_s = 1e-3 * table["contact_ms"] * scale * 2.0 ** (0.5 - wish.intensity)
    near = answer(Body.make(things[table["near"]], rng, scale), contact_s, rng, RATE)
    far = answer(Body.make(things[table["far"]], rng, scale), contact_s, rng, RATE)
    return respond((force, added(near, far * np.float32(10 ** (table["far_db"] / 20)))))
