"""Guests: what of a scene the engines for music and speech play."""

from __future__ import annotations

import functools
import re
import tomllib
from importlib import resources
from typing import TYPE_CHECKING

from menura.engines.effects.balance import gains_db
from menura.engines.effects.scene import MUSIC, SPEECH
from menura.engines.effects.sources import LEVEL_DBFS
from menura.tasks import Music, Part, Speech
from menura.text.brief import read_brief

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from menura.engines.effects.scene import Layer, Scene
    from menura.tasks import Task

ENDLESS_S = 600.0
"""How long music plays in a scene without end: composing has to begin with a length."""
BAR_BEATS, USUAL_BPM = 4, 96.0
"""A loop of music has whole bars: its tempo is the one near this at which they fill the scene."""


def guest_parts(scene: Scene) -> Sequence[Part]:
    """Returns the parts that others play, each with its place and loudness."""
    parts = []
    for layer, gain_db in zip(scene.layers, gains_db(scene.layers), strict=True):
        if layer.source not in {MUSIC, SPEECH}:
            continue
        parts.append(
            Part(
                _task(layer, scene),
                start_s=0.0 if scene.loop and layer.source == MUSIC else layer.start_s,
                gain_db=layer.gain_db,
                loudness_lufs=LEVEL_DBFS + gain_db - layer.gain_db,
                pan=_pan(layer, scene),
                name=layer.name,
            )
        )
    return parts


def _pan(layer: Layer, scene: Scene) -> float:
    if scene.channels == 1 or (layer.movement and not scene.loop):
        return 0.0
    return max(-1.0, min(1.0, layer.direction_deg / 90))


def undone(scene: Scene) -> list[str]:
    """Returns what a scene asks of others that is not done, a line for each."""
    lines = []
    for layer in scene.layers:
        if layer.source in {MUSIC, SPEECH} and layer.barrier and scene.loop:
            lines.append(f"{layer.name} is heard as if nothing stood between, no {layer.barrier}")
        if layer.source in {MUSIC, SPEECH} and layer.movement and scene.loop:
            lines.append(
                f"{layer.name} stays where it is: in a loop what others play does not move"
            )
    return lines


def _task(layer: Layer, scene: Scene) -> Task:
    if layer.source == SPEECH:
        who, how = layer.voice or None, layer.emotion or None
        return Speech(layer.text, voice=who, emotion=how, seed=layer.seed)
    length_s = scene.duration_s or ENDLESS_S
    prompt = _alone(layer.text)
    if not scene.loop:
        stop_s = layer.stop_s or length_s
        return Music(prompt, duration_s=max(1.0, stop_s - layer.start_s), seed=layer.seed)
    bars = max(1, round(length_s * USUAL_BPM / 60 / BAR_BEATS))
    bpm = 60 * BAR_BEATS * bars / length_s
    return Music(layer.text, duration_s=length_s, bpm=bpm, meter="4/4", loop=True, seed=layer.seed)


def find_speaker(words: str) -> tuple[str, str]:
    """Returns the voice and the emotion that words about a speaker ask for; "" = none.

    Example:
        >>> find_speaker("an old man whispers")
        ('bram', 'whisper')
    """
    said = f" {' '.join(re.findall('[a-z]+', words.casefold()))} "
    found = [
        next((name for name, signs in table.items() if any(f" {s} " in said for s in signs)), "")
        for table in (_speakers()["voices"], _speakers()["emotions"])
    ]
    return found[0], found[1]


@functools.cache
def _speakers() -> Mapping[str, Mapping[str, list[str]]]:
    file = resources.files("menura.engines.effects") / "speakers.toml"
    return tomllib.loads(file.read_text("utf-8"))


def _alone(text: str) -> str:
    """Returns a prompt for music: an instrument that is heard in a scene is heard alone."""
    brief = read_brief(Music(text))
    lone = len(brief.instruments) == 1 and not brief.genres
    return f"solo {text}" if lone and "solo" not in text.split() else text
