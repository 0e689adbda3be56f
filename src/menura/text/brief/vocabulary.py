"""The vocabulary of prompts: every phrase of the TOML files beside this module, as one tree."""

from __future__ import annotations

import dataclasses
import functools
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from menura.text.brief.tokens import tokenize
from menura.text.keys import scales

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_FILES = ("genres", "moods", "instruments", "players", "words", "plain", "stand_ins")
_WORD_LISTS = ("filler", "only", "solo", "negator", "missing", "artist")
_FACTS_ONLY = frozenset({"chosen", "swing_ratio", "change", "opposite", "whole", "family"})
# Words of scales.toml that say more than a scale when no tonic stands before them.
_SAY_MORE = frozenset(
    {"major", "minor", "blues", "maj", "min", "spanish", "pentatonic", "minor blues"}
)
_PLURALS = frozenset({"instrument", "generic", "piece"})


@dataclass(frozen=True, slots=True)
class Entry:
    """What a phrase may mean.

    Attributes:
        kind: such as `genre`, `mood` or `instrument`.
        id: its name there.
        is_tinge: whether it only colours another genre.
        instead: name of the instrument in whose place this one plays, or "".
    """

    kind: str
    id: str
    is_tinge: bool = False
    instead: str = ""


@dataclass(slots=True)
class Node:
    """A place in the tree of phrases: what its words mean, and the words that may follow."""

    entries: list[Entry] = field(default_factory=list)
    children: dict[str, Node] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """All that prompts are read with.

    Attributes:
        root: the tree of phrases.
        words: every word that stands in a phrase.
        stop: words without a wish of their own.
        protected: English words that are no misspelling.
        genres: facts by id; so the others.
        sets: small word lists, such as `contrast`.
    """

    root: Node
    words: frozenset[str]
    stop: frozenset[str]
    protected: frozenset[str]
    genres: dict[str, dict[str, Any]]
    moods: dict[str, dict[str, Any]]
    instruments: dict[str, dict[str, Any]]
    players: dict[str, dict[str, Any]]
    other: dict[str, dict[str, Any]]
    stand_ins: dict[str, dict[str, Any]]
    sets: dict[str, frozenset[str]]


@functools.cache
def vocabulary() -> Vocabulary:
    """Returns the vocabulary, read once."""
    files = {name: _load(name) for name in _FILES}
    root, words = Node(), set[str]()
    for entry, phrase in _phrases(files):
        _add(root, words, phrase, entry)
    plain = files["plain"]
    return Vocabulary(
        root=root,
        words=frozenset(words),
        stop=frozenset(plain["stop"].split()),
        protected=frozenset(plain["protected"].split()),
        genres=files["genres"],
        moods=files["moods"],
        instruments=files["instruments"],
        players=files["players"],
        other=files["words"],
        stand_ins=files["stand_ins"],
        sets={
            name: frozenset(plain[name])
            for name in ("after", "contrast", "article", "turn", "close")
        },
    )


def _load(name: str) -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name(f"{name}.toml").read_text(encoding="utf-8"))


def _phrases(files: dict[str, dict[str, Any]]) -> Iterator[tuple[Entry, str]]:
    """Yields every phrase with what it means."""
    for kind in ("genre", "mood", "instrument"):
        yield from _of(kind, files[f"{kind}s"])
    for name, facts in files["genres"].items():
        for words in facts.get("tinges", ()):
            yield Entry("genre", name, is_tinge=True), words
    for name, facts in files["stand_ins"].items():
        for entry, phrase in _of("instrument", {facts["plays"]: facts}):
            yield dataclasses.replace(entry, instead=name), phrase
    for kind, table in (files["players"] | files["words"]).items():
        if kind not in _FACTS_ONLY:
            yield from _of(kind, table)
    for kind in _WORD_LISTS:
        yield from _of(kind, {kind: files["plain"][kind]})
    modes = {name: [name, *facts["synonyms"]] for name, facts in scales().items()}
    yield from (found for found in _of("mode", modes) if found[1] not in _SAY_MORE)


def _of(kind: str, table: dict[str, Any]) -> Iterator[tuple[Entry, str]]:
    for name, facts in table.items():
        phrases: Iterable[str] = facts["words"] if isinstance(facts, dict) else facts
        for phrase in dict.fromkeys(phrases):
            yield Entry(kind, name), phrase
            if kind in _PLURALS and not phrase.endswith("s"):
                yield Entry(kind, name), phrase + ("es" if phrase.endswith(("x", "ch")) else "s")


def _add(root: Node, words: set[str], phrase: str, entry: Entry) -> None:
    node = root
    for token in tokenize(phrase):
        words.add(token.word)
        node = node.children.setdefault(token.word, Node())
    if entry not in node.entries:  # plurals are made, and may be written too
        node.entries.append(entry)
