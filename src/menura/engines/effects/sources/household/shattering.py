"""Shattering: a pane or a vessel bursts, and its pieces fall, bounce and slide."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from menura.dsp.solids import Body, Thing, strike
from menura.dsp.solids.chances import power_law
from menura.dsp.solids.contact import grit
from menura.dsp.solids.response import band_noise
from menura.engines.effects.sources.base import RATE
from menura.engines.effects.sources.impacts.edges import overlay

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from menura.engines.effects.sources.base import Wish

_GRAVITY = 9.81
_BOUNCES = 4
_FLUNG, _TRIPS, _SOFTEST = 0.7, 9, 0.015
"""Share of the pieces that skid, how often each trips, and the softest that is heard."""


def shatter(
    table: Mapping[str, Any], things: Mapping[str, Thing], wish: Wish, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Returns breaking glass, shape (frames,).

    What is heard first is the blow, then cracks that run at 1500 m/s and are noise together; each
    piece falls from where it was, and hits in a train of its own: W. Warren, R. Verbrugge,
    "Auditory perception of breaking and bouncing events", Journal of Experimental Psychology 10
    (1984).

    Args:
        table: of the variant: objects `whole`, `shard` and `floor`; `fall_m` (lowest and highest),
            `shards`, how many `kinds` of them, `smallest` and `largest` against the shard,
            `burst_ms`, `burst_db`, `whole_db`, `whole_s` that it is heard, `loose_s` that pieces
            knock on their way, `floor_db`, `restitution`, `skid_s`.
        things: the objects.
        wish: intensity is the force, and so how many pieces; size the measures.
        rng: draws everything else.
    """
    scale = 1.5 ** (2 * wish.size - 1)
    count = round(table["shards"] * 2.5 ** (wish.intensity - 0.5) * scale**0.7)
    contact_s = 1.5e-4 * scale
    whole = Body.make(things[table["whole"]], rng, scale)
    blow = strike(whole, 4 * contact_s, rng, RATE, grit_db=-6.0, longest_s=table["whole_s"])
    pieces = [(0.0, blow * np.float32(10 ** (table["whole_db"] / 20)))]
    pieces += _burst(table, scale, contact_s, rng)
    kinds = _kinds(table, things, scale, rng)
    floor = Body.make(things[table["floor"]], rng)
    thud = strike(floor, 8 * contact_s, rng, RATE, longest_s=0.3)
    share = 2.4 / max(count, 1) ** 0.5
    # On their way pieces knock against each other and against what is left.
    knocks = count // 2
    late_s = 0.01 + table["loose_s"] * rng.random(knocks) ** 1.5
    forces = 0.35 * share * np.exp(0.6 * rng.standard_normal(knocks))
    which = rng.integers(0, len(kinds), knocks)
    for at_s, force, row in zip(late_s.tolist(), forces.tolist(), which.tolist(), strict=True):
        pieces.append((at_s, kinds[row][1][1] * np.float32(force)))
    which = rng.integers(0, len(kinds), count)
    sizes = np.array([kinds[row][0] for row in which.tolist()])
    times_s, strong = _falls(table, scale, sizes, rng)
    heard = strong > 0.02
    for piece, bounce in np.argwhere(heard).tolist():
        at_s, force = float(times_s[piece, bounce]), share * float(strong[piece, bounce])
        sound = kinds[int(which[piece])][1][(piece + bounce) % 2] * np.float32(force)
        pieces.append((at_s, sound))
        if bounce == 0:
            pieces.append((at_s, thud * np.float32(force * 10 ** (table["floor_db"] / 20))))
    for piece, at_s, force in _skids(table["skid_s"] * scale**0.5, times_s, strong, rng):
        sound = kinds[int(which[piece])][1][piece % 2] * np.float32(share * force)
        pieces.append((at_s, sound))
    return overlay(pieces, RATE)


def _skids(
    length_s: float,
    times_s: NDArray[np.float64],
    strong: NDArray[np.float64],
    rng: np.random.Generator,
) -> list[tuple[int, float, float]]:
    """Returns the blows of pieces that skid and tumble until they lie: (piece, when, force).

    What was flung keeps the speed that it had along the floor: it trips over its edges, slower and
    softer, for as long as friction leaves it some, v / (mu g), a second and more (mu of glass on a
    floor is some 0.3: E. Rabinowicz, "Friction and Wear of Materials", 1965).

    Args:
        length_s: how long the one that goes farthest takes.
        times_s: when pieces hit, shape (pieces, bounces).
        strong: with what force.
        rng: draws which pieces do, and when they trip.
    """
    flung = np.flatnonzero(rng.random(times_s.shape[0]) < _FLUNG)
    lasts_s = length_s * rng.beta(1.6, 1.6, flung.size)[:, np.newaxis]
    # Evenly over the way, which goes with the square of the time that is left.
    left = np.sort(rng.random((flung.size, _TRIPS)), axis=1)[:, ::-1] ** 0.5
    at_s = times_s[flung, 1:2] + lasts_s * (1 - left)
    force = strong[flung, :1] * left * rng.uniform(0.08, 0.42, left.shape)
    rows, trips = np.nonzero(force > _SOFTEST)
    moments, forces = at_s[rows, trips].tolist(), force[rows, trips].tolist()
    return list(zip(flung[rows].tolist(), moments, forces, strict=True))


def _falls(
    table: Mapping[str, Any], scale: float, sizes: NDArray[np.float64], rng: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Returns when pieces hit and with what force, each of shape (pieces, bounces).

    Pieces of a vessel are flung, those of a pane let go when the crack has come by.
    """
    count = sizes.size
    low_m, high_m = (scale * float(height_m) for height_m in table["fall_m"])
    speed = np.sqrt(2 * _GRAVITY * (rng.uniform(low_m, high_m, count) + 0.01))
    first_s = speed / _GRAVITY * rng.uniform(0.9, 1.1, count) + 0.05 * rng.random(count)
    force = sizes**0.75 * rng.uniform(0.4, 1.2, count) * (0.35 + speed / 6)
    keeps = table["restitution"] * rng.uniform(0.5, 1.3, (count, _BOUNCES - 1))
    left = np.concatenate([np.ones((count, 1)), np.cumprod(keeps, axis=1)], axis=1)
    flights_s = np.maximum(2 * speed[:, np.newaxis] * left[:, 1:] / _GRAVITY, 0.012)
    waits_s = np.concatenate([first_s[:, np.newaxis], flights_s], axis=1)
    return np.cumsum(waits_s, axis=1), force[:, np.newaxis] * left


def _burst(
    table: Mapping[str, Any], scale: float, contact_s: float, rng: np.random.Generator
) -> list[tuple[float, NDArray[np.float32]]]:
    """Returns the cracks that run: a noise that falls off, and snaps in it."""
    length_s = 1e-3 * table["burst_ms"] * scale
    frames = round(4 * length_s * RATE)
    noise = band_noise([(300, -24.0), (2500, 0.0), (9000, 0.0), (20_000, -12.0)], frames, rng, RATE)
    fall = np.arange(frames, dtype=np.float32) / (length_s * RATE)
    noise *= np.minimum(1, fall * 12) * np.exp(-1.8 * fall) * np.maximum(0, 1 - fall / 4)
    size = 10 ** (table["burst_db"] / 20)
    noise *= np.float32(size / np.sqrt(max(float(np.dot(noise, noise)), 1e-12)))
    pieces = [(0.0005, noise)]
    for _ in range(6):
        at_s = 1.5 * length_s * float(rng.random())
        snap = grit(0.5 * contact_s, rng, RATE) * np.float32(size * rng.uniform(0.15, 0.5))
        pieces.append((at_s, snap))
    return pieces


def _kinds(
    table: Mapping[str, Any], things: Mapping[str, Thing], scale: float, rng: np.random.Generator
) -> list[tuple[float, list[NDArray[np.float32]]]]:
    """Returns pieces of all sizes: (measure against the table's, two of its sounds).

    There are the more the smaller they are: D. Turcotte, "Fractals and fragmentation", Journal of
    Geophysical Research 91 (1986), exponent 2.5.
    """
    span = table["largest"] / table["smallest"]
    sizes = table["smallest"] * power_law(int(table["kinds"]), 2.0, span, rng)
    kinds = []
    for size in sizes.tolist():
        body = Body.make(things[table["shard"]], rng, size * scale**0.5)
        contact_s = 7e-5 * size**0.5
        sounds = [strike(body, contact_s, rng, RATE, grit_db=-9.0, longest_s=0.5) for _ in range(2)]
        kinds.append((size, sounds))
    return kinds
