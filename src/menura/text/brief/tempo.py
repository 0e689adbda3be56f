"""The tempo of a brief: numbers first, then words, then the genre, then moods."""

from __future__ import annotations

from typing import TYPE_CHECKING

from menura.text.brief.genres import find_tempo
from menura.text.brief.mentions import Mention
from menura.text.brief.numbers import read_number
from menura.text.brief.quantities import MAX_BPM, MIN_BPM
from menura.text.brief.tokens import peek
from menura.text.brief.vocabulary import vocabulary

if TYPE_CHECKING:
    from menura.text.brief.evidence import Evidence

_MIN_OVERLAP_BPM = 8.0
_FREE_BPM = (70.0, 140.0)
# Preferred tempo is near 100 to 120 bpm (Moelants, "Preferred tempo reconsidered", 2002); moods
# move it by up to seven tenths of an octave.
_CENTRE_BPM = 100.0
_OCTAVES = 0.7
_SPREAD = 0.12
_BARE = 1.2
"""How far beside its genre's range a number without a unit may lie to be a tempo."""
_JOINTS = frozenset({"with", "and", "in", "for"})
_STRICT, _LOOSE = 1.1, 1.6
"""How far beside its range a number may lie before a term contradicts it, and a word like slow."""

Range = tuple[float, float]


def mark_bare(evidence: Evidence) -> None:
    """Takes a number right behind a genre for its tempo, if it could be: "dubstep 140"."""
    if evidence.asked("bpm"):
        return
    tokens, told = evidence.tokens, {mention.start for mention in evidence.mentions}
    for genre in evidence.asked("genre"):
        at = genre.end
        number = read_number(tokens, at) if peek(tokens, at) and at not in told else None
        usual = find_tempo((genre.id,), ())
        if number is None or usual is None or tokens[at].kind != "number":
            continue
        fits = usual[0] / _BARE <= number[0] <= usual[1] * _BARE
        if fits and (not peek(tokens, number[1]) or peek(tokens, number[1]) in _JOINTS):
            text = evidence.text[tokens[at].start : tokens[at].end]
            numbers = (float(number[0]),)
            evidence.mentions.append(Mention("bpm", "bpm", at, at + 1, text, numbers))
            break
    evidence.mentions.sort(key=lambda mention: mention.start)


def settle_bpm(evidence: Evidence, bpm: float | None) -> tuple[float | None, Range | None]:
    """Returns the exact tempo and the range that numbers allow, each or None."""
    asked = []
    for mention in evidence.asked("bpm"):
        if any(not MIN_BPM <= number <= MAX_BPM for number in mention.numbers):
            evidence.refuse(mention, f"a tempo is {MIN_BPM:g} to {MAX_BPM:g} bpm")
        else:
            asked.append(mention)
    evidence.credit("bpm", (m for m in asked if len(m.numbers) == 1))
    evidence.credit("tempo_range", (m for m in asked if len(m.numbers) > 1))
    if bpm is not None:
        for mention in asked:
            if not mention.numbers[0] <= bpm <= mention.numbers[-1]:
                evidence.note(f"bpm {bpm:g} is set; {mention.text!r} in the prompt gives way")
        return bpm, (bpm, bpm)
    if not asked:
        return None, None
    _note_rivals(evidence, asked)
    numbers = asked[-1].numbers
    return (numbers[0] if len(numbers) == 1 else None), (numbers[0], numbers[-1])


def settle_range(
    evidence: Evidence, genres: tuple[str, ...], pace: float, told: Range | None
) -> Range | None:
    """Returns the range that words, genre and moods allow, in beats per minute.

    Args:
        evidence: of the prompt.
        genres: of the brief.
        pace: what moods ask, 0 (slow) to 1 (fast).
        told: the range that numbers allow, which win over all others, or None.
    """
    said = [" ".join(m.text.casefold().replace("-", " ").split()) for m in evidence.asked("genre")]
    usual = find_tempo(genres, said)
    asked = evidence.asked("tempo")
    if told is not None:
        _note_overruled(evidence, asked, told)
        return told
    worded = _intersect(asked)
    if asked and worded is None:
        words = ", ".join(dict.fromkeys(mention.text for mention in asked))
        how = "the genre decides" if usual else "the tempo stays open"
        evidence.note(f"{words:.80} contradict one another: {how}")
    elif worded is not None:
        evidence.credit("tempo_range", asked)
        relative = vocabulary().other["tempo"][asked[-1].id].get("relative")
        return worded if usual is None or relative is None else _place(usual, worded, relative)
    declined = evidence.declined("tempo")
    if declined:
        evidence.credit("tempo_range", declined)
        return _moderate(usual or _FREE_BPM, declined)
    leaning = 2 * pace - 1
    if usual is not None:
        half = (usual[1] - usual[0]) / 2
        return usual[0] + max(leaning, 0.0) * half, usual[1] - max(-leaning, 0.0) * half
    if not leaning:
        return None
    centre = _CENTRE_BPM * 2 ** (_OCTAVES * leaning)
    return round(centre * (1 - _SPREAD), 1), round(centre * (1 + _SPREAD), 1)


def _intersect(asked: list[Mention]) -> Range | None:
    low, high = MIN_BPM, MAX_BPM
    for mention in asked:
        words = vocabulary().other["tempo"][mention.id]["range"]
        low, high = max(low, words[0]), min(high, words[1])
    return (float(low), float(high)) if asked and low < high else None


def _place(usual: Range, worded: Range, relative: int) -> Range:
    """Returns where a word such as `slow` lies within, or just beside, what a genre does."""
    low, high = max(usual[0], worded[0]), min(usual[1], worded[1])
    if high - low >= _MIN_OVERLAP_BPM:
        return low, high
    quarter = (usual[1] - usual[0]) / 4
    if relative < 0:
        return round(0.9 * usual[0], 1), usual[0] + quarter
    if relative > 0:
        return usual[1] - quarter, min(round(1.1 * usual[1], 1), MAX_BPM)
    return usual[0] + quarter, usual[1] - quarter


def _moderate(usual: Range, declined: list[Mention]) -> Range:
    """Returns a range without its far end: "not too fast"."""
    low, high = usual
    span = high - low
    for mention in declined:
        words = vocabulary().other["tempo"][mention.id]["range"]
        if words[0] >= _CENTRE_BPM:
            high = min(high, low + 0.6 * span)
        elif words[1] <= _CENTRE_BPM:
            low = max(low, high - 0.6 * span)
    return (low, high) if low < high else usual


def _note_overruled(evidence: Evidence, asked: list[Mention], told: Range) -> None:
    """Notes the words that a number does not go with."""
    for mention in asked:
        facts = vocabulary().other["tempo"][mention.id]
        wide = _LOOSE if "relative" in facts else _STRICT
        low, high = facts["range"]
        if told[0] > high * wide or told[1] < low / wide:
            number = f"{told[0]:g}" if told[0] == told[1] else f"{told[0]:g} to {told[1]:g}"
            evidence.note(f"{mention.text!r} gives way: {number} bpm is asked for")


def _note_rivals(evidence: Evidence, asked: list[Mention]) -> None:
    for mention in asked[:-1]:
        if mention.numbers != asked[-1].numbers:
            evidence.note(f"{mention.text!r} and {asked[-1].text!r} differ: the later one holds")
