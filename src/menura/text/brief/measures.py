"""Meter and length of a brief: fields win over the prompt, later words over earlier ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from menura.text.brief.genres import find_meter
from menura.text.brief.quantities import MAX_BARS, MAX_DURATION_S, MIN_DURATION_S

if TYPE_CHECKING:
    from menura.text.brief.evidence import Evidence
    from menura.text.brief.mentions import Mention

_DECADE_DIGITS = 2


def settle_meter(
    evidence: Evidence, field: tuple[int, int] | None, styles: tuple[str, ...]
) -> tuple[int, int] | None:
    """Returns the meter of the field, the prompt, or the genre, or None."""
    asked = evidence.asked("meter")
    evidence.credit("meter", asked)
    usual = find_meter(styles)
    if field is not None:
        for mention in asked:
            if mention.numbers != field:
                evidence.note(
                    f"meter {_show(field)} is set; {mention.text!r} in the prompt gives way"
                )
        named: tuple[int, int] | None = field
    elif asked:
        _note_rivals(evidence, asked)
        named = int(asked[-1].numbers[0]), int(asked[-1].numbers[1])
    else:
        return usual
    if usual is not None and named is not None and usual != named:
        evidence.note(f"the meter is {_show(named)}, not the {_show(usual)} of {styles[0]}")
    return named


def settle_duration(evidence: Evidence, field: float | None) -> float | None:
    """Returns the length in seconds of the field or the prompt, or None."""
    asked = []
    for mention in evidence.asked("duration"):
        if MIN_DURATION_S <= mention.numbers[0] <= MAX_DURATION_S:
            asked.append(mention)
        else:
            evidence.refuse(
                mention, f"a length is {MIN_DURATION_S:g} to {MAX_DURATION_S:g} seconds"
            )
    evidence.credit("duration_s", asked)
    _note_decades(evidence, asked, field)
    if field is not None:
        for mention in asked:
            if mention.numbers[0] != field:
                evidence.note(
                    f"duration {field:g} s is set; {mention.text!r} in the prompt gives way"
                )
        return field
    _note_rivals(evidence, asked)
    return asked[-1].numbers[0] if asked else None


def settle_bars(evidence: Evidence) -> int | None:
    """Returns the length in bars, or None."""
    asked = []
    for mention in evidence.asked("bars"):
        if 1 <= mention.numbers[0] <= MAX_BARS:
            asked.append(mention)
        else:
            evidence.refuse(mention, f"a piece has 1 to {MAX_BARS} bars")
    evidence.credit("bars", asked)
    _note_rivals(evidence, asked)
    return int(asked[-1].numbers[0]) if asked else None


def _note_decades(evidence: Evidence, asked: list[Mention], field: float | None) -> None:
    """Notes that a decade alone between commas might have been a length: "string quartet, 50s"."""
    if asked or field is not None:
        return
    tokens = evidence.tokens
    for mention in evidence.mentions:
        alone = mention.end == len(tokens) or tokens[mention.end].gap
        if alone and mention.start and tokens[mention.start].gap:
            number, unit = mention.text[:-1], mention.text[-1:]
            if unit == "s" and number.isdecimal() and len(number) == _DECADE_DIGITS:
                evidence.note(f"{mention.text!r} is the decade; for a length say {number} seconds")


def _note_rivals(evidence: Evidence, asked: list[Mention]) -> None:
    for mention in asked[:-1]:
        if mention.numbers != asked[-1].numbers:
            evidence.note(f"{mention.text!r} and {asked[-1].text!r} differ: the later one holds")


def _show(meter: tuple[int, int]) -> str:
    return f"{meter[0]}/{meter[1]}"
