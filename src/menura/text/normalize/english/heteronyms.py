"""Heteronyms: words of one spelling whose pronunciation is told by the words around them."""

from __future__ import annotations

import functools
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

WORDS_AROUND = 8
"""So many words on either side are looked at, within a sentence."""
_CHARS_AROUND = 80
_TOKEN = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*|[.!?\n…]+|[,;:()\"“”–—]")
_STOPS = ".!?\n…"
_MANNER = re.compile(r"[a-z]{3,}ly")
_NO_MANNER = frozenset({"family", "reply", "supply", "italy", "july", "assembly", "apply", "belly"})


class Sounded(NamedTuple):
    """A word whose pronunciation is told.

    Attributes:
        start: where it begins in the text, in code points.
        stop: where it ends.
        ipa: how it is said.
    """

    start: int
    stop: int
    ipa: str


@dataclass(frozen=True, slots=True, eq=False)
class _Word:
    """What tells one word: (cue, name of a pronunciation) in order, and these in IPA."""

    cues: Sequence[tuple[re.Pattern[str], str]]
    said: Mapping[str, str]


def find_heteronyms(text: str, *, american: bool) -> Iterator[Sounded]:
    """Yields the words of an English text whose pronunciation is told by those around them.

    Words that nothing tells are left out, and so are words in capitals, which may be names. The
    time is proportional to the length of the text.

    Args:
        text: as it is written.
        american: whether it is read as in the United States.
    """
    words, pattern, adverbs = _facts(american)
    for found in pattern.finditer(text):
        if found[0].isupper():
            continue
        known = words[found[0].lower()]
        around = _around(text, found.start(), found.end(), adverbs)
        name = next((name for cue, name in known.cues if cue.search(around)), "-")
        if name in known.said:
            yield Sounded(found.start(), found.end(), known.said[name])


def _around(text: str, start: int, stop: int, adverbs: frozenset[str]) -> str:
    """Returns the words around one, with "_" in its place, "^" and "$" at the ends, and commas."""
    before = text[max(0, start - _CHARS_AROUND) : start]
    left: list[str] = []
    for token in reversed(_TOKEN.findall(before)):
        if token[0] in _STOPS or len(left) == WORDS_AROUND:
            break
        left.append(_plain(token))
    while left and (left[0] in adverbs or _is_manner(left[0])):
        del left[0]
    right: list[str] = []
    for token in _TOKEN.findall(text[stop : stop + _CHARS_AROUND]):
        if token[0] in _STOPS or len(right) == WORDS_AROUND:
            break
        right.append(_plain(token))
    return " ".join(["^", *reversed(left), "_", *right, "$"])


def _plain(token: str) -> str:
    return token.lower().replace("’", "'") if token[0].isalnum() else ","


def _is_manner(word: str) -> bool:
    return _MANNER.fullmatch(word) is not None and word not in _NO_MANNER


@functools.cache
def _facts(american: bool) -> tuple[dict[str, _Word], re.Pattern[str], frozenset[str]]:
    path = Path(__file__).with_name("heteronyms.toml")
    table: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    lists = {name: "|".join(map(re.escape, row.split())) for name, row in table["lists"].items()}
    words = {}
    for name, row in table["words"].items():
        cues = [cue.partition(": ")[::2] for cue in row["cues"]]
        said = row["american"] | ({} if american else row.get("british", {}))
        words[name] = _Word([(_pattern(cue, lists), told) for told, cue in cues], said)
    either = "|".join(sorted(words, key=len, reverse=True))
    pattern = re.compile(rf"(?<![\w'’-])(?:{either})(?![\w'’-]|\.\w)", re.IGNORECASE)
    return words, pattern, frozenset(table["lists"]["adverb"].split())


def _pattern(cue: str, lists: Mapping[str, str]) -> re.Pattern[str]:
    """Returns a cue as a pattern of what `_around` returns."""
    parts = []
    for item in cue.split():
        if item == "*":
            parts.append(r"(?:[^ ]+ )*?")
        elif item in {"^", "$"}:
            parts.append(rf"(?:{re.escape(item)}|,) ")
        elif item == "!":
            parts.append(rf"(?:[$,]|{lists['closer']}) ")
        else:
            either = "|".join(lists[w[1:-1]] if w[0] == "{" else w for w in item.split("|"))
            parts.append(f"(?:{either}) ")
    return re.compile(rf"(?<![^ ]){''.join(parts)[:-1]}(?![^ ])")
