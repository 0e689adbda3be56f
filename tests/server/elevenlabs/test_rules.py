"""Rules of pronunciation dictionaries, and the alphabets they are written in."""

from __future__ import annotations

import pytest

from menura.errors import InvalidText
from menura.server.arpabet import from_arpabet, to_arpabet
from menura.server.elevenlabs.rules import entry_of, ipa_of, rules_of
from menura.text.lexicon import Lexicon


@pytest.mark.parametrize(
    ("sounds", "ipa"),
    [
        ("T AH0 M EY1 T OW2", "təmˈeɪtˌoʊ"),
        ("dh ah0", "ðə"),
        ("N ER1 S", "nˈɝs"),
        ("AH1 P", "ˈʌp"),
    ],
)
def test_arpabet_is_read_as_ipa(sounds: str, ipa: str) -> None:
    assert from_arpabet(sounds) == ipa
    assert ipa_of(sounds, "CMU-Arpabet") == ipa


def test_ipa_of_espeak_becomes_arpabet() -> None:
    assert to_arpabet("lˈaɪɚbˌɜːdz") == "L AY ER B ER D Z"
    assert to_arpabet("twˈɛlv pˈɔɪnt") == "T W EH L V P OY N T"
    assert to_arpabet("?") == ""


@pytest.mark.parametrize(
    ("phoneme", "alphabet"),
    [
        ("QQ", "cmu-arpabet"),
        ("T1", "cmu-arpabet"),
        ("x y z 7", "ipa"),
        ("a", "klingon"),
        ("", "ipa"),
    ],
)
def test_what_is_no_sound_is_refused(phoneme: str, alphabet: str) -> None:
    with pytest.raises(InvalidText):
        ipa_of(phoneme, alphabet)


def test_rules_and_entries_are_the_same_thing() -> None:
    rules = [
        {"string_to_replace": "UN", "type": "alias", "alias": "United Nations"},
        {"string_to_replace": "x", "type": "phoneme", "phoneme": "ɛks", "alphabet": "ipa"},
    ]
    again = rules_of(Lexicon("en", tuple(entry_of(rule) for rule in rules)))
    assert [
        {key: rule[key] for key in given} for given, rule in zip(rules, again, strict=True)
    ] == rules
    assert entry_of({**rules[0], "case_sensitive": False}).match_case is False
