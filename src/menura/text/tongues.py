"""What languages are told by: language.toml."""

from __future__ import annotations

import functools
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ENGLISH = "en"
_SYLLABLE_WEIGHT = 3


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Tongue:
    """A language, and what speaks for it.

    Attributes:
        tag: what is spoken.
        words: its small words, in small letters.
        letters: those beyond a to z that it writes; None = any.
        marks: parts of words that its spelling makes common; None = none is known.
        unlike: parts that it hardly has; None = none is known.
        signs: that it alone writes.
        weak: small words that count less.
        rare: what is taken from its score.
        nouns: whether its nouns have capitals, as names have.
    """

    tag: str
    words: frozenset[str]
    letters: frozenset[str] | None
    marks: re.Pattern[str] | None
    unlike: re.Pattern[str] | None
    signs: str
    weak: frozenset[str]
    rare: float
    nouns: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """A script that is not Latin.

    Attributes:
        language: that it is, where nothing tells another.
        pattern: finds a letter of it.
        weight: of how many letters of an alphabet one of its letters says as much.
        tongues: the languages that share it.
        rivals: letters that only another language writes, by its tag.
    """

    language: str
    pattern: re.Pattern[str]
    weight: int
    tongues: Sequence[Tongue]
    rivals: Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All that the file has.

    Attributes:
        limits: what counts how much, by name.
        tongues: the languages in Latin letters.
        english: one of them.
        english_alone: small words that no other has.
        loans: words that tell nothing by their letters.
        scripts: those that are not Latin.
    """

    limits: Mapping[str, float]
    tongues: Sequence[Tongue]
    english: Tongue
    english_alone: frozenset[str]
    loans: frozenset[str]
    scripts: Sequence[Script]


@functools.cache
def facts() -> Facts:
    """Returns what the file has, read once."""
    path = Path(__file__).with_name("language.toml")
    table: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    tongues = _tongues(table["latin"])
    english = next(each for each in tongues if each.tag == ENGLISH)
    others = frozenset[str]().union(*(each.words for each in tongues if each is not english))
    return Facts(
        limits=table["limits"],
        tongues=tongues,
        english=english,
        english_alone=english.words - others,
        loans=frozenset(table["loans"]["words"].split()),
        scripts=[_script(row, table) for row in table["script"]],
    )


def _tongues(table: Mapping[str, Any]) -> list[Tongue]:
    return [
        Tongue(
            tag=row.get("tag", language),
            words=frozenset(row["words"].split()),
            letters=frozenset(row["letters"]) if "letters" in row else None,
            marks=_pattern(row.get("marks", "").split()),
            unlike=_pattern(row.get("unlike", "").split()),
            signs=row.get("signs", ""),
            weak=frozenset(row.get("weak", "").split()),
            rare=row.get("rare", 0.0),
            nouns=row.get("nouns", False),
        )
        for language, row in table.items()
    ]


def _pattern(marks: Sequence[str]) -> re.Pattern[str] | None:
    escaped = (re.escape(mark).replace(r"\^", "^").replace(r"\$", "$") for mark in marks)
    return re.compile("|".join(escaped)) if marks else None


def _script(row: Mapping[str, Any], table: Mapping[str, Any]) -> Script:
    inside = "".join(rf"\U{low:08x}-\U{high:08x}" for low, high in row["ranges"])
    rivals = row.get("rivals", {})
    return Script(
        language=row["language"],
        pattern=re.compile(rf"[{inside}]"),
        weight=_SYLLABLE_WEIGHT if row.get("syllables") else 1,
        tongues=_tongues(table[row["tongues"]]) if "tongues" in row else (),
        rivals={language: frozenset(rival["letters"]) for language, rival in rivals.items()},
    )
