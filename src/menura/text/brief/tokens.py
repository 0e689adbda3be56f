"""Tokens: the words and numbers of a prompt, folded, with the breaks between them."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

COMMA = 1
STOP = 2

_TOKEN = re.compile(
    r"""
    (?P<note>(?<!\w)[A-Ha-h](?:\#\#?|♯|♭)m?(?!\w))
    |(?P<time>(?<![\d:])\d{1,2}:\d{2}(?![\d:]))
    |(?P<ratio>(?<![\d/])\d{1,2}\s?/\s?\d{1,2}(?![\d/]))
    |(?P<number>\d+(?:\.\d{1,3}(?!\d)|,\d{1,2}(?!\d))?)
    |(?P<without>(?<!\w)w/o?(?!\w))
    |(?P<word>[^\W\d_]+(?:['’](?:s|t|ve|ll|re|d|m)(?!\w))?)
    |(?P<other>[^\w\s]|_)
    """,
    re.VERBOSE | re.IGNORECASE,
)
_JOINTS = frozenset("-‐‑_'’‘`*#@=~^")
_COMMAS = frozenset(',、，،/"“”«»()[]{}|')
_DASHES = frozenset("-‐‑–—")
_RANGE_DASH = re.compile(r"(?<=\d)[‐‑–—](?=\d)")


@dataclass(frozen=True, slots=True)
class Token:
    """A word, a number or a sign.

    Attributes:
        word: folded: lower case, no accents, no possessive.
        text: as written.
        start: where it begins in the normalized prompt, in code points.
        end: where it ends.
        gap: what parts it from the token before: 0, COMMA or STOP.
        kind: `note` (F#), `time` (1:30), `ratio` (3/4), `number`, `word` or `other`.
    """

    word: str
    text: str
    start: int
    end: int
    gap: int
    kind: str


def tokenize(text: str) -> tuple[Token, ...]:
    """Returns the tokens of a text that is in normal form KC."""
    text = _RANGE_DASH.sub("-", text)
    tokens: list[Token] = []
    gap = end = 0
    for found in _TOKEN.finditer(text):
        kind, written = str(found.lastgroup), found[0]
        between = text[end : found.start()]
        lines = between.count("\n")
        gap = max(gap, min(lines, STOP))
        end = found.end()
        if kind == "other":
            spaced = between[-1:].isspace() and text[end : end + 1].isspace()
            sign = _sign(written, spaced=spaced)
            if isinstance(sign, int):
                gap = max(gap, sign)
                continue
            word = sign
        else:
            word = _fold(kind, written)
        tokens.append(Token(word, written, found.start(), end, gap, kind))
        gap = 0
    return tuple(tokens)


def normalize(text: str) -> str:
    """Returns a prompt in normal form KC, without control characters."""
    return unicodedata.normalize("NFKC", text).replace("\0", " ")


def _fold(kind: str, written: str) -> str:
    if kind == "without":
        return "without" if written[-1] in "oO" else "with"
    word = written.casefold()
    if kind in {"ratio", "note"}:
        return "".join(word.split())
    if not word.isascii():
        word = "".join(c for c in unicodedata.normalize("NFKD", word) if not _is_mark(c))
    if "'" in word or "’" in word:
        word = word.replace("’", "'").removesuffix("'s").replace("'", "")
    return word


def _is_mark(char: str) -> bool:
    return unicodedata.category(char) == "Mn"


def _sign(char: str, *, spaced: bool) -> int | str:
    """Returns how strong a break a sign is, or the word it stands for."""
    if char in "&+":
        return "and"
    if spaced and char in _DASHES:
        return STOP
    if char in _JOINTS:
        return 0
    if char in _COMMAS:
        return COMMA
    category = unicodedata.category(char)
    if category[0] in "MC":
        return 0
    return STOP if category[0] == "P" and char != "%" else char


def peek(tokens: Sequence[Token], at: int) -> str:
    """Returns the word at a place, or "" if a break or the end stands before it."""
    return tokens[at].word if at < len(tokens) and not tokens[at].gap else ""


def skip(tokens: Sequence[Token], at: int, words: frozenset[str], most: int = 1) -> int:
    """Returns the place behind at most so many of some words that follow without a break."""
    while most and peek(tokens, at) in words:
        at, most = at + 1, most - 1
    return at
