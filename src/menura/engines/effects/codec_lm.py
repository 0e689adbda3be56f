"""Effects and ambience of a codec language model: a prompt becomes sound as a whole."""

from __future__ import annotations

import contextlib
import dataclasses
from typing import TYPE_CHECKING

from menura.engines.base import expect
from menura.engines.codec_lm import CodecModel, Wish
from menura.errors import InvalidInput
from menura.tasks import Effect
from menura.text.scene import read_scene

if TYPE_CHECKING:
    from collections.abc import Mapping

    from menura.catalog import Card
    from menura.engines.base import Performance
    from menura.runtime.pool import Pool
    from menura.settings import Settings
    from menura.tasks import Task
    from menura.voice import Voice

DURATION_S = 10.0
"""As AudioGen's window: 500 frames, 50 a second (audiocraft, models/audiogen.py)."""
SCENE_NEEDED = ("plan", "loop", "endless", "cues")
"""Fields that need a scene, and an engine that plans one."""
TRIALS = ("rain and wind", "a dog barks", "people talk in a cafe", "a car drives past")
"""What a model makes heard when its level is measured: beds and events."""
GUIDANCE_PER_INFLUENCE = 2.0 / 0.3
"""An influence of 0 leaves guidance at 1, which is none; 0.3, the default, is the published 3."""


def create(card: Card, settings: Settings) -> CodecEffects:
    """Returns the engine; its model is loaded with the first sound.

    Raises:
        NotInstalled: if the model is not installed.
    """
    return CodecEffects(card, settings)


class CodecEffects:
    """Makes effects with one installed model."""

    def __init__(self, card: Card, settings: Settings) -> None:
        self._name = card.name
        self._model = CodecModel(card, settings)
        self.voices: Mapping[str, Voice] = {}

    def suits(self, task: Task) -> bool:
        """Whether a task that names no engine is for this one: nothing in it needs a scene."""
        return not any(getattr(task, name, None) for name in (*SCENE_NEEDED, "binaural"))

    def check(self, task: Task) -> Task:
        """Returns the task with its length and all options named.

        Raises:
            InvalidInput: if a field needs a scene, or an option does not exist or is out of range.
            NotFound: if the recording that it names is not kept here.
            StorageFailed: if a file of the model is missing, or not what was installed.
        """
        asked = expect(task, Effect)
        if needed := [name for name in SCENE_NEEDED if getattr(asked, name)]:
            raise InvalidInput(
                f"{self._name} makes sound and no scene, so it has no {', '.join(needed)}; the "
                "engine foley does"
            )
        self._model.check_recordings(melody=None, given=asked.continue_audio)
        options = self._model.settle(asked.options, **_guidance(asked))
        settled = dataclasses.replace(asked, options=options)
        if asked.continue_audio is not None:
            return dataclasses.replace(settled, continue_s=asked.continue_s or DURATION_S)
        return dataclasses.replace(
            settled, duration_s=asked.duration_s or _duration_s(asked.prompt)
        )

    def perform(self, task: Task) -> Performance:
        """Returns the sound; its blocks come as the model makes them."""
        asked = expect(task, Effect)
        unable = "binaural: the model does not place sounds around a listener"
        wish = Wish(
            prompt=asked.prompt.strip(),
            duration_s=asked.continue_s or asked.duration_s or DURATION_S,
            seed=asked.seed or 0,
            options=asked.options,
            trials=TRIALS,
            channels=asked.channels,
            continue_audio=asked.continue_audio,
            ignored=(unable,) if asked.binaural else (),
        )
        return self._model.perform(wish)

    def lodge(self, models: Pool) -> None:
        """Has its model kept in the pool that all engines of a studio share."""
        self._model.lodge(models)

    def close(self) -> None:
        """Lets go of the model."""
        self._model.close()


def _guidance(task: Effect) -> dict[str, float]:
    """Returns the guidance that `prompt_influence` stands for; the option itself wins over it."""
    if task.prompt_influence is None:
        return {}
    return {"guidance": 1.0 + GUIDANCE_PER_INFLUENCE * task.prompt_influence}


def _duration_s(prompt: str) -> float:
    """Returns the length that a prompt names, or the model's own."""
    with contextlib.suppress(InvalidInput):
        return read_scene(prompt).duration_s or DURATION_S
    return DURATION_S
