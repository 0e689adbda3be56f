"""Fracture: what cracks for a while, gives way at once, and splinters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from menura.dsp.solids import Body, Thing, strike
from menura.dsp.solids.chances import power_law, pulses
from menura.dsp.solids.contact import answer, grit
from menura.dsp.solids.response import fft_frames, respond
from menura.engines.effects.sources.base import RATE
from menura.engines.effects.sources.impacts.edges import added, overlay

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from menura.engines.effects.sources.base import Wish


def snap(
    table: Mapping[str, Any], things: Mapping[str, Thing], wish: Wish, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Returns something that breaks, shape (frames,).

    Before it gives way small cracks come the faster the nearer the end is, and their energies
    follow a power law: A. Garcimartin and others, "Statistical properties of fracture precursors",
    Physical Review Letters 79 (1997), with an exponent of 1.5 for chipboard; the energy set free
    by a time t before the end grows as t^-0.27. Then both halves ring.

    Args:
        table: of the variant: `before_s`, `cracks`, `exponent`, `after_s`, `splinters`, `object`,
            `contact_ms`, `grit_db`, `whole_db` of the giving way against the cracks, `thud`,
            `thud_db`, `reach_m` and `sheet_m` of ice.
        things: the objects.
        wish: intensity is how suddenly and how hard, size how thick.
        rng: draws everything else.
    """
    scale = float(table["scale_span"]) ** (2 * wish.size - 1)
    sudden = 3.0 ** (wish.intensity - 0.5)
    before_s = table["before_s"] * scale**0.5 / sudden * float(rng.uniform(0.7, 1.4))
    cracks = max(3, round(table["cracks"] * scale**0.5 * float(rng.uniform(0.8, 1.25))))
    left = np.sort(rng.random(cracks))[::-1] ** table["crowding"]
    times_s = before_s * (1 - left / left[0])
    # Amplitudes are roots of energies.
    sizes = power_law(cracks, table["exponent"], 3e3, rng) ** 0.5
    sizes *= (0.15 + 0.85 * (1 - left) ** 1.5) / sizes.max() * 0.5
    sizes[0] = max(sizes[0], 0.15)
    after = round(table["splinters"] * sudden)
    late_s = before_s + 0.003 + table["after_s"] * rng.random(after) ** 2.0
    late = power_law(after, table["exponent"], 1e3, rng) ** 0.5
    late *= 0.25 * np.exp(-3 * (late_s - before_s) / table["after_s"]) / max(late.max(initial=1), 1)
    # What tears runs along the grain for some milliseconds: many cracks, one upon the other.
    run_s = table["run_ms"] * 1e-3 * scale
    tears = max(2, round(run_s * 2500))
    tear_s = before_s + run_s * rng.random(tears) ** 1.5
    tear = rng.uniform(0.2, 1.0, tears) / tears**0.5
    at = np.concatenate([times_s, late_s, tear_s])
    size = np.concatenate([sizes, late, tear]) * 10 ** (-table["whole_db"] / 20)
    size *= rng.choice([-1.0, 1.0], size.size)
    contact_s = 1e-3 * table["contact_ms"] * scale**0.5 / sudden**0.5
    frames = round((before_s + table["after_s"] + 0.02) * RATE)
    which = rng.random(at.size) < 0.5
    halves = [Body.make(things[table["object"]], rng, scale * k) for k in (1.0, 0.72, 0.5)]
    small = respond(
        (pulses(at[which], size[which], frames, RATE), _crack(halves[0], contact_s, rng)),
        (pulses(at[~which], size[~which], frames, RATE), _crack(halves[2], 0.6 * contact_s, rng)),
    )
    pieces = [(0.0, small)]
    for half, soft in zip(halves, (1.0, 0.8, 0.5), strict=True):
        blow = strike(half, contact_s, rng, RATE, grit_db=table["grit_db"], longest_s=0.8)
        pieces.append((before_s + 0.0015 * float(rng.random()), blow * np.float32(soft)))
    if table["thud_db"] > -60:
        thud = Body.make(things[table["thud"]], rng, scale)
        sound = strike(thud, 8 * contact_s, rng, RATE, longest_s=0.6)
        pieces.append((before_s, sound * np.float32(10 ** (table["thud_db"] / 20))))
    sound = overlay(pieces, RATE)
    if table["reach_m"]:
        sound = disperse(sound, table["reach_m"] * scale, table["sheet_m"])
    return sound


def disperse(sound: NDArray[np.float32], reach_m: float, sheet_m: float) -> NDArray[np.float32]:
    """Returns a crack as it comes through a sheet of ice, high frequencies first, shape (frames,).

    Waves that bend a plate run at c = sqrt(1.8 cl h f), and their energy at twice that (Cremer and
    Heckl, "Structure-Borne Sound"): the delay r / (2 sqrt(1.8 cl h f)) is heard as a falling chirp.

    Args:
        sound: shape (frames,).
        reach_m: how far away the crack is.
        sheet_m: thickness of the ice, whose longitudinal waves run at 3300 m/s.
    """
    slow = 1.8 * 3300 * sheet_m
    last_s = reach_m / (2 * np.sqrt(slow * 60.0))
    size = fft_frames(sound.size + round(last_s * RATE))
    hz = np.fft.rfftfreq(size, 1 / RATE)
    # Under 60 Hz the delay stays what it is there, so that it has an end.
    held = np.maximum(hz, 60.0)
    turns = reach_m * np.sqrt(held / slow) + (hz - held) * last_s
    first_s = reach_m / (2 * np.sqrt(slow * 20_000.0))
    shift = np.exp(-2j * np.pi * (turns - hz * first_s))
    return np.asarray(np.fft.irfft(np.fft.rfft(sound, size) * shift, size), np.float32)


def _crack(body: Body, contact_s: float, rng: np.random.Generator) -> NDArray[np.float32]:
    """Returns what one small crack sounds like: the body, and a noise of its own."""
    sound = answer(body, 0.4 * contact_s, rng, RATE, longest_s=0.05)
    return added(sound, grit(1.5 * contact_s, rng, RATE))
