"""Words in capitals, and letters mixed with digits."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from menura.text.normalize.english.codes import part
from menura.text.normalize.english.facts import spell
from menura.text.normalize.scanner import Rule

if TYPE_CHECKING:
    from menura.text.normalize.english.facts import Facts

_SHOUTED = re.compile(r"(?<!\w)(?P<word>[A-Z]{2,})[^\w\s]?\s$")
_SHOUTED_NEXT = re.compile(r"[^\w\s]?\s(?P<word>[A-Z]{2,})(?![a-z])")
_MAX_SPELLED = 3  # longer words in capitals with vowels are read as words
_SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")


def rules(facts: Facts) -> list[Rule]:
    """Returns the rules that start with a letter."""
    reader = _Reader(facts)
    body = r"[A-Za-z0-9₀-₉]"
    return [
        Rule(
            re.compile(
                r"(?P<name>[A-Za-z]{1,12})(?:(?P<sign>[²³])|\^(?P<open>\()?(?P<exponent>-?\d{1,9}|[a-z])(?(open)\)))(?!\w)"
            ),
            reader.squared,
        ),
        Rule(
            re.compile(
                rf"(?=[A-Za-z-]{{1,40}}[\d₀-₉]){body}{{1,40}}+(?:-{body}{{1,40}}+){{0,8}}(?![\w@]|\.\w)"
            ),
            reader.mixed,
        ),
        Rule(
            re.compile(r"(?P<a>[A-Z]{1,3})&(?P<b>[A-Z]{1,3})(?!\w)"),
            lambda match: f"{spell(match['a'])} and {spell(match['b'])}",
        ),
        Rule(re.compile(r"(?P<word>[A-Z]{2,8})(?P<ending>s|'s|’s)?(?![\w])"), reader.capitals),
    ]


def numbered(facts: Facts) -> list[Rule]:
    """Returns the rules for digits before letters: 3D, 4K, 007."""

    def mixed(match: re.Match[str]) -> str:
        return part(facts, match[0])

    return [
        Rule(
            re.compile(r"\d{1,6}+(?:-?[A-Z]{1,4}(?![a-z])|[a-zA-Z]\d)[A-Za-z0-9]{0,30}(?!\w)"),
            mixed,
        ),
        Rule(re.compile(r"\d{1,9}+[A-Za-z][A-Za-z0-9]{0,30}(?!\w)"), mixed),
    ]


class _Reader:
    """Reads the matches of the rules that start with a letter."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._words = facts.tables["words"]
        self._spoken, self._spelled, self._plain = (
            frozenset(self._words[key]) for key in ("spoken", "spelled", "plain")
        )
        self._expanded = facts.tables["expanded"]
        self._squares = {"²": "squared", "³": "cubed"}

    def capitals(self, match: re.Match[str]) -> str | None:
        word, ending = match["word"], match["ending"] or ""
        if word in self._expanded:
            return f"{self._expanded[word]}{ending}"
        if not self._is_spelled(match, word):
            return None
        return spell(word) + {"s": "'s"}.get(ending, ending)

    def _is_spelled(self, match: re.Match[str], word: str) -> bool:
        if word in self._spoken or word in self._plain:
            return False
        if not re.search(r"[AEIOUY]", word):
            return len(word) <= 6
        if word in self._spelled:
            return not (len(word) == 2 and self._is_shouted(match))
        if len(word) > _MAX_SPELLED or self._is_shouted(match):
            return False
        # A vowel between consonants is a word to the eye: BIG, MIX, STOP.
        return not re.fullmatch(r"[^AEIOU][AEIOU][^AEIOU]", word)

    def _is_shouted(self, match: re.Match[str]) -> bool:
        """Whether the words around are in capitals too."""
        text = match.string
        before = _SHOUTED.search(text[max(0, match.start() - 24) : match.start()])
        after = _SHOUTED_NEXT.match(text[match.end() : match.end() + 24])
        near = (found["word"] for found in (before, after) if found)
        return any(word not in self._spelled and re.search(r"[AEIOUY]", word) for word in near)

    def mixed(self, match: re.Match[str]) -> str | None:
        written = match[0].translate(_SUBSCRIPTS)
        name, _, number = written.rpartition("-")
        if name.isalpha() and number.isdigit() and len(name) > 1 and len(number) <= 4:
            said = (
                self._facts.numerals.cardinal(number)
                if number[0] != "0"
                else self._facts.numerals.digits(number)
            )
            is_word = (
                not name.isupper() or name in self._spoken or not self._is_spelled(match, name)
            )
            return f"{name if is_word else spell(name)} {said}"
        return part(self._facts, written)

    def squared(self, match: re.Match[str]) -> str:
        if match["sign"] in self._squares:
            return f"{match['name']} {self._squares[match['sign']]}"
        exponent = match["exponent"]
        said = {"2": "squared", "3": "cubed"}.get(exponent)
        if said is None:
            if exponent.lstrip("-").isdigit():
                number = self._facts.numerals.cardinal(exponent.lstrip("-"))
                exponent = f"minus {number}" if exponent[0] == "-" else number
            said = f"to the power of {exponent}"
        return f"{match['name']} {said}"
