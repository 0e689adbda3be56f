"""Pronunciation lexicons: how words are said, found in a text."""

from __future__ import annotations

import functools
import re
import tomllib
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from menura.errors import InvalidText
from menura.tasks import Pronunciation
from menura.text.alphabets import check_ipa

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

MAX_ENTRIES = 50_000
MAX_GRAPHEME_CHARS = 128
MAX_GRAPHEME_TOKENS = 32  # bounds the time of `apply`: this many look-ups for each word of a text

_JOINERS = "\u200c\u200d"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """How one word or phrase is said.

    Attributes:
        grapheme: as it is written, at most 128 characters.
        alias: what is read in its place; or
        phonemes: how it sounds, in IPA. Exactly one of the two is given.
        match_case: whether it stands only for this very spelling.

    Raises:
        InvalidText: if it names no word, not exactly one pronunciation, or no IPA.
    """

    grapheme: str
    alias: str | None = None
    phonemes: str | None = None
    match_case: bool = False

    def __post_init__(self) -> None:
        name = f"the lexicon's entry {self.grapheme!r:.60}"
        if not 0 < len(self.grapheme) <= MAX_GRAPHEME_CHARS or not self.grapheme.strip():
            raise InvalidText(f"{name} needs 1 to {MAX_GRAPHEME_CHARS} characters to look for")
        if (self.alias is None) == (self.phonemes is None):
            raise InvalidText(f"{name} needs either an alias or phonemes")
        if self.alias is not None and not self.alias.strip():
            raise InvalidText(f"{name} has an empty alias: write what to say")
        if self.phonemes is not None:
            check_ipa(self.phonemes)


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a text; the pieces of a text joined give the text.

    Attributes:
        text: as written.
        start_char: where it begins in the text, in code points.
        entry: what a lexicon says about it; None = nothing.
    """

    text: str
    start_char: int
    entry: Entry | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Lexicon:
    """The entries of one language. Of two for the same spelling, the first counts.

    Attributes:
        language: BCP 47 tag; it decides where words begin.
        entries: at most 50,000.
        conflicts: pairs (what counts, what does not) that say different things of one spelling.

    Raises:
        InvalidText: if there are too many entries, or one is too long a phrase.

    Example:
        >>> lexicon = Lexicon("en", (Entry(grapheme="W3C", alias="World Wide Web Consortium"),))
        >>> [piece.text for piece in lexicon.apply("The w3c says so.")]
        ['The ', 'w3c', ' says so.']
    """

    language: str
    entries: tuple[Entry, ...]
    conflicts: tuple[tuple[Entry, Entry], ...] = field(init=False)
    _trie: dict[str, Any] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if len(self.entries) > MAX_ENTRIES:
            raise InvalidText(f"a lexicon has at most {MAX_ENTRIES} entries: split it")
        trie: dict[str, Any] = {}
        conflicts = []
        pattern = self._pattern("".join(_plain(entry.grapheme) for entry in self.entries))
        for entry in self.entries:
            tokens = [fold for _, _, fold in _tokens(_plain(entry.grapheme), pattern)]
            if len(tokens) > MAX_GRAPHEME_TOKENS:
                raise InvalidText(
                    f"the lexicon's entry {entry.grapheme!r:.60} is too long a phrase: "
                    f"{MAX_GRAPHEME_TOKENS} words, blanks and signs at most"
                )
            node = trie
            for token in tokens:
                node = node.setdefault(token, {})
            # "" is no token, so it can hold what ends here: by spelling, and for any spelling.
            ends = node.setdefault("", {})
            spelling = _plain(entry.grapheme) if entry.match_case else None
            kept = ends.setdefault(spelling, entry)
            if (kept.alias, kept.phonemes) != (entry.alias, entry.phonemes):
                conflicts.append((kept, entry))
        object.__setattr__(self, "_trie", trie)
        object.__setattr__(self, "conflicts", tuple(conflicts))

    def apply(self, text: str) -> tuple[Piece, ...]:
        """Returns the text in pieces, the longest entries found in it apart.

        An entry is found where words begin and end, whatever its letters' case unless it says
        otherwise, and with any blank for a blank. The time is proportional to the text.

        Args:
            text: best a cleaned one (NFC).
        """
        tokens = list(_tokens(text, self._pattern(text)))
        pieces: list[Piece] = []
        done = index = 0
        while index < len(tokens):
            entry, stop = self._longest(text, tokens, index)
            if entry is None:
                index += 1
                continue
            start_char, stop_char = tokens[index][0], tokens[stop - 1][1]
            if start_char > done:
                pieces.append(Piece(text[done:start_char], done))
            pieces.append(Piece(text[start_char:stop_char], start_char, entry))
            done, index = stop_char, stop
        if done < len(text):
            pieces.append(Piece(text[done:], done))
        return tuple(pieces)

    def _longest(
        self, text: str, tokens: Sequence[tuple[int, int, str]], index: int
    ) -> tuple[Entry | None, int]:
        node, found, stop = self._trie, None, index
        for place in range(index, len(tokens)):
            if tokens[place][2] not in node:
                break
            node = node[tokens[place][2]]
            if ends := node.get(""):
                spelling = _plain(text[tokens[index][0] : tokens[place][1]])
                if entry := ends.get(spelling, ends.get(None)):
                    found, stop = entry, place + 1
        return found, stop

    def _pattern(self, text: str) -> re.Pattern[str]:
        """Returns what cuts a text into tokens; its marks belong to the letters before them."""
        marks = "".join(sorted(c for c in set(text) if unicodedata.category(c)[0] == "M"))
        return _token_pattern(_primary(self.language) in _facts()["elision"], marks + _JOINERS)


def to_rules(lexicon: Lexicon) -> tuple[Pronunciation, ...]:
    """Returns a lexicon's entries as a task holds them."""
    return tuple(
        Pronunciation(
            written=entry.grapheme,
            said=f"/{entry.phonemes}/" if entry.alias is None else _as_alias(entry.alias),
            language=lexicon.language,
            match_case=entry.match_case,
        )
        for entry in lexicon.entries
    )


def to_lexicon(rules: Iterable[Pronunciation], language: str) -> Lexicon:
    """Returns the lexicon of those rules that count in a language: its own, and those of any.

    Args:
        rules: of tasks.
        language: BCP 47 tag; its primary subtag decides.

    Raises:
        InvalidText: if a rule names no word or no IPA, or there are too many. Says which.
    """
    primary = _primary(language)
    return Lexicon(
        language,
        tuple(
            to_entry(rule)
            for rule in rules
            if rule.language is None or _primary(rule.language) == primary
        ),
    )


def to_entry(rule: Pronunciation) -> Entry:
    """Returns a rule as an entry.

    Raises:
        InvalidText: if it names no word, or no IPA. Says which rule.
    """
    said = rule.said
    if len(said) < 2 or not (said.startswith("/") and said.endswith("/")):
        return Entry(grapheme=rule.written, alias=said.strip(), match_case=rule.match_case)
    try:
        phonemes = check_ipa(said[1:-1])
    except InvalidText as error:
        raise InvalidText(f"the lexicon's entry {rule.written!r:.60}: {error}") from error
    return Entry(grapheme=rule.written, phonemes=phonemes, match_case=rule.match_case)


def _as_alias(alias: str) -> str:
    # A blank keeps what stands between slashes from being taken for IPA.
    return f" {alias}" if alias.startswith("/") else alias


def _primary(language: str) -> str:
    return language.lower().replace("_", "-").partition("-")[0]


def _tokens(text: str, pattern: re.Pattern[str]) -> Iterator[tuple[int, int, str]]:
    """Yields words, blanks and other signs as (start, stop, what they are compared by)."""
    for match in pattern.finditer(text):
        token = match[0]
        yield match.start(), match.end(), " " if token.isspace() else token.casefold()


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())


@functools.lru_cache(maxsize=64)
def _token_pattern(elision: bool, marks: str) -> re.Pattern[str]:
    unspaced = "".join(f"\\U{low:08x}-\\U{high:08x}" for low, high in _facts()["unspaced"])
    letters = rf"(?:(?![{unspaced}])\w[{marks}]*)+"
    word = letters if elision else rf"{letters}(?:['’]{letters})*"
    # An elided article keeps its apostrophe: "l'" is one token, so that "l" alone is none.
    elided = rf"{letters}['’](?=\w)|" if elision else ""
    return re.compile(rf"\s+|{elided}{word}|.[{marks}]*", re.DOTALL)


@functools.cache
def _facts() -> dict[str, Any]:
    path = Path(__file__).with_name("lexicon.toml")
    return tomllib.loads(path.read_text(encoding="utf-8"))
