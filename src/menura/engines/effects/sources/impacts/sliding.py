"""Sliding and rolling: what scrapes over a surface, and what rolls on one until it rests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from menura.dsp.solids import Body, Thing, gesture, roughness, stick_slip
from menura.dsp.solids.chances import pulses
from menura.dsp.solids.contact import answer
from menura.dsp.solids.friction import smooth, stretched
from menura.dsp.solids.response import coloured, respond
from menura.engines.effects.sources.base import RATE
from menura.engines.effects.sources.impacts.edges import added

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from menura.engines.effects.sources.base import Wish

_STEP_S = 0.002


def scrape(
    table: Mapping[str, Any], things: Mapping[str, Thing], wish: Wish, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Returns something dragged over a surface, shape (frames,).

    Two forces at once: the roughness that is passed over (louder and higher when quicker), and the
    junctions that stick and slip. The place of contact moves, so that modes come and go.

    Args:
        table: of the variant: `usual_s`, `slider` and `surface` (objects), `grain_hz`, `slips_hz`
            and `uneven` at usual speed, `slip_db` against roughness, `waver`, `contact_ms`.
        things: the objects.
        wish: intensity is speed and weight.
        rng: draws everything else.
    """
    length_s = wish.length_s or float(table["usual_s"]) * float(rng.uniform(0.85, 1.2))
    scale = 1.8 ** (2 * wish.size - 1)
    pace = 3.0 ** (wish.intensity - 0.5)
    speed = gesture(length_s, _STEP_S, table["waver"], table["waver_hz"], rng)
    frames = round(length_s * RATE)
    grain_frames = max(1.0, RATE / (table["grain_hz"] * pace))
    rough = roughness(speed, frames, rng, grain_frames=grain_frames, colour=0.25)
    slips = stick_slip(table["slips_hz"] * pace / scale * speed, _STEP_S, table["uneven"], rng)
    knocks = slips.pulses(frames, RATE)
    knocks *= np.float32(10 ** (table["slip_db"] / 20) * _rms(rough) / max(_rms(knocks), 1e-9))
    force = rough + knocks
    contact_s = 1e-3 * table["contact_ms"] * scale / pace**0.3
    # Where it touches wanders from one place to another and back.
    places = rng.uniform(0, 1, max(4, int(3 * length_s) + 3))
    here = stretched(smooth(places, speed.size), frames)
    slider = Body.make(things[table["slider"]], rng, scale)
    surface = Body.make(things[table["surface"]], rng)
    floor = answer(surface, contact_s, rng, RATE) * np.float32(10 ** (table["surface_db"] / 20))
    return respond(
        (force * here, added(answer(slider, contact_s, rng, RATE), floor)),
        (force * (1 - here), added(answer(slider, contact_s, rng, RATE), floor)),
    )


def roll(
    table: Mapping[str, Any], things: Mapping[str, Thing], wish: Wish, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Returns something that rolls and comes to rest, shape (frames,).

    The profile of the surface presses on it as it is passed (K. van den Doel, P. Kry, D. Pai,
    "FoleyAutomatic", SIGGRAPH 2001, on rolling), once a turn more and once less, as nothing is
    quite round (C. Stoelinga, A. Chaigne, "Time-domain modeling and simulation of rolling objects",
    Acta Acustica 93, 2007), and every joint of the floor knocks.

    Args:
        table: of the variant: `usual_s`, `radius_m`, `speed_m_s`, `joint_m` and `joint_db` of the
            floor, `wobble`, `lobes` a turn, `grain_hz` at usual speed, `tilt_db` per octave of
            the profile, objects `roller` and `surface`, `contact_ms`, `squeak_db`.
        things: the objects.
        wish: intensity is speed, size the radius.
        rng: draws everything else.
    """
    length_s = wish.length_s or float(table["usual_s"]) * float(rng.uniform(0.85, 1.2))
    scale = float(table["scale_span"]) ** (2 * wish.size - 1)
    start_m_s = table["speed_m_s"] * 3.0 ** (wish.intensity - 0.5)
    steps = max(8, round(length_s / _STEP_S))
    place = np.linspace(0, 1, steps)
    # Rolling resistance takes speed away evenly; only a breath is lost before it is let go.
    speed = np.minimum(1.0, place * length_s / 0.04 + 0.2) * (1 - table["slows"] * place)
    fading = np.minimum(1.0, (1 - place) * length_s / min(0.3, 0.3 * length_s))
    speed = (
        speed * fading * (1 + 0.06 * smooth(rng.standard_normal(max(4, int(length_s) + 4)), steps))
    )
    speed = np.maximum(speed, 0.0)
    frames = round(length_s * RATE)
    way_m = np.cumsum(speed) * _STEP_S * start_m_s
    turn = way_m / (2 * np.pi * table["radius_m"] * scale)
    rough = roughness(
        speed, frames, rng, grain_frames=max(1.0, RATE / table["grain_hz"]), colour=table["colour"]
    )
    lean = 1 + table["wobble"] * np.cos(2 * np.pi * (table["lobes"] * turn + rng.random()))
    lean *= 1 + 0.3 * smooth(rng.standard_normal(max(4, int(turn[-1] * 5) + 4)), steps)
    rough *= stretched(lean, frames)
    rough *= np.float32(1 / max(_rms(rough), 1e-9))
    contact_s = 1e-3 * table["contact_ms"] * scale * 3.0 ** (0.2 * (0.5 - wish.intensity))
    roller = answer(Body.make(things[table["roller"]], rng, scale), contact_s, rng, RATE)
    surface = answer(Body.make(things[table["surface"]], rng), contact_s, rng, RATE)
    surface *= np.float32(10 ** (table["surface_db"] / 20))
    knocks = _joints(table, way_m, speed, frames, rng)
    sound = respond((rough + knocks, added(roller, surface)))
    if table["squeak_db"] > -60:
        squeak = _squeak(table, turn, speed, frames, rng)
        sound[:frames] += squeak * np.float32(10 ** (table["squeak_db"] / 20) * _rms(sound))
    return sound


def _joints(
    table: Mapping[str, Any],
    way_m: NDArray[np.float64],
    speed: NDArray[np.float64],
    frames: int,
    rng: np.random.Generator,
) -> NDArray[np.float32]:
    """Returns the knocks of joints or stones that are passed, shape (frames,)."""
    count = int(way_m[-1] / table["joint_m"]) + 1
    uneven = table["joint_uneven"]
    at_m = (np.arange(count) + rng.random() + uneven * rng.uniform(-0.5, 0.5, count)) * table[
        "joint_m"
    ]
    at_m = at_m[at_m < way_m[-1]]
    times_s = np.interp(at_m, way_m, np.arange(way_m.size) * _STEP_S)
    size = np.exp(0.35 * rng.standard_normal(times_s.size))
    size *= np.interp(times_s, np.arange(speed.size) * _STEP_S, speed)
    # An impulse that holds as much as the roughness of some milliseconds does.
    size *= 10 ** (table["joint_db"] / 20) * np.sqrt(0.02 * RATE)
    return pulses(times_s, size, frames, RATE)


def _squeak(
    table: Mapping[str, Any],
    turn: NDArray[np.float64],
    speed: NDArray[np.float64],
    frames: int,
    rng: np.random.Generator,
) -> NDArray[np.float32]:
    """Returns an axle that binds once a turn, shape (frames,), with an rms of 1."""
    binds = np.maximum(0.0, np.cos(2 * np.pi * turn + rng.uniform(0, 6)) - 0.25) * speed
    slips_hz = np.where(binds > 0, table["squeak_hz"] * (0.8 + 0.35 * binds), 0.0)
    slips = stick_slip(slips_hz, _STEP_S, 0.04, rng)
    hits = slips.pulses(frames, RATE)
    hits *= stretched(binds, frames)
    low = table["squeak_hz"]
    sound = coloured(hits, [(low / 4, -30.0), (low, 0.0), (3 * low, -4.0), (12 * low, -40.0)], RATE)
    return sound / np.float32(max(_rms(sound), 1e-9))


def _rms(sound: NDArray[np.float32]) -> float:
    return float(np.sqrt(np.dot(sound, sound) / max(sound.size, 1)))
