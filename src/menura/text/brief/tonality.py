"""Keys in prompts: `D minor`, `F# dorian`, `key of Bb`, `in e-flat major`."""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING

from menura.errors import InvalidInput
from menura.text.brief.mentions import Mention
from menura.text.brief.tokens import peek
from menura.text.keys import Key, scales

if TYPE_CHECKING:
    from collections.abc import Sequence

    from menura.text.brief.tokens import Token

_TONIC = re.compile(r"([A-Ga-g])(##|#|♯|bb|b|♭|)(m?)")
_SIGNS = {"sharp": "#", "flat": "b"}
_SIGN = {"♯": "#", "♭": "b"}
_KEY_NOUNS = frozenset({"key", "scale", "mode", "mood", "feel", "feeling", "tonality", "chord"})
_AFTER_TONIC = frozenset(
    {"with", "and", "at", "for", "key", "played", "using", "over", "in", "that"}
)
_GENRES = frozenset({"blues"})
MAX_MODE_WORDS = 3


def read_key(tokens: Sequence[Token], at: int) -> Mention | None:
    """Returns the key, or the tonic alone, that begins at a token, or None."""
    found = _TONIC.fullmatch(tokens[at].text) if len(tokens[at].text) <= 4 else None
    if found is None:
        return None
    letter, sign, short = found.groups()
    behind = at + 1
    if not sign and not short and peek(tokens, behind) in _SIGNS:
        sign = _SIGNS[peek(tokens, behind)]
        behind += 1
    tonic = letter.upper() + _SIGN.get(sign, sign)
    asked = _is_asked(tokens, at)
    mode, end = _read_mode(tokens, behind)
    if mode is not None and _means_key(tokens, at, end, mode, asked=asked):
        return _key("key", f"{tonic} {mode}", at, end)
    if short:
        minor = asked or sign or peek(tokens, behind) in _KEY_NOUNS
        return _key("key", f"{tonic} minor", at, behind) if minor else None
    return _key("tonic", tonic, at, behind) if _is_tonic(tokens, at, behind) else None


def _is_tonic(tokens: Sequence[Token], at: int, behind: int) -> bool:
    """Returns whether a letter without a mode is a key: "in Bb", "key of A", not "in a hall"."""
    if not _is_asked(tokens, at):
        return False
    if tokens[at].text == "a" and behind == at + 1:
        return _previous(tokens, at) == "of"
    following = peek(tokens, behind)
    return len(tokens[at].text) > 1 or behind > at + 1 or following in {"", *_AFTER_TONIC}


def _read_mode(tokens: Sequence[Token], at: int) -> tuple[str | None, int]:
    for count in range(MAX_MODE_WORDS, 0, -1):
        words = [peek(tokens, at + i) for i in range(count)]
        if all(words):
            mode = _modes().get(" ".join(words))
            if mode is not None:
                return mode, at + count
    return None, at


def _means_key(tokens: Sequence[Token], at: int, end: int, mode: str, *, asked: bool) -> bool:
    """Returns whether letter and mode are a key, and not an article: "a minor key", "a blues"."""
    letter, following = tokens[at].text, peek(tokens, end)
    if letter not in {"a", "A"} or tokens[at].word != "a" or end - at > 2 + (mode not in _GENRES):
        return True
    if following in _KEY_NOUNS and not (asked and letter == "A"):
        return False
    if letter == "a":
        return asked and mode not in _GENRES
    if asked or mode in {"major", "minor"}:
        return True
    opens = at == 0 or tokens[at].gap > 1
    return not opens or not following


def _is_asked(tokens: Sequence[Token], at: int) -> bool:
    """Returns whether words before a letter announce a key."""
    before = _previous(tokens, at)
    two_back = _previous(tokens, at - 1) if at else ""
    if before in {"in", "key"}:
        return True
    return before in {"of", "is"} and two_back in {"key", "tonality"}


def _previous(tokens: Sequence[Token], at: int) -> str:
    return tokens[at - 1].word if at > 0 else ""


@functools.cache
def _modes() -> dict[str, str]:
    found = {}
    for name, facts in scales().items():
        for words in (name, *facts["synonyms"]):
            found[words] = name
    return found


def _key(kind: str, name: str, start: int, end: int) -> Mention | None:
    try:
        Key.parse(name)
    except InvalidInput:
        return None
    return Mention(kind, name, start, end)
