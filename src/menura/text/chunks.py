"""Text cut into chunks: sentences, and pieces of sentences that are too long to speak at once."""

from __future__ import annotations

import functools
import re
import tomllib
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MAX_CHARS = 400
VIRAMA = 9  # the combining class of the signs that join Indic consonants
# Unbroken runs overrun espeak-ng's word buffers (160 bytes, 200 phonemes) when their letters are
# spelled out, and crash it. In 1.52 the shortest found by random texts has 93 letters.
MAX_RUN_CHARS = 60

# What espeak-ng 1.52 itself pauses at 175 words per minute; at other rates let it do so.
CLAUSE_PAUSE_S = 0.15
BREATH_PAUSE_S = 0.16
SENTENCE_PAUSE_S = 0.30
PARAGRAPH_PAUSE_S = 0.53

_CLOSERS = r"[\"'”’»›)\]}」』）】〉》〗]*"
_STOP = re.compile(
    rf"(?P<stop>[.!?…‽]+){_CLOSERS}(?=\s|$)"
    rf"|[。！？｡．।॥؟۔։።፧។៕။။༎᙮꓿]+{_CLOSERS}"
    r"|\n[^\S\n]*\n"
)
_CLAUSE = re.compile(rf"[,;:—–]{_CLOSERS}(?=\s)|[—、，；：،؛፣፤፥､၊]{_CLOSERS}|[)\]}}](?=\s)")
_BLANK = re.compile(r"\s+")
_RUN = re.compile(rf"[^\s、。，；：！？]{{{MAX_RUN_CHARS + 1}}}")
_JOINT = re.compile(r"[!-/:-@\[-`{-~‐·](?=[^\W\d_])")
_TOKEN_CHARS = 24
_PARAGRAPH = re.compile(r"\n[^\S\n]*\n")


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of text to be spoken at once.

    Attributes:
        text: with the blanks that follow it; the chunks of a text joined give the text.
        start_char: where it begins in the text, in code points.
        pause_after_s: the pause before the next chunk, in seconds at a normal rate: 0 inside a
            word and after the last chunk.
        breathes: whether it was cut between words, where no sign stands: a speaker would draw
            breath there, and say it like a clause.
    """

    text: str
    start_char: int
    pause_after_s: float
    breathes: bool = False

    @property
    def worded(self) -> str:
        """The text with the sign that a speaker would hear at its end."""
        return f"{self.text.rstrip()}, " if self.breathes else self.text


def chunks(text: str, whole: Sequence[tuple[int, int]] = ()) -> Iterator[Chunk]:
    """Yields the chunks of a text in order. Takes time proportional to what is taken from it.

    A chunk ends with a sentence or paragraph, in Latin, Cyrillic, Greek, Arabic, Indic, CJK and
    other punctuation, but not after an abbreviation, an initial or a short number. It has at most
    400 characters, blanks around it not counted: longer sentences are cut behind a clause, else
    between words, else between letters, never inside what is seen as one letter, nor inside a
    number that is not itself too long.

    Args:
        text: best a cleaned one; any other works too.
        whole: (start, stop) of what is never cut, in order, such as words with given phonemes.
    """
    start = 0
    read = _closed(text, whole)
    while start < len(text):
        first = _skip_blanks(text, start)
        stop, pause_s = _end(read, first)
        index = bisect_right(whole, stop, key=lambda span: span[0]) - 1
        if index >= 0 and whole[index][0] < stop < whole[index][1]:
            stop = whole[index][0] if whole[index][0] > first else whole[index][1]
            pause_s = 0.0
        stop = _skip_blanks(text, stop)
        if stop >= len(text):
            pause_s = 0.0
        elif pause_s and _PARAGRAPH.search(text[max(first, stop - 66) : stop]):
            pause_s = PARAGRAPH_PAUSE_S
        breathes = pause_s == BREATH_PAUSE_S
        yield Chunk(text[start:stop], start, pause_s, breathes)
        start = stop


def _closed(text: str, whole: Sequence[tuple[int, int]]) -> str:
    """Returns the text with what is whole written as one word, of the same length."""
    pieces: list[str] = []
    done = 0
    for start, stop in whole:
        pieces.append(text[done:start])
        pieces += [char if char.isalnum() else "x" for char in text[start:stop]]
        done = stop
    return "".join([*pieces, text[done:]]) if whole else text


def _skip_blanks(text: str, start: int) -> int:
    found = _BLANK.match(text, start)
    return found.end() if found else start


def _end(text: str, start: int) -> tuple[int, float]:
    """Returns where the chunk that starts at `start` stops, and the pause after it."""
    window = text[start : start + MAX_CHARS + 1]
    limit = min(len(window), MAX_CHARS)
    run = _RUN.search(window)
    if run:
        limit = min(limit, run.start() + MAX_RUN_CHARS)
    for found in _STOP.finditer(window):
        if found.end() > limit:
            break
        if found.start() == 0 and found["stop"] is None:
            continue
        if _ends_sentence(text, start, window, found):
            return start + found.end(), SENTENCE_PAUSE_S
    if limit == len(window):
        return start + limit, SENTENCE_PAUSE_S
    return _cut(text, start, window, limit, None if run is None else run.start())


def _cut(text: str, start: int, window: str, limit: int, run: int | None) -> tuple[int, float]:
    """Cuts a sentence that is too long at the best place not after `limit`."""
    if run:  # end before the unbroken run; it starts the next chunk
        return start + run, CLAUSE_PAUSE_S if _CLAUSE.search(window, max(0, run - 3), run) else 0.0
    least = limit // 3
    for pattern, pause_s in ((_CLAUSE, CLAUSE_PAUSE_S), (_BLANK, BREATH_PAUSE_S), (_JOINT, 0.0)):
        ends = [found.end() for found in pattern.finditer(window, least) if found.end() <= limit]
        if ends:
            return start + ends[-1], pause_s
    return _letter_boundary(text, start + limit, start + 1), 0.0


def _ends_sentence(text: str, start: int, window: str, found: re.Match[str]) -> bool:
    if found["stop"] is None:
        return True
    after = _skip_blanks(text, start + found.end())
    if _PARAGRAPH.search(text[start + found.end() : after]) or after >= len(text):
        return True
    following = text[after]
    if following.islower():
        return False
    if found["stop"] != ".":
        return True
    head = window[max(0, found.start() - _TOKEN_CHARS) : found.start()]
    written = re.split(r"[\s(\[{\"'“‘«„—–/]", head)[-1]
    return not _is_abbreviation(written, head[: len(head) - len(written)], following)


def _is_abbreviation(written: str, before: str, following: str) -> bool:
    """Whether the stop after `written` belongs to it."""
    always, before_number = _abbreviations()
    word = written.lower()
    if word in always or ("." in written and not written[-1].isdecimal()):
        return True
    if word in before_number and following.isdigit():
        return True
    if written.isdecimal():
        return len(written) <= 2  # "3. Oktober", "1. First"
    if len(written) == 1 and written.isalpha():
        # An initial, but for "So am I. You too."
        return written != "I" or not before.strip() or before.rstrip().endswith(".")
    return False


@functools.cache
def _abbreviations() -> tuple[frozenset[str], frozenset[str]]:
    path = Path(__file__).with_name("abbreviations.toml")
    facts = tomllib.loads(path.read_text(encoding="utf-8"))
    return frozenset(facts["always"]), frozenset(facts["before_number"])


def _letter_boundary(text: str, stop: int, least: int) -> int:
    """Returns the last place at or before `stop` that divides no letter, emoji or number.

    If a number or a cluster fills everything after `least`, it is divided all the same.
    """
    place = stop
    while place > least and _is_inside(text, place):
        place -= 1
    if place > least:
        return place
    place = stop
    while place > least and _is_inside(text, place, numbers=False):
        place -= 1
    return place if place > least else stop


def _is_inside(text: str, place: int, *, numbers: bool = True) -> bool:
    """Whether a cut before `text[place]` would divide something.

    A short form of the rules for grapheme clusters of Unicode's annex 29.
    """
    if not 0 < place < len(text):
        return False
    left, right = text[place - 1], text[place]
    if _is_flag_letter(left) and _is_flag_letter(right):
        first = place
        while first > 0 and place - first < MAX_CHARS and _is_flag_letter(text[first - 1]):
            first -= 1
        return (place - first) % 2 == 1
    return (
        (numbers and left.isdecimal() and right.isdecimal())
        or (left, right) == ("\r", "\n")
        or left == "\u200d"
        or (unicodedata.combining(left) == VIRAMA and right.isalpha())
        or right in "\u200c\u200d"
        or unicodedata.category(right)[0] == "M"
        or "\u1160" <= right <= "\u11ff"  # Hangul vowels and finals
        or "\U0001f3fb" <= right <= "\U0001f3ff"  # skin tones
        or "\U000e0020" <= right <= "\U000e007f"  # tags
        or ("\ud800" <= left <= "\udbff" and "\udc00" <= right <= "\udfff")
    )


def _is_flag_letter(char: str) -> bool:
    return "\U0001f1e6" <= char <= "\U0001f1ff"
