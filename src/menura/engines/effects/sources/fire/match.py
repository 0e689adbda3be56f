"""A match that is struck, or a lighter: scrape, flare, and a small flame."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from menura.dsp.grains import Grains, cut_below, ring_grains
from menura.dsp.moving import HOP_FRAMES, MovingNoise, make_shapes
from menura.engines.effects.sources.base import RATE
from menura.engines.effects.sources.fire.hearth import HOPS_PER_S, Puffs, puffing_hz
from menura.engines.effects.sources.fire.snaps import at_share

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from menura.engines.effects.sources.base import Wish

_GRAINS = 96


def strike_match(
    table: Mapping[str, Any], wish: Wish, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Returns a match or lighter that is struck, shape (frames,), float32.

    The head runs over the grit and sends out a click for each grain that gives way; friction
    lights phosphorus, and the head flares within some 50 ms.
    """
    make = table["makes"][wish.variant]
    scrape_s = at_share(make["scrape_s"], 1 - wish.intensity) * rng.uniform(0.85, 1.2)
    flare_s = at_share(make["flare_s"], wish.size) * rng.uniform(0.9, 1.1)
    length_s = scrape_s + flare_s
    frames = round(length_s * RATE)
    hops = -(-frames // HOP_FRAMES) + 1
    whole = hops * HOP_FRAMES
    sound = _scrape(make, scrape_s, wish.intensity, whole, rng)

    t = np.arange(hops) / HOPS_PER_S - 0.45 * scrape_s
    bands = make["bands"]
    puffs = Puffs(puffing_hz(float(make["width_m"])), 0.4, rng).take(hops)
    levels = np.zeros((hops, len(bands)))
    for number, band in enumerate(bands):
        rise = 1 / (1 + np.exp(-(t - float(band["at_s"])) / float(band["rise_s"]) * 4))
        fall = np.exp(-np.maximum(t - float(band["at_s"]), 0) / float(band["fall_s"]))
        laps = float(band.get("laps", 0.0))
        ripple = np.exp(rng.normal(0, 0.12, hops))
        size = 10 ** (float(band["db"]) / 20)
        levels[:, number] = size * rise * fall * ripple * (1 - laps + laps * puffs)
    levels[t < -0.03] = 0
    sound += MovingNoise(make_shapes([b["points"] for b in bands], RATE), whole, 1, rng).next(
        levels
    )[0]
    sound = sound[:frames]
    last = round(0.3 * flare_s * RATE)
    fall_out = 0.5 + 0.5 * np.cos(np.linspace(0, np.pi, last))
    sound[-last:] *= (fall_out**2).astype(np.float32)
    return sound


def _scrape(
    make: Mapping[str, Any], scrape_s: float, hard: float, frames: int, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Returns clicks of grit, denser and brighter as the stroke gathers speed."""
    per_s = at_share(make["grit_per_s"], hard)
    count = max(8, int(rng.poisson(per_s * scrape_s)))
    low, high = np.log(make["grit_hz"])
    bank = np.zeros((_GRAINS, 192), np.float32)
    for _ in range(3):
        hz = np.exp(np.sort(rng.uniform(low, high, _GRAINS)) + rng.normal(0, 0.1, _GRAINS))
        tone = ring_grains(hz.clip(200, 18_000), rng.uniform(0.0008, 0.003, _GRAINS), 192, RATE)
        bank += tone * rng.standard_normal((_GRAINS, 1)).astype(np.float32)
    bank = cut_below(bank, 600.0, RATE)
    strokes = int(make["strokes"])
    which = rng.integers(0, strokes, count)
    # A stroke gathers speed: places are even, so that moments crowd towards its end.
    share = rng.beta(1.7, 1.25, count)
    share[0] = 0.0
    which[0] = 0
    at = (which + 0.85 * share) / strokes * scrape_s * RATE
    rows = ((0.25 + 0.6 * share + rng.normal(0, 0.15, count)).clip(0, 0.999) * _GRAINS).astype(
        np.int64
    )
    gains = (0.3 + share) * 10 ** (rng.normal(0, 5, count) / 20)
    energy = float(np.sum(gains**2)) / (scrape_s * RATE) * float(np.mean(np.sum(bank**2, axis=1)))
    gains *= 10 ** (float(make["scrape_db"]) / 20) / np.sqrt(energy)
    sound: NDArray[np.float32] = Grains(bank, frames, 1).next(at.astype(np.int64), gains, rows)[0]
    return sound
