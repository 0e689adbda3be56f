"""The walk through a text: plain words are skipped at once, the rest is read by rules."""

from __future__ import annotations

import functools
import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from menura.text.normalize.spans import Builder, Normalized

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

MARKER = "\ue000"
"""Stands for a numeric sign that is no decimal digit, such as ⑤ or Ⅷ, while rules look on."""

KEPT_NUMERICS = "²³¹⁰⁴⁵⁶⁷⁸⁹₀₁₂₃₄₅₆₇₈₉¼½¾⅐⅑⅒⅓⅔⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞"
_ALIKE = {
    "\N{MINUS SIGN}": "-",
    "\N{NON-BREAKING HYPHEN}": "-",
    "\N{HYPHEN}": "-",
    "\N{RIGHT SINGLE QUOTATION MARK}": "'",
    "\N{PRIME}": "'",
    "\N{DOUBLE PRIME}": '"',
    "\N{FRACTION SLASH}": "/",
    "\N{NO-BREAK SPACE}": " ",
    "\N{NARROW NO-BREAK SPACE}": " ",
    "\N{THIN SPACE}": " ",
    "\N{GREEK SMALL LETTER MU}": "\N{MICRO SIGN}",
    "\N{OHM SIGN}": "\N{GREEK CAPITAL LETTER OMEGA}",
}
_ATOM = re.compile(
    rf"[^\W\d_{KEPT_NUMERICS}]++|\d++|(?P<sign>[^\w\s(\[{{])(?P=sign)*+|_++|.", re.DOTALL
)
_MAX_TOKEN_CHARS = 256  # how far before a sign the token it belongs to is looked for


@dataclass(frozen=True, slots=True)
class Rule:
    """A way of reading.

    Attributes:
        pattern: what it reads. It must match in time proportional to what it takes, or bounded.
        read: returns what is said for a match, or None to leave it to the next rule.
        stop: the group whose end is the end of what was read.
    """

    pattern: re.Pattern[str]
    read: Callable[[re.Match[str]], str | None]
    stop: int | str = 0


@dataclass(frozen=True, slots=True)
class Scanner:
    """The rules of one language.

    Attributes:
        trigger: finds the next place that is no plain word.
        opener: matches up to the place where a token starts, if the word before belongs to it.
        rules: what is tried in turn, by how a token starts: "letter", "digit" or "sign".
        cardinal: returns the words for a whole number given in digits.
    """

    trigger: re.Pattern[str]
    opener: re.Pattern[str] | None
    rules: Mapping[str, Sequence[Rule]]
    cardinal: Callable[[str], str]

    def scan(self, written: str) -> Normalized:
        """Returns the text as it is said, in time proportional to its length."""
        text = flatten(written)
        builder = Builder(written)
        while found := self.trigger.search(text, builder.position):
            start = self._token(text, builder.position, found.start())
            builder.keep(start)
            goal = max(found.end(), start + 1)
            while builder.position < goal:
                self._read(text, builder)
        return builder.build()

    def _token(self, text: str, done: int, place: int) -> int:
        """Returns the start of the token that `place` is in."""
        head = text[max(done, place - _MAX_TOKEN_CHARS) : place]
        inside = (
            len(head) - len(head.rsplit(None, 1)[-1]) if head and not head[-1:].isspace() else 0
        )
        start = place - len(head) + inside if inside or not head[-1:].isspace() else place
        if self.opener is not None:
            before = text[max(done, start - 24) : start]
            if found := self.opener.search(before):
                return start - len(before) + found.start()
        return start

    def _read(self, text: str, builder: Builder) -> None:
        place = builder.position
        char = text[place]
        kind = "letter" if char.isalpha() else "digit" if char.isdecimal() else "sign"
        for rule in self.rules[kind]:
            match = rule.pattern.match(text, place)
            if match is not None and (said := rule.read(match)):
                builder.replace(match.end(rule.stop), said)
                return
        if char == MARKER and (said := self._numeral(builder.written[place])):
            builder.replace(place + 1, said)
            return
        atom = _ATOM.match(text, place)
        builder.keep(atom.end() if atom else place + 1)

    def _numeral(self, char: str) -> str | None:
        value = unicodedata.numeric(char, -1.0)
        if value == int(value) >= 0:
            return self.cardinal(str(int(value)))
        name = unicodedata.name(char, "").lower()
        return None if char == MARKER or any(map(str.isdigit, name)) else name or None


def flatten(text: str) -> str:
    """Returns the text with digits of all scripts as 0-9 and look-alikes as one, same length."""
    if text.isascii():
        return text
    table: dict[int, str] = {}
    for char in set(text):
        if char < "\x80":
            continue
        if char in _ALIKE:
            table[ord(char)] = _ALIKE[char]
        elif char.isdecimal():
            table[ord(char)] = str(unicodedata.decimal(char))
        elif "\uff01" <= char <= "\uff5e":  # full-width forms of ASCII
            table[ord(char)] = chr(ord(char) - 0xFEE0)
        elif unicodedata.category(char) in ("No", "Nl") and char not in KEPT_NUMERICS:
            table[ord(char)] = MARKER
    return text.translate(table) if table else text


@functools.cache
def alternatives(*words: str) -> str:
    """Returns a pattern for any of the words, the longest first."""
    return "|".join(map(re.escape, sorted(words, key=lambda word: (-len(word), word))))
