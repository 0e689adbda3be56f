"""Solos: a bass that has the tune for a section, in which no other tune is heard."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from menura.engines.music.arranger.naming import unused
from menura.text.brief.solos import SOLO

if TYPE_CHECKING:
    from collections.abc import Sequence

    from menura.engines.music.arranger.casting import Cast
    from menura.engines.music.arranger.form import Stretch
    from menura.engines.music.arranger.genres import Slot
    from menura.text.brief import MusicBrief

_GROUND = "bass"
_TUNES = frozenset({"melody", "counter", _GROUND})
_FORWARD_DB = 3.0
"""By how much a soloist is louder than when he plays for others."""


def soloed(
    band: Cast,
    brief: MusicBrief,
    form: Sequence[Stretch],
    names: Sequence[tuple[str, ...]],
) -> tuple[Cast, list[tuple[str, ...]], list[str]]:
    """Returns the band, who plays in each section, and notes, with the solos of basses.

    A soloist is a part of his own for the sections called so, or for the first of them if it is
    told when the solo is over. Whoever else has a tune, and the bass, is silent there.

    Args:
        band: who plays.
        brief: says who has a solo.
        form: the sections.
        names: who plays in each.
    """
    wished = [wish for wish in brief.instruments if SOLO in wish.actions and wish.role == _GROUND]
    places = [at for at, stretch in enumerate(form) if stretch.name == SOLO]
    if any(entry.section == SOLO and entry.leaves for entry in brief.entries):
        places = places[:1]
    playing, notes = list(names), list[str]()
    for wish in wished:
        slot = next((s for s in band.slots if s.instruments[0] in wish.choices), None)
        if slot is None or not places:
            notes.append(f"{wish.phrase!r:.60}: no section of this piece is a solo: it plays on")
            continue
        solo = _solo_of(slot, band)
        silent = {s.name for s in band.slots if s.role in _TUNES}
        band = replace(band, slots=(*band.slots, solo), wished=band.wished | {solo.name})
        for at in places:
            kept = (name for name in playing[at] if name not in silent)
            playing[at] = (*kept, solo.name)
    return band, playing, notes


def _solo_of(slot: Slot, band: Cast) -> Slot:
    """Returns the solo of who has a part, in the manner of who has the tune."""
    leads = (other.styles for other in band.slots if other.role == "melody")
    return replace(
        slot,
        name=unused(f"{slot.name} {SOLO}", band.slots),
        role="melody",
        styles=next(leads, ("",)),
        gain_db=slot.gain_db + _FORWARD_DB,
    )
