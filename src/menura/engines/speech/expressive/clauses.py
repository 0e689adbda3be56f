"""`Clause`s: the pieces that espeak-ng speaks as units, and the movement that each ends with."""

from __future__ import annotations

import functools
import itertools
import tomllib
import unicodedata
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from menura.engines.speech.expressive.phones import Phones
    from menura.espeak.utterance import Rendering

SENTENCE_ENDS = frozenset({"statement", "question", "asking_word", "exclamation", "choice", "tag"})
FALLS = frozenset({"statement", "asking_word", "exclamation", "choice"})
_COMMAS = ",、，،"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Clause:
    """One clause of a rendering.

    Attributes:
        sounding: indices of its phones, from the first that is heard to the last.
        start: the frame at which the first of them begins.
        over: the frame at which the last of them ends.
        ending: a key of `endings` in melody.toml.
        place: 0 for the first of its sentence, 1 for the next, ...
        closes: it is the last one of a paragraph.
    """

    sounding: NDArray[np.intp]
    start: float
    over: float
    ending: str
    place: int
    closes: bool


def read_clauses(rendering: Rendering, phones: Phones, text: str, language: str) -> list[Clause]:
    """Returns the clauses in which something is heard, in order.

    Args:
        rendering: with its events.
        phones: its sounds.
        text: what was rendered; a blank line at its end closes a paragraph.
        language: its tag.
    """
    heard: list[tuple[NDArray[np.intp], int, str]] = []
    start, char = 0, 0
    for end in rendering.select("end"):
        inside = (phones.start_frame >= start) & (phones.start_frame < end.frame)
        sounding = np.flatnonzero(inside & ~(phones.unknown & phones.silent))
        start = end.frame
        if sounding.size:
            heard.append((sounding, end.frame, text[char : end.start_char]))
            char = end.start_char
    endings, places = name_endings([written for _, _, written in heard], language)
    blank = text[len(text.rstrip()) :].count("\n") > 1
    result: list[Clause] = []
    for (sounding, stop, _), ending, place in zip(heard, endings, places, strict=True):
        after = int(sounding[-1]) + 1
        last = phones.start_frame[after] if after < phones.start_frame.size else stop
        clause = Clause(
            sounding=sounding,
            start=float(phones.start_frame[sounding[0]]),
            over=float(min(last, stop)),
            ending=ending,
            place=place,
            closes=blank and len(result) == len(heard) - 1,
        )
        result.append(clause)
    return result


def name_endings(written: Sequence[str], language: str) -> tuple[list[str], list[int]]:
    """Returns the ending of each written clause, and its place in its sentence, from 0."""
    signs = [_last_sign(clause) for clause in written]
    endings = [str(facts()["punctuation"].get(sign, "cut")) for sign in signs]
    places: list[int] = []
    first = 0
    for i, ending in enumerate(endings):
        places.append(i - first)
        if ending in SENTENCE_ENDS or i == len(endings) - 1:
            words = [split_words(clause) for clause in written[first : i + 1]]
            endings[first : i + 1] = _sentence(
                endings[first : i + 1], signs[first:], words, language
            )
            first = i + 1
    return endings, places


def _sentence(
    endings: list[str], signs: Sequence[str], words: list[list[str]], language: str
) -> list[str]:
    """Returns the endings of a sentence's clauses, once it is known as a whole."""
    known = tongue(language)
    result = list(endings)
    if endings[-1] == "question":
        if _is_tag(words, known):
            # What is asked is only whether it is so: the statement before falls.
            return [*_lists(result[:-1], signs, words, known)[:-1], "statement", "tag"]
        if words[0][:1] and words[0][0] in known["asking"]:
            result[-1] = "asking_word"
        elif set(words[-1][1:-1]) & set(known["or"]):
            result[-1] = "choice"
    return _lists(result, signs, words, known)


def _is_tag(words: list[list[str]], known: dict[str, Any]) -> bool:
    if len(words) < 2 or not 0 < len(words[-1]) <= facts()["tag"]["most_words"]:
        return False
    said = " ".join(words[-1])
    verb, *rest = words[-1]
    return said in known["tags"] or (
        bool(rest) and verb in known["tag_verbs"] and rest[-1] in known["pronouns"]
    )


def _lists(
    endings: list[str], signs: Sequence[str], words: list[list[str]], known: dict[str, Any]
) -> list[str]:
    """Marks the items of lists: two short ones, or those of a series that "and" or "or" ends."""
    limits = facts()["list"]
    joints = set(known["and"]) | set(known["or"])
    series = len(words) > 2 and bool(words[-1]) and words[-1][0] in joints
    result = list(endings)
    pairs = zip(endings, signs, strict=False)
    commas = [i for i, (e, sign) in enumerate(pairs) if e == "continuation" and sign in _COMMAS]
    for i in commas if len(commas) > 1 else ():
        long = limits["most_words_of_first"] if i == 0 else limits["most_words_of_series"]
        if len(words[i]) <= (long if series else limits["most_words"]):
            result[i] = "list"
    return result


def _last_sign(clause: str) -> str:
    """Returns the sign that closes a clause, behind quotes and brackets, or nothing."""
    closing = {"Pe", "Pf", "Pi"}
    inner = itertools.dropwhile(
        lambda c: unicodedata.category(c) in closing or c in "\"'", reversed(clause.rstrip())
    )
    return next(inner, "")


def split_words(text: str) -> list[str]:
    """Returns the words of a text in small letters, without signs but for apostrophes within."""
    bare = "".join(c if c.isalnum() or c in "'’" else " " for c in text.lower())
    return [word for word in (w.strip("'’").replace("’", "'") for w in bare.split()) if word]


@functools.cache
def facts() -> dict[str, Any]:
    """Returns melody.toml."""
    text = (resources.files(__package__) / "melody.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@functools.cache
def tongue(language: str) -> dict[str, Any]:
    """Returns what is known of a language's small words; of an unknown one, empty lists."""
    text = (resources.files(__package__) / "small_words.toml").read_text(encoding="utf-8")
    known = tomllib.loads(text)
    kinds = {kind for table in known.values() for kind in table}
    found: dict[str, Any] = known.get(language.partition("-")[0], {})
    return dict.fromkeys(kinds, ()) | found
