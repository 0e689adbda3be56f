"""Descriptions of voices, read: which words are known, how much of each is meant, what is left."""

from __future__ import annotations

import difflib
import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from menura.engines.speech.design.vocabulary import Entry, split, vocabulary
from menura.errors import InvalidText

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from menura.engines.speech.design.vocabulary import Vocabulary

MAX_CHARS = 2000
MAX_UNKNOWN = 50
LIKENESS = 0.85
"""Of a misspelt word to the one that is meant: one letter wrong in five."""
_MISSPELT_CHARS = 5
_TOKEN = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)*|[.,;:!?()\n\u2014]")
_AGE = re.compile(r"\b(?:aged?\s+)?(\d{1,3})[\s-]*(?:years?[\s-]+old|year[\s-]?old|y/?o|yrs?)\b")
_AGED = re.compile(r"\baged?\s+(\d{1,3})\b")
_DECADE = re.compile(r"\b([2-9])0['\u2019]?s\b")
_YEARS = (
    (12, "child"),
    (19, "teen"),
    (32, "young"),
    (45, "adult"),
    (60, "middle-aged"),
    (78, "old"),
)
_SUFFIXES = (  # suffix, what stands in its place, whether it compares, factor
    ("iest", "y", False, 1.5),
    ("est", "", False, 1.5),
    ("ier", "y", True, 1.0),
    ("er", "", True, 1.0),
    ("er", "e", True, 1.0),
    ("ish", "", False, 0.6),
    ("ily", "y", False, 1.0),
    ("ly", "", False, 1.0),
    ("s", "", False, 1.0),
    ("y", "", False, 1.0),
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Hit:
    """A known word of a description.

    Attributes:
        entry: what it means.
        weight: how much of it; below 0 the opposite ("less").
        denied: whether the voice should not have it.
    """

    entry: Entry
    weight: float
    denied: bool


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Description:
    """A description, read.

    Attributes:
        hits: its known words, in order; each entry once.
        unknown: the words that are not known, as written, in order, each once.
        misspelt: (as written, as understood).
    """

    hits: tuple[Hit, ...]
    unknown: tuple[str, ...]
    misspelt: tuple[tuple[str, str], ...]


def read(text: str) -> Description:
    """Returns what a description says.

    Raises:
        InvalidText: if it is too long, holds control characters, or no known word.
    """
    if len(text) > MAX_CHARS:
        raise InvalidText(f"a description has at most {MAX_CHARS:,} characters, not {len(text):,}")
    if any(unicodedata.category(c) in {"Cc", "Cs"} and c not in "\t\r\n" for c in text):
        raise InvalidText("a description holds no control characters: write it in plain words")
    reader = _Reader(vocabulary())
    reader.read(_named_ages(unicodedata.normalize("NFKC", text)))
    if not reader.hits:
        raise InvalidText(
            "no word of the description is known here; known are such as "
            "old, young, man, woman, deep, high, slow, fast, gravelly, breathy, warm, bright, "
            "lively, calm, sailor, witch, robot, narrator, Scottish and German"
        )
    return Description(
        hits=tuple(reader.hits.values()),
        unknown=tuple(dict.fromkeys(reader.unknown))[:MAX_UNKNOWN],
        misspelt=tuple(reader.misspelt),
    )


class _Reader:
    """Goes through the tokens of a description once."""

    def __init__(self, words: Vocabulary) -> None:
        self._words = words
        self._plain = sorted(phrase[0] for phrase in words.entries if len(phrase) == 1)
        self.hits: dict[str, Hit] = {}
        self.unknown: list[str] = []
        self.misspelt: list[tuple[str, str]] = []
        self._degree = 1.0
        self._denied = False
        self._fresh = True  # nothing since the denial has been denied yet

    def read(self, text: str) -> None:
        tokens = [match.group() for match in _TOKEN.finditer(text)]
        bare = [split(token)[0] if token[0].isalnum() else token for token in tokens]
        at = 0
        while at < len(tokens):
            at += self._step(tokens, bare, at)

    def _step(self, tokens: Sequence[str], bare: Sequence[str], at: int) -> int:
        """Reads one phrase, and returns how many tokens it took."""
        words = self._words
        if self._denied and not self._fresh and bare[at] not in words.joins:
            self._denied = False  # a denial reaches one word, and those joined to it
        for count in range(min(words.longest, len(bare) - at), 0, -1):
            phrase = tuple(bare[at : at + count])
            if phrase in words.degrees:
                self._degree *= words.degrees[phrase]
                return count
            if phrase in words.entries:
                self._take(words.entries[phrase])
                return count
            if phrase in words.denials:
                self._denied, self._fresh = True, True
                return count
        word = bare[at]
        if not word.isalnum() or word in words.breaks:
            self._degree, self._denied = 1.0, False
        elif word in words.joins:
            self._fresh = True
        elif word in words.ends:
            self._denied = False
        elif word not in words.stops:
            self._guess(tokens[at], word, starts=at == 0)
        return 1

    def _guess(self, token: str, word: str, *, starts: bool) -> None:
        """Reads a word that is not there as it stands: bent, or misspelt."""
        for entry, compares, factor in self._bent(word):
            self._degree *= factor * (self._words.comparative if compares else 1.0)
            self._take(entry)
            return
        # A capital within a sentence is a name: of a person, mostly, and no voice is made for one.
        if len(word) >= _MISSPELT_CHARS and (starts or token.islower()):
            near = [w for w in self._plain if w[0] == word[0] and abs(len(w) - len(word)) <= 2]
            for meant in difflib.get_close_matches(word, near, 1, LIKENESS):
                self.misspelt.append((token, meant))
                self._take(self._words.entries[meant,])
                return
        self.unknown.append(token)
        self._degree = 1.0

    def _bent(self, word: str) -> Iterator[tuple[Entry, bool, float]]:
        for suffix, ending, compares, factor in _SUFFIXES:
            stem = word.removesuffix(suffix)
            if stem != word and len(stem) >= 3:
                doubled = stem[:-1] if stem[-1] == stem[-2] else stem  # bigger, flatter, sadder
                for form in (stem + ending, doubled + ending):
                    if (form,) in self._words.entries:
                        yield self._words.entries[form,], compares, factor

    def _take(self, entry: Entry) -> None:
        weight = max(-self._words.most, min(self._words.most, self._degree))
        self.hits.pop(entry.name, None)  # said again, it counts where it was said last
        self.hits[entry.name] = Hit(entry=entry, weight=weight, denied=self._denied)
        self._degree, self._fresh = 1.0, False


def _named_ages(text: str) -> str:
    """Returns the text with ages in years put into the vocabulary's words."""

    def stage(years: int) -> str:
        return next((word for most, word in _YEARS if years <= most), "ancient")

    text = _AGE.sub(lambda match: stage(int(match[1])), text)
    text = _AGED.sub(lambda match: stage(int(match[1])), text)
    return _DECADE.sub(lambda match: stage(10 * int(match[1]) + 5), text)
