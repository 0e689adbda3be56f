"""Headings: the lines of a plain text that name its parts and chapters."""

from __future__ import annotations

import functools
import re
import tomllib
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_TITLE_CHARS = 200
"""What is longer is a paragraph, whatever its marks say."""

_MAX_BARE_CHARS = 100
_MAX_BARE_WORDS = 12
_MAX_ATX_LEVEL = 6
_MIN_UNDERLINE = 3  # CommonMark takes one; a lone "-" or "=" in plain text is more often a slip
_FENCES = ("```", "~~~")
_KINDS = ("part", "chapter", "section")
_SEPARATORS = ".:,;-‒–—―|·/)：、．。"
_EMPHASIS = "*_"


@dataclass(frozen=True, slots=True)
class Heading:
    """One heading.

    Attributes:
        title: what it says, in one line, without the marks that make it a heading.
        start_char: where its line begins in the text, in characters, after any blanks.
        stop_char: where it ends, marks and underline among it, the last line end not (exclusive).
        level: 1 is the highest. Marks of Markdown say it; of words, those for parts are 1, for
            chapters 2 and for sections 3.
    """

    title: str
    start_char: int
    stop_char: int
    level: int


class _Line(NamedTuple):
    text: str
    start: int

    @property
    def bounds(self) -> tuple[int, int]:
        """Where its text stands in the whole, without blanks around it."""
        lead = len(self.text) - len(self.text.lstrip())
        return self.start + lead, self.start + len(self.text.rstrip())


def headings(text: str) -> tuple[Heading, ...]:
    r"""Returns the headings of a plain text in their order.

    These are Markdown's (`#` to `######`; a line alone underlined by three or more `=` or `-`;
    CommonMark 0.31, 4.2 and 4.3), and lines that stand alone between blank ones and begin as
    headings do: "Chapter 1", "CHAPTER ONE: The Beginning", "Kapitel 3", "Première partie",
    "Prologue", "第三章", in the languages of `headings.toml`. Fenced code holds none.

    The time it takes grows with the length of the text alone.

    Example:
        >>> headings("# Birds\n\nThey sing.")
        (Heading(title='Birds', start_char=0, stop_char=7, level=1),)
    """
    found: list[Heading] = []
    lines = _lines(text)
    fence = ""
    for i, line in enumerate(lines):
        marker = line.text.lstrip()[:3]
        if not marker:
            continue
        if fence or marker in _FENCES:
            fence = ("" if marker == fence else fence) if fence else marker
            continue
        heading = _atx(line)
        if heading is None and _is_blank(lines, i - 1):
            heading = _setext(line, lines, i) or (_bare(line) if _is_blank(lines, i + 1) else None)
        if heading is not None:
            found.append(heading)
    return tuple(found)


def _lines(text: str) -> list[_Line]:
    lines, start = [], 0
    for line in text.splitlines(keepends=True):
        lines.append(_Line(line, start))
        start += len(line)
    return lines


def _is_blank(lines: list[_Line], i: int) -> bool:
    """Whether nothing stands there; true before the first line and after the last."""
    return not 0 <= i < len(lines) or not lines[i].text.strip()


def _atx(line: _Line) -> Heading | None:
    """A heading marked by `#`: at most three blanks before, at least one after, `#` may close."""
    start, stop = line.bounds
    stripped = line.text.strip()
    level = len(stripped) - len(stripped.lstrip("#"))
    if not 1 <= level <= _MAX_ATX_LEVEL or start - line.start > 3:
        return None
    rest = stripped[level:]
    if not rest[:1].isspace():
        return None
    opened = rest.rstrip("#")
    title = _title(opened if opened[-1:].isspace() else rest)
    return Heading(title, start, stop, level) if title else None


def _setext(line: _Line, lines: list[_Line], i: int) -> Heading | None:
    """A heading underlined by `=` (level 1) or `-` (level 2)."""
    if i + 1 >= len(lines):
        return None
    underline = lines[i + 1].text.strip()
    mark = underline[:1]
    if len(underline) < _MIN_UNDERLINE or mark not in {"=", "-"} or underline.strip(mark):
        return None
    title = _title(line.text)
    # A line of marks above a line of marks is a table or a rule.
    if not any(char.isalnum() for char in title):
        return None
    return Heading(title, line.bounds[0], lines[i + 1].bounds[1], 1 if mark == "=" else 2)


def _bare(line: _Line) -> Heading | None:
    """A heading known by its first words."""
    if len(line.text) > 2 * _MAX_BARE_CHARS:
        return None
    title = _title(line.text)
    if not 0 < len(title) <= _MAX_BARE_CHARS:
        return None
    patterns = _patterns()
    match = patterns.numbered.match(title)
    if match is not None and _is_title(title[match.end() :]):
        noun = _folded(match["noun"] or match["last"])
        return Heading(title, *line.bounds, patterns.levels[noun])
    match = patterns.enclosed.match(title)
    if match is not None and _is_title(title[match.end() :]):
        return Heading(title, *line.bounds, patterns.levels[match["unit"]])
    match = patterns.alone.match(title)
    if match is not None:
        rest = title[match.end() :].strip()
        if not rest or (rest[0] in _SEPARATORS and _is_title(rest)):
            return Heading(title, *line.bounds, 1 + _KINDS.index("chapter"))
    return None


def _is_title(rest: str) -> bool:
    """Whether what follows "Chapter 1" is a title, or nothing, and not the rest of a sentence."""
    bare = rest.strip()
    if not bare:
        return True
    name = bare.lstrip(_SEPARATORS + " \t")
    if bare[0] not in _SEPARATORS and (rest[0] == bare[0] or name[:1].islower()):
        return False
    sentence = name.rstrip("\"'”’»")[-1:] in set(".,;") and name.count(" ") > 3
    return not sentence and name.count(" ") < _MAX_BARE_WORDS


def _title(text: str) -> str:
    """Returns a line without blanks and emphasis around it; "" if it is too long for a title."""
    plain = text.strip()
    if len(plain) > 2 * MAX_TITLE_CHARS:
        return ""
    while len(plain) > 2 and plain[0] in _EMPHASIS and plain[-1] == plain[0]:
        plain = plain[1:-1].strip()
    plain = " ".join(unicodedata.normalize("NFC", plain).split())
    return plain if len(plain) <= MAX_TITLE_CHARS else ""


def _folded(noun: str) -> str:
    """Returns a noun as patterns compare it: to them, dotless i is an i, and so is I with a dot."""
    return noun.casefold().replace("ı", "i").replace("\u0307", "")


class _Patterns(NamedTuple):
    numbered: re.Pattern[str]
    enclosed: re.Pattern[str]
    alone: re.Pattern[str]
    levels: dict[str, int]


@functools.cache
def _patterns() -> _Patterns:
    """The patterns of all languages; every repetition in them is bounded."""
    table: dict[str, dict[str, Any]] = tomllib.loads(
        Path(__file__).with_name("headings.toml").read_text(encoding="utf-8")
    )
    spoken = [row for row in table.values() if "before" not in row]
    levels: dict[str, int] = {}
    for level, kind in enumerate(_KINDS, 1):
        for row in table.values():
            for noun in row[kind]:
                levels.setdefault(_folded(noun), level)
    nouns = _any(noun for row in spoken for kind in _KINDS for noun in row[kind])
    word = _any(number for row in spoken for number in row["numbers"])
    ordinal = _any(each for row in spoken for each in row["ordinals"])
    number = (
        rf"(?:\d{{1,4}}[a-z]?|[IVXLCDM]{{1,9}}|[ivxl]{{1,7}}|[A-H]"
        rf"|(?i:{word})(?:[- ](?i:{word})){{0,2}}|(?i:{ordinal}))(?!\w)"
    )
    numbered = (
        rf"(?i:(?P<noun>{nouns}))\s{{1,3}}(?:n[.oº°]{{1,2}}\s?)?{number}"
        rf"|(?:(?i:{ordinal})|(?:\d{{1,4}}|[IVXLCDM]{{1,9}})\s?[.ªºa]?)\s{{1,3}}"
        rf"(?i:(?P<last>{nouns}))(?!\w)"
    )
    enclosed = "|".join(
        rf"{row['before']}\s?[{row['numerals']}]{{1,8}}\s?[{''.join(row[k] for k in _KINDS)}]"
        for row in table.values()
        if "before" in row
    )
    alone = _any(each for row in table.values() for each in row["alone"])
    return _Patterns(
        re.compile(numbered),
        re.compile(rf"(?:{enclosed})(?<=(?P<unit>.))"),
        re.compile(rf"(?i:{alone})(?!\w)"),
        levels,
    )


def _any(words: Iterable[str]) -> str:
    """A pattern of any of the words, the longest first."""
    return "(?:" + "|".join(sorted(map(re.escape, set(words)), key=len, reverse=True)) + ")"
