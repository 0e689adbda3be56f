"""Motifs: two to seven tones in equal temperament that say well done, wrong, or look here.

M. Blattner, D. Sumikawa, R. Greenberg, "Earcons and icons", Human-Computer Interaction 4 (1989):
short rhythms of two to four pitches, told apart by contour, timbre and register.
"""

from __future__ import annotations

import functools
import tomllib
from importlib import resources
from typing import TYPE_CHECKING, Any

import numpy as np

from menura.dsp.modes import Modes, ring
from menura.dsp.solids.response import band_noise
from menura.engines.effects.sources.base import RATE
from menura.engines.effects.sources.impacts.edges import finished, overlay

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from menura.engines.effects.sources.base import Wish

A4_HZ = 440.0
_A4 = 69


def play_motif(
    table: Mapping[str, Any], wish: Wish, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Returns a motif, shape (frames,). A draw is one product's: its key, timbre, rhythm, pace.

    Args:
        table: `motifs` (rows of semitones over the key; a row within a row sounds together),
            `keys` (MIDI numbers of the key, lowest and highest), `timbres`, `step_ms`, `ring`
            (decays of all against the timbre's), `even` (0: the last is longer, 1: all alike).
        wish: intensity makes it brighter and quicker, size lowers the key, an octave in all.
        rng: draws.
    """
    motif = list(table["motifs"][int(rng.integers(0, len(table["motifs"])))])
    low, high = table["keys"]
    key = int(rng.integers(int(low), int(high) + 1)) + round(12 * (0.5 - wish.size))
    name = str(table["timbres"][int(rng.integers(0, len(table["timbres"])))])
    timbre = timbres()[name]
    step_s = float(rng.uniform(*table["step_ms"])) / 1000 * 1.3 ** (0.5 - wish.intensity)
    held = float(table["ring"]) * float(rng.uniform(0.85, 1.2))
    sustained = bool(table.get("sustained", False))
    pieces = []
    for number, chord in enumerate(motif):
        last = number == len(motif) - 1
        pitches = chord if isinstance(chord, list) else [chord]
        for pitch in pitches:
            sounds_s = step_s * (2.2 if last else 1.0) if sustained else 0.0
            tone = note(
                key + float(pitch),
                timbre,
                held,
                sounds_s=sounds_s,
                intensity=wish.intensity,
                rng=rng,
            )
            level_db = float(rng.normal(0, 0.5)) - 10 * np.log10(len(pitches))
            pieces.append((number * step_s, tone * np.float32(10 ** (level_db / 20))))
    return finished(overlay(pieces, RATE))


def note(
    pitch: float,
    timbre: Mapping[str, Any],
    held: float,
    *,
    sounds_s: float,
    intensity: float,
    rng: np.random.Generator,
) -> NDArray[np.float32]:
    """Returns one tone, shape (frames,), rms near 1 at first.

    Args:
        pitch: MIDI number, A4 = 69 = 440 Hz, twelve equal steps to the octave.
        timbre: its partials.
        held: its decay against the timbre's.
        sounds_s: it is stopped after that; 0 = it rings on.
        intensity: harder is brighter.
        rng: draws the levels of partials, and the noise of the stroke.
    """
    hz = A4_HZ * 2 ** ((pitch - _A4) / 12) * np.array(timbre["ratios"])
    bright_db = 5 * (intensity - 0.5) * np.log2(timbre["ratios"])
    level_db = np.array(timbre["levels_db"]) + bright_db + rng.normal(0, 1, hz.size)
    level_db[0] = 0.0
    size = 10 ** (level_db / 20)
    t60_s = float(timbre["t60_s"]) * held * np.array(timbre["decays"])
    lasting_s = sounds_s or 0.9 * float(t60_s[0])
    frames = max(960, round(lasting_s * RATE))
    modes = Modes(
        hz=hz,
        amplitude=size * np.sqrt(2 / np.sum(size**2)),
        t60_s=t60_s,
        phase=np.full(hz.size, -np.pi / 2),
    )
    sound = ring(modes, frames, RATE)
    if float(timbre["knock_db"]) > -50:
        knock = band_noise([(600.0, -12.0), (2500.0, 0.0), (9000.0, -12.0)], 480, rng, RATE)
        knock *= np.exp(-np.arange(480) / 60).astype(np.float32)
        gain = 10 ** ((float(timbre["knock_db"]) + 8 * (intensity - 0.5)) / 20)
        sound[:480] += knock * np.float32(4 * gain)
    rise = 72
    sound[:rise] *= np.sin(np.linspace(0, np.pi / 2, rise, dtype=np.float32)) ** 2
    fall = min(frames // 3, 720)
    sound[-fall:] *= np.cos(np.linspace(0, np.pi / 2, fall, dtype=np.float32)) ** 2
    return sound


@functools.cache
def timbres() -> Mapping[str, Mapping[str, Any]]:
    """Returns every timbre by name."""
    text = (resources.files(__package__ or "") / "timbres.toml").read_text("utf-8")
    return tomllib.loads(text)
