"""Mouths without a voice: whistling, a kiss, a gulp."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from menura.dsp.grains import ring_grains
from menura.dsp.waves import HOP_FRAMES, draw_curve
from menura.engines.effects.sources.animals.calls import draw_points
from menura.engines.effects.sources.animals.songs import tone
from menura.engines.effects.sources.base import RATE
from menura.engines.effects.sources.impacts.edges import finished, overlay

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from menura.engines.effects.sources.base import Wish

_TICKS_PER_S = RATE / HOP_FRAMES


def whistle(source: Mapping[str, Any], wish: Wish, rng: np.random.Generator) -> NDArray[np.float32]:
    """Returns a whistled tune, or a call, shape (frames,), float32.

    The mouth is a hollow that a jet of air excites: a pure tone, with a little breath around it
    (T. Wilson, G. Beavers, M. DeCoster, D. Holger and M. Regenfuss, "Experiments on the fluid
    mechanics of whistling", JASA 50, 1971). Notes slide into each other.
    """
    table = source[wish.variant]
    wanted_s = wish.length_s
    if wanted_s is not None:
        wanted_s = float(np.clip(wanted_s, *source["length_s"]))
    keen = wish.intensity - 0.5
    higher = 2 ** (float(table["eager"]) * keen + 0.8 * (0.5 - wish.size))
    base_hz = float(table["hz"]) * higher * float(np.exp(rng.normal(0, 0.06)))
    if "scale" in table:
        hz, level = _tune(table, wanted_s, rng)
    else:
        length_s = wanted_s or float(table["usual_s"]) * float(np.exp(rng.normal(0, 0.08)))
        share = np.linspace(0, 1, int(length_s * _TICKS_PER_S))
        hz = draw_points(table["course"], share)
        level = 10 ** (draw_points(table["level_db"], share) / 20)
    t = np.arange(hz.size) / _TICKS_PER_S
    trembling = 1 + 0.008 * np.sin(2 * np.pi * (5.6 * t + rng.random()))
    knots = int(t[-1] * 14) + 3
    unsteady = np.interp(t, np.linspace(0, t[-1], knots), rng.normal(0, 1, knots))
    level = level * np.exp(0.06 * unsteady)
    level *= np.minimum(1, np.minimum(t, t[-1] - t) / 0.02)
    ticks = hz.size // 2 * 2
    course = base_hz * hz[:ticks] * trembling[:ticks] * (1 + 0.0025 * unsteady[:ticks])
    pure = tone(course, level[:ticks], table["harmonics"])
    frames = pure.size
    # Breath: noise under the same resonance, as a tone whose level is noise of 300 Hz.
    air = rng.standard_normal(ticks) * level[:ticks]
    noisy = tone(course, air, (-40.0,))
    jet = rng.standard_normal(frames, np.float32) * draw_curve(level[:ticks])
    jet[1:] -= 0.7 * jet[:-1].copy()
    breath = float(10 ** (float(table["breath_db"]) / 20)) * 2**keen
    return finished(pure + np.float32(breath) * noisy + np.float32(0.12 * breath) * jet)


def _tune(
    table: Mapping[str, Any], wanted_s: float | None, rng: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Returns pitch against the base, and level, each shape (ticks,): notes of a scale."""
    note_s = float(table["note_s"]) * float(np.exp(rng.normal(0, 0.1)))
    least, most = table["notes"]
    count = int(rng.integers(least, most + 1))
    if wanted_s is not None:
        count = max(2, round(wanted_s / note_s))
        note_s = wanted_s / count
    scale = table["scale"]
    steps = np.cumsum(rng.choice([-2, -1, -1, 0, 1, 1, 2], count))
    steps = np.abs((steps + len(scale) - 1) % (2 * len(scale) - 2) - (len(scale) - 1))
    steps[-1] = 0
    lengths = rng.choice([0.5, 1.0, 1.0, 1.5], count)
    lengths[-1] = 2.0
    ticks = np.maximum(30, lengths * note_s * count / lengths.sum() * _TICKS_PER_S).astype(int)
    semitones = np.array(scale, np.float64)[steps]
    place = np.repeat(np.arange(count), ticks)
    since = (np.arange(place.size) - np.repeat(np.cumsum(ticks) - ticks, ticks)) / _TICKS_PER_S
    before = np.concatenate([semitones[:1] - 1.5, semitones[:-1]])
    slide = np.exp(-since / 0.022)
    pitch = semitones[place] * (1 - slide) + before[place] * slide
    left = np.repeat(ticks, ticks) / _TICKS_PER_S - since
    tongued = np.repeat(rng.random(count) < 0.6, ticks)
    dip = np.where(tongued, np.minimum(1, np.minimum(since + 0.004, left) / 0.03), 1.0)
    return 2 ** (pitch / 12), dip


def kiss(source: Mapping[str, Any], wish: Wish, rng: np.random.Generator) -> NDArray[np.float32]:
    """Returns a kiss, shape (frames,), float32: lips squeak as air is drawn in, then part."""
    table = source[wish.variant]
    squeak_s = float(table["squeak_s"]) * float(np.exp(rng.normal(0, 0.2)))
    frames = int(squeak_s * RATE)
    share = np.arange(frames) / frames
    low, high = np.array(table["squeak_hz"]) * 2 ** (0.6 * (0.5 - wish.size))
    hz = low * (high / low) ** (share + 0.06 * np.sin(2 * np.pi * 2.5 * share + 6 * rng.random()))
    turns = np.cumsum(hz) / RATE
    noise = np.convolve(rng.standard_normal(frames), np.hanning(40), "same") / 4
    flutter = 1 + 0.6 * np.sin(2 * np.pi * float(rng.uniform(70, 130)) * share * squeak_s)
    shape = share**0.7 * (1 - share) ** 0.3 * flutter
    squeak = (np.sin(2 * np.pi * turns) * (0.5 + 0.6 * noise)) * shape
    pops = [
        (squeak_s * 0.97 + float(rng.uniform(0, 0.004)) * n, _pop(hz, t60_s, rng))
        for n, (hz, t60_s) in enumerate(zip(table["pop_hz"], table["pop_t60_s"], strict=True))
    ]
    softer = np.float32(0.5 - 0.25 * wish.intensity)
    return finished(overlay([(0.0, (squeak * softer).astype(np.float32)), *pops], RATE))


def gulp(source: Mapping[str, Any], wish: Wish, rng: np.random.Generator) -> NDArray[np.float32]:
    """Returns a gulp, shape (frames,), float32.

    The tongue lets go (a click), the swallow closes (a thump), and bubbles of air are pressed
    through the gullet: their pitch rises as they shrink.
    """
    table = source[wish.variant]
    low = 2 ** (0.7 * (0.5 - wish.size))
    # A hasty gulp is quicker, its clicks are louder, and its bubbles rise more.
    haste = 2 ** (float(table["eager"]) * (wish.intensity - 0.5))
    pieces = []
    for number, part in enumerate(table["parts"]):
        hz = float(part["hz"]) * low * float(np.exp(rng.normal(0, 0.08)))
        rise = float(part.get("rise", 0.0)) * haste
        sound = _pop(hz, float(part["t60_s"]), rng, rise)
        gain = 10 ** ((float(part["db"]) + rng.normal(0, 1.5)) / 20)
        gain *= haste if number in {0, len(table["parts"]) - 1} else 1.0
        at_s = float(part["at_s"]) * float(np.exp(rng.normal(0, 0.1))) / haste**0.4
        pieces.append((at_s, sound * np.float32(gain)))
    return finished(overlay(pieces, RATE))


def _pop(
    hz: float, t60_s: float, rng: np.random.Generator, rise: float = 0.0
) -> NDArray[np.float32]:
    """Returns a hollow that rings, with a little noise as it opens."""
    taps = int(t60_s * RATE)
    glide = rise / t60_s
    ring = ring_grains(np.array([hz]), np.array([t60_s]), taps, RATE, glide)[0]
    soft = np.minimum(1, np.arange(taps) / (RATE / hz / 2))
    noise = rng.standard_normal(taps) * np.exp(-np.arange(taps) * 8 / taps) * 0.15
    return np.asarray((ring + noise) * soft, np.float32)
