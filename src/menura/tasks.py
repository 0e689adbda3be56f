"""Tasks: what can be asked for. Every door (CLI, Python, a recipe in a file) makes one of these.

A task is a frozen value that checks itself, holds no arrays, and goes to and from plain JSON
without loss. What it leaves open (voice, language, seed) is settled by the engine's `check`
and by the studio, so that the recipe in the file names everything.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar

from menura.errors import InvalidInput, InvalidRecipe, InvalidText

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_SEED = 2**63 - 1
MAX_NAME_CHARS = 128
MAX_PARTS = 256
MAX_PART_DEPTH = 4
_PROMPT = MappingProxyType({"prompt": True})
_CONTROL = MappingProxyType({"control": True})


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What all tasks share.

    Attributes:
        seed: 0 to 2^63 - 1; None = drawn by the studio and recorded.
        engine: name of a catalog card; None = the catalog's choice.
    """

    kind: ClassVar[str] = ""

    seed: int | None = None
    engine: str | None = None

    def __post_init__(self) -> None:
        if self.seed is not None and (type(self.seed) is not int or not 0 <= self.seed <= MAX_SEED):
            raise InvalidInput(
                f"a seed is a whole number from 0 to 2^63 - 1, not {_shown(self.seed)}"
            )
        _check_name("engine", self.engine)

    def controls(self) -> frozenset[str]:
        """Returns the controls it uses: fields that not every engine for the task understands."""
        return frozenset(
            spec.name
            for spec in dataclasses.fields(self)
            if spec.metadata.get("control") and getattr(self, spec.name) is not None
        )

    def prompts(self) -> Iterator[str]:
        """Yields every free text in the task: what the content check reads."""
        for spec in dataclasses.fields(self):
            if spec.metadata.get("prompt"):
                yield getattr(self, spec.name)


@dataclass(frozen=True, slots=True)
class Speech(Task):
    """A text, spoken.

    Attributes:
        text: what is said.
        voice: name of a voice; None = the engine's default for the language.
        language: BCP 47 tag such as `de` or `pt-BR`; None = the voice's own.
        speed: factor on the voice's usual pace, 0.25 to 4 (an engine may allow less).
        emotion: such as `happy`, `sad` or `whisper`; None = neutral.
        style: how far the emotion goes, 0 to 1; None = all the way.
        stability: 0 = pitch, pace and pauses vary with the seed, 1 = flat and even.
        pitch: how much higher than usual, semitones, -24 to 24.
    """

    kind: ClassVar[str] = "speech"

    text: str = field(metadata=_PROMPT)
    _: KW_ONLY
    voice: str | None = None
    language: str | None = None
    speed: float = 1.0
    emotion: str | None = field(default=None, metadata=_CONTROL)
    style: float | None = field(default=None, metadata=_CONTROL)
    stability: float | None = field(default=None, metadata=_CONTROL)
    pitch: float | None = field(default=None, metadata=_CONTROL)

    def __post_init__(self) -> None:
        Task.__post_init__(self)
        if not isinstance(self.text, str):
            raise InvalidText(f"a text is a string, not {type(self.text).__name__}")
        if not self.text.strip():
            raise InvalidText("there is nothing to say: the text is empty")
        _check_name("voice", self.voice)
        _check_name("language", self.language)
        _check_name("emotion", self.emotion)
        _settle_number(self, "speed", 0.25, 4.0)
        for name, low, high in (("style", 0, 1), ("stability", 0, 1), ("pitch", -24, 24)):
            if getattr(self, name) is not None:
                _settle_number(self, name, low, high)


@dataclass(frozen=True, slots=True)
class Dialogue(Task):
    """Several speakers, taking turns.

    Attributes:
        text: lines such as `Ann: Hello.`, or a JSON array of {"speaker": ..., "text": ...}.
        voices: (speaker, voice) pairs, or a mapping; who is left out is cast by the engine.
        language: BCP 47 tag; None = each voice's own.
        speed: factor on every voice's usual pace, 0.25 to 4 (an engine may allow less).
    """

    kind: ClassVar[str] = "dialogue"

    text: str = field(metadata=_PROMPT)
    _: KW_ONLY
    voices: tuple[tuple[str, str], ...] = ()
    language: str | None = None
    speed: float = 1.0

    def __post_init__(self) -> None:
        Task.__post_init__(self)
        if not isinstance(self.text, str):
            raise InvalidText(f"a text is a string, not {type(self.text).__name__}")
        if not self.text.strip():
            raise InvalidText("there is nothing to say: the text is empty")
        _check_name("language", self.language)
        _settle_number(self, "speed", 0.25, 4.0)
        pairs = self.voices.items() if isinstance(self.voices, Mapping) else self.voices
        try:
            settled = tuple((speaker, voice) for speaker, voice in pairs)
        except (TypeError, ValueError) as error:
            raise InvalidInput("voices are pairs of a speaker and a voice") from error
        if len(settled) > MAX_PARTS:
            raise InvalidInput(f"a dialogue has at most {MAX_PARTS} voices, not {len(settled)}")
        for speaker, voice in settled:
            if not isinstance(speaker, str) or not 0 < len(speaker) <= MAX_NAME_CHARS:
                raise InvalidInput(f"a speaker is a name, not {_shown(speaker)}")
            _check_name("voice", voice)
        if len(dict(settled)) < len(settled):
            raise InvalidInput("a speaker has one voice")
        object.__setattr__(self, "voices", settled)


@dataclass(frozen=True, slots=True)
class Part:
    """One task placed in a larger whole.

    Attributes:
        task: what is made; its sound is added unmarked, then the whole is marked once.
        start_s: where it begins, seconds from the start of the whole.
        gain_db: level change, dB.
        pan: -1 (left) to 1 (right), equal power; 0 leaves a mono whole mono.
        name: its stem's name; None = made from kind and position.
    """

    task: Task
    _: KW_ONLY
    start_s: float = 0.0
    gain_db: float = 0.0
    pan: float = 0.0
    name: str | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.task, Task):
            raise InvalidInput(f"a part holds a task, not {type(self.task).__name__}")
        _settle_number(self, "start_s", 0.0, 14_400.0)
        _settle_number(self, "gain_db", -96.0, 24.0)
        _settle_number(self, "pan", -1.0, 1.0)
        _check_name("name", self.name)


@dataclass(frozen=True, slots=True)
class Work(Task):
    """Several takes placed in time and mixed into one.

    Attributes:
        parts: 1 to 256 parts in all; a part may itself be a work, four levels deep.
    """

    kind: ClassVar[str] = "work"

    parts: tuple[Part, ...]

    def __post_init__(self) -> None:
        Task.__post_init__(self)
        if not isinstance(self.parts, tuple) or not all(isinstance(p, Part) for p in self.parts):
            raise InvalidInput("the parts of a work are a tuple of Part")
        if not self.parts or _count(self) > MAX_PARTS:
            raise InvalidInput(f"a work has 1 to {MAX_PARTS} parts, those of its parts included")
        if _depth(self) > MAX_PART_DEPTH:
            raise InvalidInput(f"works are nested at most {MAX_PART_DEPTH} deep")

    def prompts(self) -> Iterator[str]:
        """Yields every free text in the work and its parts."""
        for part in self.parts:
            yield from part.task.prompts()


KINDS: Mapping[str, type[Task]] = MappingProxyType({t.kind: t for t in (Speech, Dialogue, Work)})


def dump(task: Task) -> dict[str, Any]:
    """Returns the task as plain JSON values, with its `kind`; `load` turns it back."""
    values: dict[str, Any] = {"kind": task.kind}
    for spec in dataclasses.fields(task):
        value = getattr(task, spec.name)
        if spec.name == "voices":
            value = [list(pair) for pair in value]
        if spec.name == "parts":
            value = [
                {f.name: getattr(p, f.name) for f in dataclasses.fields(p)} | {"task": dump(p.task)}
                for p in value
            ]
        values[spec.name] = value
    return values


def load(data: object) -> Task:
    """Returns the task described by `data`, which may come from a stranger.

    Args:
        data: what `dump` gave, or the same parsed from JSON.

    Raises:
        InvalidRecipe: if it is not an object of a known kind with known fields, or nested too deep.
        InvalidInput: if a value is out of range.
    """
    return _load(data, 0)


def _load(data: object, depth: int) -> Task:
    """Loads a task that stands inside `depth` works."""
    if depth > MAX_PART_DEPTH:
        raise InvalidRecipe(f"works are nested at most {MAX_PART_DEPTH} deep")
    values = _object(data, "a task")
    kind = values.pop("kind", None)
    if not isinstance(kind, str) or kind not in KINDS:
        raise InvalidRecipe(f"a task's kind is one of {', '.join(KINDS)}, not {kind!r:.80}")
    cls = KINDS[kind]
    if "parts" in values:
        parts = values["parts"]
        if not isinstance(parts, list) or len(parts) > MAX_PARTS:
            raise InvalidRecipe(f"a work lists at most {MAX_PARTS} parts")
        values["parts"] = tuple(_load_part(part, depth) for part in parts)
    _check_fields(cls, values)
    for spec in dataclasses.fields(cls):
        if spec.metadata.get("prompt") and isinstance(values[spec.name], dict):
            raise InvalidRecipe(
                f"the record keeps only a hash of the {spec.name}, which cannot be made again"
            )
    return cls(**values)


def _load_part(data: object, depth: int) -> Part:
    values = _object(data, "a part")
    values["task"] = _load(values.get("task"), depth + 1)
    _check_fields(Part, values)
    return Part(**values)


def canonical(data: Mapping[str, Any]) -> bytes:
    """Returns one and the same bytes for the same JSON value, whatever its key order."""
    return json.dumps(
        data, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False
    ).encode()


def hide_prompts(data: Mapping[str, Any]) -> dict[str, Any]:
    """Returns a dumped task with each prompt replaced by `{"sha256": ...}`, and parts unnamed."""
    hidden = dict(data)
    for spec in dataclasses.fields(KINDS[data["kind"]]):
        if spec.metadata.get("prompt"):
            digest = hashlib.sha256(str(data[spec.name]).encode("utf-8", "replace")).hexdigest()
            hidden[spec.name] = {"sha256": digest}
    if "voices" in hidden:
        hidden["voices"] = []
    if "parts" in hidden:
        hidden["parts"] = [
            p | {"task": hide_prompts(p["task"]), "name": None} for p in hidden["parts"]
        ]
    return hidden


def _object(data: object, what: str) -> dict[str, Any]:
    if not isinstance(data, dict) or not all(isinstance(key, str) for key in data):
        raise InvalidRecipe(f"{what} is a JSON object, not {type(data).__name__}")
    return dict(data)


def _check_fields(cls: type, values: Mapping[str, Any]) -> None:
    specs = {f.name: f for f in dataclasses.fields(cls)}
    unknown = values.keys() - specs.keys()
    if unknown:
        raise InvalidRecipe(f"unknown field {min(unknown)!r:.80} in {cls.__name__}")
    required = {name for name, f in specs.items() if f.default is dataclasses.MISSING}
    if missing := required - values.keys():
        raise InvalidRecipe(f"{cls.__name__} lacks {', '.join(sorted(missing))}")


def _shown(value: object) -> str:
    """Returns a value as an error may show it: Python refuses to write out the longest numbers."""
    if isinstance(value, int) and value.bit_length() > 256:
        return "a number of hundreds of digits"
    return f"{value!r:.80}"


def _count(task: Task) -> int:
    """Returns how many parts a task has, those of its parts included."""
    if not isinstance(task, Work):
        return 0
    return sum(1 + _count(part.task) for part in task.parts)


def _depth(task: Task) -> int:
    if not isinstance(task, Work):
        return 0
    return 1 + max(_depth(part.task) for part in task.parts)


def _check_name(what: str, value: object) -> None:
    """Refuses a name that is not short, printable, one-line text without path characters."""
    if value is None:
        return
    if (
        not isinstance(value, str)
        or not 0 < len(value) <= MAX_NAME_CHARS
        or not value.isprintable()
        or any(c in value for c in '/\\:*?"<>|')
        or ".." in value
    ):
        raise InvalidInput(
            f"a {what} is a plain name of 1 to {MAX_NAME_CHARS} characters, not {value!r:.80}"
        )


def _settle_number(owner: Task | Part, what: str, low: float, high: float) -> None:
    """Refuses a field that is no number in range, and makes it a float: 1 and 1.0 are one task."""
    value = getattr(owner, what)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InvalidInput(f"{what} is a number, not {_shown(value)}")
    if not low <= value <= high:  # also of NaN
        raise InvalidInput(f"{what} lies between {low:g} and {high:g}, not {_shown(value)}")
    object.__setattr__(owner, what, float(value))
