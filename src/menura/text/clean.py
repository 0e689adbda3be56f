"""Text of others made fit to be spoken, with the way back to what was written."""

from __future__ import annotations

import re
import unicodedata
from array import array
from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING

from menura.errors import InvalidText

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_MARKS = 8  # combining marks on one letter; the most in any living orthography is about four
MAX_BLANKS = 64
_JOINERS = "\u200c\u200d"  # they choose letter forms and make up emoji, so they stay with those
_BREAKS = "\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"
_LOST = "\ufffc\ufffd"
# Format characters that are seen and read: Arabic and Syriac number and verse signs, Kaithi's.
_SEEN_FORMATS = frozenset(
    "\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd"
)
_SPOKEN_PUNCTUATION = frozenset("%&#@§")
_EMOJI_STYLES = frozenset("\ufe0e\ufe0f\u20e3")


class _Offsets:
    """A piecewise map from offsets after an edit to offsets before it."""

    __slots__ = ("after", "before", "end")

    def __init__(self, end: int) -> None:
        self.after = array("Q", [0])
        self.before = array("Q", [0])
        self.end = end

    def add(self, after: int, before: int) -> None:
        if self.after[-1] == after:
            self.before[-1] = before
        else:
            self.after.append(after)
            self.before.append(before)

    def __call__(self, offset: int) -> int:
        index = bisect_right(self.after, offset) - 1
        before = self.before[index] + offset - self.after[index]
        # A piece that grew must not reach into the next one.
        last = self.before[index + 1] if index + 1 < len(self.before) else self.end
        return min(before, last)


@dataclass(frozen=True, slots=True, eq=False)
class Cleaned:
    """A text that can be spoken.

    Attributes:
        text: in NFC, its lines ended by a line feed, without invisible characters.
        dropped: what was taken out, each kind once, such as "U+200B ZERO WIDTH SPACE".
    """

    text: str
    dropped: tuple[str, ...]
    _original: str
    _edits: tuple[_Offsets, ...]

    def offset(self, offset: int) -> int:
        """Returns where the character at `offset` of the cleaned text stands in the original.

        Args:
            offset: 0 to len(text), in code points.
        """
        for edit in reversed(self._edits):
            offset = edit(offset)
        return offset

    def quote(self, start_char: int, length_chars: int) -> str:
        """Returns the original characters of a span of the cleaned text."""
        return self._original[self.offset(start_char) : self.offset(start_char + length_chars)]


def clean(text: str, max_chars: int = 1_000_000) -> Cleaned:
    """Returns `text` made fit to be spoken. The time is proportional to its length.

    It drops control, zero-width and bidirectional format characters, marks that stand on no
    letter and more than eight marks on one, and shortens long runs of blanks.

    Args:
        text: as it came.
        max_chars: the most characters it may have.

    Raises:
        InvalidText: if it is empty, too long, no Unicode text, or holds nothing to be spoken.
    """
    _refuse(text, max_chars)
    dropped: set[str] = set()
    edits: list[_Offsets] = []
    result = text
    for step in (_drop_invisible, _compose):
        result, edit = step(result, dropped)
        if edit is not None:
            edits.append(edit)
    if not any(_is_spoken(char) for char in set(result)):
        raise InvalidText("nothing in the text can be spoken: give letters, numbers or symbols")
    names = tuple(_name(char) for char in sorted(dropped))
    return Cleaned(result, names, text, tuple(edits))


def _refuse(text: str, max_chars: int) -> None:
    if len(text) > max_chars:
        raise InvalidText(f"the text has {len(text)} characters, over the limit of {max_chars}")
    if not text.strip():
        raise InvalidText("the text is empty: give something to say")
    if "\0" in text:
        raise InvalidText(f"the text holds a NUL character at {text.index(chr(0))}: remove it")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise InvalidText(
            f"the text holds half of a surrogate pair at {error.start}: decode it as UTF-8 first"
        ) from error


def _drop_invisible(text: str, dropped: set[str]) -> tuple[str, _Offsets | None]:
    """Drops what is not seen, makes every line end a line feed, shortens runs of blanks."""
    invisible = {char for char in set(text) if _is_invisible(char)}
    # A class of the characters that occur is small, and its search linear.
    pattern = re.compile(
        rf"\r\n|[{_BREAKS}]|\s{{{MAX_BLANKS},}}" + (rf"|{_class(invisible)}+" if invisible else "")
    )

    def replace(found: str) -> str:
        if found[0] in invisible:
            dropped.update(found)
            return ""
        if len(found) >= MAX_BLANKS:
            return "\n\n" if len(found.splitlines()) > 2 else " "
        return "\n"

    return _substitute(pattern, replace, text)


def _compose(text: str, dropped: set[str]) -> tuple[str, _Offsets | None]:
    """Composes letters with their marks (Unicode's NFC) and drops the marks that are too many."""
    present = set(text)
    marks = {char for char in present if _is_mark(char)}
    singles = {char for char in present if unicodedata.normalize("NFC", char) != char}
    if not marks and not singles:
        return text, None
    either = _class(marks | singles)
    alternatives = [rf"{either}+"]
    if marks:
        alternatives.insert(0, rf"[^{_class(marks)[1:-1]}]{_class(marks)}+")
    pattern = re.compile("|".join(alternatives), re.DOTALL)

    def replace(found: str) -> str:
        cluster = unicodedata.normalize("NFC", found)
        base = cluster[0]
        if base in marks or base.isspace() or not _can_carry(base):
            kept = "" if base in marks and base not in singles else base
            dropped.update(char for char in cluster[len(kept) :] if char not in _EMOJI_STYLES)
            return kept
        if base.isascii() or base.isspace():
            dropped.update(char for char in cluster if char in _JOINERS)
            cluster = cluster.translate(dict.fromkeys(map(ord, _JOINERS)))
        count = 0
        for index, char in enumerate(cluster):
            count = count + 1 if char in marks else 0
            if count > MAX_MARKS:
                dropped.update(cluster[index:])
                return cluster[:index]
        return cluster

    return _substitute(pattern, replace, text)


def _substitute(
    pattern: re.Pattern[str], replace: Callable[[str], str], text: str
) -> tuple[str, _Offsets | None]:
    pieces: list[str] = []
    offsets = _Offsets(len(text))
    done = length = 0
    changed = False
    for match in pattern.finditer(text):
        start, stop = match.span()
        new = replace(match[0])
        if new == match[0]:
            continue
        changed = True
        length += start - done
        offsets.add(length, start)
        length += len(new)
        offsets.add(length, stop)
        pieces += (text[done:start], new)
        done = stop
    if not changed:
        return text, None
    pieces.append(text[done:])
    return "".join(pieces), offsets


def _class(chars: set[str]) -> str:
    return "[" + "".join(f"\\U{ord(char):08x}" for char in sorted(chars)) + "]"


def _is_invisible(char: str) -> bool:
    if char in _JOINERS or char in _BREAKS or char in "\t\n":
        return False
    category = unicodedata.category(char)
    if category == "Cn":
        return ord(char) & 0xFFFE == 0xFFFE or 0xFDD0 <= ord(char) <= 0xFDEF  # noncharacters
    return (category in ("Cc", "Cf") and char not in _SEEN_FORMATS) or char in _LOST


def _is_mark(char: str) -> bool:
    """Whether it belongs to the character before it: marks, joiners, Hangul vowels and finals."""
    return unicodedata.category(char)[0] == "M" or char in _JOINERS or "\u1160" <= char <= "\u11ff"


def _can_carry(char: str) -> bool:
    """Whether a mark on it means something."""
    return unicodedata.category(char)[0] in "LNSC" or char in "\u25cc#*"


def _is_spoken(char: str) -> bool:
    return unicodedata.category(char)[0] in "LNS" or char in _SPOKEN_PUNCTUATION


def _name(char: str) -> str:
    fallback = "CONTROL CHARACTER" if unicodedata.category(char) == "Cc" else "NONCHARACTER"
    return f"U+{ord(char):04X} {unicodedata.name(char, fallback)}"
