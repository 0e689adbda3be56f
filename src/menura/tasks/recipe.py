"""Tasks to and from plain JSON: what is written into files, and read from strangers' ones."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from menura.errors import InvalidRecipe
from menura.tasks.decoding import Decoding
from menura.tasks.effect import Effect
from menura.tasks.music import Music
from menura.tasks.speech import MAX_RULES, Dialogue, Pronunciation, Speech, VoiceDesign
from menura.tasks.work import MAX_PART_DEPTH, MAX_PARTS, Part, Work

if TYPE_CHECKING:
    from collections.abc import Mapping

    from menura.tasks.task import Task

KINDS: Mapping[str, type[Task]] = MappingProxyType(
    {t.kind: t for t in (Speech, Dialogue, VoiceDesign, Music, Effect, Decoding, Work)}
)


def dump(task: Task) -> dict[str, Any]:
    """Returns the task as plain JSON values, with its `kind`; `load` turns it back."""
    values: dict[str, Any] = {"kind": task.kind}
    for spec in dataclasses.fields(task):
        value = getattr(task, spec.name)
        if spec.name in {"voices", "cues", "options"}:
            value = [list(pair) for pair in value]
        if spec.name in {"instruments", "exclude"}:
            value = list(value)
        if spec.name == "lexicon":
            value = [dataclasses.asdict(rule) for rule in value]
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
    if "lexicon" in values:
        values["lexicon"] = _load_lexicon(values["lexicon"])
    _check_fields(cls, values)
    for spec in dataclasses.fields(cls):
        if spec.metadata.get("prompt") and isinstance(values.get(spec.name), dict):
            raise InvalidRecipe(
                f"the record keeps only a hash of the {spec.name}, which cannot be made again"
            )
    return cls(**values)


def _load_part(data: object, depth: int) -> Part:
    values = _object(data, "a part")
    values["task"] = _load(values.get("task"), depth + 1)
    _check_fields(Part, values)
    return Part(**values)


def _load_lexicon(data: object) -> tuple[Pronunciation, ...]:
    if not isinstance(data, list) or len(data) > MAX_RULES:
        raise InvalidRecipe(f"a lexicon lists at most {MAX_RULES} pronunciations")
    rules = [_object(rule, "a pronunciation") for rule in data]
    for rule in rules:
        _check_fields(Pronunciation, rule)
    return tuple(Pronunciation(**rule) for rule in rules)


def canonical(data: Mapping[str, Any]) -> bytes:
    """Returns one and the same bytes for the same JSON value, whatever its key order."""
    return json.dumps(
        data, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False
    ).encode()


def hide_prompts(data: Mapping[str, Any]) -> dict[str, Any]:
    """Returns a dumped task with each prompt replaced by `{"sha256": ...}`, and parts unnamed."""
    hidden = dict(data)
    for spec in dataclasses.fields(KINDS[data["kind"]]):
        if spec.metadata.get("prompt") and data[spec.name] is not None:
            digest = hashlib.sha256(str(data[spec.name]).encode("utf-8", "replace")).hexdigest()
            hidden[spec.name] = {"sha256": digest}
        if spec.metadata.get("private"):
            hidden[spec.name] = []
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
