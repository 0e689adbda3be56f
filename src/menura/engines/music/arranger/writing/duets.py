"""Duets: one tune for two or more, as a canon or as call and response."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from menura.engines.music.arranger.writing.melody import (
    coloured_tune,
    draft_spot,
    finish,
    motif_of,
    tessitura,
)
from menura.engines.music.arranger.writing.paths import Manner, Spot, find_path
from menura.engines.music.arranger.writing.phrases import Draft, lay_out
from menura.engines.music.arranger.writing.styles import duet_of, own_style
from menura.engines.music.score import Note

if TYPE_CHECKING:
    from collections.abc import Sequence

    from menura.engines.music.arranger.writing.stave import Stave
    from menura.engines.music.arranger.writing.styles import Tune

_CALL_BARS = 2
_BREATH_BEATS = 0.5
_CONSONANT = frozenset({0, 3, 4, 5, 7, 8, 9})
"""Intervals in semitones, octaves aside. The fourth is one where others play the bass."""
_CLASH, _PASSING, _UNISON = 14.0, 4.0, 1.2
"""Costs of a dissonance that is struck, of one that passes, and of two voices on one tone."""


def write_duet(staves: Sequence[Stave], climax: float | None) -> dict[str, list[Note]]:
    """Returns what each of those who have the tune plays of a canon, or of call and response.

    Args:
        staves: of two players or more; their style says which, and who is first comes first.
        climax: beat at which the piece peaks.
    """
    duet = duet_of(staves[0].style)
    if duet is not None and duet.lag_bars:
        return _canon(staves, climax, duet.lag_bars)
    return _calls(staves, climax)


def _canon(staves: Sequence[Stave], climax: float | None, lag_bars: int) -> dict[str, list[Note]]:
    """Returns a canon at the unison or octave: each voice has the tune so many bars later.

    The tune is made block by block, a block being as long as the followers wait: every tone
    belongs to the harmony where it stands and where it comes again, and goes with what the
    followers play meanwhile of the blocks before. After Gauldin, "A Practical Approach to
    18th-Century Counterpoint" (1988), chapter 10. In the last bar all close on one chord.
    """
    first = staves[0]
    lag_bars = min(lag_bars, max(len(first.bars) // 2, 1))
    lag = lag_bars * first.plan.bar_beats
    manner = _manner(first)
    drafts = [
        draft if draft.close != "open" else replace(draft, close="")
        for draft in lay_out(first, manner, motif_of(first.plan, _own(first)))
    ]
    pitches: list[float] = []
    for _, block in itertools.groupby(drafts, lambda d: int((d.beat - first.start) // lag + 1e-6)):
        inside = list(block)
        sung = drafts[: len(pitches)]
        echoes = [
            replace(draft, beat=draft.beat + turn * lag)
            for turn in range(1, len(staves))
            for draft in sung
        ]
        echoed = pitches * (len(staves) - 1)
        spots = [
            _consonant(
                _recurring(draft_spot(first, d, tessitura(first, climax)), first, d, lag, staves),
                d,
                [
                    (pitch, _struck(d, e))
                    for e, pitch in zip(echoes, echoed, strict=True)
                    if e.beat < d.beat + d.beats - 1e-6 and d.beat < e.beat + e.beats - 1e-6
                ],
            )
            for d in inside
        ]
        held = [
            _fixed(draft_spot(first, d, tessitura(first, climax)), pitch)
            for d, pitch in zip(sung[-2:], pitches[-2:], strict=True)
        ]
        leaps = Manner(leap=manner.leap, dissonance=2 * manner.dissonance)
        rng = first.rng(f"canon {len(pitches)}")
        pitches += find_path([*held, *spots], leaps, rng)[len(held) :]
    tune = finish(first, manner, drafts, pitches) if drafts else []
    return {
        stave.part.name: tune if not turn else _followed(tune, staves, turn, lag)
        for turn, stave in enumerate(staves)
    }


def _followed(tune: Sequence[Note], staves: Sequence[Stave], turn: int, lag: float) -> list[Note]:
    """Returns the tune later, as far as the section goes; the last bar of all closes."""
    stave, later = staves[turn], turn * lag
    close = stave.bars[-1].start if stave.closing else stave.end
    moved = [replace(note, beat=note.beat + later) for note in tune]
    inside = [
        replace(note, beats=min(note.beats, close - note.beat))
        for note in moved
        if note.beat < close - 1e-6
    ]
    found = _in_reach(inside, stave, staves[0])
    if stave.closing and found:
        found.append(_final(stave, found[-1]))
    return found


def _final(stave: Stave, before: Note) -> Note:
    """Returns the chord tone nearest to the note before, held through the last bar."""
    bar = stave.bars[-1]
    chord = bar.chord_at(bar.start)
    tones = {float(tone) for tone in chord.tones} if chord else {before.pitch % 12}
    compass = stave.compass
    able = [p for p in np.arange(compass.low, compass.high + 1.0) if p % 12 in tones]
    pitch = min(able, key=lambda p: abs(p - before.pitch), default=before.pitch)
    return Note(bar.start, bar.beats, float(pitch), before.velocity, "")


def _calls(staves: Sequence[Stave], climax: float | None) -> dict[str, list[Note]]:
    """Returns a tune that asks and answers: the answer has the rhythm of the call and closes.

    A call is two bars long and ends open; what answers begins as the call did and comes home
    (the antecedent and consequent of Caplin, "Classical Form", 1998, chapter 4, here shared by two
    players). Between them is a breath; the last chord has both.
    """
    first = staves[0]
    manner = _manner(first)
    drafts = lay_out(first, manner, motif_of(first.plan, _own(first)))
    size = _CALL_BARS if len(first.bars) >= 2 * _CALL_BARS else 1
    unit = size * first.plan.bar_beats
    starts = [bar.start for bar in first.bars[::size]]
    last = first.bars[-1].start if first.closing else first.end
    laid: list[Draft] = []
    turns: list[int] = []
    for at, start in enumerate(starts):
        stop = starts[at + 1] if at + 1 < len(starts) else first.end
        source, shift = (starts[at - 1], unit) if at % 2 else (start, 0.0)
        inside = [
            replace(draft, beat=draft.beat + shift)
            for draft in drafts
            if source - 1e-6 <= draft.beat < source + unit - 1e-6
            and draft.beat + shift < min(stop, last) - 1e-6
        ]
        inside += [d for d in drafts if max(start, last) - 1e-6 <= d.beat < stop - 1e-6]
        inside = _apart(inside, stop, close="closed" if at % 2 else "open")
        laid += inside
        turns += [at % len(staves)] * len(inside)
    if not laid:
        return {stave.part.name: [] for stave in staves}
    where = tessitura(first, climax)
    spots = [draft_spot(first, draft, where) for draft in laid]
    leaps = Manner(leap=manner.leap, dissonance=manner.dissonance)
    pitches = find_path(spots, leaps, first.rng("pitches"))
    notes = finish(first, manner, laid, pitches)
    shared = {}
    for number, stave in enumerate(staves):
        own = [n for n, t in zip(notes, turns, strict=True) if t == number % len(staves)]
        together = [n for n in notes if n.beat >= last - 1e-6 and n not in own]
        shared[stave.part.name] = _in_reach([*own, *together], stave, first)
    return shared


def _apart(drafts: list[Draft], stop: float, *, close: str) -> list[Draft]:
    """Returns the notes of a call or an answer with a breath behind and its end marked."""
    if not drafts:
        return []
    early = [d for d in drafts if d.close == "final" or d.beat <= stop - 2 * _BREATH_BEATS + 1e-6]
    *before, end = early or drafts[:1]
    final = end.close == "final"
    beats = min(end.beats, stop - end.beat)
    beats = beats if final else max(min(beats, stop - _BREATH_BEATS - end.beat), 0.25)
    head = [replace(d, close="", beats=min(d.beats, end.beat - d.beat)) for d in before]
    marked = replace(end, beats=beats, close="final" if final else close, strong=True)
    whole = [*head, marked]
    return [replace(whole[0], breath=True, motion=None), *whole[1:]]


def _manner(stave: Stave) -> Tune:
    """Returns how the tune moves; notes from outside the scale would not go with their echo."""
    return replace(coloured_tune(stave.plan, _own(stave)), chromatic=0.0)


def _own(stave: Stave) -> str:
    return own_style(stave.plan, stave.part)


def _recurring(spot: Spot, stave: Stave, draft: Draft, lag: float, staves: Sequence[Stave]) -> Spot:
    """Returns a spot whose tones also belong to the harmony where the followers have them."""
    scale, chord = set(spot.scale), set(spot.chord)
    for turn in range(1, len(staves)):
        beat = draft.beat + turn * lag
        if beat >= stave.end - 1e-6:
            break
        there = draft_spot(stave, replace(draft, beat=beat, close=""), tessitura(stave, None))
        scale &= set(there.scale)
        chord &= set(there.chord)
    shared = frozenset(chord & scale)
    if not shared or len(scale) < 3:
        return spot
    only = spot.only & shared or (shared if draft.strong else frozenset())
    return replace(spot, scale=tuple(sorted(scale)), chord=shared, only=only)


def _struck(one: Draft, two: Draft) -> bool:
    """Whether two notes that sound together meet on a strong beat, or begin together."""
    later = max(one, two, key=lambda draft: draft.beat)
    return later.strong or abs(one.beat - two.beat) < 1e-6


def _consonant(spot: Spot, draft: Draft, against: Sequence[tuple[float, bool]]) -> Spot:
    """Returns a spot that shuns what clashes with other voices: (pitch, whether it is struck)."""
    extra = list(spot.extra)
    for pitch in np.arange(np.floor(spot.low), spot.high + 1):
        cost = 0.0
        for other, struck in against:
            between = abs(pitch - other)
            if round(between) % 12 not in _CONSONANT:
                cost += _CLASH if struck else _PASSING
            elif between < 0.5 and draft.strong:
                cost += _UNISON
        if cost:
            extra.append((float(pitch), cost))
    return replace(spot, extra=tuple(extra))


def _fixed(spot: Spot, pitch: float) -> Spot:
    """Returns a spot where one pitch stands already."""
    return replace(
        spot, scale=(pitch % 12,), chord=frozenset({pitch % 12}), low=pitch, high=pitch,
        target=pitch, only=frozenset(), extra=(),
    )  # fmt: skip


def _in_reach(notes: Sequence[Note], stave: Stave, first: Stave) -> list[Note]:
    """Returns the notes moved by octaves to where an instrument sings, all alike if it can."""
    if not notes:
        return []
    low, high = min(n.pitch for n in notes), max(n.pitch for n in notes)
    usual = 12 * round((stave.compass.tune - first.compass.tune) / 12)
    able = [
        shift
        for shift in (usual, usual - 12, usual + 12)
        if stave.compass.low <= low + shift and high + shift <= stave.compass.high
    ]
    shift = next(iter(able), usual)
    return [replace(n, pitch=stave.compass.fitted(n.pitch + shift)) for n in notes]
