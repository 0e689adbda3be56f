"""Short forms that end in a stop, and Roman numerals: both are read by what stands around them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from menura.text.normalize.english.facts import spell
from menura.text.normalize.roman import roman_value
from menura.text.normalize.scanner import Rule

if TYPE_CHECKING:
    from menura.text.normalize.english.facts import Facts

_CAPITAL = re.compile(r"\s(?P<word>[A-Z][\w'’]*)")
_PRONOUN_AFTER_HEAD = re.compile(r"\s(?!of|and|was|is|to|by|in|ended|began)[a-z]|['’]")
_AFTER_RULER = re.compile(r"['’]s|[,.;:!?)]|\s(?:of|was|became|died|ruled|and)\b|$")
_VOLUME = re.compile(r"\b(?:[Vv]ol|[Cc]h|[Pp]t|[Ff]ig|[Ss]ec|[Bb]k)\.\s$")
# What a sentence opens with more often than the rest of a name does.
_OPENINGS = frozenset(("A", "After", "All", "And", "But", "He", "I", "If", "In", "It", "No", "She"))
_OPENINGS |= {"So", "That", "The", "Then", "There", "They", "This", "We", "What", "When", "You"}
_ENDS_QUOTE = "\"')”’]»"


def rules(facts: Facts) -> list[Rule]:
    """Returns the rules, which start with a letter."""
    reader = _Reader(facts)
    return [
        Rule(re.compile(r"Ph\.D\.?|(?:[A-Za-z]\.){2,8}(?![A-Za-z])"), reader.points),
        Rule(re.compile(r"(?P<word>et al)\."), lambda match: "et al" + _final(match)),
        Rule(re.compile(r"(?P<word>[A-Za-z]{1,7})(?P<stop>\.)?(?![\w.])"), reader.street),
        Rule(re.compile(r"(?P<word>[A-Za-z]{1,7})\.(?![\w.])"), reader.short),
        Rule(re.compile(r"(?P<word>[Nn]os?|pp?|vol|ch|[Ff]ig)\.(?=\d)"), reader.short),
        Rule(re.compile(r"(?:Mrs?|Ms|Prof)(?=\s[A-Z])"), reader.plain),
        Rule(re.compile(r"[IVXLCDM]{1,15}(?!\w)"), reader.roman),
    ]


def _before(text: str, place: int) -> str:
    """Returns the word before `place` if only a blank stands between them, else nothing."""
    found = re.search(r"([^\W\d_][\w'’]*)\s$", text[max(0, place - 32) : place])
    return found[1] if found else ""


def _final(match: re.Match[str]) -> str:
    """Returns the stop of a short form where it ends the sentence too."""
    rest = match.string[match.end() : match.end() + 8].lstrip(_ENDS_QUOTE)
    if not match[0].endswith("."):
        return ""
    if not rest.strip():
        return "."
    return (
        "."
        if rest[0] == "\n"
        or (rest[0].isspace() and rest.strip()[0].isupper() and _starts(rest, match))
        else ""
    )


def _starts(rest: str, match: re.Match[str]) -> bool:
    """Whether what follows starts a sentence rather than goes on with a name."""
    following = _CAPITAL.match(match.string, match.end())
    word = following["word"] if following else rest.strip()
    return len(word) < 2 or word in _OPENINGS or match[0].lower() in ("etc.", "p.m.", "a.m.")


def _like(written: str, said: str) -> str:
    """Returns `said` with a capital if `written` has one."""
    return said[0].upper() + said[1:] if written[0].isupper() and said[0].islower() else said


class _Reader:
    """Reads the matches of this module's rules."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._tables = facts.tables
        self._always, self._capital = (
            self._tables["abbreviations"],
            self._tables["abbreviations_capital"],
        )
        self._numbered, self._streets, self._dotted = (
            self._tables["abbreviations_before_number"],
            self._tables["streets"],
            self._tables["dotted"],
        )
        self._capitals = facts.tables["abbreviations_kinds"]
        self._weekend = self._tables["abbreviations_before_day"]
        self._starters = frozenset(self._tables["words"]["starters"])
        self._heads = frozenset(self._tables["words"]["numbered"]) | {"World"}
        self._rulers = frozenset(self._tables["words"]["rulers"])

    def street(self, match: re.Match[str]) -> str | None:
        word, stopped = match["word"], bool(match["stop"])
        if word.lower() not in self._streets or not word[0].isupper():
            return None
        title, road = self._streets[word.lower()]
        before = _before(match.string, match.start())
        following = _CAPITAL.match(match.string, match.end())
        name_follows = following is not None and following["word"] not in self._starters
        after_name = before[:1].isupper() and before not in self._starters
        house = re.search(
            r"\d\s+(?:[\w.]{1,20}\s){1,3}$",
            match.string[max(0, match.start() - 64) : match.start()],
        )
        if name_follows and not (after_name and house):
            return str(title)
        if not after_name:
            return str(title) if stopped or following else None
        return str(road) + (_final(match) if stopped else "")

    def short(self, match: re.Match[str]) -> str | None:
        word = match["word"]
        key = word.lower()
        rest = match.string[match.end() : match.end() + 8]
        if key in self._numbered and re.match(r"\s?(?:[\d#]|[IVX]{2,}(?!\w))", rest):
            return _like(word, self._numbered[key])
        if key in self._always:
            said = self._always[key]
            if key in self._capitals["months"] and word.islower():
                return None
            if key in self._capitals["ranks"] and not (
                word[0].isupper() and _CAPITAL.match(match.string, match.end())
            ):
                return None
            final = "" if key in self._capitals["never_last"] else _final(match)
            return _like(word, said) + final
        if word in self._capital and (
            re.match(r",|\s\(?[\dA-Z]", rest) or word in ("Co", "Rd", "Ln")
        ):
            return str(self._capital[word]) + _final(match)
        return self._weekend[word] if word in self._weekend and re.match(r",?\s\d", rest) else None

    def plain(self, match: re.Match[str]) -> str | None:
        return {"Mr": "Mister", "Mrs": "Missis", "Ms": "Miz", "Prof": "Professor"}.get(match[0])

    def points(self, match: re.Match[str]) -> str | None:
        written = match[0].lower()
        if written in self._dotted:
            return str(self._dotted[written])
        letters = match[0].replace(".", "")
        return spell(letters) + _final(match)

    def roman(self, match: re.Match[str]) -> str | None:
        written = match[0]
        value = roman_value(written)
        if value is None:
            return None
        number = str(value)
        before = _before(match.string, match.start())
        after = match.string[match.end() : match.end() + 16]
        if re.match(r"(?:st|nd|rd|th)?\s[Cc]entur", after):
            return self._facts.numerals.ordinal(number)
        lone = written == "I"  # more often the pronoun
        if before and before.capitalize() in self._heads:
            if not (lone and _PRONOUN_AFTER_HEAD.match(after)):
                return self._facts.numerals.cardinal(number)
        elif before in self._rulers and not (lone and not _AFTER_RULER.match(after)):
            return f"the {self._facts.numerals.ordinal(number)}"
        elif not lone and _VOLUME.search(match.string[max(0, match.start() - 8) : match.start()]):
            return self._facts.numerals.cardinal(number)
        return None
