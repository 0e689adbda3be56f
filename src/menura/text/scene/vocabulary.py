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
    "passing": {"movement": "passing"},
    "overhead": {"movement": "overhead"},
    "leaving": {"movement": "leaving"},
    "several": {"many": True},
    "long": {"duration_s": 5.0},
    "twelve": {"count": 12},
}
_WILD = frozenset({"nature", "animals"})
_JOINTS = ("then", "first", "before", "after", "pause", "more", "also")
_MARKS = ("negator", "ambient", "deserted", "loop", "noloop", "like", "filler", "closing")
_WORDS = ("blocks", "says", "touching", "within", "weather", "article", "single")


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """What a phrase may mean.

    Attributes:
        kind: `thing`, `act`, `quality`, `space`, `set`, `music`, or a word that joins or marks.
        id: its name in the vocabulary.
        variant: of the thing's source, if the phrase says so.
        effects: fields of a layer that it sets.
        is_after: whether it belongs to what was named before it.
        stands_in: whether the source is another one that is only like what the phrase names.
    """

    kind: str
    id: str
    variant: str = ""
    effects: Mapping[str, Any] = field(default_factory=dict)
    is_after: bool = False
    stands_in: bool = False


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
        extras: (source, variant) of what sounds with it unnamed.
        likened: actions whose sound is another thing's that is only like it.
    """

    alone: tuple[str, str]
    is_agent: bool
    does: Mapping[str, tuple[str, str]]
    extras: tuple[tuple[str, str], ...] = ()
    likened: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Act:
    """What is done.

    Attributes:
        alone: its (source, variant) if nothing does it.
        is_manner: whether it only says how something sounds.
        likened: whether that source is only one of many that do it.
    """

    alone: tuple[str, str]
    is_manner: bool
    likened: bool = False


@dataclass(frozen=True, slots=True)
class Source:
    """A source of sound.

    Attributes:
        variants: the first is the usual one.
        is_bed: whether it sounds on.
        is_doing: whether it is made of many alike: steps, keys; none is counted.
        is_wild: whether it is of nature, and sounds when it likes.
        beside: variant -> words near it that choose it.
        among: variant -> other sources of the scene that choose it, if nothing else does.
        when: what near, speed or movement choose.
    """

    variants: tuple[str, ...]
    is_bed: bool
    is_doing: bool
    is_wild: bool
    beside: Mapping[str, tuple[str, ...]]
    among: Mapping[str, tuple[str, ...]]
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
        apart: `source/variant` -> the variant that is left of it where one of these is turned down.
        people: the sources that are people.
        kinds: source -> what else of an ambience goes when it is turned down.
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
    apart: Mapping[str, tuple[str, frozenset[str]]]
    people: frozenset[str]
    kinds: Mapping[str, frozenset[str]]


@functools.cache
def vocabulary() -> Vocabulary:
    """Returns the vocabulary, read once."""
    files = {file: _load(f"sources/{file}") for file in _SOURCES}
    tables = {name: table for file in files.values() for name, table in file.items()}
    wild = {n for file in _WILD for n, table in files[file].items() if "tame" not in table}
    objects, acts = _load("things"), _load("actions")
    places, plain, music = _load("places"), _load("plain"), _load("music")
    things = {name: _thing(table, name) for name, table in tables.items()}
    things |= {name: _thing(table, "") for name, table in objects.items()}
    root, words = Node(), set[str]()
    for phrases, entry in (
        *_of_sources(tables),
        *_of_things(objects),
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
        sources={name: _source(table, is_wild=name in wild) for name, table in tables.items()},
        things=things,
        acts={
            name: Act(
                _target(table.get("alone", "")),
                table.get("manner", False),
                table.get("likened", False),
            )
            for name, table in acts.items()
        },
        sets=places["set"],
        stop=frozenset(plain["stop"].split()),
        describing=frozenset(plain["describing"].split()),
        protected=frozenset(plain["protected"].split()),
        sizes={w: float(size) for size, names in plain["size"].items() for w in split(names)},
        kept=frozenset(split(music["kept"])),
        lists={name: frozenset(split(plain[name])) for name in _WORDS},
        apart={
            name: (table["left"], frozenset(split(table["without"])))
            for name, table in plain["apart"].items()
        },
        people=frozenset(files["people"]),
        kinds={name: frozenset(split(others)) for name, others in plain["kinds"].items()},
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
        for variant, phrases in table.get("stands", {}).items():
            yield phrases, Entry("thing", name, variant, stands_in=True)
        for shade, effects in _SHADES.items():
            said = table.get(shade, {})
            for variant, phrases in ({"": said} if isinstance(said, str) else said).items():
                yield phrases, Entry("thing", name, variant, effects)


def _of_things(objects: dict[str, dict[str, Any]]) -> Iterator[tuple[str, Entry]]:
    for name, table in objects.items():
        effects, stands_in = table.get("effects", {}), bool(table.get("stands", False))
        yield table["words"], Entry("thing", name, effects=effects, stands_in=stands_in)


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
    extras = tuple(_target(text) for text in split(table.get("with", "")))
    likened = frozenset(split(table.get("likened", "")))
    return Thing(alone, bool(table.get("agent", False)), does, extras, likened)


def _source(table: dict[str, Any], *, is_wild: bool) -> Source:
    return Source(
        variants=tuple(split(table["variants"])),
        is_bed=bool(table.get("bed", False)),
        is_doing=bool(table.get("doing", False)),
        is_wild=is_wild,
        beside={variant: tuple(split(w)) for variant, w in table.get("beside", {}).items()},
        among={variant: tuple(split(w)) for variant, w in table.get("among", {}).items()},
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
