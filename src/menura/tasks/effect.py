"""The task that makes sound effects and ambience: `Effect`."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass, field
from typing import TYPE_CHECKING, ClassVar

from menura.errors import InvalidInput, InvalidText, shown
from menura.tasks.options import settle_options
from menura.tasks.task import (
    CONTROL,
    FILE,
    MAX_NAME_CHARS,
    PRIVATE,
    PROMPT,
    Task,
    check_digest,
    settle_number,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

MIN_DURATION_S, MAX_DURATION_S = 0.5, 3600.0
MAX_PROMPT_CHARS = 20_000
MAX_PLAN_CHARS = 1_000_000
MAX_CUES = 256


@dataclass(frozen=True, slots=True)
class Effect(Task):
    """A sound effect, or the sound of a place.

    Attributes:
        prompt: what is heard, in free words; "" if a plan says it all.
        duration_s: exact length, 0.5 to 3,600 s; None = as the prompt has it, else the engine's.
        loop: whether its end leads into its beginning.
        endless: whether it goes on until the listener leaves; only a stream can.
        channels: 1 or 2.
        binaural: whether it is made for headphones, as two ears would hear it.
        prompt_influence: 0 (draw widely) to 1 (as the prompt says and no further); None = 0.3.
        plan: a scene document (TOML) to be played as it is.
        cues: (seconds, what) for pictures: which of the scene's sounds begins when.
        continue_audio: SHA-256 (hex) of a recording that is to go on; it stands before what is
            made. The archive keeps recordings (`Studio.keep`).
        continue_s: by how much it is to go on, 0.5 to 3,600 s.
        options: numbers that an engine knows by name, such as ("temperature", 1.1).
    """

    kind: ClassVar[str] = "effect"

    prompt: str = field(default="", metadata=PROMPT)
    _: KW_ONLY
    duration_s: float | None = None
    loop: bool = False
    endless: bool = False
    channels: int = 2
    binaural: bool = False
    prompt_influence: float | None = None
    plan: str = field(default="", metadata=PROMPT)
    cues: tuple[tuple[float, str], ...] = field(default=(), metadata=PRIVATE)
    continue_audio: str | None = field(default=None, metadata=CONTROL | FILE)
    continue_s: float | None = None
    options: tuple[tuple[str, float], ...] = field(default=(), metadata=CONTROL)

    def __post_init__(self) -> None:
        Task.__post_init__(self)
        _check_text("prompt", self.prompt, MAX_PROMPT_CHARS)
        _check_text("plan", self.plan, MAX_PLAN_CHARS)
        object.__setattr__(self, "cues", _cues(self.cues))
        object.__setattr__(self, "options", settle_options(self.options))
        if not (self.prompt.strip() or self.plan.strip() or self.cues):
            raise InvalidText("there is nothing to hear: give a prompt or a plan")
        if self.duration_s is not None:
            settle_number(self, "duration_s", MIN_DURATION_S, MAX_DURATION_S)
        check_digest("continue_audio", self.continue_audio)
        if self.continue_s is not None:
            settle_number(self, "continue_s", MIN_DURATION_S, MAX_DURATION_S)
        if self.prompt_influence is not None:
            settle_number(self, "prompt_influence", 0.0, 1.0)
        self._check_kind()

    def _check_kind(self) -> None:
        if type(self.channels) is not int or self.channels not in {1, 2}:
            raise InvalidInput(f"channels are 1 or 2, not {shown(self.channels)}")
        for name in ("loop", "endless", "binaural"):
            if not isinstance(getattr(self, name), bool):
                raise InvalidInput(f"{name} is true or false, not {shown(getattr(self, name))}")
        if self.binaural and self.channels == 1:
            raise InvalidInput("two ears need two channels: leave out binaural or channels=1")
        if self.continue_s is not None and self.continue_audio is None:
            raise InvalidInput("continue_s is for a recording that goes on: name it")
        if self.continue_audio is not None and (self.duration_s is not None or self.plan):
            raise InvalidInput(
                "a recording goes on by continue_s: leave out duration_s, and a plan"
            )
        if self.endless and (self.loop or self.duration_s is not None):
            raise InvalidInput("what never ends has no length and no loop: leave those out")

    def prompts(self) -> Iterator[str]:
        """Yields every free text in the task; what a cue names is one too."""
        yield from (self.prompt, self.plan)
        yield from (what for _, what in self.cues)


def _check_text(name: str, text: object, limit: int) -> None:
    if not isinstance(text, str):
        raise InvalidText(f"a {name} is a string, not {shown(text)}")
    if len(text) > limit:
        raise InvalidText(f"the {name} has {len(text)} characters, over the limit of {limit}")


def _cues(cues: object) -> tuple[tuple[float, str], ...]:
    if not isinstance(cues, tuple | list) or len(cues) > MAX_CUES:
        raise InvalidInput(f"cues are up to {MAX_CUES} pairs of a time and a sound")
    settled = []
    for cue in cues:
        pair = tuple(cue) if isinstance(cue, tuple | list) else ()
        timed = len(pair) == 2 and type(pair[0]) in {int, float} and 0 <= pair[0] <= MAX_DURATION_S
        if not timed or not isinstance(pair[1], str) or not 0 < len(pair[1]) <= MAX_NAME_CHARS:
            raise InvalidInput(f"a cue is a time in seconds and a sound, not {shown(cue)}")
        settled.append((float(pair[0]), pair[1]))
    return tuple(sorted(settled))
