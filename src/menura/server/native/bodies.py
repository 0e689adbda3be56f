"""What requests of the native API look like: described from the tasks themselves."""

from __future__ import annotations

import dataclasses
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, WithJsonSchema

from menura.tasks import (
    MAX_PARTS,
    Decoding,
    Dialogue,
    Effect,
    Music,
    Part,
    Speech,
    Task,
    VoiceDesign,
    Work,
    load,
)

TASKS: tuple[type[Task], ...] = (Speech, Dialogue, VoiceDesign, Music, Effect, Decoding)

EXAMPLES: dict[str, dict[str, Any]] = {
    "speech": {"kind": "speech", "text": "The lyrebird sings.", "voice": "nora", "seed": 1},
    "dialogue": {"kind": "dialogue", "text": "Ann: Hello!\nBen: Good morning.", "seed": 1},
    "voice-design": {"kind": "voice-design", "description": "an old sailor, gravelly", "seed": 1},
    "music": {"kind": "music", "prompt": "calm piano in D minor", "duration_s": 4, "seed": 1},
    "effect": {"kind": "effect", "prompt": "three knocks on a wooden door", "seed": 1},
    "work": {
        "kind": "work",
        "parts": [
            {"task": {"kind": "effect", "prompt": "rain", "duration_s": 3, "seed": 1}},
            {"task": {"kind": "speech", "text": "It rains."}, "start_s": 1, "gain_db": 6},
        ],
    },
}
"""Tasks that can be sent as they are: the documentation shows them, the tests send them."""


def _schema(kind: type[Task]) -> dict[str, Any]:
    """Returns the JSON schema of a task, with what its docstring says of each field."""
    schema: dict[str, Any] = _inlined(TypeAdapter(kind).json_schema(), {})
    described = _described(kind)
    for name, field in schema["properties"].items():
        field["description"] = described.get(name, "")
    schema["properties"] = {"kind": {"const": kind.kind, "type": "string"}} | schema["properties"]
    schema["required"] = ["kind", *schema.get("required", [])]
    schema["additionalProperties"] = False
    schema["description"] = (kind.__doc__ or "").partition("\n")[0]
    if kind.kind in EXAMPLES:
        schema["examples"] = [EXAMPLES[kind.kind]]
    return schema


def _inlined(schema: Any, known: dict[str, Any]) -> Any:
    """Returns a schema with what it refers to in its place."""
    if isinstance(schema, list):
        return [_inlined(each, known) for each in schema]
    if not isinstance(schema, dict):
        return schema
    known = schema.get("$defs", known)
    if "$ref" in schema:
        return _inlined(known[schema["$ref"].rpartition("/")[2]], known)
    return {key: _inlined(value, known) for key, value in schema.items() if key != "$defs"}


def _described(kind: type[Task | Part]) -> dict[str, str]:
    """Returns what the docstrings of a task, or of a part, say of each field."""
    names = {spec.name for spec in dataclasses.fields(kind)}
    found: dict[str, str] = {}
    name = ""
    for line in f"{Task.__doc__}\n{kind.__doc__}".splitlines():
        key, colon, text = line.strip().partition(": ")
        if colon and key in names:
            name, found[key] = key, text
        elif line.strip() and name:
            found[name] += f" {line.strip()}"
        else:
            name = ""
    return found


_PART: dict[str, str | list[str]] = {
    "task": "object",
    "start_s": "number",
    "gain_db": "number",
    "pan": "number",
    "name": ["string", "null"],
    "loudness_lufs": ["number", "null"],
}
"""Types of the fields of a part: its task may be a work again, which a schema cannot hold whole."""
_WORK: dict[str, Any] = {
    "title": "Work",
    "description": "Several takes placed in time.",
    "type": "object",
    "required": ["kind", "parts"],
    "additionalProperties": False,
    "examples": [EXAMPLES["work"]],
    "properties": {
        "kind": {"const": "work", "type": "string"},
        "seed": {"type": ["integer", "null"], "description": _described(Work)["seed"]},
        "engine": {"type": ["string", "null"], "description": _described(Work)["engine"]},
        "parts": {
            "type": "array",
            "description": _described(Work)["parts"],
            "minItems": 1,
            "maxItems": MAX_PARTS,
            "items": {
                "type": "object",
                "required": ["task"],
                "additionalProperties": False,
                "properties": {
                    name: {"type": kind, "description": _described(Part)[name]}
                    for name, kind in _PART.items()
                },
            },
        },
    },
}

TaskBody = Annotated[
    dict[str, Any],
    WithJsonSchema(
        {
            "oneOf": [*map(_schema, TASKS), _WORK],
            "discriminator": {"propertyName": "kind"},
            "examples": list(EXAMPLES.values()),
        }
    ),
]


class Wanted(BaseModel):
    """A take to be made."""

    model_config = ConfigDict(extra="forbid")

    task: TaskBody
    format: str = Field("wav", max_length=64, examples=["wav", "mp3_44100_128", "opus"])

    def settled(self, seed: int | None = None) -> Task:
        """Returns the task; `casting.cast` then sees to it that it names only its caller's files.

        Args:
            seed: for a task that names none.

        Raises:
            InvalidInput: if it is none.
        """
        task = load(self.task)
        return task if task.seed is not None else dataclasses.replace(task, seed=seed)
