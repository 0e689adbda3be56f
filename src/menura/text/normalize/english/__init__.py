"""English: every number, short form, address and sign."""

from __future__ import annotations

import functools
import re

from menura.text.normalize.english import (
    acronyms,
    addresses,
    amounts,
    codes,
    dates,
    facts,
    money,
    shortened,
    signs,
    times,
)
from menura.text.normalize.english.facts import load
from menura.text.normalize.scanner import KEPT_NUMERICS, MARKER, Scanner, alternatives

__all__ = ["load", "scanner"]


@functools.cache
def scanner(*, american: bool) -> Scanner:
    """Returns the scanner of American or British English."""
    known = facts.load(american=american)
    months = known.tables["months"]
    letter = [
        *signs.worded(),
        *addresses.rules(known),
        *dates.worded(known),
        *money.coded(known),
        *codes.worded(known),
        *shortened.rules(known),
        *acronyms.rules(known),
    ]
    digit = [
        *addresses.numbered(known),
        *dates.numbered(known),
        *codes.numbered(known),
        *times.rules(known),
        *money.numbered(known),
        *amounts.rules(known),
        *acronyms.numbered(known),
        *amounts.plain(known),
    ]
    sign = [
        *addresses.signed(known),
        *codes.signed(known),
        *dates.signed(known),
        *money.signed(known),
        *amounts.signed(known),
        *signs.rules(known),
    ]
    # Calm: letters, blanks and the punctuation that readers only pause at.
    trigger = re.compile(
        rf"[\d_{KEPT_NUMERICS}{MARKER}]|[^\w\s,;:!?\"'()\-–—…“”‘«»‹›„‚\[\].]"
        r"|[A-Z](?=[A-Z])|(?<=[^\W\d_])\.|(?<![\w.!?,;:)])\.(?=\w)"
        r"|\b(?:[DM]rs?|Ms|St|Prof)(?= )|(?<= )[IVX](?![\w'])"
    )
    words = [*months["names"], *months["short"], "the", "sq", "v", "et"]
    codes_before = [key for key in known.tables["currencies"] if key.isalpha()]
    opener = re.compile(
        rf"(?<![\w@.])(?:{alternatives(*words)}|{alternatives(*codes_before)}|ISBN(?:-1[03])?:?)"
        r"\.?,?\s$"
    )
    rules = {"letter": letter, "digit": digit, "sign": sign}
    return Scanner(trigger, opener, rules, known.numerals.cardinal)
