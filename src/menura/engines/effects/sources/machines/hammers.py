"""One blow of a hammer, on a nail or on an anvil."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from menura.dsp.modes import DECAY_60_DB, Modes, ring
from menura.dsp.solids import contact_gain
from menura.engines.effects.sources.base import RATE
from menura.engines.effects.sources.machines.parts import at_share

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from menura.engines.effects.sources.base import Wish

_END_FRAMES = 600
_LONGEST_S = 2.5


def hammer(table: Mapping[str, Any], wish: Wish, rng: np.random.Generator) -> NDArray[np.float32]:
    """Returns one blow, shape (frames,), float32.

    Args:
        table: of the source.
        wish: intensity: a harder blow touches for a shorter time and is brighter; size lowers it.
        rng: draws where it hits (the sizes of the partials), how far the nail is in, rebound.
    """
    voice = table[wish.variant]
    contact_s = at_share(voice["contact_ms"], wish.intensity) / 1000 * float(rng.uniform(0.8, 1.25))
    scale = 2 ** (0.9 * (0.5 - wish.size))
    modes = _struck(voice, "nail", scale * rng.uniform(0.88, 1.14), contact_s, rng)
    modes += _struck(voice, "body", scale * rng.uniform(0.97, 1.03), contact_s, rng)
    length_s = min(_LONGEST_S, modes.lasting_s(-62.0) + 0.02)
    frames = max(int(length_s * RATE), 9600)
    sound = ring(modes, frames, RATE)
    loud = float(np.sqrt(np.mean(sound[:2400] ** 2)))
    t = np.arange(frames) / RATE
    noise = rng.standard_normal(frames) * np.exp(-DECAY_60_DB * t / float(voice["noise_t60_s"]))
    spectrum = np.fft.rfft(noise)
    hz = np.asarray(np.fft.rfftfreq(frames, 1 / RATE), np.float64)
    spectrum *= contact_gain(hz, contact_s / 2) * hz / (hz + 250.0)
    click = np.fft.irfft(spectrum, frames)
    click *= loud * 10 ** (float(voice["noise_db"]) / 20) / np.sqrt(np.mean(click[:2400] ** 2))
    whole = sound + click
    # The head bounces and touches again, weakly.
    late = int(rng.uniform(0.05, 0.085) * RATE)
    again = float(voice["rebound"]) * float(rng.uniform(0.05, 0.5))
    whole[late:] += again * whole[: frames - late].copy()
    whole -= whole.mean()
    fade = np.cos(np.linspace(0, np.pi / 2, frames // 4)) ** 2
    whole[-_END_FRAMES:] = 0.0
    whole[frames - fade.size - _END_FRAMES : frames - _END_FRAMES] *= fade
    return np.asarray(whole, np.float32)


def _struck(
    voice: Mapping[str, Any], part: str, scale: float, contact_s: float, rng: np.random.Generator
) -> Modes:
    hz = (
        np.array(voice[f"{part}_hz"])
        * scale
        * (1 + 0.006 * rng.standard_normal(len(voice[f"{part}_hz"])))
    )
    level_db = np.array(voice[f"{part}_db"]) + rng.normal(0, 2.5, hz.size)
    return Modes(
        hz=hz,
        amplitude=10 ** (level_db / 20) * contact_gain(hz, contact_s),
        t60_s=np.array(voice[f"{part}_t60_s"]) * rng.uniform(0.85, 1.15, hz.size),
        phase=np.full(hz.size, -np.pi / 2),
    )
