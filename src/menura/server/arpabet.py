"""CMU's ARPAbet, in which American dictionaries and recognisers write sounds, and IPA."""

from __future__ import annotations

import functools
import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from menura.errors import InvalidText

if TYPE_CHECKING:
    from collections.abc import Mapping

_STRESS = {"0": "", "1": "ˈ", "2": "ˌ"}


def from_arpabet(text: str) -> str:
    """Returns sounds in IPA.

    Args:
        text: in ARPAbet, blanks between the sounds: `T AH0 M EY1 T OW0`.

    Raises:
        InvalidText: if one is none.
    """
    return "".join(_sound(sound) for sound in text.upper().split())


def to_arpabet(ipa: str) -> str:
    """Returns sounds of English in ARPAbet, without stress; what has no place there is left out.

    Args:
        ipa: as espeak-ng writes it.
    """
    table = _from_ipa()
    found = (table[match[0]] for match in _symbols().finditer(ipa))
    return " ".join(found)


def _sound(sound: str) -> str:
    facts = _facts()
    name, stress = (sound[:-1], sound[-1]) if sound[-1] in _STRESS else (sound, "")
    if name in facts["vowels"]:
        weak = stress == "0" and name in facts["weak"]
        return _STRESS.get(stress, "") + str(facts["weak" if weak else "vowels"][name])
    if name not in facts["consonants"] or stress:
        raise InvalidText(f"{sound!r:.20} is no sound of CMU's ARPAbet, such as AH0 or NG")
    return str(facts["consonants"][name])


@functools.cache
def _from_ipa() -> Mapping[str, str]:
    facts = _facts()
    tables = ("weak", "vowels", "consonants")
    found = {str(ipa): str(name) for table in tables for name, ipa in facts[table].items()}
    return found | {str(ipa): str(name) for ipa, name in facts["others"].items()}


@functools.cache
def _symbols() -> re.Pattern[str]:
    """Finds the longest symbol that stands at a place."""
    longest_first = sorted(_from_ipa(), key=len, reverse=True)
    return re.compile("|".join(map(re.escape, longest_first)))


@functools.cache
def _facts() -> Mapping[str, Any]:
    path = Path(__file__).with_name("arpabet.toml")
    return tomllib.loads(path.read_text(encoding="utf-8"))
