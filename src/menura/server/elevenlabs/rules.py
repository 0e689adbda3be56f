"""Rules of pronunciation dictionaries: as clients send them, in lexicons, and in IPA."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from menura.server.arpabet import from_arpabet
from menura.server.elevenlabs.bodies import Body
from menura.text.alphabets import check_ipa, to_ipa
from menura.text.lexicon import Entry, Lexicon

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

ARPABET = frozenset({"cmu-arpabet", "cmu", "arpabet"})


class AliasRule(Body):
    """What is said in place of what is written."""

    type: Literal["alias"]
    string_to_replace: Annotated[str, Field(min_length=1, max_length=128)]
    alias: Annotated[str, Field(min_length=1, max_length=512)]
    case_sensitive: bool = True
    word_boundaries: bool = True


class PhonemeRule(Body):
    """How what is written sounds."""

    type: Literal["phoneme"]
    string_to_replace: Annotated[str, Field(min_length=1, max_length=128)]
    phoneme: Annotated[str, Field(min_length=1, max_length=1000)]
    alphabet: Annotated[str, Field(min_length=1, max_length=32)]
    case_sensitive: bool = True
    word_boundaries: bool = True


Rule = Annotated[AliasRule | PhonemeRule, Field(discriminator="type")]


def ipa_of(phoneme: str, alphabet: str) -> str:
    """Returns a transcription in IPA.

    Args:
        phoneme: the transcription; in CMU's ARPAbet with blanks between its sounds.
        alphabet: `ipa`, `x-sampa` or `cmu-arpabet`.

    Raises:
        InvalidText: if it is none, or the alphabet is another.
    """
    if alphabet.casefold() not in ARPABET:
        return to_ipa(phoneme.strip().strip("/[]"), alphabet)
    return check_ipa(from_arpabet(phoneme))


def entry_of(rule: Mapping[str, Any]) -> Entry:
    """Returns a rule, as the ledger keeps it, as an entry of a lexicon.

    Raises:
        InvalidText: if it says nothing that can be said.
    """
    is_alias = rule["type"] == "alias"
    return Entry(
        grapheme=rule["string_to_replace"],
        alias=rule["alias"] if is_alias else None,
        phonemes=None if is_alias else ipa_of(rule["phoneme"], rule["alphabet"]),
        match_case=bool(rule.get("case_sensitive", True)),
    )


def checked(rules: Iterable[AliasRule | PhonemeRule]) -> list[dict[str, Any]]:
    """Returns rules as the ledger keeps them.

    Raises:
        InvalidText: if one says nothing that can be said.
    """
    kept = [rule.model_dump() for rule in rules]
    for rule in kept:
        entry_of(rule)
    return kept


def rules_of(lexicon: Lexicon) -> list[dict[str, Any]]:
    """Returns the entries of a lexicon as the ledger keeps rules."""
    return [_rule(entry) for entry in lexicon.entries]


def _rule(entry: Entry) -> dict[str, Any]:
    said: dict[str, Any] = {"type": "alias", "alias": entry.alias}
    if entry.alias is None:
        said = {"type": "phoneme", "phoneme": entry.phonemes, "alphabet": "ipa"}
    shared = {"case_sensitive": entry.match_case, "word_boundaries": True}
    return {"string_to_replace": entry.grapheme, **said, **shared}
