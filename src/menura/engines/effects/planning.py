"""Planning: what a prompt asks for becomes a scene, with seeded choice where it is silent."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from menura.engines.effects.balance import beyond_db, lost_db
from menura.engines.effects.behaviour import behaviour
from menura.engines.effects.changing import changed, eased
from menura.engines.effects.counting import written_out
from menura.engines.effects.guests import find_speaker
from menura.engines.effects.lasting import Draft
from menura.engines.effects.scene import MUSIC, SPEECH, Layer, Scene
from menura.engines.effects.sources import find
from menura.engines.effects.space import find_room
from menura.engines.effects.timeline import lay_out

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from menura.tasks import Effect
    from menura.text.scene import SceneBrief, SceneLayer

USUAL_INFLUENCE = 0.3
WIDTH_DEG = 55.0
"""How far to either side what surrounds a listener is put."""
FORWARD_DEG = 12.0
"""The same, of what a scene is about."""
FAR_M = 500.0
REACH, FAR_IN_ROOM, NEAREST_M = 2.5, 3.5, 1.0
WALKING_KMH = 15.0
DENSE_S = 2.0
TITLE_CHARS = 80
_OTHERS = frozenset({"other", "second", "different"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A scene, and what is to be said of how it came about.

    Attributes:
        scene: what is to be performed.
        notes: what could not be done as it was asked, one line each.
    """

    scene: Scene
    notes: tuple[str, ...]


def plan_scene(brief: SceneBrief, task: Effect, seed: int) -> Planned:
    """Returns the scene that a brief asks for.

    Args:
        brief: what of the prompt was understood; at least one layer.
        task: the fields that win over it.
        seed: draws what is left open.

    Raises:
        InvalidInput: if it asks for more than there can be.
    """
    rng = np.random.default_rng([seed, 11])
    influence = USUAL_INFLUENCE if task.prompt_influence is None else task.prompt_influence
    duration_s = task.duration_s if task.duration_s is not None else brief.duration_s
    loop = task.loop or (brief.loop and not task.endless)
    room, notes = _room(brief), list(brief.notes)
    reach_m = _reach_m(room, _room_size(brief))
    drafts = list(_drafts(brief.layers, rng, 1 - influence, reach_m))
    for draft in drafts:
        draft.layer = changed(draft.layer, draft.wanted, notes, loop=loop)
    laid = lay_out(
        drafts,
        duration_s,
        room=room,
        endless=task.endless,
        loop=loop,
        rng=rng,
        cued_s=max((when_s for when_s, _ in task.cues), default=0.0),
    )
    notes += laid.notes
    asked = {draft.layer.seed: draft.wanted for draft in drafts}
    finished = [
        _finished(layer, asked[layer.seed], laid.duration_s, loop=loop) for layer in laid.layers
    ]
    scene = Scene(
        title=_line(task.prompt)[:TITLE_CHARS] or "Untitled",
        duration_s=laid.duration_s,
        loop=loop,
        room=room,
        room_db=4.0 if any(layer.echoes for layer in brief.layers) else 0.0,
        room_size=_room_size(brief),
        binaural=task.binaural,
        channels=task.channels,
        one_shot=_is_one_shot(drafts),
        seed=seed,
        layers=tuple(_named(finished)),
    )
    return Planned(scene=scene, notes=tuple(notes))


def _drafts(
    layers: Sequence[SceneLayer], rng: np.random.Generator, spread: float, reach_m: float
) -> Iterator[Draft]:
    is_told = len({layer.order for layer in layers}) > 1
    told: dict[str, tuple[SceneLayer, Layer]] = {}
    for at, asked in enumerate(layers):
        wanted = asked
        if asked.every_s and asked.every_s < DENSE_S and _kind(asked.source) == "bed":
            wanted = dataclasses.replace(asked, every_s=None)  # it goes on: it does not come again
        main = at == 0 or is_told
        layer = _layer(wanted, rng, spread, main=main)
        if wanted.source in told and _is_same(wanted, told[wanted.source][0]):
            layer = _again(layer, wanted, *told[wanted.source])
        told[wanted.source] = (wanted, layer)
        if not wanted.muffled and wanted.distance_m is None:
            is_far = wanted.near in {"far", "very far"}
            layer = _within(layer, reach_m * (FAR_IN_ROOM if is_far else 1.0))
        yield Draft(layer=layer, wanted=wanted)


def _is_same(wanted: SceneLayer, before: SceneLayer) -> bool:
    """Returns whether a later layer is of the very thing that an earlier one was of.

    "Two knocks, then two more" are on one door; "then another dog barks" is another dog.
    """
    if wanted.source in {MUSIC, SPEECH} or wanted.order <= before.order:
        return False
    return not wanted.other and _OTHERS.isdisjoint(wanted.words.casefold().split())


def _again(layer: Layer, wanted: SceneLayer, asked: SceneLayer, before: Layer) -> Layer:
    """Returns a layer of what was heard before: where it was, as large, drawn alike."""
    drawn = before.intensity - asked.intensity - _pace(asked)
    intensity = _pace(wanted) + wanted.intensity + drawn
    return dataclasses.replace(
        layer,
        size=round(float(np.clip(before.size + wanted.size - asked.size, 0, 1)), 3),
        intensity=round(float(np.clip(intensity, 0, 1)), 3),
        direction_deg=layer.direction_deg if wanted.direction else before.direction_deg,
    )


def _layer(wanted: SceneLayer, rng: np.random.Generator, spread: float, *, main: bool) -> Layer:
    """Returns a layer with all but its times."""
    known = behaviour()
    direction = known["direction"].get(wanted.direction)
    widest = FORWARD_DEG if main or wanted.source == SPEECH else WIDTH_DEG
    drawn_deg = float(rng.uniform(-widest, widest))
    intensity = _pace(wanted) + wanted.intensity + 0.1 * spread * float(rng.standard_normal())
    size = wanted.size + 0.08 * spread * float(rng.standard_normal())
    speeds = known["speed_kmh_of"]
    # Steps that stop do not fade.
    is_halted = wanted.stops and _kind(wanted.source) == "doing"
    distance_m = round(wanted.distance_m or _distance_m(wanted), 2)
    # The balance of an ambience is a mixer's: only what was put far away by name is as soft.
    gain_db = round(beyond_db(wanted.source, distance_m), 1) if wanted.of_place else 0.0
    voice, emotion = find_speaker(wanted.words) if wanted.source == SPEECH else ("", "")
    return Layer(
        name=wanted.source,
        source=wanted.source,
        variant=wanted.variant,
        intensity=round(float(np.clip(intensity, 0, 1)), 3),
        size=round(float(np.clip(size, 0, 1)), 3),
        gain_db=round(gain_db + known["level"].get(wanted.level, 0.0), 1),
        distance_m=distance_m,
        direction_deg=round(drawn_deg if direction is None else direction, 1),
        spread_deg=0.0 if main or wanted.count or wanted.source == SPEECH else 25.0,
        movement=_movement(wanted),
        speed_kmh=_speed_kmh(wanted, speeds) if wanted.movement else 0.0,
        barrier=wanted.muffled,
        fade_in_s=3.0 if wanted.fades in {"in", "swells"} else 0.0,
        fade_out_s=3.0 if wanted.fades in {"out", "swells"} and not is_halted else 0.0,
        seed=int(rng.integers(2**53)),
        voice=voice,
        emotion=emotion,
        text=_line(wanted.text),
    )


def _finished(layer: Layer, wanted: SceneLayer, duration_s: float, *, loop: bool) -> Layer:
    """Returns a layer of a scene of known length: counted keys are struck, slow fades are slow."""
    layer = written_out(layer, wanted, duration_s)
    return layer if loop else eased(layer, wanted, duration_s)


def _line(text: str) -> str:
    """Returns a text as a document can hold it: one line, without characters that none can see."""
    return " ".join("".join(c for c in text if c.isprintable() or c.isspace()).split())


def _reach_m(room: str, size: float) -> float:
    """Returns how far away a sound of a room may be, so that it is not lost in its answer, m.

    That is REACH critical distances, 0.057 sqrt(V / T) (Kuttruff, Room Acoustics): the direct sound
    is 8 dB under what the room answers.
    """
    found = find_room(room).resized(size)
    decay_s = sorted(found.decay_s)[len(found.decay_s) // 2] if found.decay_s else 0.0
    if not found.dimensions_m or found.is_open or decay_s <= 0:
        return math.inf
    return max(REACH * 0.057 * math.sqrt(found.volume_m3 / decay_s), NEAREST_M)


def _within(layer: Layer, most_m: float) -> Layer:
    """Returns a layer that is at most so far away, and as loud beside others as it was."""
    if layer.distance_m <= most_m:
        return layer
    nearer_db = lost_db(layer.source, layer.distance_m) - lost_db(layer.source, most_m)
    gain_db = round(layer.gain_db - nearer_db, 1)
    return dataclasses.replace(layer, distance_m=round(most_m, 2), gain_db=gain_db)


def _distance_m(wanted: SceneLayer) -> float:
    near: float = behaviour()["near"].get(wanted.near, 1.0)
    if _kind(wanted.source) == "played":
        return 2.0 * near
    usual_m = find(wanted.source).distance_m
    # What is far away as a rule, such as thunder, is not heard from much further.
    return usual_m * (near if usual_m < FAR_M else math.sqrt(near))


def _movement(wanted: SceneLayer) -> str:
    """Returns how it moves; what passes by itself is only to be heard from side to side."""
    if wanted.source not in behaviour()["passing"]["sources"]:
        return wanted.movement
    return wanted.movement if wanted.movement == "right to left" else "left to right"


def _pace(wanted: SceneLayer) -> float:
    """Returns by how much a speed changes the force of what has a rhythm: it is its pace."""
    if wanted.source in {MUSIC, SPEECH} or _kind(wanted.source) != "doing":
        return 0.0
    return {"slow": -0.3, "fast": 0.3}.get(wanted.speed, 0.0)


def _speed_kmh(wanted: SceneLayer, speeds: dict[str, float]) -> float:
    usual: float = speeds.get(wanted.source, behaviour()["speed_kmh"]["usual"])
    # What leaves or arrives is slower than what passes.
    usual *= 0.6 if wanted.movement in {"approaching", "leaving"} and usual > WALKING_KMH else 1.0
    return usual * {"slow": 0.4, "fast": 2.0}.get(wanted.speed, 1.0)


def _kind(source: str) -> str:
    """Returns "played" (by another engine), "event", "doing" or "bed"."""
    if source in {MUSIC, SPEECH}:
        return "played"
    if find(source).kind == "event":
        return "event"
    return "doing" if source in behaviour()["doings"] else "bed"


def _is_one_shot(drafts: Sequence[Draft]) -> bool:
    """Returns whether a scene is of single happenings: one step is one, and walking is not."""
    kinds = {
        "event" if kind == "doing" and draft.wanted.count == 1 else kind
        for draft in drafts
        for kind in (_kind(draft.layer.source),)
    }
    return "event" in kinds and not kinds & {"bed", "played"}


def _room(brief: SceneBrief) -> str:
    if brief.space:
        return brief.space
    return "canyon" if any(layer.echoes for layer in brief.layers) else "dry"


def _room_size(brief: SceneBrief) -> float:
    """Returns the factor of a room's length: half to twice its usual one."""
    return round(float(2 ** (2 * (brief.space_size - 0.5))), 3)


def _named(layers: Sequence[Layer]) -> Iterator[Layer]:
    """Yields the layers with a name of its own each."""
    taken: set[str] = set()
    for layer in layers:
        name, number = layer.name, 1
        while name in taken or name == "room":
            number += 1
            name = f"{layer.name} {number}"
        taken.add(name)
        yield dataclasses.replace(layer, name=name)
