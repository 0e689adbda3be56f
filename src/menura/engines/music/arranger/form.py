"""Form: which sections a piece has, how long each one is, and how strong."""

from __future__ import annotations

import functools
import itertools
import tomllib
from dataclasses import dataclass, replace
from importlib import resources
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from menura.engines.music.arranger.genres import Form
    from menura.engines.music.arranger.timing import Segment

MAX_SECTION_BARS = 64
MAX_SECTIONS = 200
_STRONG = frozenset({"drop", "climax", "chorus", "refrain", "hook"})
_OWN = frozenset({"build", "breakdown", "drop", "climax", "intro", "outro"})
_STEPS = frozenset({"build", "breakdown", "drop"})
_OWN_WEIGHT, _CURVE_WEIGHT = 0.2, 0.75
"""How far a curve bends sections that are what their energy makes them, and the others."""
_PHRASE_BARS, _CHORUS_BARS = 4, 12
_OPENING = frozenset({"intro", "alap"})
_CLOSING = frozenset({"outro", "coda", "ending"})
_GROWTH = 0.08
"""How much less energy the first round of a long piece has than the last."""
_ROLL_ON = 1.6
"""A piece this much longer than its template goes round the middle again instead of stretching."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A section before its chords and parts.

    Attributes:
        name: of the section.
        bars: how long; in a template, against the others.
        energy: 0 to 1.
        energy_end: that it comes to at its end; 0 = it stays.
        presence: the energy that decides who plays: moods that calm the playing send nobody home.
        tempo: factor on the tempo of the piece.
        tempo_end: factor that it comes to at its end; 0 = it stays.
        cut_beats: quarter notes that its last bar lacks.
        approach_cut_beats: quarter notes that the bar before that one lacks.
    """

    name: str
    bars: int
    energy: float
    energy_end: float = 0.0
    presence: float = 0.5
    tempo: float = 1.0
    tempo_end: float = 0.0
    cut_beats: float = 0.0
    approach_cut_beats: float = 0.0


def choose_form(
    forms: Sequence[Form], asked: Sequence[str], bars: int, rng: np.random.Generator
) -> list[Stretch]:
    """Returns the template that has most of the sections asked for; those it lacks are put in."""
    best = max(_having(form, asked) for form in forms)
    able = [form for form in forms if _having(form, asked) == best]
    fitting = [form for form in able if sum(s[1] for s in form.sections) <= 2 * bars] or able
    lengths = np.array([sum(s[1] for s in form.sections) for form in fitting])
    weights = np.array([form.weight for form in fitting])
    weights = weights * np.exp(-2 * np.abs(np.log(lengths / bars)))
    form = fitting[int(rng.choice(len(fitting), p=weights / weights.sum()))]
    stretches = [Stretch(name=n, bars=b, energy=e) for n, b, e in form.sections]
    for name in dict.fromkeys(asked):
        if name not in {stretch.name for stretch in stretches}:
            stretches = _inserted(stretches, name)
    return stretches


def named_form(names: Sequence[str]) -> list[Stretch]:
    """Returns the form that a caller spelt out, as a template."""
    return [_usual(name) for name in names[:MAX_SECTIONS]]


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


def divided(stretches: Sequence[Stretch]) -> list[Stretch]:
    """Returns the form without any section of more than MAX_SECTION_BARS bars."""
    found = []
    for stretch in stretches:
        pieces = -(-stretch.bars // MAX_SECTION_BARS)
        size = -(-stretch.bars // pieces)
        for at in range(pieces):
            piece = replace(stretch, bars=min(size, stretch.bars - at * size))
            last = at == pieces - 1
            found.append(piece if last else replace(piece, cut_beats=0.0, approach_cut_beats=0.0))
    return found


def shape(
    stretches: Sequence[Stretch],
    curve: Sequence[tuple[float, float]],
    level: float,
) -> list[Stretch]:
    """Returns the form with its energies bent to a curve, and raised or lowered to a level.

    Args:
        stretches: the form.
        curve: (position 0 to 1, energy 0 to 1), rising positions; empty = the form's own.
        level: 0 to 1; 0.5 leaves the form as it is.
    """
    total = sum(stretch.bars for stretch in stretches)
    starts = [0, *itertools.accumulate(stretch.bars for stretch in stretches)]
    found = []
    for stretch, start in zip(stretches, starts, strict=False):
        energy = stretch.energy
        if curve:
            middle = (start + stretch.bars / 2) / total
            wished = float(np.interp(middle, [p for p, _ in curve], [e for _, e in curve]))
            weight = _OWN_WEIGHT if stretch.name in _OWN else _CURVE_WEIGHT
            energy += weight * (wished - energy)
        presence = min(max(energy, 0.0), 1.0)
        if not curve:
            energy += 0.5 * (level - 0.5)
        energy = round(min(max(energy, 0.05), 1.0), 3)
        found.append(replace(stretch, energy=energy, presence=presence))
    return found


def climbed(stretches: Sequence[Stretch], curve: Sequence[tuple[float, float]]) -> list[Stretch]:
    """Returns the form with energies that follow a curve from bar to bar, without steps.

    A breakdown, a build and a drop keep the energy that makes them what they are.

    Args:
        stretches: the form.
        curve: (position 0 to 1, energy 0 to 1), rising positions, at least one.
    """
    places, energies = [p for p, _ in curve], [e for _, e in curve]
    ends = [0, *itertools.accumulate(stretch.bars for stretch in stretches)]
    at = np.round(np.interp(np.array(ends) / ends[-1], places, energies), 3).tolist()
    return [
        stretch if stretch.name in _STEPS else replace(stretch, energy=start, energy_end=end)
        for stretch, (start, end) in zip(stretches, itertools.pairwise(at), strict=True)
    ]


def on_cues(stretches: Sequence[Stretch], segments: Sequence[Segment]) -> list[Stretch]:
    """Returns the form divided where cues fall: a section begins at each of them.

    What begins with a `drop` is the form's strongest section and what leads to it, or follows a
    `rise`, a build; after a `hit` the section goes on.
    """
    peak = max(stretches, key=lambda s: (s.energy, s.name in _STRONG))
    queue, found = list(stretches), []
    for at, segment in enumerate(segments):
        pieces, left = [], segment.bars
        while left:
            head = queue.pop(0)
            if head.bars > left:
                queue.insert(0, replace(head, bars=head.bars - left))
            pieces.append(replace(head, bars=min(head.bars, left), tempo=segment.tempo))
            left -= pieces[-1].bars
        if segment.cue == "drop":
            pieces[0] = replace(pieces[0], name=peak.name, energy=max(peak.energy, 0.9))
        elif segment.cue == "rise":
            pieces[0] = replace(pieces[0], name="build", energy=min(pieces[0].energy, 0.6))
        if at + 1 < len(segments) and segments[at + 1].cue == "drop":
            pieces[-1] = replace(pieces[-1], name="build", energy=min(pieces[-1].energy, 0.6))
        pieces[-1] = replace(pieces[-1], cut_beats=segment.cut_beats)
        found += pieces
    return found


def is_known(name: str) -> bool:
    """Returns whether a section has a place and a harmony of its own by its name."""
    return name.lower() in _sections()


def called(names: Sequence[str]) -> list[str]:
    """Returns the sections of a form by names that say what they are, in the place of letters."""
    themes = [name for name in names if "called" in _sections().get(name, {})]
    back = len(themes) > 2 and themes[0] == themes[-1] == "a"
    found = []
    for name in names:
        facts = _sections().get(name, {})
        title = facts.get("called", name)
        found.append(str(facts.get("back", title) if back else title))
    return found


@functools.cache
def _sections() -> dict[str, Any]:
    text = (resources.files(__package__) / "sections.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def _having(form: Form, asked: Sequence[str]) -> tuple[int, bool]:
    """Returns how many of the sections asked for it has, and whether they come in that order."""
    names = [name for name, _, _ in form.sections]
    return sum(name in names for name in asked), _in_order(names, asked)


def _in_order(names: Sequence[str], asked: Sequence[str]) -> bool:
    rest = iter(names)
    return all(name in rest for name in asked)


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
        worth = {at: _sections()[kept[at].name.lower()]["spare"] for at in spare}
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
    return bool(_sections().get(section.name.lower(), {}).get("passing", False))


def _usual(name: str) -> Stretch:
    facts = _sections().get(name.lower(), _sections()["verse"])
    return Stretch(name=name, bars=facts["bars"], energy=facts["energy"])


def _inserted(sections: list[Stretch], name: str) -> list[Stretch]:
    facts = _sections().get(name.lower(), _sections()["verse"])
    names = [section.name for section in sections]
    at = round(facts["place"] * len(sections))
    if facts.get("before") in names:
        at = names.index(facts["before"])
    return [*sections[:at], _usual(name), *sections[at:]]


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
        value = _sections().get(name.lower(), {"spare": 7})["spare"]
        return (value + (100 if once and name in asked else 0) + (0 if once else -4), -at)

    order = sorted(range(len(sections)), key=worth)
    keeping = (at for at in order if _in_order(names[:at] + names[at + 1 :], asked))
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
