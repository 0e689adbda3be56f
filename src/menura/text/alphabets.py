"""Phonetic alphabets: IPA, X-SAMPA, and the phoneme mnemonics of espeak-ng."""

from __future__ import annotations

import functools
import re
import tomllib
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from menura.errors import InvalidText
from menura.espeak import languages

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_PHONEMES_CHARS = 1_000
MAX_WORD_SOUNDS = 60  # espeak-ng's buffer holds 200 phonemes, and some become several

_TIE = "\u0361"


@dataclass(frozen=True, slots=True)
class Mnemonics:
    """A transcription as espeak-ng takes it.

    Attributes:
        text: for the `phonemes` of an `Utterance`.
        changed: what the language's voice cannot say, each once, and what it says instead:
            (IPA, IPA), the second one "" for a mark that is left out.
    """

    text: str
    changed: tuple[tuple[str, str], ...]


def to_ipa(text: str, alphabet: str) -> str:
    """Returns a checked IPA transcription from one in `alphabet`, "ipa" or "x-sampa".

    Raises:
        InvalidText: if it is none, or the alphabet is another.
    """
    name = alphabet.lower()
    if name == "ipa":
        return check_ipa(text)
    if name in {"x-sampa", "xsampa"}:
        return from_xsampa(text)
    raise InvalidText(f"the alphabet {alphabet!r:.40} is not supported: use ipa or x-sampa")


def check_ipa(text: str) -> str:
    """Returns an IPA transcription in NFC.

    Raises:
        InvalidText: if it is empty, too long, or holds what is no IPA.
    """
    if not text.strip() or len(text) > MAX_PHONEMES_CHARS:
        raise InvalidText(f"a transcription has 1 to {MAX_PHONEMES_CHARS} characters")
    if strange := [char for char in unicodedata.normalize("NFD", text) if char not in _ipa()]:
        raise InvalidText(
            f"{strange[0]!r} in the transcription {text!r:.60} is no IPA: give IPA, or name the "
            "alphabet x-sampa"
        )
    return unicodedata.normalize("NFC", text)


def from_xsampa(text: str) -> str:
    """Returns the IPA of a transcription in X-SAMPA (Wells 1995).

    Raises:
        InvalidText: if it is empty, too long, or holds what is no X-SAMPA.
    """
    if not text.strip() or len(text) > MAX_PHONEMES_CHARS:
        raise InvalidText(f"a transcription has 1 to {MAX_PHONEMES_CHARS} characters")
    table = _facts()["xsampa"]
    result = []
    for match in _longest_first(tuple(table)).finditer(text):
        symbol = match[0]
        if symbol not in table and not symbol.isspace():
            raise InvalidText(f"{symbol!r} in the transcription {text!r:.60} is no X-SAMPA")
        result.append(table.get(symbol, " "))
    return check_ipa("".join(result))


def to_espeak(ipa: str, language: str) -> Mnemonics:
    """Returns the espeak-ng mnemonics of an IPA transcription.

    A sound that the language's voice lacks becomes the nearest one it has. A stress mark moves
    from its syllable's beginning to the vowel, where espeak-ng wants it.

    Args:
        ipa: words divided by blanks.
        language: a tag that `espeak.languages.find` takes: en, de, fr, es, it, pt.

    Raises:
        InvalidText: if it is no IPA, has no sound or too long a word, or if the phonemes of this
            language are not known.
        InvalidInput, NotFound: if there is no such language.
    """
    tag = languages.find(language).tag
    facts = _facts()
    spoken = (facts["espeak"].keys() | facts["like"].keys()) - {"any"}
    if tag not in spoken:
        known = ", ".join(sorted(spoken))
        raise InvalidText(f"phonemes cannot be spoken in {tag}, only in {known}")
    text = unicodedata.normalize("NFD", check_ipa(ipa))
    for other, usual in facts["ipa"]["same"].items():
        text = text.replace(other, usual)
    changed: dict[str, str] = {}
    words = []
    for word in text.replace(_TIE, "").split():
        sounds = list(_sounds(word, tag, changed))
        if len(sounds) > MAX_WORD_SOUNDS:
            raise InvalidText(f"a transcribed word has at most {MAX_WORD_SOUNDS} sounds")
        words += ["|".join(sounds)] if sounds else []
    if not words:
        raise InvalidText(f"the transcription {ipa!r:.60} holds no sound")
    return Mnemonics(" ".join(words), tuple(changed.items()))


def _sounds(word: str, tag: str, changed: dict[str, str]) -> Iterator[str]:
    """Yields the mnemonics of one word; notes in `changed` what was replaced."""
    facts, table = _facts(), _mnemonics(tag)
    silent, vowels = facts["ipa"]["silent"], facts["ipa"]["vowels"]
    stress = ""
    for match in _longest_first((*table, *facts["nearest"])).finditer(word):
        symbol = match[0]
        if symbol in "ˈˌ":
            stress = "'" if symbol == "ˈ" else ","
            continue
        if symbol in silent:
            yield from filter(None, [silent[symbol]])
            continue
        used = _nearest(symbol, tag)
        if used != (symbol,):
            changed[symbol] = "".join(used)
        for part in used:
            nucleus = (symbol[0] in vowels and part[0] in vowels) or part.endswith("\u0329")
            yield (stress if nucleus else "") + table[part]
            stress = "" if nucleus else stress


@functools.lru_cache(maxsize=4096)
def _nearest(symbol: str, tag: str) -> tuple[str, ...]:
    """Returns the symbols of the language's table that stand for `symbol`; none for a mark."""
    table = _mnemonics(tag)
    if symbol in table:
        return (symbol,)
    candidates = _facts()["nearest"].get(symbol, ())
    for candidate in candidates:
        parts = tuple(m[0] for m in _longest_first(tuple(table)).finditer(candidate))
        if all(part in table for part in parts):
            return parts
    return _nearest(candidates[0], tag) if candidates else ()


@functools.cache
def _mnemonics(tag: str) -> dict[str, str]:
    facts = _facts()
    tables = facts["espeak"]
    merged = {**tables["any"], **tables.get(facts["like"].get(tag), {}), **tables.get(tag, {})}
    return {unicodedata.normalize("NFD", ipa): name for ipa, name in merged.items() if name}


@functools.cache
def _ipa() -> frozenset[str]:
    facts = _facts()
    parts = [*facts["xsampa"].values(), *facts["ipa"]["same"], facts["ipa"]["more"]]
    return frozenset(unicodedata.normalize("NFD", "".join(parts)))


@functools.lru_cache(maxsize=64)
def _longest_first(symbols: tuple[str, ...]) -> re.Pattern[str]:
    ordered = sorted(symbols, key=len, reverse=True)
    return re.compile("|".join([*map(re.escape, ordered), "."]), re.DOTALL)


@functools.cache
def _facts() -> dict[str, Any]:
    path = Path(__file__).with_name("alphabets.toml")
    return tomllib.loads(path.read_text(encoding="utf-8"))
