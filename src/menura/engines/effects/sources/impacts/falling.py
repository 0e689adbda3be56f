"""Falling: things that drop and bounce, stones that come down in numbers, a chain that rattles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from menura.dsp.solids import Body, Thing, strike
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

GRAVITY = 9.81
_STEP_S = 0.002
_BANK = 5


def bounces(
    height_m: float, restitution: float, uneven: float, rng: np.random.Generator
) -> list[tuple[float, float]]:
    """Returns when something that was dropped hits the ground: (s after the first, speed in m/s).

    It leaves the ground with a share of the speed it came with, and is 2 v / g in the air: each
    interval is shorter than the last by that share. What is not round gives some of it to turning,
    which makes the share uneven.

    Args:
        height_m: it fell from.
        restitution: the share, 0 to 1.
        uneven: how much that differs from bounce to bounce.
        rng: draws it.
    """
    speed, at_s = float(np.sqrt(2 * GRAVITY * height_m)), 0.0
    hits = [(at_s, speed)]
    while len(hits) < 40:
        speed *= restitution * float(np.exp(uneven * rng.standard_normal()))
        at_s += 2 * speed / GRAVITY
        if 2 * speed / GRAVITY < 0.006:
            break
        hits.append((at_s, speed))
    return hits


def drop(
    table: Mapping[str, Any], things: Mapping[str, Thing], wish: Wish, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Returns an object that falls, bounces and comes to rest, shape (frames,).

    Args:
        table: of the variant: `object` and `surface`, `surface_db`, `height_m`, `restitution`,
            `uneven`, `contact_ms`, `second_chance` that an edge hits after the first,
            `wobble_db` and `wobble_hz` of a rim that runs itself to rest.
        things: the objects.
        wish: intensity is the height, size the measures.
        rng: draws everything else.
    """
    scale = float(table["scale_span"]) ** (2 * wish.size - 1)
    height_m = table["height_m"] * 4.0 ** (2 * wish.intensity - 1)
    body = Body.make(things[table["object"]], rng, scale)
    floor = Body.make(things[table["surface"]], rng)
    hits = bounces(height_m, table["restitution"], table["uneven"], rng)
    if rng.random() < table["second_chance"]:
        late = [(at_s + float(rng.uniform(0.012, 0.05)), v * 0.5) for at_s, v in hits[:4]]
        hits = sorted(hits + late)
    fallen = len(hits)
    if table["wobble_db"] > -60:
        hits += _wobble(table, hits, rng)
    usual = float(np.sqrt(2 * GRAVITY * table["height_m"]))
    pieces, bank = [], []
    for row, (at_s, speed) in enumerate(hits):
        force = speed / usual
        contact_s = 1e-3 * table["contact_ms"] * scale * force**-0.2
        if row < min(fallen, _BANK):
            under = strike(floor, 1.5 * contact_s, rng, RATE, longest_s=0.5)
            under *= np.float32(10 ** (table["surface_db"] / 20))
            own = strike(body, contact_s, rng, RATE, grit_db=table["grit_db"], longest_s=2.5)
            bank.append(added(own, under))
        # The last small ones are like ones before.
        sound = bank[row if row < len(bank) else int(rng.integers(len(bank)))]
        pieces.append((at_s, sound * np.float32(force * rng.uniform(0.75, 1.2))))
    return overlay(pieces, RATE)


def rubble(
    table: Mapping[str, Any], things: Mapping[str, Thing], wish: Wish, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Returns stones that come down, shape (frames,): lumps one by one, and gravel between them.

    Sizes of what broke follow a power law (D. Turcotte, "Fractals and fragmentation", Journal of
    Geophysical Research 91, 1986: exponent near 2.5); larger ones touch longer and sound lower.

    Args:
        table: `usual_s`, `lumps_per_s`, `gravel_per_s`, `stone`, `surface`, `exponent`,
            `contact_ms`, `gravel_db`, `rumble_db`.
        things: the objects.
        wish: intensity is how many, size how large.
        rng: draws everything else.
    """
    length_s = wish.length_s or float(table["usual_s"]) * float(rng.uniform(0.85, 1.2))
    dense = 4.0 ** (wish.intensity - 0.5)
    scale = 2.0 ** (2 * wish.size - 1)
    steps = round(length_s / _STEP_S)
    place = (np.arange(steps) + 0.5) / steps
    # It starts with a rush, swells as more comes loose, and trickles out.
    course = np.minimum(1.0, 0.35 + place * 4) * (1 - place) ** 1.3
    course *= np.exp(0.5 * smooth(rng.standard_normal(max(4, int(2.5 * length_s) + 3)), steps))
    course /= course.max()
    bank = []
    for _ in range(10):
        own = scale * float(power_law(1, table["exponent"], 4.0, rng)[0]) * 0.6
        body = Body.make(things[table["stone"]], rng, own)
        contact_s = 1e-3 * table["contact_ms"] * own
        grit_db = table["grit_db"]
        bank.append((own, strike(body, contact_s, rng, RATE, grit_db=grit_db)))
    floor = Body.make(things[table["surface"]], rng)
    thuds = [strike(floor, 1e-3 * table["contact_ms"] * 3 * s, rng, RATE) for s in (0.7, 1.5, 3.0)]
    times_s = arrivals(min(40.0, table["lumps_per_s"] * dense) * course, _STEP_S, rng)
    times_s = np.concatenate([[0.0], times_s])
    pieces = []
    for at_s in times_s.tolist():
        own, sound = bank[int(rng.integers(len(bank)))]
        size = (own / scale) ** 1.5 * float(np.exp(0.7 * rng.standard_normal()))
        pieces.append((at_s, sound * np.float32(size)))
        thud = thuds[min(2, int(own / scale))]
        pieces.append((at_s, thud * np.float32(size * 10 ** (table["surface_db"] / 20))))
    sound = overlay(pieces, RATE)
    frames = round(length_s * RATE)
    grains = arrivals(table["gravel_per_s"] * dense * course**1.5, _STEP_S, rng)
    sizes = power_law(grains.size, 2.0, 12.0, rng) * rng.choice([-1.0, 1.0], grains.size)
    which = rng.random(grains.size) < 0.5
    pebbles = [Body.make(things[table["stone"]], rng, 0.22 * scale * k) for k in (1.0, 1.7)]
    gravel = respond(
        (pulses(grains[which], sizes[which], frames, RATE), answer(pebbles[0], 1e-4, rng, RATE)),
        (pulses(grains[~which], sizes[~which], frames, RATE), answer(pebbles[1], 2e-4, rng, RATE)),
    )
    rumble = band_noise([(20, -30.0), (45, 0.0), (110, -6.0), (500, -40.0)], frames, rng, RATE)
    rumble *= stretched(course**1.2 * np.sin(np.pi * place), frames)
    whole = np.zeros(max(sound.size, gravel.size), np.float32)
    whole[: sound.size] += sound
    level = float(np.sqrt(np.mean(sound**2)))
    for layer, level_db in ((gravel, table["gravel_db"]), (rumble, table["rumble_db"])):
        own_level = float(np.sqrt(np.mean(layer**2))) + 1e-12
        whole[: layer.size] += layer * np.float32(level / own_level * 10 ** (level_db / 20))
    return whole


def chain(
    table: Mapping[str, Any], things: Mapping[str, Thing], wish: Wish, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Returns a chain that is moved a few times, shape (frames,).

    P. Cook, "Physically informed sonic modeling (PhISM)", Computer Music Journal 21(3), 1997: each
    shake puts energy in, which decays, and with it the number and the force of the collisions.

    Args:
        table: `usual_s`, `shakes_per_s`, `decay_s`, `hits_per_s`, `link`, `contact_ms`.
        things: the objects.
        wish: intensity is how hard it is shaken, size how thick it is.
        rng: draws everything else.
    """
    length_s = wish.length_s or float(table["usual_s"]) * float(rng.uniform(0.85, 1.2))
    scale = 2.0 ** (2 * wish.size - 1)
    dense = 4.0 ** (wish.intensity - 0.5)
    steps = round(length_s / _STEP_S)
    shaken = np.zeros(steps)
    gap_s = 1 / table["shakes_per_s"]
    at_s = 0.0
    while at_s < 0.7 * length_s:
        shaken[round(at_s / _STEP_S)] += float(rng.uniform(0.5, 1.0))
        at_s += gap_s * float(rng.uniform(0.6, 1.4))
    shaken[round(min(at_s, 0.85 * length_s) / _STEP_S)] += float(rng.uniform(0.5, 1.0))
    reach = round(6 * table["decay_s"] / _STEP_S)
    fall = np.exp(-np.arange(reach) * _STEP_S / table["decay_s"])
    energy = np.convolve(shaken, fall)[:steps]
    times_s = np.concatenate([[0.0], arrivals(table["hits_per_s"] * dense * energy, _STEP_S, rng)])
    force = np.sqrt(np.interp(times_s, np.arange(steps) * _STEP_S, energy))
    force *= power_law(times_s.size, 2.2, 10.0, rng)
    force[0] = max(force[0], 0.5 * float(np.median(force[1:])) if force.size > 1 else 1.0)
    frames = round(length_s * RATE)
    which = rng.integers(0, 4, times_s.size)
    pairs = []
    for row in range(4):
        body = Body.make(things[table["link"]], rng, scale * float(np.exp(0.12 * rng.normal())))
        contact_s = 1e-3 * table["contact_ms"] * scale * dense**-0.3
        mine = which == row
        hits = pulses(times_s[mine], force[mine], frames, RATE)
        pairs.append((hits, answer(body, contact_s, rng, RATE)))
    return respond(*pairs)


def _wobble(
    table: Mapping[str, Any], hits: list[tuple[float, float]], rng: np.random.Generator
) -> list[tuple[float, float]]:
    """Returns the hits of a rim that runs around, the faster the flatter it lies.

    H. Moffatt, "Euler's disk and its finite-time singularity", Nature 404 (2000): the rate goes as
    (t0 - t)^(-1/6) at the end; a lid or a pan has stronger losses, and comes to it in a second.
    """
    start_s, speed = hits[-1]
    length_s = float(rng.uniform(0.5, 0.9))
    count = int(table["wobble_hz"] * length_s)
    left = (1 - (np.arange(count) + 0.5) / count) ** 1.8
    times_s = start_s + 0.02 + length_s * (1 - left) + 0.002 * rng.standard_normal(count)
    first = hits[0][1] * 10 ** (table["wobble_db"] / 20)
    sizes = first * (0.25 + left) * rng.uniform(0.6, 1.1, count)
    return list(zip(times_s.tolist(), np.maximum(sizes, speed * 0.05).tolist(), strict=True))
