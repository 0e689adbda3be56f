"""Music of a codec language model: a prompt, and fields put into words."""

from __future__ import annotations

import contextlib
import dataclasses
from typing import TYPE_CHECKING

from menura.engines.base import expect
from menura.engines.codec_lm import CodecModel, Wish
from menura.errors import InvalidInput
from menura.tasks import Music
from menura.text.brief import read_brief

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from menura.catalog import Card
    from menura.engines.base import Performance
    from menura.runtime.pool import Pool
    from menura.settings import Settings
    from menura.tasks import Task
    from menura.voice import Voice

DURATION_S = 30.0
"""As MusicGen's window: 1,500 frames, 50 a second (Copet et al., 2023, section 3)."""
LOUDNESS_LUFS = -18.0
"""A guess that keeps a stream off its limiter, where a model cannot be measured."""
TRIALS = (
    "calm piano music",
    "loud drums and electric guitar, fast",
    "an orchestra plays a slow theme",
    "electronic dance music",
)
"""What a model plays when its level is measured: soft, loud and between."""
CONTINUE_S = 30.0
"""By how much a recording goes on if nothing says so; as a piece of the arranger does."""
NOTES_NEEDED = ("plan", "loop", "cues", "melody", "replace_section", "soundfont")
"""Fields that need notes, and an engine that writes some."""
VOCALS = frozenset({"vocals", "voice", "voices", "singing"})


def create(card: Card, settings: Settings) -> CodecMusic:
    """Returns the engine; its model is loaded with the first piece.

    Raises:
        NotInstalled: if the model is not installed.
    """
    return CodecMusic(card, settings)


class CodecMusic:
    """Makes music with one installed model."""

    def __init__(self, card: Card, settings: Settings) -> None:
        self._name = card.name
        self._model = CodecModel(card, settings)
        self.voices: Mapping[str, Voice] = {}

    def suits(self, task: Task) -> bool:
        """Whether a task that names no engine is for this one: nothing in it needs notes."""
        if getattr(task, "melody_audio", None) is not None and not self._model.melodic:
            return False
        return not _needing(task)

    def check(self, task: Task) -> Task:
        """Returns the task with its length and all options named.

        Raises:
            InvalidInput: if a field needs notes, an option does not exist or is out of range, or
                the model follows no melody.
            NotFound: if a recording that it names is not kept here.
            StorageFailed: if a file of the model is missing, or not what was installed.
        """
        asked = expect(task, Music)
        if needed := _needing(asked):
            raise InvalidInput(
                f"{self._name} makes sound and no notes, so it has no {', '.join(needed)}; the "
                "engine arranger does"
            )
        self._model.check_recordings(melody=asked.melody_audio, given=asked.continue_audio)
        settled = dataclasses.replace(asked, options=self._model.settle(asked.options))
        if asked.continue_audio is not None:
            return dataclasses.replace(settled, continue_s=asked.continue_s or CONTINUE_S)
        return dataclasses.replace(
            settled, duration_s=asked.duration_s or _duration_s(asked.prompt)
        )

    def perform(self, task: Task) -> Performance:
        """Returns the piece; its blocks come as the model makes them."""
        asked = expect(task, Music)
        words = dict(_words(asked))
        prompt = ", ".join((asked.prompt.strip(), *words.values()))
        ignored = []
        if words:
            ignored.append(
                f"{', '.join(words)}: told to the model in words, which it follows roughly"
            )
        if kept := [name for name in asked.exclude if name.lower() not in VOCALS]:
            ignored.append(f"exclude: the model cannot be kept from {', '.join(kept)}")
        wish = Wish(
            prompt=prompt,
            duration_s=asked.continue_s or asked.duration_s or DURATION_S,
            seed=asked.seed or 0,
            options=asked.options,
            loudness_lufs=LOUDNESS_LUFS,
            trials=TRIALS,
            continue_audio=asked.continue_audio,
            melody_audio=asked.melody_audio,
            understood={"prompt": prompt},
            ignored=tuple(ignored),
        )
        return self._model.perform(wish)

    def lodge(self, models: Pool) -> None:
        """Has its model kept in the pool that all engines of a studio share."""
        self._model.lodge(models)

    def close(self) -> None:
        """Lets go of the model."""
        self._model.close()


def _needing(task: Task) -> list[str]:
    """Returns the fields that a task uses and that need notes."""
    needed = [name for name in NOTES_NEEDED if getattr(task, name, None)]
    # Without a recording it is a plan that goes on.
    if isinstance(task, Music) and task.continue_s is not None and task.continue_audio is None:
        needed.append("continue_s")
    return needed


def _duration_s(prompt: str) -> float:
    """Returns the length that a prompt names, or the model's own."""
    with contextlib.suppress(InvalidInput):
        return read_brief(Music(prompt)).duration_s or DURATION_S
    return DURATION_S


def _words(task: Music) -> Iterator[tuple[str, str]]:
    """Yields each field that can be said in words, as a model's captions say it."""
    if task.instruments:
        yield "instruments", f"with {' and '.join(task.instruments)}"
    if task.bpm is not None:
        yield "bpm", f"{task.bpm:g} bpm"
    if task.key:
        yield "key", f"in {task.key}"
    if task.meter:
        yield "meter", f"{task.meter} time"
    if task.form:
        yield "form", f"form: {task.form}"
    if any(name.lower() in VOCALS for name in task.exclude):
        yield "exclude", "instrumental"
