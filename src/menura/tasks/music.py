"""The task that plays: `Music`."""

from __future__ import annotations

import re
from dataclasses import KW_ONLY, dataclass, field
from typing import ClassVar

from menura.errors import InvalidInput, InvalidText, shown
from menura.tasks.options import settle_options
from menura.tasks.task import (
    CONTROL,
    FILE,
    MAX_NAME_CHARS,
    PROMPT,
    Task,
    check_digest,
    settle_number,
)

_RANGES = (("duration_s", 1.0, 3600.0), ("bpm", 20.0, 300.0), ("continue_s", 1.0, 3600.0))
MAX_PROMPT_CHARS = 20_000
MAX_PLAN_CHARS = 1_000_000
MAX_NAMES = 64
MAX_FIELD_CHARS = 1000
MAX_CUES = 256
CUES = ("hit", "drop", "rise")


@dataclass(frozen=True, slots=True)
class Music(Task):
    """A piece of music.

    Attributes:
        prompt: what it is like, in free words; "" if a plan says it all.
        duration_s: exact length, 1 to 3,600 s; None = as the prompt has it, else the engine's.
        bpm: beats per minute, 20 to 300; this and the fields below win over the prompt.
        key: such as `D major` or `F# dorian`.
        meter: such as `3/4`.
        form: names of sections, such as `intro verse chorus verse chorus outro`.
        instruments: who plays, by name.
        exclude: instruments and roles that must not be heard.
        loop: whether its end leads into its beginning.
        plan: a plan document (TOML) to be played as it is.
        melody: a given tune: `pitch:quarter notes`, such as `D4:1 F#4:0.5 r:0.5 A4:1`.
        cues: (seconds, what) for pictures: `hit`, `drop` or `rise`.
        replace_section: name of the plan's sections that are to be composed anew; the others keep
            their notes.
        continue_s: by how much the plan's piece, or the recording, is to go on, 1 to 3,600 s.
        continue_audio: SHA-256 (hex) of a recording that is to go on; it stands before what is
            made. The archive keeps recordings (`Studio.keep`).
        melody_audio: SHA-256 (hex) of a recording whose melody is followed.
        soundfont: SHA-256 (hex) of the SoundFont that plays the acoustic parts; "" = none;
            None = the one that is set, if one is.
        options: numbers that an engine knows by name, such as ("temperature", 1.1).
    """

    kind: ClassVar[str] = "music"

    prompt: str = field(default="", metadata=PROMPT)
    _: KW_ONLY
    duration_s: float | None = None
    bpm: float | None = None
    key: str | None = None
    meter: str | None = None
    form: str | None = field(default=None, metadata=PROMPT)
    instruments: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    loop: bool = False
    plan: str = field(default="", metadata=PROMPT)
    melody: str = field(default="", metadata=PROMPT)
    cues: tuple[tuple[float, str], ...] = ()
    replace_section: str | None = field(default=None, metadata=PROMPT)
    continue_s: float | None = None
    continue_audio: str | None = field(default=None, metadata=CONTROL | FILE)
    melody_audio: str | None = field(default=None, metadata=CONTROL | FILE)
    soundfont: str | None = None
    options: tuple[tuple[str, float], ...] = field(default=(), metadata=CONTROL)

    def __post_init__(self) -> None:
        Task.__post_init__(self)
        for name, limit in (
            ("prompt", MAX_PROMPT_CHARS),
            ("plan", MAX_PLAN_CHARS),
            ("melody", MAX_PLAN_CHARS),
        ):
            _check_text(name, getattr(self, name), limit)
        if not self.prompt.strip() and not self.plan.strip():
            raise InvalidText("there is nothing to play: give a prompt or a plan")
        for name, low, high in _RANGES:
            if getattr(self, name) is not None:
                settle_number(self, name, low, high)
        for name in ("key", "meter", "form", "replace_section"):
            if getattr(self, name) is not None:
                _check_text(name, getattr(self, name), MAX_FIELD_CHARS)
        for name in ("instruments", "exclude"):
            object.__setattr__(self, name, _names(name, getattr(self, name)))
        self._check_files()
        if not isinstance(self.loop, bool):
            raise InvalidInput(f"loop is true or false, not {shown(self.loop)}")
        object.__setattr__(self, "cues", _cues(self.cues))
        object.__setattr__(self, "options", settle_options(self.options))

    def _check_files(self) -> None:
        if not (self.soundfont is None or _is_soundfont(self.soundfont)):
            raise InvalidInput(f"a soundfont is named by its SHA-256, not {shown(self.soundfont)}")
        for name in ("continue_audio", "melody_audio"):
            check_digest(name, getattr(self, name))
        if self.continue_audio is not None and (self.duration_s is not None or self.plan):
            raise InvalidInput(
                "a recording goes on by continue_s: leave out duration_s, and a plan"
            )


def _is_soundfont(value: object) -> bool:
    return isinstance(value, str) and re.fullmatch(r"(?:[0-9a-f]{64})?", value) is not None


def _check_text(name: str, text: object, limit: int) -> None:
    if not isinstance(text, str):
        raise InvalidText(f"a {name} is a string, not {shown(text)}")
    if len(text) > limit:
        raise InvalidText(f"the {name} has {len(text)} characters, over the limit of {limit}")


def _names(what: str, names: object) -> tuple[str, ...]:
    listed = names if isinstance(names, tuple | list) and len(names) <= MAX_NAMES else (None,)
    for name in listed:
        if not isinstance(name, str) or not 0 < len(name) <= MAX_NAME_CHARS:
            raise InvalidInput(f"{what} are up to {MAX_NAMES} names, not {shown(names)}")
    return tuple(str(name) for name in listed)


def _cues(cues: object) -> tuple[tuple[float, str], ...]:
    if not isinstance(cues, tuple | list) or len(cues) > MAX_CUES:
        raise InvalidInput(f"cues are up to {MAX_CUES} pairs of a time and a name")
    settled = []
    for cue in cues:
        pair = tuple(cue) if isinstance(cue, tuple | list) else ()
        number = len(pair) == 2 and isinstance(pair[0], int | float) and type(pair[0]) is not bool
        named = number and isinstance(pair[1], str) and pair[1] in CUES
        if not named or not 0 <= pair[0] <= 3600:
            raise InvalidInput(
                f"a cue is a time in seconds and one of {', '.join(CUES)}, not {shown(cue)}"
            )
        settled.append((float(pair[0]), str(pair[1])))
    return tuple(sorted(settled))
