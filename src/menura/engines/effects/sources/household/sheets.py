"""Sheets: paper that crackles and tears, and cloth that rustles, with its zips and tapes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from menura.dsp.solids import Body, Thing, gesture, stick_slip, strike
from menura.dsp.solids.chances import arrivals, power_law, pulses
from menura.dsp.solids.contact import answer
from menura.dsp.solids.friction import smooth, stretched
from menura.dsp.solids.response import band_noise, respond
from menura.engines.effects.sources.base import RATE
from menura.engines.effects.sources.impacts.edges import added, overlay

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from menura.engines.effects.sources.base import Wish

_STEP_S = 0.002


def paper(
    table: Mapping[str, Any], things: Mapping[str, Thing], wish: Wish, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Returns paper that is handled, shape (frames,).

    A sheet that is bent snaps from one shape to the next, each time with a click, whose energies E
    are spread as E^-1.3 to E^-1.6 over many decades: E. Kramer, A. Lobkovsky, Physical Review E 53
    (1996); P. Houle, J. Sethna, Physical Review E 54 (1996). Tearing is the same with fibres.

    Args:
        table: of the variant: `usual_s`, `clicks_per_s`, `exponent` and `span` of their energies,
            `waver` and `waver_hz` of the hands, `hiss_db` and `hiss_hz` of what rubs, `rips_hz`
            of fibres that give way in bundles, `slap_db` of a page that comes down, `sheet`.
        things: the objects.
        wish: intensity is how briskly, size how large and stiff the sheet is.
        rng: draws everything else.
    """
    length_s = wish.length_s or float(table["usual_s"]) * float(rng.uniform(0.8, 1.25))
    brisk = 3.0 ** (wish.intensity - 0.5)
    scale = 1.5 ** (2 * wish.size - 1)
    if wish.length_s is None:
        length_s *= brisk**-0.4
    speed = gesture(length_s, _STEP_S, table["waver"], table["waver_hz"], rng)
    frames = round(length_s * RATE)
    rate_hz = table["clicks_per_s"] * brisk * speed
    if table["rips_hz"]:
        # Fibres give way in bundles: so many a second, faster as it gathers way.
        bundle = stick_slip(table["rips_hz"] * brisk * speed, _STEP_S, 0.5, rng)
        counted = np.bincount(
            np.minimum((bundle.times_s / _STEP_S).astype(np.int64), speed.size - 1),
            bundle.sizes,
            speed.size,
        )
        rate_hz = rate_hz * (0.3 + counted)
    times_s = np.concatenate([[0.0], arrivals(rate_hz, _STEP_S, rng)])
    # Amplitudes are roots of energies.
    sizes = power_law(times_s.size, table["exponent"], table["span"], rng) ** 0.5
    sizes[0] = np.median(sizes)
    sizes *= np.where(rng.random(sizes.size) < 0.5, -1.0, 1.0)
    which = rng.integers(0, 3, times_s.size)
    pairs = []
    for row, (own, contact_s) in enumerate(((0.8, 3e-5), (1.0, 6e-5), (1.5, 1.2e-4))):
        body = Body.make(things[table["sheet"]], rng, own * scale**0.5)
        hits = pulses(times_s[which == row], sizes[which == row], frames, RATE)
        pairs.append((hits, answer(body, contact_s / brisk**0.3, rng, RATE)))
    crackle = respond(*pairs)
    sound = _under(crackle, _hiss(table, speed, frames, brisk, rng), table["hiss_db"])
    if table["slap_db"] > -60:
        body = Body.make(things["book"], rng, 0.7 * scale)
        slap = strike(body, 1e-3, rng, RATE, grit_db=0.0)
        energy = float(np.sqrt(np.dot(sound, sound)))
        slap *= np.float32(energy * 10 ** (table["slap_db"] / 20))
        sound = overlay([(0.0, sound), (0.8 * length_s, slap)], RATE)
    return sound


def cloth(
    table: Mapping[str, Any], things: Mapping[str, Thing], wish: Wish, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Returns cloth that is moved, a zip that is drawn, or a tape that is torn off: (frames,).

    Args:
        table: of the variant: `usual_s`, `clicks_per_s` of teeth or hooks, how `uneven` they come
            (1 = as chance has it), `body`, `waver`, `waver_hz`, `hiss_hz`, `hiss_db` against the
            clicks, `stop_db` of the slider that arrives.
        things: the objects.
        wish: intensity is how briskly, size how thick or coarse it is.
        rng: draws everything else.
    """
    brisk = 2.5 ** (wish.intensity - 0.5)
    scale = 1.6 ** (2 * wish.size - 1)
    length_s = wish.length_s or table["usual_s"] * brisk**-0.7 * float(rng.uniform(0.8, 1.25))
    speed = gesture(length_s, _STEP_S, table["waver"], table["waver_hz"], rng)
    frames = round(length_s * RATE)
    hiss = _hiss(table, speed, frames, brisk / scale, rng)
    if not table["clicks_per_s"]:
        return hiss
    rate_hz = table["clicks_per_s"] * brisk / scale**0.5 * speed
    if table["uneven"] < 1:
        slips = stick_slip(rate_hz, _STEP_S, table["uneven"], rng)
        times_s, sizes = slips.times_s, rng.uniform(0.6, 1.0, slips.times_s.size)
        # The slider knocks on this side and on that.
        sizes[1::2] *= 0.7
        # A quick one knocks harder: force as speed.
        sizes *= np.interp(times_s, np.arange(speed.size) * _STEP_S, speed) + 0.15
    else:
        times_s = np.concatenate([[0.0], arrivals(rate_hz, _STEP_S, rng)])
        sizes = power_law(times_s.size, 1.8, 300.0, rng) ** 0.6
        sizes *= np.where(rng.random(sizes.size) < 0.5, -1.0, 1.0)
    body = Body.make(things[table["body"]], rng, scale**0.5)
    hits = pulses(times_s, sizes, frames, RATE)
    clicks = respond((hits, answer(body, 6e-5 * scale / brisk**0.3, rng, RATE)))
    sound = _under(clicks, hiss, table["hiss_db"])
    if table["stop_db"] > -60:
        stop = strike(body, 1.2e-4 * scale, rng, RATE, grit_db=-2.0)
        peak = 3.0 * float(np.sqrt(np.mean(sound**2))) * 10 ** (table["stop_db"] / 20)
        stop *= np.float32(peak / max(float(np.abs(stop).max()), 1e-9))
        sound = overlay([(0.0, sound), (0.97 * length_s, stop)], RATE)
    return sound


def _hiss(
    table: Mapping[str, Any],
    speed: NDArray[np.float64],
    frames: int,
    brisk: float,
    rng: np.random.Generator,
) -> NDArray[np.float32]:
    """Returns the noise of what rubs, louder and brighter as it is quicker, shape (frames,)."""
    low_hz, high_hz = (hz * brisk**0.35 for hz in table["hiss_hz"])
    points = [(low_hz / 8, -30.0), (low_hz, 0.0), (high_hz, -4.0), (4 * high_hz, -34.0)]
    dull = [(low_hz / 8, -30.0), (low_hz, 0.0), (high_hz / 3, -6.0), (high_hz, -24.0)]
    fine = smooth(rng.standard_normal(max(4, round(speed.size * _STEP_S * 60))), speed.size)
    course = speed * np.exp(0.35 * fine)
    quick = stretched(np.clip(course, 0, 3) ** 1.5, frames)
    slow = stretched(np.sqrt(np.clip(course, 0, 3)) * 0.5 * np.minimum(1, 8 * course), frames)
    sound = band_noise(points, frames, rng, RATE) * quick
    sound += band_noise(dull, frames, rng, RATE) * slow
    return sound


def _under(
    sound: NDArray[np.float32], other: NDArray[np.float32], level_db: float
) -> NDArray[np.float32]:
    """Returns two sounds together, the second `level_db` against the first, by their energies."""
    ratio = float(np.dot(sound, sound)) / max(float(np.dot(other, other)), 1e-12)
    return added(sound, other * np.float32(np.sqrt(ratio) * 10 ** (level_db / 20)))
