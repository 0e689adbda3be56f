"""Documents: a scene as TOML that a person can edit, and back."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from menura.engines.effects.performing import ROOM
from menura.engines.effects.scene import MOVEMENTS, MUSIC, SPEECH, Layer, Scene
from menura.engines.effects.sources import find, sources
from menura.engines.effects.space import barrier_names, room_names
from menura.errors import InvalidInput
from menura.tasks.effect import MAX_PROMPT_CHARS
from menura.tasks.task import MAX_NAME_CHARS, check_name
from menura.text.documents import MAX_SEED, Table, find_lines, parse_document, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_LAYERS = 64
MAX_TIMES = 2000
MAX_SECONDS = 3600.0
MIN_SECONDS = 0.5
SHORTEST_S = 0.05
"""No two events come faster one after the other, and none is asked to be shorter."""
_HEAD = """\
# A scene. Change what you like and play it with: menura effect --plan FILE
# A layer is a bed (it sounds from start_s to stop_s) or an event (it sounds at times_s, and about
# every every_s seconds). Directions: 0 ahead, 90 right, -90 left, 180 behind.
"""
_PLAIN = Layer(name="", source="")


def write_scene(scene: Scene) -> str:
    """Returns a scene as TOML; `read_scene_plan` gives an equal one back."""
    return "\n".join([_HEAD, *_lines(scene)]) + "\n"


def read_scene_plan(text: str) -> Scene:
    """Returns the scene that a TOML document holds, every value checked.

    Raises:
        InvalidInput: naming the line, what is wrong there and what would be right.
    """
    lines = find_lines(text)
    table = Table("scene", parse_document(text), lines)
    duration_s = table.number("duration_s", None, 0.0, MAX_SECONDS)
    if 0 < duration_s < MIN_SECONDS:
        raise table.error(
            "duration_s",
            f"duration_s is {MIN_SECONDS:g} to {MAX_SECONDS:g}, or 0 "
            f"for a scene without end, not {duration_s:g}",
        )
    loop = table.truth("loop", default=False)
    if loop and not duration_s:
        raise table.error("loop", "a scene without end is no loop")
    layers = tuple(
        _layer(each, duration_s or MAX_SECONDS) for each in table.tables("layer", MAX_LAYERS)
    )
    names = [layer.name for layer in layers]
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise InvalidInput(f"two layers are called {twice!r:.60}: give each a name of its own")
    scene = Scene(
        title=table.text("title", "Untitled"),
        duration_s=duration_s,
        loop=loop,
        room=table.choice("room", "dry", room_names()),
        room_size=table.number("room_size", 1.0, 0.25, 4.0),
        room_db=table.number("room_db", 0.0, -60.0, 24.0),
        binaural=table.truth("binaural", default=False),
        channels=table.whole("channels", 2, 1, 2),
        one_shot=table.truth("one_shot", default=False),
        seed=table.whole("seed", 0, 0, MAX_SEED),
        layers=layers,
    )
    if scene.binaural and scene.channels == 1:
        raise table.error("channels", "two ears need two channels")
    table.refuse_others()
    return scene


def _layer(table: Table, longest_s: float) -> Layer:
    played = (*sources(), MUSIC, SPEECH)
    name = table.text("source", None)
    if name not in played:
        raise table.error("source", f"{_nearest(name, played)}")
    others = name in {MUSIC, SPEECH}
    variants = ("",) if others else ("", *find(name).variants)
    layer = Layer(
        name=_name(table, name),
        source=name,
        variant=table.choice("variant", "", variants),
        intensity=table.number("intensity", 0.5, 0.0, 1.0),
        size=table.number("size", 0.5, 0.0, 1.0),
        gain_db=table.number("gain_db", 0.0, -96.0, 24.0),
        distance_m=table.number("distance_m", 2.0, 0.1, 20_000.0),
        direction_deg=table.number("direction_deg", 0.0, -180.0, 180.0),
        spread_deg=table.number("spread_deg", 0.0, 0.0, 180.0),
        movement=table.choice("movement", "", MOVEMENTS),
        speed_kmh=table.number("speed_kmh", 0.0, 0.0, 1000.0),
        barrier=table.choice("barrier", "", ("", *barrier_names())),
        start_s=table.number("start_s", 0.0, 0.0, longest_s),
        stop_s=table.number("stop_s", 0.0, 0.0, longest_s),
        fade_in_s=table.number("fade_in_s", 0.0, 0.0, longest_s),
        fade_out_s=table.number("fade_out_s", 0.0, 0.0, longest_s),
        times_s=tuple(sorted(table.numbers("times_s", MAX_TIMES, 0.0, longest_s))),
        every_s=_seconds(table, "every_s", MAX_SECONDS),
        steady=table.truth("steady", default=False),
        length_s=_seconds(table, "length_s", 600.0),
        pace_ratio=table.number("pace_ratio", 1.0, 0.1, 10.0),
        rise=table.number("rise", 0.0, -1.0, 1.0),
        turn=table.number("turn", 0.0, 0.0, 0.95),
        seed=table.whole("seed", 0, 0, MAX_SEED),
        voice=table.text("voice", ""),
        emotion=table.text("emotion", ""),
        text=table.text("text", None if others else "", MAX_PROMPT_CHARS),
    )
    if others and not layer.text.strip():
        raise table.error("text", f"{name} needs a text: what it is like, or the words")
    if layer.stop_s and layer.stop_s <= layer.start_s:
        raise table.error("stop_s", "it stops before it starts")
    table.refuse_others()
    return layer


def _name(table: Table, source: str) -> str:
    name = table.text("name", source, MAX_NAME_CHARS)
    try:
        check_name("name", name)
    except InvalidInput as error:
        raise table.error("name", str(error)) from None
    if name == ROOM:
        raise table.error("name", f"{ROOM} is what the room answers: give it another name")
    return name


def _seconds(table: Table, name: str, longest_s: float) -> float:
    """Returns 0, or what is no shorter than SHORTEST_S."""
    value_s = table.number(name, 0.0, 0.0, longest_s)
    if 0 < value_s < SHORTEST_S:
        raise table.error(name, f"{name} is {SHORTEST_S:g} or more, or 0, not {value_s:g}")
    return value_s


def _nearest(name: str, known: tuple[str, ...]) -> str:
    from rapidfuzz import process

    near = [found for found, *_ in process.extract(name, known, limit=5)]
    return f"no source is called {name!r:.60}: nearest are {', '.join(near)}"


def _lines(scene: Scene) -> Iterator[str]:
    yield f"title = {quoted(scene.title)}"
    yield f"duration_s = {scene.duration_s!r}"
    yield f"loop = {str(scene.loop).lower()}"
    yield f"room = {quoted(scene.room)}"
    yield f"room_size = {scene.room_size!r}"
    yield f"room_db = {scene.room_db!r}"
    yield f"binaural = {str(scene.binaural).lower()}"
    yield f"channels = {scene.channels}"
    yield f"one_shot = {str(scene.one_shot).lower()}"
    yield f"seed = {scene.seed}"
    for layer in scene.layers:
        yield "\n[[layer]]"
        for spec in dataclasses.fields(Layer):
            value = getattr(layer, spec.name)
            if spec.name in {"name", "source", "seed"} or value != getattr(_PLAIN, spec.name):
                yield f"{spec.name} = {_written(value)}"


def _written(value: object) -> str:
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return f"[{', '.join(map(repr, value))}]"
    return repr(value)
