"""`instructions`: how to speak, in free words; what the engine has a control for is done."""

from __future__ import annotations

import functools
import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from menura.studio.directions import emotion_of

if TYPE_CHECKING:
    from collections.abc import Mapping

_CLAUSE = re.compile(r"[.,;:!?\n]+|\s+(?:and|but|then)\s+", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_SHOWN_CHARS = 60
_MAX_NAMED = 8


@dataclass(slots=True, kw_only=True)
class Manner:
    """How something is to be said, as far as it is understood.

    Attributes:
        emotion: name of one, or None.
        speed: factor on the speed.
        pitch: semitones, or None.
        pauses: factor, or None.
        stability: 0 to 1, or None.
        language: tag of the one to speak, or None.
        ignored: what is not understood, one line each.
    """

    emotion: str | None = None
    speed: float = 1.0
    pitch: float | None = None
    pauses: float | None = None
    stability: float | None = None
    language: str | None = None
    ignored: list[str] = field(default_factory=list)


def read_instructions(text: str) -> Manner:
    """Returns what instructions ask for; of wishes that exclude each other the first counts."""
    manner = Manner()
    missed = []
    for clause in filter(None, (part.strip() for part in _CLAUSE.split(text))):
        words = [word.replace("’", "'") for word in _WORD.findall(clause.casefold())]
        if words and not _follow(words, clause, manner):
            missed.append(f"the instruction: {clause[:_SHOWN_CHARS]}")
    manner.ignored = missed[:_MAX_NAMED]
    if len(missed) > _MAX_NAMED:
        manner.ignored.append(f"{len(missed) - _MAX_NAMED} more instructions")
    return manner


def _follow(words: list[str], clause: str, manner: Manner) -> bool:
    """Takes what one clause asks for; returns whether it is understood."""
    facts = _facts()
    if not facts["denials"].isdisjoint(words):
        return False
    understood = False
    emotion = emotion_of(clause)
    if emotion is not None:
        manner.emotion = manner.emotion or emotion
        understood = True
    if (language := _language(words)) is not None:
        manner.language = manner.language or language
        understood = True
    degree = 1.0
    for word in words:
        if word in facts["degrees"]:
            degree = facts["degrees"][word]
        for kind, value in facts["words"].get(word, ()):
            _apply(kind, value, degree, manner)
            understood = True
    return understood


def _language(words: list[str]) -> str | None:
    """Returns the language that a clause asks for: `in French`, `speak French`, or its name."""
    known: Mapping[str, str] = _facts()["languages"]
    leads = _facts()["leads"]
    for size in (2, 1):
        for at in range(len(words) - size + 1):
            name = " ".join(words[at : at + size])
            alone = len(words) == size
            if name in known and (alone or (at > 0 and words[at - 1] in leads)):
                ends = at + size == len(words) or words[at + size] not in _facts()["qualities"]
                return known[name] if ends else None
    return None


def _apply(kind: str, value: float, degree: float, manner: Manner) -> None:
    if kind == "pace" and manner.speed == 1:
        manner.speed = value**degree
    elif kind == "pitch" and manner.pitch is None:
        manner.pitch = value * degree
    elif kind == "pauses" and manner.pauses is None:
        manner.pauses = value**degree
    elif kind == "stability" and manner.stability is None:
        manner.stability = value


@functools.cache
def _facts() -> Mapping[str, Any]:
    path = Path(__file__).with_name("instructions.toml")
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    words: dict[str, list[tuple[str, float]]] = {}
    for kind in ("pace", "pitch", "pauses", "stability"):
        for row in table[kind]:
            amount = next(float(value) for name, value in row.items() if name != "words")
            for word in row["words"]:
                words.setdefault(word, []).append((kind, amount))
    denials = frozenset(table["denials"]["words"])
    return {
        "words": words,
        "degrees": table["degrees"],
        "denials": denials,
        "leads": frozenset(table["languages"]["leads"]),
        "qualities": frozenset(table["languages"]["qualities"]),
        "languages": table["languages"]["names"],
    }
