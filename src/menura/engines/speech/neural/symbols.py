"""Symbols: what is said as a network reads it, each with the sound of the front end it stands for.

The front end's rendering gives phonemes with their words; signs and blanks between them come from
the text, as the networks were trained with both.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from menura.espeak.utterance import Rendering

NOWHERE = -1


@dataclass(frozen=True, slots=True)
class Symbol:
    """Something a network reads.

    Attributes:
        text: a phoneme in IPA with its stress mark, a letter, a sign or a blank.
        event: which event of the rendering it stands for; NOWHERE for signs and blanks.
        kind: what it is.
    """

    text: str
    event: int
    kind: Literal["sound", "sign", "blank"] = "sound"


@dataclass(slots=True, kw_only=True)
class Tokens:
    """What goes into a network at once.

    Attributes:
        ids: numbers of its vocabulary, pads included.
        events: for each of them, the event that it stands for, or NOWHERE.
        missing: what the vocabulary lacks, in order, each once.
    """

    ids: list[int] = field(default_factory=list)
    events: list[int] = field(default_factory=list)
    missing: dict[str, None] = field(default_factory=dict)

    def add(self, ids: Sequence[int], event: int) -> None:
        """Adds the tokens of one symbol."""
        self.ids += ids
        self.events += [event] * len(ids)


def spell(rendering: Rendering, text: str, signs: Mapping[str, str]) -> list[Symbol]:
    """Returns the phonemes of a rendering with the signs and blanks of its text.

    Args:
        rendering: a text as the front end says it.
        text: that text.
        signs: what each sign of the text is for the network; others are left out.
    """
    symbols: list[Symbol] = []
    done = 0
    for index, event in enumerate(rendering.events):
        if event.kind == "word":
            symbols += _between(text[done : event.start_char], signs)
            done = max(done, event.start_char + event.length_chars)
        elif event.kind == "phoneme" and event.ipa:
            symbols.append(Symbol(event.ipa, index))
    return trimmed([*symbols, *_between(text[done:], signs)])


def letters(rendering: Rendering, text: str) -> list[Symbol]:
    """Returns the characters of a text in lower case, each with the word it stands in."""
    symbols: list[Symbol] = []
    words = [(i, event) for i, event in enumerate(rendering.events) if event.kind == "word"]
    at = 0
    for place, char in enumerate(text):
        while at + 1 < len(words) and words[at + 1][1].start_char <= place:
            at += 1
        if char.isspace():
            symbols.append(Symbol(" ", NOWHERE, "blank"))
            continue
        inside = bool(words) and _holds(words[at][1].start_char, words[at][1].length_chars, place)
        sign = unicodedata.category(char)[0] == "P"
        symbols.append(
            Symbol(char.lower(), words[at][0] if inside else NOWHERE, "sign" if sign else "sound")
        )
    return trimmed(symbols)


def number(
    text: str, vocabulary: Mapping[str, Sequence[int]], missing: dict[str, None]
) -> list[int]:
    """Returns the tokens of a symbol, character by character.

    A character that is not in the vocabulary is taken apart into letter and marks (NFD); a mark
    that has no number is left out, a letter that has none is noted.
    """
    ids: list[int] = []
    for char in text:
        if char in vocabulary:
            ids += vocabulary[char]
            continue
        for part in unicodedata.normalize("NFD", char):
            if part in vocabulary:
                ids += vocabulary[part]
            elif not unicodedata.combining(part):
                missing[part] = None
    return ids


def parted(
    symbols: Sequence[Symbol], limit: int, size: Callable[[Symbol], int]
) -> Iterator[Sequence[Symbol]]:
    """Yields symbols in parts that a network can take: cut at a sign, else a blank, else anywhere.

    Args:
        symbols: all of them.
        limit: tokens of a part at most.
        size: how many tokens a symbol has.
    """
    first = 0
    while first < len(symbols):
        stop, total = first, 0
        while stop < len(symbols) and (stop == first or total + size(symbols[stop]) <= limit):
            total += size(symbols[stop])
            stop += 1
        if stop < len(symbols):
            least = first + (stop - first) // 3
            for kind in ("sign", "blank"):
                ends = [i for i in range(least, stop) if symbols[i].kind == kind]
                if ends:
                    stop = ends[-1] + 1
                    break
        part = trimmed(symbols[first:stop])
        if any(symbol.kind == "sound" for symbol in part):
            yield part
        first = stop


def trimmed(symbols: Sequence[Symbol]) -> list[Symbol]:
    """Returns symbols without blanks at the ends, and without two in a row."""
    kept: list[Symbol] = []
    for symbol in symbols:
        if symbol.kind != "blank" or (kept and kept[-1].kind != "blank"):
            kept.append(symbol)
    if kept and kept[-1].kind == "blank":
        kept.pop()
    return kept


def _between(text: str, signs: Mapping[str, str]) -> Iterator[Symbol]:
    for char in text:
        if char.isspace():
            yield Symbol(" ", NOWHERE, "blank")
        elif char in signs:
            yield Symbol(signs[char], NOWHERE, "sign")


def _holds(start: int, length: int, place: int) -> bool:
    return start <= place < start + length
