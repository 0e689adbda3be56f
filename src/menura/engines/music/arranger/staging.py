"""Staging: who of a plan stands where on the desk, and in which room all of them play."""

from __future__ import annotations

import functools
import tomllib
from importlib import resources
from typing import TYPE_CHECKING, Any

from menura.engines.music.arranger.genres import read_genre
from menura.engines.music.mixing import Space, Strip, beat_delay_s, trim_db
from menura.engines.music.rendering import Player, Rendition

if TYPE_CHECKING:
    from collections.abc import Mapping

    from menura.engines.music.arranger.genres import Mix
    from menura.engines.music.plan import MusicPlan
    from menura.engines.music.score import Event


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
        textures=plan.textures,
        duration_s=plan.duration_s,
        loop=plan.loop,
        fade=plan.ending == "fade" and not plan.loop,
        seed=plan.seed,
        rate=rate,
    )


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
        loudness_lufs=_loudness(plan.genre),
        **amounts,
    )


def _loudness(genre: str) -> float:
    """Returns what a mix of the genre measured on average, LUFS."""
    figures = _read("loudness.toml")
    return float(figures.get(genre, figures["other"]))


@functools.cache
def _read(name: str) -> dict[str, Any]:
    text = (resources.files(__package__) / name).read_text(encoding="utf-8")
    return tomllib.loads(text)
