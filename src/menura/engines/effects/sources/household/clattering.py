"""Clattering: coins and keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from menura.dsp.solids import Body, Thing
from menura.dsp.solids.chances import arrivals, pulses
from menura.dsp.solids.contact import answer
from menura.dsp.solids.response import respond
from menura.engines.effects.sources.base import RATE
from menura.engines.effects.sources.impacts import falling
from menura.engines.effects.sources.impacts.edges import added, overlay

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from menura.engines.effects.sources.base import Wish


def coins(
    table: Mapping[str, Any], things: Mapping[str, Thing], wish: Wish, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Returns coins that fall on a table, or a purse of them that is shaken, shape (frames,).

    Args:
        table: of the variant: as `falling.drop` has it with `count` and `over_s`, or as
            `falling.chain` has it.
        things: the objects.
        wish: intensity is how high or hard, and how many; size their measures.
        rng: draws everything else.
    """
    if "link" in table:
        return falling.chain(table, things, wish, rng)
    count = max(1, round(table["count"] * 2.0 ** (2 * wish.intensity - 1)))
    if table["count"] == 1:
        count = 1
    starts_s = np.sort(rng.random(count)) * table["over_s"]
    starts_s -= starts_s[0]
    return overlay(
        [(at_s, falling.drop(table, things, wish, rng)) for at_s in starts_s.tolist()], RATE
    )


def keys(
    table: Mapping[str, Any], things: Mapping[str, Thing], wish: Wish, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Returns a bunch of keys that is shaken, shape (frames,): keys, and the ring they hang on.

    Args:
        table: as `falling.chain` has it; there is a `keyring` among the things.
        things: the objects.
        wish: intensity is how hard, size how large they are.
        rng: draws everything else.
    """
    sound = falling.chain(table, things, wish, rng)
    scale = 1.5 ** (2 * wish.size - 1)
    ring = answer(Body.make(things["keyring"], rng, scale), 7e-5, rng, RATE)
    frames = max(1, sound.size - ring.size)
    steps = max(1, frames // 96)
    curve = np.abs(sound[: steps * 96]).reshape(steps, 96).mean(axis=1).astype(np.float64)
    loud = curve / max(float(curve.mean()), 1e-12)
    times_s = arrivals(12.0 * loud, 96 / RATE, rng)
    hits = pulses(times_s, rng.uniform(0.3, 1.0, times_s.size), frames, RATE)
    other = respond((hits, ring))
    level = float(np.sqrt(np.dot(sound, sound) / max(float(np.dot(other, other)), 1e-12)))
    return added(sound, other * np.float32(0.5 * level)) if times_s.size else sound
