"""The language of a text, guessed by its script, its letters and its small words."""

from __future__ import annotations

import functools
import re
import tomllib
import unicodedata
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

AUTO = "auto"
"""What a task asks for where the language of its text is to be guessed."""

ENGLISH = "en"
_HAN, _KANA = "cmn", "ja"
_SYLLABLE_WEIGHT = 3
_WORD = re.compile(r"[^\W\d_]+['’]?")
_ACCENTED = re.compile(r"[^\W\d_a-z]")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Tongue:
    """A language, and what speaks for it."""

    tag: str
    words: frozenset[str]
    letters: frozenset[str] | None
    marks: re.Pattern[str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Script:
    """A script that is not Latin: its language, those that share it, and those told by letters."""

    language: str
    pattern: re.Pattern[str]
    weight: int
    tongues: Sequence[_Tongue]
    rivals: Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Facts:
    """language.toml."""

    limits: Mapping[str, float]
    tongues: Sequence[_Tongue]
    english: _Tongue
    english_alone: frozenset[str]
    scripts: Sequence[_Script]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Evidence:
    """What a text has of one language.

    Attributes:
        score: of its words, letters and marks, less what it cannot write.
        small_words: how many different small words of the language it has.
        speaking: how many of its words speak for it at all.
    """

    score: float
    small_words: int
    speaking: int


def guess_language(text: str) -> str | None:
    """Returns the language that a text is in, as a tag such as `fr`; None if it does not tell.

    A text tells if it is long enough, and one language has far more of its small words, or of its
    letters, than any other. English with something foreign in it is English. The same text always
    has the same answer. It takes time proportional to the length of the text, of which the
    beginning decides.

    Args:
        text: plain, without markup.
    """
    facts = _facts()
    start = unicodedata.normalize("NFC", text[: int(facts.limits["max_chars"])]).lower()
    letters = sum(map(str.isalpha, start))
    if not letters:
        return None
    counts = {script.language: len(script.pattern.findall(start)) for script in facts.scripts}
    others = sum(counts.values())
    if others:
        weights = {s.language: counts[s.language] * s.weight for s in facts.scripts}
        total = sum(weights.values()) + max(letters - others, 0)
        if sum(weights.values()) >= facts.limits["min_script_share"] * total:
            return _of_script(start, counts, weights, facts)
    return _of_words(start, facts)


def _of_script(
    text: str, counts: Mapping[str, int], weights: Mapping[str, int], facts: _Facts
) -> str | None:
    han, kana = counts[_HAN], counts[_KANA]
    language = max(weights, key=lambda key: weights[key])
    if language in {_HAN, _KANA}:
        if kana and kana >= facts.limits["min_kana_share"] * (han + kana):
            return _KANA
        language = _HAN
        if han < facts.limits["min_han"]:
            return None
    script = next(each for each in facts.scripts if each.language == language)
    written = Counter(text)
    for rival, letters in script.rivals.items():
        own = sum(written[letter] for letter in letters)
        if own > facts.limits["min_rival_letters"] * counts[language]:
            return rival
    words = Counter(re.findall(r"[^\s\d_.,;:!?\"()।]+", text))
    found = {each: _evidence(words, each, facts.limits).score for each in script.tongues}
    return max(found, key=lambda each: found[each]).tag if found else language


def _of_words(text: str, facts: _Facts) -> str | None:
    words = Counter(word.replace("’", "'") for word in _WORD.findall(text))
    count = words.total()
    limits = facts.limits
    if count < limits["min_words"]:
        return None
    found = {each: _evidence(words, each, limits) for each in facts.tongues}
    first, second = sorted(found, key=lambda each: -found[each].score)[:2]
    best = found[first]
    lead = best.score - found[second].score
    if (
        best.small_words < limits["min_small_words"]
        or best.speaking < limits["min_share"] * count
        or lead < max(limits["min_lead"], limits["min_lead_share"] * count)
    ):
        return None
    if first is not facts.english:
        alone = sum(words[word] for word in facts.english_alone & words.keys())
        if alone > limits["max_english_share"] * count:
            return None
        if best.score - found[facts.english].score < limits["min_lead_english"]:
            return None
    return first.tag


def _evidence(words: Mapping[str, int], tongue: _Tongue, limits: Mapping[str, float]) -> _Evidence:
    score, small_words, speaking = 0.0, 0, 0
    for word, times in words.items():
        value = limits["word"] if word in tongue.words else 0.0
        small_words += value > 0
        accents = set(_ACCENTED.findall(word))
        if tongue.letters is not None and not accents <= tongue.letters:
            value -= limits["foreign"]
        elif not value:
            value = limits["letter"] if accents else 0.0
            value += limits["mark"] if _marked(tongue, word) else 0.0
        speaking += times if value > 0 else 0
        score += value * times
    return _Evidence(score=score, small_words=small_words, speaking=speaking)


def _marked(tongue: _Tongue, word: str) -> bool:
    return tongue.marks is not None and tongue.marks.search(word) is not None


@functools.cache
def _facts() -> _Facts:
    path = Path(__file__).with_name("language.toml")
    table: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    tongues = _tongues(table["latin"])
    english = next(each for each in tongues if each.tag == ENGLISH)
    others = frozenset[str]().union(*(each.words for each in tongues if each is not english))
    return _Facts(
        limits=table["limits"],
        tongues=tongues,
        english=english,
        english_alone=english.words - others,
        scripts=[_script(row, table) for row in table["script"]],
    )


def _tongues(table: Mapping[str, Any]) -> list[_Tongue]:
    return [
        _Tongue(
            tag=row.get("tag", language),
            words=frozenset(row["words"].split()),
            letters=frozenset(row["letters"]) if "letters" in row else None,
            marks=_pattern(row.get("marks", "").split()),
        )
        for language, row in table.items()
    ]


def _pattern(marks: Sequence[str]) -> re.Pattern[str] | None:
    escaped = (re.escape(mark).replace(r"\^", "^").replace(r"\$", "$") for mark in marks)
    return re.compile("|".join(escaped)) if marks else None


def _script(row: Mapping[str, Any], table: Mapping[str, Any]) -> _Script:
    inside = "".join(rf"\U{low:08x}-\U{high:08x}" for low, high in row["ranges"])
    rivals = row.get("rivals", {})
    return _Script(
        language=row["language"],
        pattern=re.compile(rf"[{inside}]"),
        weight=_SYLLABLE_WEIGHT if row.get("syllables") else 1,
        tongues=_tongues(table[row["tongues"]]) if "tongues" in row else (),
        rivals={language: frozenset(rival["letters"]) for language, rival in rivals.items()},
    )
