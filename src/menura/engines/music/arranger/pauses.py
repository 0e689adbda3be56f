"""Pauses: bars in which nobody plays, and only what rang before them is heard."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from menura.engines.music.arranger.solos import soloed
from menura.engines.music.arranger.timing import bar_seconds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from menura.engines.music.arranger.casting import Cast
    from menura.engines.music.arranger.form import Stretch
    from menura.engines.music.arranger.timing import Fit
    from menura.text.brief import MusicBrief

_NAME = "break"
_NEAR_S = 0.05


def silenced(
    band: Cast,
    brief: MusicBrief,
    called: tuple[list[Stretch], list[tuple[str, ...]]],
    timed: tuple[Fit, tuple[int, int]],
    *,
    free: bool,
) -> tuple[Cast, list[Stretch], list[tuple[str, ...]], list[str]]:
    """Returns the band, the form, who plays in each section, and notes, with solos and pauses.

    Args:
        band: who plays.
        brief: says who has a solo, and when all are silent.
        called: the sections, and who plays in each.
        timed: bars, and where those are for times; beats in a bar and the note that is one beat.
        free: whether sections may be added.
    """
    form, names = called
    band, names, unplayed = soloed(band, brief, form, names)
    form, names, unpaused = paused(form, names, brief, *timed, free=free)
    return band, form, names, [*unplayed, *unpaused]


def paused(
    form: Sequence[Stretch],
    names: Sequence[tuple[str, ...]],
    brief: MusicBrief,
    fitted: Fit,
    meter: tuple[int, int],
    *,
    free: bool,
) -> tuple[list[Stretch], list[tuple[str, ...]], list[str]]:
    """Returns the form, who plays in each section, and notes, with sections in which nobody plays.

    Args:
        form: the sections.
        names: who plays in each.
        brief: says when all are silent.
        fitted: bars, and where those are for times.
        meter: beats in a bar and the note that is one beat.
        free: whether sections may be added.
    """
    stretches, playing, notes = list(form), list(names), list[str]()
    bar_s, total = bar_seconds(meter, fitted.bpm), sum(stretch.bars for stretch in form)
    for pause in brief.pauses:
        counted = {"s": pause.when / bar_s, "bars": pause.when, "share": pause.when * total}
        made = {mark.when_s: mark for mark in fitted.marks} if pause.unit == "s" else {}
        bar = made[pause.when].bar if pause.when in made else round(counted[pause.unit])
        bars = max(round(pause.lasts / bar_s if pause.of == "s" else pause.lasts), 1)
        if not free or bar < 1 or bar + bars >= total:
            why = "nothing may be added to its form" if not free else "no bar of it is so"
            notes.append(f"{pause.phrase!r:.60}: {why}: nobody stops")
            continue
        for edge in (bar, bar + bars):
            mark = made.get(pause.when) if edge == bar else None
            stretches, playing = _cut(stretches, playing, edge, mark.cut_beats if mark else 0.0)
        starts = _starts(stretches)
        for at, start in enumerate(starts):
            if bar <= start < bar + bars:
                stretches[at] = replace(stretches[at], name=_NAME)
                playing[at] = ()
        notes += _unmet(pause.phrase, pause.lasts if pause.of == "s" else None, bars, bar_s)
    return stretches, playing, notes


def _unmet(phrase: str, lasts_s: float | None, bars: int, bar_s: float) -> list[str]:
    """Returns a line for a length that is no whole bars."""
    if lasts_s is None or abs(bars * bar_s - lasts_s) <= _NEAR_S:
        return []
    return [f"{phrase!r:.60}: a pause has whole bars: {bars} of {bar_s:.2f} s"]


def _cut(
    form: list[Stretch], names: list[tuple[str, ...]], bar: int, cut_beats: float
) -> tuple[list[Stretch], list[tuple[str, ...]]]:
    """Returns the form divided at a bar, before which one is cut short."""
    starts = _starts(form)
    if bar in starts:
        at = starts.index(bar)
        if cut_beats and at:
            form = [*form[: at - 1], replace(form[at - 1], cut_beats=cut_beats), *form[at:]]
        return form, names
    at = max(i for i, start in enumerate(starts) if start < bar)
    whole, count = form[at], bar - starts[at]
    there = 0.0
    if whole.energy_end:
        there = round(whole.energy + (whole.energy_end - whole.energy) * count / whole.bars, 3)
    one = replace(whole, bars=count, energy_end=there, cut_beats=cut_beats, approach_cut_beats=0.0)
    two = replace(whole, bars=whole.bars - count, energy=there or whole.energy)
    if two.bars == 1 and two.approach_cut_beats:
        one = replace(one, cut_beats=max(cut_beats, two.approach_cut_beats))
        two = replace(two, approach_cut_beats=0.0)
    return [*form[:at], one, two, *form[at + 1 :]], [*names[: at + 1], *names[at:]]


def _starts(form: Sequence[Stretch]) -> list[int]:
    """Returns the bar at which each section begins."""
    starts = [0]
    for stretch in form[:-1]:
        starts.append(starts[-1] + stretch.bars)
    return starts
