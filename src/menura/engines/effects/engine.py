"""Foley: a prompt or a plan becomes a scene, and the scene sound."""

from __future__ import annotations

import copy
import dataclasses
import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from menura.audio import Audio
from menura.audio.spool import Spool
from menura.engines.base import Performance, expect, reblock
from menura.engines.crew import Crew
from menura.engines.effects.cueing import cued, with_cued
from menura.engines.effects.document import read_scene_plan, write_scene
from menura.engines.effects.guests import guest_parts, undone
from menura.engines.effects.hosting import host_guests
from menura.engines.effects.levels import (
    MOST_LUFS,
    expected_lufs,
    expected_peak_db,
    expected_shortfall_db,
)
from menura.engines.effects.performing import own_layers, stem_names, to_json
from menura.engines.effects.planning import plan_scene
from menura.engines.effects.scene import MUSIC, SPEECH, Scene
from menura.engines.effects.sources import BLOCK_FRAMES, FAMILIES, RATE
from menura.errors import InvalidInput, InvalidText
from menura.tasks import Effect
from menura.text.scene import SceneBrief, nearest_sources, read_scene

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from menura.catalog import Card
    from menura.settings import Settings
    from menura.tasks import Task
    from menura.voice import Voice

CREW = "menura.engines.effects.performing"
WITH_A_PLAN = (
    "prompt",
    "duration_s",
    "loop",
    "endless",
    "prompt_influence",
    "cues",
)
"""Fields that say what a plan says already. Channels and headphones are how it is heard."""

EXAMPLES = ("rain", "footsteps", "door creak", "crowd", "car", "explosion", "magic", "beep")


def create(card: Card, settings: Settings) -> Foley:
    """Returns the engine; its processes start with the first scene."""
    return Foley(settings, card.loudness_lufs)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Staged:
    """A scene before it sounds.

    Attributes:
        scene: its document.
        understood: what of the prompt led to what.
        ignored: what was not understood, or could not be done.
    """

    scene: Scene
    understood: Mapping[str, Any]
    ignored: tuple[str, ...]


class Foley:
    """Makes sound effects and ambience with models of what sounds."""

    def __init__(self, settings: Settings, target_lufs: float) -> None:
        self._target_lufs = target_lufs
        self._crew = Crew(CREW, settings.workers)
        self.voices: Mapping[str, Voice] = {}

    def check(self, task: Task) -> Task:
        """Returns the task with its length named.

        Raises:
            InvalidText: if nothing of the prompt is a sound that is known.
            InvalidInput: if a field or the plan asks for what does not exist.
        """
        asked = expect(task, Effect)
        self._crew.prepare()
        staged = stage(asked)
        if asked.plan:
            # Whoever renders or keeps it has to know, whether the task said so or its plan.
            endless = staged.scene.duration_s == 0
            return dataclasses.replace(asked, plan=write_scene(staged.scene), endless=endless)
        if asked.endless or asked.duration_s is not None:
            return asked
        named = dataclasses.replace(asked, duration_s=staged.scene.duration_s)
        # Where the length follows from what happens, an asked one might stretch it.
        return named if stage(named).scene == staged.scene else asked

    def plan(self, task: Task) -> str:
        """Returns the scene of a task that `check` returned, as a document to be edited.

        What of the prompt was not understood, or had to give way, stands above it as comments.
        """
        staged = stage(expect(task, Effect))
        notes = (" ".join(note.split()) for note in staged.ignored)
        comments = ("".join(c if c.isprintable() else "?" for c in note) for note in notes)
        return "".join(f"# Note: {comment}\n" for comment in comments) + write_scene(staged.scene)

    def perform(self, task: Task) -> Performance:
        """Returns the scene; its blocks come as they are asked for."""
        staged = stage(expect(task, Effect))
        scene = staged.scene
        # A scene that others play alone still sets the rate, the channels and the exact length.
        leads = bool(own_layers(scene)) or scene.duration_s > 0
        short_db = expected_shortfall_db(scene, self._target_lufs)
        performance = Performance(
            rate=RATE if leads else 0,
            channels=scene.channels,
            blocks=iter(()),
            parts=guest_parts(scene),
            treatments=host_guests(scene) if leads else {},
            loudness_lufs=expected_lufs(scene) + short_db,
            intended_db=-short_db,
            peak_dbfs=expected_peak_db(scene) if scene.one_shot else None,
            most_lufs=MOST_LUFS if scene.one_shot else None,
            understood=copy.deepcopy(dict(staged.understood)) | _facts(scene),
            ignored=[*staged.ignored, *undone(scene)],
        )
        if own_layers(scene):
            performance.blocks = reblock(self._play(scene, performance))
        elif leads:
            performance.blocks = reblock(_silence(scene, performance))
        return performance

    def close(self) -> None:
        """Ends the worker processes."""
        self._crew.close()

    def _play(self, scene: Scene, performance: Performance) -> Iterator[Audio]:
        names = stem_names(scene) if performance.keep_stems else ()
        header = {"scene": to_json(scene), "stems": bool(names)}
        memory_frames = Spool.memory_frames(len(names))
        stems = {name: Spool(RATE, scene.channels, memory_frames) for name in names}
        made = 0
        for told, sound in self._crew.draw(header, np.zeros(0, np.float32)):
            if not told["frames"]:
                continue
            rows = sound.reshape(-1, scene.channels, told["frames"])
            for spool, row in zip(stems.values(), rows[1:], strict=True):
                spool.append(Audio(row, RATE))
            made += told["frames"]
            performance.progress = made / (scene.duration_s * RATE) if scene.duration_s else 0.0
            yield Audio(rows[0], RATE)
        for name, spool in stems.items():
            performance.stems[name] = spool.audio()


def _silence(scene: Scene, performance: Performance) -> Iterator[Audio]:
    """Yields as many frames as a scene has."""
    left = round(scene.duration_s * RATE)
    while left:
        frames = min(left, BLOCK_FRAMES)
        left -= frames
        performance.progress = 1 - left / (scene.duration_s * RATE)
        yield Audio(np.zeros((scene.channels, frames), np.float32), RATE)


@functools.lru_cache(maxsize=4)
def stage(task: Effect) -> Staged:
    """Returns the scene that a task asks for.

    Raises:
        InvalidText: if nothing of the prompt is a sound that is known.
        InvalidInput: if the task asks for what does not exist.
    """
    if task.plan:
        scene = _heard(read_scene_plan(task.plan), task)
        plain = Effect(plan=task.plan, endless=task.endless and scene.duration_s == 0)
        given = [n for n in WITH_A_PLAN if getattr(task, n) != getattr(plain, n)]
        if given:
            raise InvalidInput(
                f"the plan says it all: leave out {', '.join(given)}, or change it in the plan"
            )
        return Staged(scene=scene, understood={}, ignored=())
    brief = with_cued(_read(task), task.cues)
    if not brief.layers:
        near = nearest_sources(task.prompt)
        kinds = "" if near else f" (sounds of {', '.join(FAMILIES[:-1])} and {FAMILIES[-1]})"
        raise InvalidText(
            f"no sound in {task.prompt!r:.60} is known here, but for example "
            f"{', '.join(near or EXAMPLES)}{kinds}; `menura effect --list` shows all"
        )
    planned = plan_scene(brief, task, task.seed or 0)
    scene = planned.scene
    if task.cues:
        layers = cued(scene.layers, task.cues, scene.duration_s)
        scene = dataclasses.replace(scene, layers=layers)
    notes = (*planned.notes, *(f"not understood: {word}" for word in brief.ignored))
    return Staged(scene=scene, understood={"from_prompt": dict(brief.understood)}, ignored=notes)


def _heard(scene: Scene, task: Effect) -> Scene:
    """Returns the scene of a plan in one channel, or for headphones, if a task wants that.

    Raises:
        InvalidInput: if the plan is for two ears, and one channel is wanted, or the other way.
    """
    if (scene.binaural or task.binaural) and 1 in {scene.channels, task.channels}:
        raise InvalidInput("two ears need two channels: change binaural or channels in the plan")
    channels = min(scene.channels, task.channels)
    return dataclasses.replace(scene, channels=channels, binaural=scene.binaural or task.binaural)


def _read(task: Effect) -> SceneBrief:
    if task.prompt.strip():
        return read_scene(task.prompt)
    return SceneBrief(layers=(), understood={}, ignored=(), notes=())


def _facts(scene: Scene) -> dict[str, Any]:
    """Returns what a report says of a scene."""
    layers = []
    for layer in scene.layers:
        facts: dict[str, Any] = {"name": layer.name, "source": layer.source}
        facts |= {"variant": layer.variant} if layer.variant else {}
        facts |= {"text": layer.text} if layer.source in {MUSIC, SPEECH} else {}
        facts |= {"times_s": list(layer.times_s)} if layer.times_s else {}
        layers.append(facts)
    return {
        "duration_s": scene.duration_s,
        "loop": scene.loop,
        "space": scene.room,
        "layers": layers,
    }
