"""Beginnings: `starts quiet`, and `solo piano` where it tells how another kind of music begins."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from menura.text.brief.mentions import PLAYERS, Mention
from menura.text.brief.moments import words_of
from menura.text.brief.scanning import cut
from menura.text.brief.tokens import COMMA, STOP, peek, skip
from menura.text.brief.vocabulary import vocabulary

if TYPE_CHECKING:
    from collections.abc import Sequence

    from menura.text.brief.brief import Entry
    from menura.text.brief.evidence import Evidence

_GENRE = "solo piano"
_FIRST, _LAST = "solo piano", "piano solo"
_PIANO = "piano"
_WITH = frozenset({"with", "as", "and", "a", "an", "the", "just", "only"})
_SOLO_BY = frozenset({"with", "has", "featuring"})
_ALONE = frozenset({"alone", "all alone", "on its own", "by itself"})
_ARTICLES = frozenset({"a", "an", "the"})
_NOUNS = frozenset({"start", "beginning", "opening"})
_SUBJECTS = frozenset({*PLAYERS, "role", "section"})
_ADJECTIVES = frozenset({"mood", "quality", "mix", "density", "tempo", "energy"})
_NEAR = 5
"""Words that may stand between `starts` and who begins: "starts very quiet with a"."""


def mark_beginnings(evidence: Evidence) -> bool:
    """Takes what describes the beginning for no more than that.

    `starts quiet` is a curve of the energy and no mood. "Solo piano" is a player beside another
    genre if it begins the piece, if it is timed or belongs to a section, or if "piano solo" is what
    a band has.

    Returns:
        Whether a piano alone begins.
    """
    _mark_quiet(evidence)
    begins = False
    for mention in [m for m in evidence.mentions if m.kind == "genre" and m.id == _GENRE]:
        words = mention.text.casefold()
        if mention.is_negated or words not in {_FIRST, _LAST}:
            continue
        others = [m for m in evidence.asked("genre") if m.id != _GENRE and not m.is_tinge]
        if not others:
            continue
        opens = _is_opening(evidence, mention)
        named = any(other.end <= mention.start for other in others)
        if opens or (named and _is_guest(evidence, mention, is_solo=words == _LAST)):
            _free(evidence, mention, opens=opens)
            begins = begins or opens
    return begins


def begin_alone(evidence: Evidence, entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """Returns the entries of a piece that a piano begins: the others come in with the first."""
    later = [entry for entry in entries if entry.who and not entry.leaves]
    if not later or any(entry.others or entry.who == _PIANO for entry in entries):
        return tuple(entries)
    if len({entry.unit for entry in later}) > 1:
        return tuple(entries)
    first = min(later, key=lambda entry: entry.when)
    phrase = next((m.text for m in evidence.mentions if m.id == _PIANO), _PIANO)
    alone = dataclasses.replace(first, who=_PIANO, others=True, phrase=f"{phrase} alone")
    return (alone, *entries)


def open_up(evidence: Evidence, entries: Sequence[Entry]) -> None:
    """Takes `alone` for the beginning where others come in: "piano starts alone, then a choir"."""
    told = evidence.asked("only")
    if not told or not any(entry.who and not entry.leaves for entry in entries):
        return
    subjects = [m for m in evidence.mentions if m.kind in PLAYERS]
    for mention in told:
        before = [m for m in subjects if 0 <= mention.start - m.end <= _NEAR]
        named = {m.id for m in before}
        if before and any(e.who and e.who not in named and not e.leaves for e in entries):
            mention.is_spent = mention.text.casefold() in _ALONE


def _mark_quiet(evidence: Evidence) -> None:
    tokens, verbs = evidence.tokens, words_of("begins")
    for at, token in enumerate(tokens):
        if token.word in verbs and not _has_subject(evidence, at):
            first = skip(tokens, at + 1, words_of("very"), 3)
            last = _quiet_end(evidence, first)
            if last > first:
                _curve(evidence, at, first, last, last)
        elif token.word in words_of("quiet") and peek(tokens, at + 1) in _NOUNS:
            _curve(evidence, at, at, at + 1, at + 2)


def _has_subject(evidence: Evidence, at: int) -> bool:
    """Returns whether a player or a section stands right before a verb: "drums start softly"."""
    if evidence.tokens[at].gap:
        return False
    return any(m.end == at and m.kind in _SUBJECTS for m in evidence.mentions)


def _quiet_end(evidence: Evidence, first: int) -> int:
    """Returns the place behind words such as "quiet and soft"."""
    tokens, at = evidence.tokens, first
    while peek(tokens, at) in words_of("quiet") and tokens[at].gap < COMMA:
        at += 1
        behind = skip(tokens, at, frozenset({"and"}))
        if peek(tokens, behind) not in words_of("quiet") or tokens[behind].gap:
            break
        at = behind
    return at


def _curve(evidence: Evidence, start: int, first: int, last: int, end: int) -> None:
    """Puts a curve in the place of the adjectives from `first` to `last`, if they are no more."""
    inside = [m for m in evidence.mentions if m.start < last and m.end > first]
    alone = all(m.start >= first and m.end <= last and m.kind in _ADJECTIVES for m in inside)
    if not alone or any(m.is_negated for m in inside):
        return
    evidence.mentions = [m for m in evidence.mentions if m not in inside]
    text = cut(evidence.text, evidence.tokens, start, end)
    evidence.mentions.append(Mention("shape", "starts low", start, end, text))
    evidence.mentions.sort(key=lambda mention: mention.start)


def _is_opening(evidence: Evidence, mention: Mention) -> bool:
    """Returns whether `starts` or the like leads to a mention: "starts quiet with solo piano"."""
    tokens = evidence.tokens
    allowed = _WITH | words_of("very") | words_of("quiet")
    for at in range(mention.start - 1, max(mention.start - 1 - _NEAR, -1), -1):
        if tokens[at + 1].gap >= STOP:
            return False
        if tokens[at].word in words_of("begins"):
            return not _has_subject(evidence, at)
        if tokens[at].word not in allowed:
            return False
    return False


def _is_guest(evidence: Evidence, mention: Mention, *, is_solo: bool) -> bool:
    """Returns whether a section or a time follows, or a band has "piano solo" as a solo."""
    tokens, behind = evidence.tokens, mention.end
    goes_on = bool(peek(tokens, behind))
    follows = any(m.start == behind and m.kind == "section" for m in evidence.mentions)
    if goes_on and follows:
        return True
    if not is_solo:
        return False
    before = mention.start - 1
    while before >= 0 and tokens[before].word in _ARTICLES:
        before -= 1
    if before >= 0 and tokens[before].word in _SOLO_BY:
        return True
    if any(m.kind == "group" and not m.is_negated for m in evidence.mentions):
        return True
    return goes_on and tokens[behind].word in words_of("enters") | {"at", "from", "after"}


def _free(evidence: Evidence, mention: Mention, *, opens: bool) -> None:
    """Puts what each word means alone in the place of the genre.

    A `solo` that only begins is no solo of the whole piece.
    """
    found = []
    for at in range(mention.start, mention.end):
        token = evidence.tokens[at]
        text = cut(evidence.text, evidence.tokens, at, at + 1)
        if opens and token.word == "solo":
            found.append(Mention("filler", "filler", at, at + 1, text))
            continue
        found += [
            Mention(entry.kind, entry.id, at, at + 1, text, is_tinge=entry.is_tinge)
            for entry in vocabulary().root.children[token.word].entries
        ]
    evidence.mentions = [
        m for m in evidence.mentions if m.end <= mention.start or m.start >= mention.end
    ]
    evidence.mentions += found
    evidence.mentions.sort(key=lambda mention: mention.start)
