"""Quotations: words in quotes that are spoken, as one token each."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING

from menura.text.brief.tokens import Token, tokenize

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_QUOTES = 32
_QUOTE = re.compile(
    r"""“(?P<curly>[^“”]{1,2000})”|"(?P<plain>[^"]{1,2000})"|«(?P<guillemets>[^«»]{1,2000})»"""
    r"""|(?<!\w)['‘](?P<single>[^'‘’]{2,400}(?:['’]\w[^'‘’]{0,400}){0,8})['’](?!\w)"""
)
_AROUND = 8


def tokenize_quoted(
    text: str, says: frozenset[str], is_sound: Callable[[tuple[Token, ...]], bool]
) -> tuple[tuple[Token, ...], dict[int, str]]:
    """Returns the tokens of a prompt, quotations one each, and their words by place.

    What is in quotes is spoken if a word such as "says" is near, or if it names no sound: a
    "whoosh" in quotes is a whoosh.

    Args:
        text: in normal form.
        says: words that say that somebody speaks.
        is_sound: whether the words in quotes name a sound.
    """
    tokens = tokenize(text)
    spans: list[tuple[int, int, str]] = []
    for found in _QUOTE.finditer(text):
        words = " ".join(str(found[found.lastgroup or 0]).split())
        if not any(char.isalnum() for char in words) or len(spans) >= MAX_QUOTES:
            continue
        near = [t.word for t in tokens if t.end <= found.start()][-_AROUND:]
        near += [t.word for t in tokens if t.start >= found.end()][: _AROUND // 2]
        if says.isdisjoint(near):
            if found.lastgroup == "single":
                continue
            inner = tuple(t for t in tokens if found.start() < t.start < found.end())
            if is_sound(inner):
                continue
        spans.append((found.start(), found.end(), words))
    return _collapse(text, tokens, spans)


def _collapse(
    text: str, tokens: tuple[Token, ...], spans: list[tuple[int, int, str]]
) -> tuple[tuple[Token, ...], dict[int, str]]:
    kept: list[Token] = []
    quotes: dict[int, str] = {}
    for token in tokens:
        inside = next((span for span in spans if span[0] <= token.start < span[1]), None)
        if inside is None:
            if kept and kept[-1].kind == "quote" and not text[kept[-1].end : token.start].strip():
                # The quotation mark is no comma.
                kept.append(dataclasses.replace(token, gap=0))
            else:
                kept.append(token)
        elif not kept or kept[-1].start != inside[0]:
            quotes[len(kept)] = inside[2]
            kept.append(Token("", inside[2], inside[0], inside[1], 0, "quote"))
    return tuple(kept), quotes
