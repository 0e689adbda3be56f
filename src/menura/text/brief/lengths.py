"""Lengths of sections: `with an intro of 8 bars`, `build for 8 bars`, `16 bar verse`."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from menura.text.brief.brief import Entry
from menura.text.brief.mentions import Mention
from menura.text.brief.scanning import cut
from menura.text.brief.tokens import peek, skip

if TYPE_CHECKING:
    from collections.abc import Sequence

    from menura.text.brief.evidence import Evidence

_LASTING = frozenset({"of", "for", "lasting", "lasts", "is", "over", "about", "exactly", "that"})
_OF = frozenset({"of"})
_GROWING = frozenset(
    {"fade", "fades", "fading", "grow", "grows", "build", "builds", "rise", "rises"}
)
_SILENCE = frozenset({"silence", "quiet", "nothing"})
_ARTICLES = frozenset({"a", "an", "the", "one"})
_MIN_FORM = 3
"""Sections whose lengths are told are the whole form from so many on."""
_NEAR = 3
"""Words that may stand between a section and its length: "intro that lasts exactly 8 bars"."""


def read_lengths(evidence: Evidence, *, timed: bool) -> tuple[Entry, ...]:
    """Returns how long sections last; what was read so is no length of the piece.

    A prompt that begins with one length and one section ("10 second intro, rock"), or tells what
    they are for ("podcast intro of 5 seconds"), means the whole piece.

    Args:
        evidence: of the prompt.
        timed: whether the length of the piece is given beside the prompt.
    """
    lengths = evidence.asked("duration", "bars")
    sections = evidence.asked("section")
    starts = {length.start: length for length in lengths}
    ends = {length.end: length for length in lengths}
    pairs: list[tuple[Mention, Mention]] = []
    for section in sections:
        if any(told.id == section.id for told, _ in pairs):
            continue
        near = [ends.get(section.start - gap) for gap in range(_NEAR + 1)]
        near += [starts.get(section.end + gap) for gap in range(_NEAR + 1)]
        taken = {length.start for _, length in pairs}
        found = (m for m in near if m and m.start not in taken and _belongs(evidence, section, m))
        length = next(found, None)
        if length is not None:
            pairs.append((section, length))
    alone = not timed and len(lengths) == len(pairs) == len({m.id for m in sections}) == 1
    if alone and (evidence.asked("purpose") or _begins(evidence, *pairs[0])):
        return ()
    entries = []
    for section, length in pairs:
        first, last = min(section.start, length.start), max(section.end, length.end)
        said = cut(evidence.text, evidence.tokens, first, last)
        length.is_spent = True
        entries.append(
            Entry(
                section=section.id,
                when=length.numbers[0],
                unit="bars" if length.kind == "bars" else "s",
                lasts=True,
                phrase=said,
            )
        )
    evidence.credit("entries", [length for _, length in pairs])
    return tuple(entries)


def refuse_silence(evidence: Evidence) -> None:
    """Notes what takes a part of the time: "15 seconds of silence" is no length of the piece."""
    tokens = evidence.tokens
    for mention in evidence.asked("duration", "bars"):
        before = [token.word for token in tokens[max(mention.start - _NEAR - 1, 0) : mention.start]]
        if before[-1:] in (["last"], ["final"]):
            mention.is_spent = True
            evidence.refuse(mention, "no player is said to come in or stop then")
        elif before[-1:] == ["over"] and _GROWING.intersection(before):
            mention.is_spent = True
            evidence.refuse(mention, "how long something grows or fades is not decided so")
        at = skip(tokens, mention.end, _OF)
        if peek(tokens, at) in _SILENCE:
            said = cut(evidence.text, tokens, mention.start, at + 1)
            evidence.mentions.append(Mention("filler", "silence", at, at + 1, is_spent=True))
            mention.is_spent = True
            evidence.refuse(dataclasses.replace(mention, text=said), "no piece has a silence in it")
    evidence.mentions.sort(key=lambda mention: mention.start)


def told_form(
    lengths: Sequence[Entry], sections: Sequence[str]
) -> tuple[tuple[str, ...] | None, int | None]:
    """Returns the form and its bars, each or None, where every section of some has its length."""
    named = tuple(entry.section for entry in lengths)
    if len(named) < _MIN_FORM or set(named) != set(sections):
        return None, None
    counted = all(entry.unit == "bars" for entry in lengths)
    return named, int(sum(entry.when for entry in lengths)) if counted else None


def _belongs(evidence: Evidence, section: Mention, length: Mention) -> bool:
    """Returns whether a length is that of a section: right before it, or behind `of` or `for`."""
    tokens = evidence.tokens
    behind = section.end <= length.start
    first, last = (section, length) if behind else (length, section)
    between = {token.word for token in tokens[first.end : last.start]}
    gapped = any(token.gap for token in tokens[first.end : last.start + 1])
    if gapped or last.start < first.end:
        return False
    if not behind:
        return between <= _OF
    return bool(between & (_LASTING - {"that"})) and between <= _LASTING | _ARTICLES


def _begins(evidence: Evidence, section: Mention, length: Mention) -> bool:
    """Returns whether a prompt begins with a section and its length."""
    words = [token.word for token in evidence.tokens[: min(section.start, length.start)]]
    return _ARTICLES.issuperset(words)
