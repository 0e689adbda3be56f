"""The words a description may use, and the anatomy they change: vocabulary.toml, anatomy.toml."""

from __future__ import annotations

import functools
import tomllib
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Any

from menura.espeak import languages

if TYPE_CHECKING:
    from collections.abc import Mapping

    Phrase = tuple[str, ...]

CHARACTER = "character"
"""The table of words that stand for many things at once, which all others outweigh."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Entry:
    """What one word does to a voice.

    Attributes:
        name: as the vocabulary writes it.
        table: which it stands in.
        effects: axis -> amount; the first is what the word is about.
        facts: `age`, `gender` and `language` that it names, by what they are.
        step: by how many stages of life it moves a voice.
        only: what it merely suggests, or "".
    """

    name: str
    table: str
    effects: Mapping[str, float]
    facts: Mapping[str, str]
    step: int = 0
    only: str = ""

    @property
    def main(self) -> str | None:
        """The axis it is about; None if it names rather than measures."""
        return next(iter(self.effects), None)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Vocabulary:
    """Every phrase, as a tuple of lower-case words, and what it means."""

    entries: Mapping[Phrase, Entry]
    degrees: Mapping[Phrase, float]
    denials: frozenset[Phrase]
    joins: frozenset[str]
    ends: frozenset[str]
    breaks: frozenset[str]
    stops: frozenset[str]
    comparative: float
    most: float
    longest: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A stage of life.

    Attributes:
        label: the `age` of voices in it.
        f0_hz: usual pitch by gender.
        tract_percent: length of the vocal tract by gender, against a man's.
        effects: axis -> amount, as for words.
    """

    label: str
    f0_hz: Mapping[str, float]
    tract_percent: Mapping[str, float]
    effects: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Anatomy:
    """What voices from nothing are made of; see anatomy.toml."""

    bodies: Mapping[str, list[str]]
    dull: list[str]
    stages: Mapping[str, Stage]
    start: Mapping[str, float]
    variation: Mapping[str, float]


@functools.cache
def vocabulary() -> Vocabulary:
    """Returns the words of vocabulary.toml, and the English names of espeak-ng's languages."""
    data = _load("vocabulary.toml")
    grammar = data["grammar"]
    entries: dict[Phrase, Entry] = {}
    for language in languages.languages():
        name = split(language.name)
        if language.name.isalpha() and len(language.name) > 3:
            entries[name] = Entry(
                name=language.name, table="language", effects={}, facts={"language": language.tag}
            )
    for table, words in data["words"].items():
        for name, values in words.items():
            entry = _entry(name, table, values)
            for phrase in (name, *values.get("same", ())):
                entries[split(phrase)] = entry
    degrees = {split(phrase): float(factor) for phrase, factor in data["degrees"].items()}
    denials = frozenset(split(phrase) for phrase in grammar["denials"])
    return Vocabulary(
        entries=entries,
        degrees=degrees,
        denials=denials,
        joins=frozenset(grammar["joins"]),
        ends=frozenset(grammar["ends"]),
        breaks=frozenset(grammar["breaks"]),
        stops=frozenset(grammar["stops"].split()),
        comparative=grammar["comparative"],
        most=grammar["most"],
        longest=max(len(phrase) for phrase in (*entries, *degrees, *denials)),
    )


@functools.cache
def anatomy() -> Anatomy:
    """Returns the bodies and stages of anatomy.toml."""
    data = _load("anatomy.toml")
    stages = {name: Stage(**values) for name, values in data["stages"].items()}
    return Anatomy(**(data | {"stages": stages}))


def split(phrase: str) -> Phrase:
    """Returns a phrase as words are compared: lower case, no hyphens."""
    return tuple(phrase.casefold().replace("-", " ").replace("'", "").split())


def _entry(name: str, table: str, values: Mapping[str, Any]) -> Entry:
    facts = {key: values[key] for key in ("age", "gender", "language") if key in values}
    other = {"same", "only", "step", *facts}
    return Entry(
        name=name,
        table=table,
        effects={key: float(value) for key, value in values.items() if key not in other},
        facts=facts,
        step=values.get("step", 0),
        only=values.get("only", ""),
    )


def _load(name: str) -> dict[str, Any]:
    text = (resources.files(__package__) / name).read_text(encoding="utf-8")
    return tomllib.loads(text)
