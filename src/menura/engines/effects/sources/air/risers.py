"""Risers: what grows and accelerates to its last moment, and stops there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from menura.dsp.sweeps import scaled_noise, sine, sweep_tone, turns
from menura.engines.effects.sources.base import RATE
from menura.engines.effects.sources.fantasy.patch import partial_sizes
from menura.engines.effects.sources.impacts.edges import finished

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from menura.engines.effects.sources.base import Wish

_CUT_S = 0.03


def rise_up(table: Mapping[str, Any], wish: Wish, rng: np.random.Generator) -> NDArray[np.float32]:
    """Returns a riser, shape (frames,): pitch, pulse and level all accelerate to the end.

    What comes nearer grows, and so it is heard as coming (J. Neuhoff, "Perceptual bias for rising
    tones", Nature 395 (1998)); over its last 30 ms it is cut.
    """
    usual_s = float(rng.uniform(*table["usual_s"]))
    length_s = float(np.clip(wish.length_s or usual_s, *table["length_s"]))
    frames = round(length_s * RATE)
    x = np.linspace(0, 1, frames)
    bend = float(table["bend"]) * 1.4 ** (2 * wish.intensity - 1)
    going = (np.exp(bend * x) - 1) / (np.exp(bend) - 1)
    pitch = 2 ** (0.8 * (0.5 - wish.size) + rng.normal(0, 0.05))
    first_hz, last_hz = (float(hz) * pitch for hz in table["hz"])
    hz = first_hz * (last_hz / first_hz) ** going
    sound = np.zeros(frames, np.float32)
    if table["noise"]:
        band = [tuple(point) for point in table["band"]]
        sound += scaled_noise(band, hz, RATE, rng) * np.float32(table["noise"])
    if table["tone"]:
        off = (2 ** (float(table["detune"]) * rng.normal(size=3) / 12)).tolist()
        copies = list(zip(off, rng.random(3).tolist(), strict=True))
        sizes = partial_sizes(int(table["partials"]), 6.0 - 3 * (wish.intensity - 0.5))
        sound += sweep_tone(hz, sizes, RATE, copies) * np.float32(table["tone"] / np.sqrt(3))
    often = np.exp(np.interp(going, (0, 1), np.log(table["pulse_hz"])))
    beat = 0.5 + 0.5 * sine(turns(often, RATE))
    sound *= 1 - np.float32(table["pulse"]) * (1 - going).astype(np.float32) * beat
    level_db = -float(table["range_db"]) * (1 - x) ** 1.3
    sound *= (10 ** (level_db / 20)).astype(np.float32)
    rise = min(frames, round(0.02 * RATE))
    sound[:rise] *= np.linspace(0.3, 1, rise, dtype=np.float32)
    cut = round(_CUT_S * RATE)
    sound[-cut:] *= np.cos(np.linspace(0, np.pi / 2, cut, dtype=np.float32)) ** 2
    return finished(sound)
