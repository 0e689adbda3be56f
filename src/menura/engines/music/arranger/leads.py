"""Leads: who has the tune where two have it, one behind the other or in turn."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from menura.engines.music.arranger.writing.styles import duet_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from menura.engines.music.arranger.casting import Cast
    from menura.engines.music.arranger.form import Stretch
    from menura.engines.music.arranger.genres import Slot

_ASIDE = 0.3
"""How far two with one tune stand to either side, so that they are told apart."""

_ROUNDS = 4
"""How often a section of a canon goes round, at least."""


def paired(band: Cast) -> Cast:
    """Returns the band with at least two for a tune that is a canon, or call and response.

    Who was asked for comes first, then who has a second voice; if there is nobody, the leader's
    instrument comes twice. Second voices that nobody asked for are silent: they would blur both.
    """
    leads = [slot for slot in band.slots if slot.role == "melody"]
    style = next((s.styles[0] for s in leads if s.styles and duet_of(s.styles[0])), "")
    if not style:
        return band
    first = leads[0]
    if len(leads) == 1:
        second = _second(band, first)
        leads.append(replace(second, role="melody", gain_db=first.gain_db))
    sides = {slot.name: _ASIDE * (2 * (at % 2) - 1) for at, slot in enumerate(leads)}
    seated = {slot.name: _leading(slot, style, sides[slot.name]) for slot in leads}
    kept = [
        seated.get(slot.name, slot)
        for slot in band.slots
        if slot.name in seated or slot.role != "counter" or slot.name in band.wished
    ]
    names = {slot.name for slot in kept}
    return replace(band, slots=(*kept, *(s for n, s in seated.items() if n not in names)))


def ground_bars(band: Cast) -> int:
    """Returns after how many bars the harmony of a canon must come again; 0 = there is none."""
    for slot in band.slots:
        duet = duet_of(slot.styles[0]) if slot.role == "melody" and slot.styles else None
        if duet is not None:
            return duet.lag_bars
    return 0


def joined(stretches: Sequence[Stretch], ground: int) -> list[Stretch]:
    """Returns the form of a canon: sections so long that the voices are mostly together in them."""
    least = _ROUNDS * ground
    found: list[Stretch] = []
    for stretch in stretches:
        if found and found[-1].bars < least:
            found[-1] = _both(found[-1], stretch)
        else:
            found.append(stretch)
    if len(found) > 1 and found[-1].bars < least:
        found[-2:] = [_both(*found[-2:])]
    return found


def _both(one: Stretch, two: Stretch) -> Stretch:
    energy = max(one.energy, two.energy)
    return replace(
        one,
        bars=one.bars + two.bars,
        energy=energy,
        cut_beats=two.cut_beats,
        approach_cut_beats=two.approach_cut_beats if two.bars > 1 else one.cut_beats,
    )


def _second(band: Cast, first: Slot) -> Slot:
    counters = [slot for slot in band.slots if slot.role == "counter"]
    asked = [slot for slot in counters if slot.name in band.wished]
    if asked or counters:
        return (asked or counters)[0]
    taken = {slot.name for slot in band.slots}
    name = next(n for i in range(2, 1000) if (n := f"{first.name} {i}") not in taken)
    return replace(first, name=name)


def _leading(slot: Slot, style: str, pan: float) -> Slot:
    return replace(slot, styles=(style,), pan=pan, above=0.0, below=1.0, inside=(), outside=())
