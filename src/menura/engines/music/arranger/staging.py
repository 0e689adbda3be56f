"""Staging: who of a plan stands where on the desk, and in which room all of them play."""

from __future__ import annotations

import functools
import math
import tomllib
from importlib import resources
from typing import TYPE_CHECKING, Any

import numpy as np

from menura.engines.music.arranger.bars import seconds_at, section_starts, tempi_of
from menura.engines.music.arranger.genres import read_genre
from menura.engines.music.mixing import Space, Strip, beat_delay_s, trim_db
from menura.engines.music.rendering import Player, Rendition
from menura.engines.music.textures import TEXTURES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from menura.engines.music.arranger.genres import Mix
    from menura.engines.music.plan import MusicPlan
    from menura.engines.music.score import Event

USUAL_FORCE = 0.6
"""Mean velocity of the pieces that loudness.toml was measured on."""
_CLIMB_DB = 8.0
"""Level between no energy and all where it climbs from bar to bar, on top of how hard all play:
with that a crescendo from a quarter of the energy is some 10 dB, about the mean range from piano
to forte of an instrument (Patterson, "Musical Dynamics", Scientific American 231, 1974)."""
_STEP_S = 0.05
"""So long one level takes to become another where a section does not go on from the one before."""
_HUSH_DB = 12.0
"""By how much the end of a piece gets softer whose energy falls there alone, to nothing: from forte
to piano, and what is left is heard."""
_LEVEL_POINTS = 256


def stage(plan: MusicPlan, events: Mapping[str, tuple[Event, ...]], rate: int) -> Rendition:
    """Returns what is to be played and mixed.

    Args:
        plan: names the parts, the genre and the words for the mix.
        events: of each part, by its name.
        rate: Hz.
    """
    genre = read_genre(plan.genre)
    slots = {slot.name: slot for slot in genre.slots}
    roles = {slot.role: slot for slot in reversed(genre.slots)}
    players = []
    for part in plan.parts:
        slot = slots.get(part.name) or roles.get(part.role)
        strip = Strip(
            name=part.name,
            role=part.role,
            gain_db=part.gain_db + trim_db(part.instrument),
            pan=part.pan,
            reverb=slot.reverb if slot else 0.25,
            delay=slot.delay if slot else 0.0,
        )
        notes = events.get(part.name, ())
        players.append(Player(strip=strip, instrument=part.instrument, events=notes))
    return Rendition(
        players=tuple(players),
        space=_space(genre.mix, plan),
        textures=tuple(name for name in plan.textures if name in TEXTURES),
        duration_s=plan.duration_s,
        loop=plan.loop,
        fade=plan.ending == "fade" and not plan.loop,
        opens=plan.beginning == "fade" and not plan.loop,
        seed=plan.seed,
        rate=rate,
        levels=_levels(plan),
    )


def _levels(plan: MusicPlan) -> tuple[tuple[float, float], ...]:
    """Returns (seconds, dB) of the whole where the energy climbs: what is held climbs with it.

    Where it falls in the last section alone, the others keep their level.
    """
    if not any(section.energy_end for section in plan.sections):
        return ()
    *before, last = plan.sections
    falls_last = 0 < last.energy_end <= last.energy and not any(s.energy_end for s in before)
    clock, starts = tempi_of(plan), section_starts(plan)
    ends_s = [*(seconds_at(clock, beat) for beat in starts[1:]), plan.duration_s]
    found: list[tuple[float, float]] = []
    if falls_last:
        goal_db = _HUSH_DB * (1 - last.energy_end / last.energy)
        return ((seconds_at(clock, starts[len(before)]), 0.0), (ends_s[-1], -goal_db))
    for section, start, end_s in zip(plan.sections, starts, ends_s, strict=True):
        found.append((seconds_at(clock, start), _CLIMB_DB * (section.energy - 1)))
        goal = section.energy_end or section.energy
        found.append((end_s - _STEP_S, _CLIMB_DB * (goal - 1)))
    return tuple(found)


def _space(mix: Mix, plan: MusicPlan) -> Space:
    """Returns the genre's space as the words for the mix bend it."""
    amounts = {
        "room_amount": mix.reverb_amount,
        "delay_amount": mix.delay,
        "sidechain": mix.sidechain,
        "saturation": mix.saturation,
        "width": mix.width,
        "brightness": mix.brightness,
    }
    for word in plan.mix:
        for name, change in _read("staging.toml").get(word, {}).items():
            amounts[name] = min(1.0, max(0.0, amounts[name] + change))
    beat_s = 60 / plan.quarter_bpm
    return Space(
        room=mix.reverb,
        delay_s=beat_delay_s(beat_s),
        beat_s=beat_s,
        # Not by what is played: a section composed anew would change how the others are mixed.
        loudness_lufs=_lufs(plan, USUAL_FORCE),
        **amounts,
    )


def expected_lufs(plan: MusicPlan, events: Mapping[str, tuple[Event, ...]]) -> float:
    """Returns the loudness that a mix will have: its genre's, by how many play and how hard.

    Args:
        plan: names genre and parts.
        events: of each part, by its name.
    """
    forces = [event.velocity for notes in events.values() for event in notes]
    found = _lufs(plan, sum(forces) / len(forces) if forces else USUAL_FORCE)
    if levels := _levels(plan):
        times_s = np.linspace(0, plan.duration_s, _LEVEL_POINTS)
        level_db = np.interp(times_s, [s for s, _ in levels], [db for _, db in levels])
        found += 10 * math.log10(float(np.mean(10 ** (level_db / 10))))
    return found


def _lufs(plan: MusicPlan, force: float) -> float:
    figures = _read("loudness.toml")
    slopes, genres = figures["slopes"], figures["genres"]
    own = float(genres.get(plan.genre, genres["other"]))
    force_db, parts_db = 20 * math.log10(force), 10 * math.log10(max(len(plan.parts), 1))
    return own + float(slopes["velocity"]) * force_db + float(slopes["parts"]) * parts_db


@functools.cache
def _read(name: str) -> dict[str, Any]:
    text = (resources.files(__package__) / name).read_text(encoding="utf-8")
    return tomllib.loads(text)
