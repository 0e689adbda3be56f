"""Endings: `ends softly` and `a quiet ending` tell how the end is played, and no mood of all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from menura.text.brief.mentions import PLAYERS, Mention
from menura.text.brief.moments import words_of
from menura.text.brief.scanning import cut
from menura.text.brief.tokens import peek, skip

if TYPE_CHECKING:
    from menura.text.brief.evidence import Evidence

HUSH = "hush"
MAX_ENDINGS = 8
_JOINED = frozenset({"on", "with", "a", "an", "in", "very", "really", "so", "quite", "rather"})
_ADJECTIVES = frozenset({"mood", "quality", "mix", "density", "tempo", "energy"})
_SOUNDS = frozenset({"note", "chord", "tone"})
_AND = frozenset({"and"})


def mark_endings(evidence: Evidence) -> None:
    """Takes what describes the end for no more than that.

    Where one of several players ends softly, nothing does: who is not told to stop plays on.
    """
    tokens, verbs, nouns = evidence.tokens, words_of("end_verbs"), words_of("end_nouns")
    places = evidence.asked("place")
    lone = {m.start: m.end for m in places if m.id == "end" and len(places) == 1}
    at, left = 0, MAX_ENDINGS
    while at < len(tokens) and left:
        first, last, end = at, at, at
        if tokens[at].word in verbs:
            first = skip(tokens, at + 1, _JOINED, 3)
            last = _hushed_end(evidence, first, at)
            end = skip(tokens, last, _SOUNDS, 1) if last > first else last
        elif tokens[at].word in words_of("hushed"):
            last = _hushed_end(evidence, at, at)
            end = last + 1 if peek(tokens, last) in nouns else last
            end = lone.get(last, end)
        if last > first and end > first + (first == at):
            _put(evidence, at, (first, last), end)
            left -= 1
        at = max(end, at + 1)


def _hushed_end(evidence: Evidence, first: int, start: int) -> int:
    """Returns the place behind words such as "quietly and softly" in what begins at `start`."""
    tokens, hushed = evidence.tokens, words_of("hushed")
    at = first
    while at < len(tokens) and tokens[at].word in hushed and (at == start or not tokens[at].gap):
        at = skip(tokens, at + 1, _AND)
    return at - (at > first and tokens[at - 1].word in _AND)


def _put(evidence: Evidence, start: int, adjectives: tuple[int, int], end: int) -> None:
    """Puts the ending in the place of the adjectives, if they are no more than that."""
    first, last = adjectives
    inside = [m for m in evidence.mentions if m.start < last and m.end > first]
    alone = all(m.kind in _ADJECTIVES or (m.kind, m.id) == ("ending", "cadence") for m in inside)
    if not alone or any(m.is_negated or m.start < start or m.end > end for m in inside):
        return
    told = Mention(HUSH, HUSH, start, end, cut(evidence.text, evidence.tokens, start, end))
    evidence.mentions = [m for m in evidence.mentions if m not in inside]
    subject = next((m for m in evidence.mentions if m.end == start and m.kind in PLAYERS), None)
    players = {m.id for m in evidence.asked(*PLAYERS)}
    if subject is not None and not evidence.tokens[start].gap and len(players) > 1:
        told.is_spent = True
        evidence.refuse(told, "how one player of several ends is not decided so")
    evidence.mentions.append(told)
    evidence.mentions.sort(key=lambda mention: mention.start)
