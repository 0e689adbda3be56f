"""The language of a text, guessed by its script, its letters and its small words."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from menura.text.tongues import ENGLISH, facts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from menura.text.tongues import Facts, Script, Tongue

__all__ = ["AUTO", "ENGLISH", "guess_by_letters", "guess_language", "has_foreign_letters"]

AUTO = "auto"
"""What a task asks for where the language of its text is to be guessed."""

_HAN, _KANA = "cmn", "ja"
_BRAND = "の"
"""The kana that shops of China and Taiwan write for "of"."""
_WORD = re.compile(r"[^\W\d_]+['’]?")
_ACCENTED = re.compile(r"[^\W\d_a-z]")
_NOUN = 0.5
"""How far a word that may be a noun or a name tells a language."""
_LATIN = re.compile(r"[ß-öø-ɏ\u1e00-\u1eff]")
_STARTS = frozenset('.!?:;…¿¡«»“”„"\n-–—')
"""A word behind one of these has its capital from where it stands, and may be no name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Evidence:
    """What a text has of one language.

    Attributes:
        score: of its words, letters and marks, less what it cannot write.
        telling: how many of its small words it has, and of words with its letters and its signs,
            each once; one of a single letter is half of one.
        speaking: how many of its words speak for it at all.
    """

    score: float
    telling: float
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
    known = facts()
    written = _beginning(text, known)
    start = written.lower()
    if not any(map(str.isalpha, start)):
        return None
    counts = _foreign_script(start, known)
    return _of_words(written, known) if counts is None else _of_script(start, counts, known)


def guess_by_letters(text: str, own: str) -> str | None:
    """Returns the language of a text in a script that another language is not written in.

    None if the text is in Latin letters, or does not tell, or may well be in `own`.

    Args:
        text: plain, without markup.
        own: tag of the other language; nothing is said against one whose script is not known.
    """
    known = facts()
    start = _beginning(text, known).lower()
    counts = _foreign_script(start, known)
    if counts is None:
        return None
    found = _of_script(start, counts, known)
    family = own.lower().partition("-")[0]
    family = _HAN if family == "zh" else family
    writing = {each.language for each in known.scripts if family in _writers(each)}
    if family == _KANA:
        writing.add(_HAN)
    if not writing and family not in {each.tag.partition("-")[0] for each in known.tongues}:
        return None
    telling = {each.language for each in known.scripts if found in _writers(each)}
    return found if writing.isdisjoint(telling) else None


def _beginning(text: str, facts: Facts) -> str:
    return unicodedata.normalize("NFC", text[: int(facts.limits["max_chars"])])


def _foreign_script(text: str, facts: Facts) -> dict[str, int] | None:
    """Returns how many letters of each script a text has; None if most of it is in Latin ones."""
    counts = {script.language: len(script.pattern.findall(text)) for script in facts.scripts}
    others = sum(counts.values())
    weights = _weights(counts, facts)
    total = sum(weights.values()) + max(sum(map(str.isalpha, text)) - others, 0)
    if not others or sum(weights.values()) < facts.limits["min_script_share"] * total:
        return None
    return counts


def _weights(counts: Mapping[str, int], facts: Facts) -> dict[str, int]:
    return {each.language: counts[each.language] * each.weight for each in facts.scripts}


def _writers(script: Script) -> frozenset[str]:
    """Returns the languages that write a script."""
    return frozenset({script.language, *script.rivals, *(each.tag for each in script.tongues)})


def has_foreign_letters(text: str) -> bool:
    """Returns whether a text has Latin letters or signs that English has only in loans and names.

    Args:
        text: plain, without markup; its beginning counts.
    """
    known = facts()
    start = _beginning(text, known)
    if any(sign in start for tongue in known.tongues for sign in tongue.signs):
        return True
    accented = filter(_ACCENTED.search, _read(start)[0].keys() - known.loans)
    return any(_LATIN.search(word) for word in accented)


def _of_script(text: str, counts: Mapping[str, int], facts: Facts) -> str | None:
    weights = _weights(counts, facts)
    han, kana = counts[_HAN], counts[_KANA]
    language = max(weights, key=lambda key: weights[key])
    if language in {_HAN, _KANA}:
        hiragana = sum("ぁ" <= char <= "ゖ" and char != _BRAND for char in text)
        if kana and (
            kana >= facts.limits["min_kana_share"] * (han + kana)
            or hiragana >= facts.limits["min_hiragana_share"] * (han + kana)
        ):
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
    found = {each: _evidence(words, each, facts).score for each in script.tongues}
    return max(found, key=lambda each: found[each]).tag if found else language


def _of_words(text: str, facts: Facts) -> str | None:
    words, names = _read(text)
    count = words.total()
    limits = facts.limits
    if count < limits["min_words"]:
        return None
    found = {each: _evidence(words, each, facts, names, text) for each in facts.tongues}
    first, second = sorted(found, key=lambda each: -found[each].score)[:2]
    best = found[first]
    lead = best.score - found[second].score
    if (
        best.telling < limits["min_telling"]
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


def _read(text: str) -> tuple[Counter[str], frozenset[str]]:
    """Returns the words of a text in small letters, and those that are only found as names.

    A name has a capital where no sentence begins; a text in capitals has none.
    """
    found = list(_WORD.finditer(text))
    words = Counter(match[0].lower().replace("’", "'") for match in found)
    if not any(map(str.islower, text)):
        return words, frozenset()
    common = {
        match[0].lower().replace("’", "'")
        for match in found
        if match[0].islower() or not _STARTS.isdisjoint(_between(text, match.start()))
    }
    return words, frozenset(words.keys() - common)


def _between(text: str, start: int) -> str:
    """Returns what stands between a word and the one before; a stop at the beginning of a text."""
    before = text[max(start - 4, 0) : start]
    return before[len(before.rstrip("".join(_STARTS) + " \t")) :] if start else "."


def _evidence(
    words: Mapping[str, int],
    tongue: Tongue,
    facts: Facts,
    names: frozenset[str] | None = None,
    text: str = "",
) -> _Evidence:
    limits = facts.limits
    signs = sum(sign in text for sign in tongue.signs)
    score = limits["sign"] * signs - tongue.rare
    telling, speaking = float(signs), 0
    for word, times in words.items():
        is_name = names is not None and word in names
        value, tells = _weigh(word, tongue, facts, is_name=is_name, strong=names is not None)
        telling += tells * min(len(word), 2) / 2
        speaking += times if value > 0 else 0
        score += value * times
    return _Evidence(score=score, telling=telling, speaking=speaking)


def _weigh(
    word: str, tongue: Tongue, facts: Facts, *, is_name: bool, strong: bool
) -> tuple[float, float]:
    """Returns what a word counts for a language, and how far it tells it, 0 to 1.

    Args:
        word: in small letters.
        tongue: the language.
        facts: of all.
        is_name: whether it is only found as a name.
        strong: whether letters beyond a to z say much: not where the script has no others.
    """
    limits = facts.limits
    known = word in tongue.words
    value = 0.0
    if known:
        value = limits["weak" if word in tongue.weak else "name" if is_name else "word"]
    if word in facts.loans:
        return value, float(known and not is_name)
    accents = set(_ACCENTED.findall(word))
    if tongue.letters is not None and not accents <= tongue.letters:
        return value - limits["name_foreign" if is_name else "foreign"], float(
            known and not is_name
        )
    if known:
        return value, float(not is_name)
    if accents and (len(word) > 1 or not strong):
        value += limits["letter" if strong and not is_name else "name_letter"]
    if tongue.marks is not None and tongue.marks.search(word):
        value += limits["mark"]
    if tongue.unlike is not None and tongue.unlike.search(word):
        value -= limits["mark"]
    if not accents or len(word) == 1:
        return value, 0.0
    return value, (_NOUN if tongue.nouns else 0.0) if is_name else 1.0
