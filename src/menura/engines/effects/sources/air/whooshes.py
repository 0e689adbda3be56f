"""Whooshes: a body that is swung or thrown through air, close past the ear."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from menura.dsp.sweeps import scaled_noise, sine, turns
from menura.engines.effects.sources.base import RATE
from menura.engines.effects.sources.impacts.edges import finished

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from menura.engines.effects.sources.base import Wish

STROUHAL = 0.2
"""Vortices of a cylinder leave at 0.2 v / d (V. Strouhal, 1878)."""
_STILL = 0.12
"""At less than this share of its top speed a body is not heard."""
_HEARD = 0.68
"""So much of a stroke is within 30 dB of its loudest moment."""
_POWER = 2.5
"""Sound pressure goes with the speed to the power of 2 to 3: N. Curle, Proceedings of the Royal
Society A 231 (1955), dipoles."""


def swing(table: Mapping[str, Any], wish: Wish, rng: np.random.Generator) -> NDArray[np.float32]:
    """Returns one body that moves past, shape (frames,).

    Intensity is its speed, size its thickness.
    """
    speed = float(np.interp(wish.intensity, (0, 0.5, 1), table["speed_m_s"]))
    usual_s = float(rng.uniform(*table["usual_s"])) * (float(table["speed_m_s"][1]) / speed) ** 0.7
    length_s = usual_s
    if wish.length_s is not None and "length_s" in table:
        length_s = float(np.clip(wish.length_s, *table["length_s"])) / _HEARD
    thick_m = float(table["thick_m"]) * float(table.get("thicker", 2.5)) ** (2 * wish.size - 1)
    return finished(stroke(table, length_s, speed * rng.uniform(0.93, 1.07), thick_m, rng))


def stroke(
    table: Mapping[str, Any],
    length_s: float,
    speed: float,
    thick_m: float,
    rng: np.random.Generator,
) -> NDArray[np.float32]:
    """Returns the noise of one stroke, shape (frames,), rms near 1 where it is loudest.

    The whole spectrum scales with speed over thickness; thin round things sing at it (an Aeolian
    tone), wide and ragged ones have a band of several octaves.
    """
    frames = max(480, round(length_s * RATE))
    x = np.linspace(0, 1, frames)
    top = float(table["top"]) + float(rng.normal(0, 0.04))
    rise, fall = float(table["rise"]), float(table["fall"])
    # A hand speeds up as a power of time and is stopped sooner than it was started.
    early = np.clip(x / top, 0, 1) ** rise
    late = np.clip((1 - x) / (1 - top), 0, 1) ** fall
    course = np.sin(np.minimum(early, late) * np.pi / 2) ** 2
    knots = max(4, round(length_s * 14))
    shaking = np.interp(x, np.linspace(0, 1, knots), rng.normal(0, 0.05, knots))
    going = np.clip(course * (1 + shaking), 0, None)
    hz = np.clip(STROUHAL * speed / thick_m * (_STILL + (1 - _STILL) * going), 25.0, 14_000.0)
    # Past the ear: Doppler, from coming to going.
    passing = float(table.get("doppler", 1.0)) * speed / 343
    hz = hz * (1 - passing * np.tanh(6 * (x - top)))
    sound = scaled_noise([tuple(p) for p in table["band"]], hz, RATE, rng)
    sing = float(table.get("sing", 0.0))
    if sing:
        close = [(0.75, -14.0), (0.97, 0.0), (1.03, 0.0), (1.35, -14.0)]
        sound += np.float32(sing) * scaled_noise(close, hz, RATE, rng)
    low_hz = float(table.get("push_hz", 0.0))
    if low_hz:
        # The air that a broad thing pushes ahead of it.
        push = scaled_noise(
            [(0.5, -8.0), (1.0, 0.0), (2.0, -10.0)], np.full(frames, low_hz), RATE, rng
        )
        sound += push * np.float32(table["push"])
    flap_hz = float(table.get("flap_hz", 0.0))
    if flap_hz:
        flapping = turns(flap_hz * (0.3 + going), RATE) + float(rng.random())
        sound *= 1 + np.float32(table["flap"]) * sine(flapping)
    near = 1 / (1 + (float(table.get("nearness", 2.0)) * (x - top)) ** 2)
    level = going**_POWER * near
    return sound * level.astype(np.float32)
