"""Vessels: a spaceship that comes, passes and is gone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from menura.dsp.sweeps import scaled_noise, sweep_tone
from menura.engines.effects.sources.base import RATE
from menura.engines.effects.sources.fantasy.patch import partial_sizes
from menura.engines.effects.sources.impacts.edges import finished

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from menura.engines.effects.sources.base import Wish

_SOUND_M_S = 343.0


def pass_by(table: Mapping[str, Any], wish: Wish, rng: np.random.Generator) -> NDArray[np.float32]:
    """Returns a spaceship that flies by on a straight line, shape (frames,).

    C. Doppler (1842): f' = f / (1 + v_r / c); its level goes with 1 / distance, and its jet is
    brighter ahead than astern, where most of what M. Lighthill (1952) found goes at an angle.
    """
    speed = float(np.interp(wish.intensity, (0, 0.5, 1), table["speed_m_s"]))
    usual_s = float(rng.uniform(*table["usual_s"]))
    length_s = float(np.clip(wish.length_s or usual_s, *table["length_s"]))
    frames = round(length_s * RATE)
    t = np.linspace(-0.45, 0.55, frames) * length_s
    # It is nearest at such a distance that it has faded by 30 dB at both ends.
    near_m = speed * length_s / float(table["span"])
    way = speed * t
    distance = np.sqrt(near_m**2 + way**2)
    cosine = way / distance
    doppler = 1 / (1 + speed / _SOUND_M_S * cosine)
    level = (near_m / distance) ** 1.5
    size = 2 ** (1.6 * (0.5 - wish.size)) * 2 ** (0.1 * rng.normal())
    hz = float(table["hz"]) * size * doppler
    off = [float(tone) * 2 ** rng.normal(0, 0.01) for tone in table["tones"]]
    copies = list(zip(off, rng.random(len(off)).tolist(), strict=True))
    sound = sweep_tone(hz, partial_sizes(int(table["partials"]), 6.0), RATE, copies)
    turn = np.cumsum(float(table["throb_hz"]) * doppler) / RATE
    sound *= (0.75 + 0.25 * np.sin(2 * np.pi * turn)).astype(np.float32)
    jet = scaled_noise(
        [tuple(point) for point in table["jet"]], float(table["jet_hz"]) * size * doppler, RATE, rng
    )
    astern = (0.5 + 0.5 * cosine) ** 0.7 * 1.3 + 0.35
    sound += jet * astern.astype(np.float32) * np.float32(10 ** (float(table["jet_db"]) / 20))
    sound *= level.astype(np.float32)
    rise, fall = min(frames // 3, RATE // 4), min(frames // 3, RATE // 2)
    sound[:rise] *= np.linspace(0.25, 1, rise, dtype=np.float32)
    sound[-fall:] *= np.cos(np.linspace(0, np.pi / 2, fall, dtype=np.float32)) ** 2
    return finished(sound)
