"""`Dictionary`: the pronunciations of a task, as lexicons of the languages that its text is in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from menura.text.lexicon import Lexicon, to_entry

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from menura.engines.speech.passage import Passage
    from menura.tasks import Pronunciation
    from menura.text.lexicon import Entry


class Dictionary:
    """The rules of one task; a lexicon is made of them when its language comes up.

    Args:
        rules: as the task has them; of two for the same spelling the first counts.

    Raises:
        InvalidText: if one names no word or no IPA. Says which.
    """

    def __init__(self, rules: Sequence[Pronunciation] = ()) -> None:
        self._rules = [(rule, to_entry(rule)) for rule in rules]
        self._lexicons: dict[str, Lexicon | None] = {}

    def lexicon(self, language: str) -> Lexicon | None:
        """Returns the rules that count in a language, of espeak-ng's tag; None if there are none.

        Raises:
            InvalidText: if there are too many.
        """
        if language not in self._lexicons:
            entries = tuple(e for rule, e in self._rules if _counts(rule, _primary(language)))
            self._lexicons[language] = Lexicon(language, entries) if entries else None
        return self._lexicons[language]

    def used(self, passages: Iterable[Passage]) -> tuple[Pronunciation, ...]:
        """Returns the rules that passages were read with, in their order."""
        met: dict[str, set[Entry]] = {}
        for passage in passages:
            entries = {piece.source.entry for piece in passage.pieces} - {None}
            met.setdefault(_primary(passage.language), set()).update(filter(None, entries))
        kept = []
        for rule, entry in self._rules:
            languages = [key for key in met if entry in met[key] and _counts(rule, key)]
            for language in languages:
                met[language].discard(entry)
            if languages:
                kept.append(rule)
        return tuple(kept)


def _counts(rule: Pronunciation, primary: str) -> bool:
    return rule.language is None or _primary(rule.language) == primary


def _primary(language: str) -> str:
    return language.lower().replace("_", "-").partition("-")[0]
