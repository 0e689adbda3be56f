"""What is wet and soft: mud under a boot, slime, flesh. Pressed, sucked at, and let go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from menura.dsp.bubbles import ring_bubbles
from menura.dsp.grains import Grains
from menura.dsp.moving import HOP_FRAMES, MovingNoise, make_shapes
from menura.engines.effects.sources.base import RATE
from menura.engines.effects.sources.impacts.edges import finished
from menura.engines.effects.sources.water.swarm import draw_radii

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from menura.engines.effects.sources.base import Wish

_TAPS, _KINDS = 4096, 48


def squelch(table: Mapping[str, Any], wish: Wish, rng: np.random.Generator) -> NDArray[np.float32]:
    """Returns one squelch, shape (frames,), float32.

    Gestures follow each other: in each, air is pressed through what is wet and leaves it as bubbles
    that are torn as soon as they form (K. van den Doel, "Physically based models for liquid
    sounds", 2005, with losses), and what is sticky rubs.

    Args:
        table: `voices` by variant: `moves` of `at_s`, `length_s`, `bubbles` (how many), `db`,
            `wet_db` (of the noise beside the bubbles) and `rising` (their xi); `radius_mm`; `wet`,
            the noise's points; `lossy`.
        wish: intensity is how hard and fast, size how much of it there is.
        rng: draws all there is to draw.
    """
    voice = table["voices"][wish.variant]
    scale = float(2 ** (1.2 * (wish.size - 0.5)))
    pace = float(2 ** (0.8 * (0.5 - wish.intensity)))
    end_s = max(m["at_s"] + m["length_s"] for m in voice["moves"]) * pace + 0.15
    hops = int(np.ceil(end_s * RATE / HOP_FRAMES)) + 1
    frames = hops * HOP_FRAMES
    sound = np.zeros(frames, np.float32)
    for move in voice["moves"]:
        begin_s = float(move["at_s"]) * pace * float(rng.uniform(0.85, 1.15))
        length_s = float(move["length_s"]) * pace * float(rng.uniform(0.8, 1.25))
        sound += _move(move, voice, (begin_s, length_s, scale), frames, rng)
    return finished(sound)


def _move(
    move: Mapping[str, Any],
    voice: Mapping[str, Any],
    when: tuple[float, float, float],
    frames: int,
    rng: np.random.Generator,
) -> NDArray[np.float32]:
    """Returns one gesture, shape (frames,)."""
    begin_s, length_s, scale = when
    number = max(3, int(rng.poisson(float(move["bubbles"]))))
    radius_m = draw_radii(voice["radius_mm"], 1.2, _KINDS, rng) * scale
    rising = float(move.get("rising", 0.1)) * rng.uniform(0.4, 1.6, _KINDS)
    bank = ring_bubbles(radius_m, rising, _TAPS, RATE, float(voice.get("lossy", 5.0)))
    place = rng.beta(1.3, 1.7, number)
    at = ((begin_s + length_s * place) * RATE).clip(0, frames - 1).astype(np.int64)
    rows = rng.integers(0, _KINDS, number)
    gains = 10 ** (rng.normal(0, 5, number) / 20) * np.sin(np.pi * place.clip(0.04, 0.96)) ** 0.5
    gains *= (radius_m[rows] / radius_m.max()) ** 0.6 / np.sqrt(number)
    sound: NDArray[np.float32] = Grains(bank, frames, 1).next(at, gains, rows)[0]
    # What rubs does so where there are bubbles: its level follows them, and jumps.
    hop_s = HOP_FRAMES / RATE
    t = (np.arange(frames // HOP_FRAMES) + 0.5) * hop_s
    course = np.clip(1 - np.abs(2 * (t - begin_s - 0.4 * length_s) / (length_s + 2 * hop_s)), 0, 1)
    course = course * np.exp(0.5 * rng.standard_normal(t.size))
    noise = MovingNoise(make_shapes([voice["wet"]], RATE), frames, 1, rng)
    wet = noise.next(course[:, np.newaxis])[0]
    ratio = float(np.sqrt(np.dot(sound, sound) / max(float(np.dot(wet, wet)), 1e-12)))
    sound = sound + wet * np.float32(ratio * 10 ** (float(move["wet_db"]) / 20))
    energy = float(np.sqrt(max(float(np.dot(sound, sound)), 1e-12)))
    return np.asarray(sound * 10 ** (float(move["db"]) / 20) / energy, np.float32)
