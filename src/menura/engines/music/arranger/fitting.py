"""Fitting a form into a number of bars: what is left out, goes round, or grows."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from menura.engines.music.arranger.form import MAX_SECTIONS, in_order, known_sections

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from menura.engines.music.arranger.form import Stretch

_PHRASE_BARS, _CHORUS_BARS = 4, 12
_OPENING = frozenset({"intro", "alap"})
_CLOSING = frozenset({"outro", "coda", "ending"})
_GROWTH = 0.08
"""How much less energy the first round of a long piece has than the last."""
_ROLL_ON = 1.6
"""A piece this much longer than its template goes round the middle again instead of stretching."""


def fit(
    template: Sequence[Stretch], bars: int, asked: Sequence[str] = (), *, fixed: bool = False
) -> list[Stretch]:
    """Returns the template with `bars` bars in all.

    Sections get whole phrases of four bars where there is room, else of two, else single bars;
    what is over goes to the last section, for the final chord. A piece too short for the template
    goes without what is spared most easily; one much too long goes round the middle again.

    Args:
        template: sections with bars against each other.
        bars: at least 1.
        asked: names that must not be left out.
        fixed: whether the caller spelt the form out: nothing is left out or repeated.
    """
    sections = list(template)
    if not fixed:
        sections = _rolled(sections, bars)
        choruses = all(section.bars == _CHORUS_BARS for section in sections)
        room = _CHORUS_BARS if choruses else _PHRASE_BARS
        # What breaks down must have been there before.
        fewest = max(1 if choruses else 2, len(set(asked)) + (list(asked[:1]) == ["breakdown"]))
        # Two phrases and three bars still make three sections: the last bar is a chord that rings.
        while len(sections) > fewest and bars < room * len(sections) - (len(sections) == 3):
            sections = _spared(sections, asked)
        sections = _cored(sections, bars, room, asked)
    if bars < len(sections):  # no room for a bar each: the strongest ones stay, in order
        ranked = sorted(range(len(sections)), key=lambda i: -sections[i].energy)[:bars]
        sections = [sections[i] for i in sorted(ranked)]
    unit = next(u for u in (12, 4, 2, 1) if u != 12 or all(s.bars == 12 for s in sections))
    if bars // unit < len(sections):
        unit = next(u for u in (4, 2, 1) if bars // u >= len(sections))
    weights = np.array([max(section.bars, 1) for section in sections], dtype=float)
    counts = _shares(weights, bars // unit) * unit
    if unit == 4:
        _pair_phrases(counts, sections)
    if not fixed:
        _give_core(counts, sections, unit, bars)
    counts[-1] += bars - counts.sum()
    return [
        replace(section, bars=int(count)) for section, count in zip(sections, counts, strict=True)
    ]


def _pair_phrases(counts: NDArray[np.int64], sections: Sequence[Stretch]) -> None:
    """Moves a phrase from one section to another where that makes whole periods of both."""
    odd = [
        at
        for at, section in enumerate(sections)
        if section.bars % 8 == 0 and counts[at] % 8 == 4 and counts[at] > 4
    ]
    for giver, taker in zip(odd[1::2], odd[::2], strict=False):
        counts[giver] -= 4
        counts[taker] += 4


def _cored(sections: list[Stretch], bars: int, room: int, asked: Sequence[str]) -> list[Stretch]:
    """Returns the sections without those that lead on, where they would be half of the piece.

    What leads on and is no close is no end either, unless it was asked for.
    """
    kept = list(sections)
    while len(kept) > 1:
        end = kept[-1]
        if _passes(end) and end.name not in {*_CLOSING, *asked}:
            kept.pop()
            continue
        leading = [at for at, s in enumerate(kept) if _passes(s)]
        spare = [at for at in leading if kept[at].name not in asked]
        least = room * len(leading) + (bars % room if _passes(end) else 0)
        if not spare or len(leading) == len(kept) or 2 * least < bars:
            break
        worth = {at: known_sections()[kept[at].name.lower()]["spare"] for at in spare}
        kept.pop(min(spare, key=lambda at: (worth[at], -at)))
    return kept


def _give_core(
    counts: NDArray[np.int64], sections: Sequence[Stretch], unit: int, bars: int
) -> None:
    """Moves bars from sections that lead on to the others, until these are more than half."""
    core = [at for at, section in enumerate(sections) if not _passes(section)]
    leading = [at for at in range(len(sections)) if at not in core]
    over = int(bars - counts.sum()) if leading and leading[-1] == len(sections) - 1 else 0
    while core and leading and 2 * (counts[leading].sum() + over) >= bars:
        giver = max(leading, key=lambda at: counts[at])
        if counts[giver] <= unit:
            break
        counts[giver] -= unit
        counts[min(core, key=lambda at: counts[at] / max(sections[at].bars, 1))] += unit


def _passes(section: Stretch) -> bool:
    return bool(known_sections().get(section.name.lower(), {}).get("passing", False))


def _rolled(sections: list[Stretch], bars: int) -> list[Stretch]:
    """Returns the sections gone round as often as a long piece needs, each time a little stronger.

    What opens and what closes a piece comes once; all that lies between goes round, so that no
    verse waits for its chorus and no build for its drop.
    """
    whole = sum(section.bars for section in sections)
    first = int(sections[0].name in _OPENING and len(sections) > 2)
    last = len(sections) - int(sections[-1].name in _CLOSING and len(sections) > 2)
    body = sections[first:last]
    length = max(sum(section.bars for section in body), 1)
    rounds = round((bars - whole * 0.8) / length) if bars > _ROLL_ON * whole else 0
    rounds = min(rounds, max((MAX_SECTIONS - len(sections)) // len(body), 0))
    if rounds < 1:
        return sections
    gone_round = [
        replace(section, energy=section.energy - _GROWTH * (1 - at / rounds))
        for at in range(rounds + 1)
        for section in body
    ]
    return [*sections[:first], *gone_round, *sections[last:]]


def _spared(sections: list[Stretch], asked: Sequence[str]) -> list[Stretch]:
    """Returns the sections without the one that is missed least: repeats first."""
    names = [section.name for section in sections]

    def worth(at: int) -> tuple[int, float]:
        name = names[at]
        once = names.count(name) == 1
        value = known_sections().get(name.lower(), {"spare": 7})["spare"]
        return (value + (100 if once and name in asked else 0) + (0 if once else -4), -at)

    order = sorted(range(len(sections)), key=worth)
    keeping = (at for at in order if in_order(names[:at] + names[at + 1 :], asked))
    out = next(keeping, order[0])
    return sections[:out] + sections[out + 1 :]


def _shares(weights: NDArray[np.float64], total: int) -> NDArray[np.int64]:
    """Returns whole shares of `total` in proportion to the weights, each at least 1."""
    free = total - len(weights)
    exact = np.maximum(weights / weights.sum() * total - 1, 0)
    exact *= free / exact.sum() if exact.sum() else 0
    shares = np.floor(exact).astype(int)
    order = np.argsort(-(exact - shares), kind="stable")
    shares[order[: free - int(shares.sum())]] += 1
    return np.asarray(shares + 1, dtype=np.int64)
