"""What commands that make sound from a plan share: plans, cues, variations and extra files."""

from __future__ import annotations

import dataclasses
import hashlib
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from menura.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Sequence

    from menura.cli.output import Wishes
    from menura.studio import Studio
    from menura.take import Take
    from menura.tasks import Task

T = TypeVar("T", bound="Task")
MAX_PLAN_BYTES = 4 * 1024**2
MAX_VARIATIONS = 64
PADDED = frozenset({"mp3", "aac", "m4a"})
"""Codecs that add silence before and after."""


def check_variations(count: int) -> None:
    """Refuses a number of variations that there cannot be."""
    if not 1 <= count <= MAX_VARIATIONS:
        raise InvalidInput(f"variations are 1 to {MAX_VARIATIONS}, not {count}")


def varied(task: T, count: int) -> list[T]:
    """Returns the task with a seed of its own for each variation; an open seed stays open."""
    if task.seed is None:
        return [task] * count
    return [dataclasses.replace(task, seed=task.seed + i) for i in range(count)]


def redrawn(plan: str, seed: int) -> str:
    """Returns a scene's plan with other seeds: another draw of the same scene, at its times.

    Args:
        plan: a document, in which every layer that has a seed says it in a line of its own.
        seed: with the same one the same draw comes again.
    """

    def drawn(found: re.Match[str]) -> str:
        digest = hashlib.sha256(f"{seed}/{found[2]}".encode()).digest()
        return f"{found[1]}{int.from_bytes(digest[:6], 'big')}"

    return re.sub(r"(?m)^(\s*seed\s*=\s*)(\d+)", drawn, plan)


def read_prompt(prompt: str | None) -> str:
    """Returns the prompt; `-` reads it from stdin.

    Raises:
        InvalidInput: if stdin is closed.
    """
    if prompt != "-":
        return prompt or ""
    if sys.stdin is None:
        raise InvalidInput("stdin is closed: give the prompt as an argument")
    return sys.stdin.buffer.read(MAX_PLAN_BYTES).decode("utf-8", "replace")


def read_plan(path: Path | None) -> str:
    """Returns the plan in a file; "" if there is none.

    Raises:
        InvalidInput: if it is no text, or too long.
        NotFound: if there is no such file.
    """
    if path is None:
        return ""
    from menura.audio.files import open_regular

    with open_regular(path) as file:
        data = file.read(MAX_PLAN_BYTES + 1)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidInput(f"{path.name} is not UTF-8 text (byte {error.start})") from error
    if len(data) > MAX_PLAN_BYTES:
        raise InvalidInput(f"{path.name} is over {MAX_PLAN_BYTES >> 20} MB: no plan is that long")
    return text


def listed_names(text: str | None) -> tuple[str, ...]:
    """Returns the names in a list with commas between."""
    return tuple(name.strip() for name in (text or "").split(",") if name.strip())


def read_cues(text: str | None) -> tuple[tuple[float, str], ...]:
    """Returns the cues in a text such as `4.2:hit,12:drop`.

    Raises:
        InvalidInput: if one has no time or no name.
    """
    cues = []
    for cue in listed_names(text):
        time_s, _, what = cue.partition(":")
        try:
            place_s = float(time_s)
        except ValueError:
            raise InvalidInput(f"a cue is written like 4.2:hit, not {cue!r:.40}") from None
        if not what.strip():
            raise InvalidInput(f"a cue is a time and what happens, not {cue!r:.40}")
        cues.append((place_s, what.strip()))
    return tuple(cues)


def read_options(given: Sequence[str] | None) -> tuple[tuple[str, float], ...]:
    """Returns the options in texts such as `temperature=1.1`.

    Raises:
        InvalidInput: if one has no name or no number.
    """
    options = []
    for text in given or ():
        name, _, number = text.partition("=")
        try:
            options.append((name.strip(), float(number)))
        except ValueError:
            raise InvalidInput(f"an option is set like temperature=1.1, not {text!r:.40}") from None
    return tuple(options)


def warned_of_gap(take: Take, wishes: Wishes) -> Take:
    """Returns the take with a word in its report, if its format puts a gap into a loop."""
    from menura.audio.formats import Format, check_suffix

    chosen = Format.parse(wishes.format_name) if wishes.format_name else None
    if wishes.output not in {None, "-"}:
        chosen = check_suffix(Path(str(wishes.output)), chosen)
    if chosen is None or chosen.codec not in PADDED or not take.report.understood.get("loop"):
        return take
    gap = f"{chosen.codec} pads a sound with silence at both ends: a loop in it has a gap in many "
    ignored = (*take.report.ignored, f"{gap}players; WAV, FLAC and Ogg have none")
    return dataclasses.replace(take, report=dataclasses.replace(take.report, ignored=ignored))


class Extras:
    """What is written beside the sound.

    Args:
        plan: a file for the plan, or None.
        midi: a file for the notes, or None.
        stems: a folder for the parts, or None.
    """

    def __init__(self, plan: Path | None, midi: Path | None, stems: Path | None) -> None:
        self.plan = plan
        self.midi = midi
        self.stems = stems

    @property
    def planned(self) -> bool:
        """Whether the engine has to have a plan, for what is written beside the sound."""
        return any(path is not None for path in (self.plan, self.midi, self.stems))

    def check(self, sound: Path | None, captions: str | None) -> None:
        """Refuses paths that cannot be written, or twice, before any work is done."""
        from menura.audio.files import check_target

        others = [Path(captions)] if captions else []
        files = [p for p in (sound, self.plan, self.midi, self.stems, *others) if p is not None]
        if len({path.absolute() for path in files}) < len(files):
            raise InvalidInput("two of the files have one name: give each its own")
        for path in (self.plan, self.midi):
            if path is not None:
                check_target(path)
        if self.stems is not None and self.stems.exists() and not self.stems.is_dir():
            raise InvalidInput(f"{self.stems} is no folder: stems are several files")

    def save(self, studio: Studio, take: Take) -> None:
        """Writes plan, MIDI and stems, if they are wanted."""
        if self.plan is not None:
            from menura.audio.files import atomic

            text = studio.plan(take.task)
            with atomic(self.plan) as unfinished:
                unfinished.write_text(text, encoding="utf-8")
        if self.midi is not None:
            take.save_score(self.midi)
        if self.stems is not None:
            self.stems.mkdir(parents=True, exist_ok=True)
            take.save_stems(self.stems)
