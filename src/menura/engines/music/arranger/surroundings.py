"""Surroundings: what is no music and lies under it, as the prompt says it: "heavy rain"."""

from __future__ import annotations

import functools
import tomllib
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Any

from menura.errors import MenuraError
from menura.tasks import Effect, Part
from menura.text.scene import read_scene

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from menura.engines.music.plan import MusicPlan
    from menura.text.scene import SceneLayer

MARK = ": "
"""Between a name and the words for it, in a plan: `rain: heavy rain`."""
UNDER_DB = 13.0
"""How far under the music its surroundings lie: there, and in nobody's way."""
CLOSING = " at the end"
CLOSING_S, CLOSING_SHARE = 8.0, 0.3
"""How long what comes at the end is heard, or what share of the piece."""
FORCE_DB = 8.0
"""From the softest to the hardest, around what is usual."""


@dataclass(frozen=True, slots=True)
class Surrounding:
    """One of them, as a plan names it.

    Attributes:
        name: one of `prompts()`.
        prompt: for the engine for effects.
        is_closing: whether it is heard at the end alone.
    """

    name: str
    prompt: str
    is_closing: bool = False

    @classmethod
    def of(cls, text: str) -> Surrounding:
        """Returns what a plan's text means: a name, or a name and the words for it."""
        name, _, words = text.partition(MARK)
        plain = words.strip().removesuffix(CLOSING).strip()
        return cls(name, plain or prompts().get(name, name), words.strip().endswith(CLOSING))


def prompts() -> Mapping[str, str]:
    """Returns what may lie under music: its name -> the prompt for it, if no more is said."""
    found: Mapping[str, str] = _table()["prompts"]
    return found


def as_said(names: Sequence[str], prompt: str) -> tuple[str, ...]:
    """Returns textures with the words of the prompt for them, where it says more than a name.

    Example:
        >>> as_said(["rain", "vinyl"], "piano, heavy rain, vinyl")
        ('rain: heavy rain', 'vinyl')
    """
    if not any(name in prompts() for name in names):
        return tuple(names)
    try:
        layers = read_scene(prompt).layers
    except MenuraError:
        return tuple(names)
    said = []
    for name in names:
        meant = _table()["sources"].get(name, [name])
        layer = next((each for each in layers if each.source in meant), None)
        words = "" if layer is None else _words(layer)
        said.append(f"{name}{MARK}{words}" if words and words != name else name)
    return tuple(said)


def is_known(text: str) -> bool:
    """Returns whether a plan's text names a surrounding, in words for what can be heard."""
    found = Surrounding.of(text)
    if found.name not in prompts():
        return False
    try:
        return bool(read_scene(found.prompt).layers)
    except MenuraError:
        return False


def surrounding_parts(plan: MusicPlan, music_lufs: float) -> list[Part]:
    """Returns what lies under the music and is none: the engine for effects makes it."""
    parts = []
    for text in plan.textures:
        each = Surrounding.of(text)
        if each.name not in prompts():
            continue
        length_s, prompt = plan.duration_s, each.prompt
        if each.is_closing:
            length_s = min(CLOSING_S, CLOSING_SHARE * plan.duration_s)
            prompt = f"{prompt}, fading in"
        parts.append(
            Part(
                Effect(prompt, duration_s=length_s, loop=plan.loop and not each.is_closing),
                start_s=plan.duration_s - length_s,
                loudness_lufs=music_lufs - UNDER_DB + _louder_db(each.prompt),
                name=each.name,
            )
        )
    return parts


def _words(layer: SceneLayer) -> str:
    """Returns the words for a layer, if they say more than that it is there."""
    plain = layer.intensity == 0.5 and not (layer.variant or layer.level or layer.near)
    if plain and not layer.closing:
        return ""
    words = " ".join(layer.words.split())
    return f"{words}{CLOSING}" if layer.closing else words


def _louder_db(prompt: str) -> float:
    """Returns by how much what is soft, hard, loud or quiet differs from what is usual, dB."""
    try:
        layer = next(iter(read_scene(prompt).layers), None)
    except MenuraError:
        return 0.0
    if layer is None or prompt in prompts().values():
        return 0.0
    levels: Mapping[str, float] = _table()["level_db"]
    return FORCE_DB * (layer.intensity - 0.5) + levels.get(layer.level, 0.0)


@functools.cache
def _table() -> Mapping[str, Any]:
    file = resources.files("menura.engines.music.arranger") / "surroundings.toml"
    return tomllib.loads(file.read_text("utf-8"))
