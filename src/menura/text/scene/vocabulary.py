"""The vocabulary of scenes: every phrase of the TOML files beside this module, as one tree."""

from __future__ import annotations

import functools
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_SOURCES = ("nature", "animals", "people", "household", "machines", "fantasy")
_SHADES: dict[str, dict[str, Any]] = {
    "soft": {"intensity": 0.15},
    "hard": {"intensity": 0.95},
    "small": {"size": 0.15},
    "large": {"size": 0.9},
}
_JOINTS = ("then", "first", "before", "after", "pause", "more", "also")
_MARKS = ("negator", "ambient", "deserted", "loop", "noloop", "like", "filler")
_WORDS = ("blocks", "says", "touching", "within", "weather", "article")


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """What a phrase may mean.

    Attributes:
        kind: `thing`, `act`, `quality`, `space`, `set`, `music`, or a word that joins or marks.
        id: its name in the vocabulary.
        variant: of the thing's source, if the phrase says so.
        effects: fields of a layer that it sets.
        is_after: whether it belongs to what was named before it.
    """

    kind: str
    id: str
    variant: str = ""
    effects: Mapping[str, Any] = field(default_factory=dict)
    is_after: bool = False


@dataclass(slots=True)
class Node:
    """A place in the tree of phrases: what its words mean, and the words that may follow."""

    entries: list[Entry] = field(default_factory=list)
    children: dict[str, Node] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Thing:
    """What can sound.

    Attributes:
        alone: (source, variant) when nothing is said that it does; ("", "") = it is silent.
        is_agent: whether what it does is heard in place of itself.
        does: action -> (source, variant).
    """

    alone: tuple[str, str]
    is_agent: bool
    does: Mapping[str, tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Act:
    """What is done: its (source, variant) if nothing does it, and whether it is only a manner."""

    alone: tuple[str, str]
    is_manner: bool


@dataclass(frozen=True, slots=True)
class Source:
    """A source of sound: its variants, whether it sounds on, and what chooses a variant."""

    variants: tuple[str, ...]
    is_bed: bool
    beside: Mapping[str, tuple[str, ...]]
    when: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """All that scenes are read with.

    Attributes:
        root: the tree of phrases.
        words: every word that stands in a phrase.
        sources: by name; so the others.
        stop: words without a wish of their own.
        describing: words that describe, and mean nothing to most sources.
        protected: English words that are no misspelling.
        sizes: what acts -> how large it is, 0 to 1.
        kept: qualities that stay in the description of music.
        lists: small word lists, such as `article`.
    """

    root: Node
    words: frozenset[str]
    sources: Mapping[str, Source]
    things: Mapping[str, Thing]
    acts: Mapping[str, Act]
    sets: Mapping[str, Mapping[str, Any]]
    stop: frozenset[str]
    describing: frozenset[str]
    protected: frozenset[str]
    sizes: Mapping[str, float]
    kept: frozenset[str]
    lists: Mapping[str, frozenset[str]]


@functools.cache
def vocabulary() -> Vocabulary:
    """Returns the vocabulary, read once."""
    tables = {n: t for file in _SOURCES for n, t in _load(f"sources/{file}").items()}
    objects, acts = _load("things"), _load("actions")
    places, plain, music = _load("places"), _load("plain"), _load("music")
    things = {name: _thing(table, name) for name, table in tables.items()}
    things |= {name: _thing(table, "") for name, table in objects.items()}
    root, words = Node(), set[str]()
    for phrases, entry in (
        *_of_sources(tables),
        *((table["words"], Entry("thing", name)) for name, table in objects.items()),
        *((table["words"], Entry("act", name)) for name, table in acts.items()),
        *_of_qualities(),
        *((phrases, Entry("space", name)) for name, phrases in places["space"].items()),
        *((table["words"], Entry("set", name)) for name, table in places["set"].items()),
        *((plain[kind], Entry(kind, kind)) for kind in (*_JOINTS, *_MARKS)),
        *_of_music(music),
    ):
        for phrase in split(phrases):
            _add(root, words, phrase, entry)
    return Vocabulary(
        root=root,
        words=frozenset(words),
        sources={name: _source(table) for name, table in tables.items()},
        things=things,
        acts={
            name: Act(_target(table.get("alone", "")), table.get("manner", False))
            for name, table in acts.items()
        },
        sets=places["set"],
        stop=frozenset(plain["stop"].split()),
        describing=frozenset(plain["describing"].split()),
        protected=frozenset(plain["protected"].split()),
        sizes={w: float(size) for size, names in plain["size"].items() for w in split(names)},
        kept=frozenset(split(music["kept"])),
        lists={name: frozenset(split(plain[name])) for name in _WORDS},
    )


def split(phrases: str) -> Iterator[str]:
    """Yields the phrases of a list with commas, without line breaks."""
    return (phrase for part in phrases.split(",") if (phrase := " ".join(part.split())))


def _load(name: str) -> dict[str, Any]:
    return tomllib.loads((Path(__file__).parent / f"{name}.toml").read_text(encoding="utf-8"))


def _of_sources(tables: dict[str, dict[str, Any]]) -> Iterator[tuple[str, Entry]]:
    for name, table in tables.items():
        yield table["nouns"], Entry("thing", name)
        for variant, phrases in table.get("says", {}).items():
            yield phrases, Entry("thing", name, variant)
        for shade, effects in _SHADES.items():
            if shade in table:
                yield table[shade], Entry("thing", name, effects=effects)


def _of_qualities() -> Iterator[tuple[str, Entry]]:
    for name, table in _load("qualities").items():
        effects = {key: value for key, value in table.items() if key not in {"words", "after"}}
        yield table["words"], Entry("quality", name, "", effects, table.get("after", False))


def _of_music(table: dict[str, str]) -> Iterator[tuple[str, Entry]]:
    yield table["always"], Entry("music", "music")
    nouns = list(split(table["nouns"]))
    kinds = ",".join(f"{kind} {noun}" for kind in split(table["with_music"]) for noun in nouns)
    yield kinds, Entry("music", "music")


def _thing(table: dict[str, Any], own: str) -> Thing:
    variants = frozenset(split(table.get("variants", "")))
    does = {
        act: _target(text, own, variants)
        for text, acts in table.get("does", {}).items()
        for act in split(acts)
    }
    alone = (own, "") if own else _target(table.get("alone", ""))
    return Thing(alone, bool(table.get("agent", False)), does)


def _source(table: dict[str, Any]) -> Source:
    return Source(
        variants=tuple(split(table["variants"])),
        is_bed=bool(table.get("bed", False)),
        beside={variant: tuple(split(w)) for variant, w in table.get("beside", {}).items()},
        when=table.get("when", {}),
    )


def _target(text: str, own: str = "", variants: frozenset[str] = frozenset()) -> tuple[str, str]:
    """Returns (source, variant) of `source/variant`, of a source, or of a variant of `own`."""
    if text == "itself":
        return own, ""
    if own and text in variants:
        return own, text
    source, _, variant = text.partition("/")
    return source, variant


def _add(root: Node, words: set[str], phrase: str, entry: Entry) -> None:
    node = root
    for word in phrase.split():
        words.add(word)
        node = node.children.setdefault(word, Node())
    node.entries.append(entry)
