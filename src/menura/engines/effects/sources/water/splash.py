"""Something falls into water: slap, plop of the cavity, and the spray that comes down again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from menura.dsp.bubbles import ring_bubbles
from menura.dsp.grains import Grains, fade_out
from menura.dsp.moving import HOP_FRAMES, MovingNoise, make_shapes
from menura.engines.effects.sources.base import RATE
from menura.engines.effects.sources.water.swarm import at_share, draw_radii

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from menura.engines.effects.sources.base import Wish

_TORN = 4.0
"""A cavity that has just closed is torn and loses its energy four times as fast as a sphere."""


def splash(table: Mapping[str, Any], wish: Wish, rng: np.random.Generator) -> NDArray[np.float32]:
    """Returns one splash, shape (frames,), float32.

    G. Franz, "Splashes as sources of sound in liquids", JASA 31 (1959): a sharp pulse of the
    impact, then, once the cavity has closed, the bubbles. The cavity's depth goes with the
    square root of size times speed, and it closes after about its time of fall.
    """
    body = table["bodies"][wish.variant]
    scale = float(2 ** (1.4 * (wish.size - 0.5)))
    hard = float(wish.intensity)
    spray_s = at_share(body["spray_s"], hard) * scale**0.5
    closes_s = at_share(body["closes_s"], hard) * scale**0.5
    length_s = closes_s + 2.2 * spray_s + 0.25
    frames = round(length_s * RATE)
    hops = -(-frames // HOP_FRAMES)
    whole = hops * HOP_FRAMES
    sound = np.zeros(whole, np.float32)

    slap = _slap(body, scale, hard, rng)
    sound[: slap.size] += slap[:whole]
    t = np.arange(hops) / hops * length_s
    rise = 1 - np.exp(-t / (0.25 * spray_s))
    spray = 10 ** (at_share(body["spray_db"], hard) / 20) * rise * np.exp(-3.2 * t / spray_s)
    foam = 10 ** (at_share(body["foam_db"], hard) / 20) * np.exp(-3.0 * t / (0.6 * spray_s))
    foam *= np.minimum(t / max(0.3 * closes_s, 0.01), 1.0)
    noise = MovingNoise(make_shapes([body["spray"], body["foam"]], RATE), whole, 1, rng)
    sound += noise.next(np.stack([spray, foam], axis=1))[0]
    sound += _cavity(body, scale, closes_s, whole, rng)
    count = int(rng.poisson(at_share(body["drops"], hard)))
    sound += _drops(body, count, (0.5 * closes_s, 0.45 * spray_s), whole, rng)
    sound = sound[:frames]
    last = round(0.4 * frames)
    fall = 0.5 + 0.5 * np.cos(np.linspace(0, np.pi, last))
    sound[-last:] *= (fall**2).astype(np.float32)
    return sound


def _slap(
    body: Mapping[str, Any], scale: float, hard: float, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Returns the impact: noise that falls off within `slap_s`, over the slap's own pulse."""
    slap_s = float(body["slap_s"]) * scale
    frames = round(6 * slap_s * RATE) + 64
    low, high = body["slap_hz"]
    high = high * 2 ** (hard - 0.5)
    white = np.fft.rfft(rng.standard_normal(frames, np.float32))
    hz = np.maximum(np.fft.rfftfreq(frames, 1 / RATE), 1.0) * scale**0.5
    white *= (1 / np.sqrt(1 + (low / hz) ** 4) / np.sqrt(1 + (hz / high) ** 3)).astype(np.float32)
    noise = np.fft.irfft(white, frames)
    noise *= np.exp(-np.arange(frames) / RATE / slap_s)
    noise[:24] *= np.linspace(0, 1, 24)
    level = 10 ** (at_share(body["slap_db"], hard) / 20)
    shaped = noise * fade_out(frames) * (level / np.abs(noise).max())
    return np.asarray(shaped, np.float32)


def _cavity(
    body: Mapping[str, Any],
    scale: float,
    closes_s: float,
    frames: int,
    rng: np.random.Generator,
) -> NDArray[np.float32]:
    """Returns the bubbles that are left as the cavity closes: the plop."""
    count = int(body["cavity_count"])
    low, high = (r * scale for r in body["cavity_mm"])
    radius_m = rng.uniform(low, high, count) / 1000
    bank = ring_bubbles(radius_m, rng.uniform(0.05, 0.25, count), int(body["taps"]), RATE, _TORN)
    at = (closes_s * rng.normal(1, float(body["cavity_strays"]), count)).clip(0.01) * RATE
    gains = 10 ** ((float(body["cavity_db"]) + rng.normal(0, 3, count)) / 20) / np.sqrt(count)
    at = at.astype(np.int64).clip(0, frames - 1)
    sound: NDArray[np.float32] = Grains(bank, frames, 1).next(at, gains, np.arange(count))[0]
    return sound


def _drops(
    body: Mapping[str, Any],
    count: int,
    when_s: tuple[float, float],
    frames: int,
    rng: np.random.Generator,
) -> NDArray[np.float32]:
    """Returns what comes down again: small bubbles, fewer and fewer."""
    kinds = max(1, min(96, count))
    radius_m = draw_radii(body["drops_mm"], 1.5, kinds, rng)
    bank = ring_bubbles(radius_m, rng.uniform(0, 0.2, kinds), 2400, RATE)
    at = (when_s[0] + rng.gamma(1.6, when_s[1], count)) * RATE
    inside = at[at < frames - 2400].astype(np.int64)
    rows = rng.integers(0, kinds, inside.size)
    gains = 10 ** ((float(body["drops_db"]) + rng.normal(0, 5, inside.size)) / 20)
    gains *= (radius_m[rows] / 0.001) ** 0.7
    sound: NDArray[np.float32] = Grains(bank, frames, 1).next(inside, gains, rows)[0]
    return sound
