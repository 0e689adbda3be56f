"""Solitudes: who plays alone in a section, at the beginning or at the end, as a brief asks."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from menura.engines.music.arranger.entrances import is_meant
from menura.engines.music.arranger.players import players
from menura.text.brief import Entry
from menura.text.brief.vocabulary import vocabulary

if TYPE_CHECKING:
    from collections.abc import Sequence

    from menura.engines.music.arranger.casting import Cast
    from menura.engines.music.arranger.entrances import Entrance
    from menura.engines.music.arranger.form import Stretch
    from menura.text.brief import MusicBrief, Solitude


def leave_alone(
    names: Sequence[tuple[str, ...]],
    stretches: Sequence[Stretch],
    entrances: Sequence[Entrance],
    band: Cast,
    brief: MusicBrief,
) -> tuple[list[tuple[str, ...]], list[str]]:
    """Returns who plays in each section once nobody joins those who are alone in it, and notes.

    Who begins alone is alone in the first section, or until the last of those comes in who do so
    at a time: each of them joins when he does.
    """
    playing, notes = list(names), []
    for solitude in brief.solitudes:
        said = f"{' '.join(solitude.phrase.split())!r:.60}"
        meant = _meant(solitude, band, brief)
        places = _places(solitude, stretches, entrances)
        if not meant:
            notes.append(f"{said}: {', '.join(solitude.who):.60} has no part of its own")
        elif not places:
            notes.append(f"{said}: the piece has no section for that")
        else:
            joining = [e for e in entrances if not e.leaves] if solitude.place == "start" else []
            timed = frozenset[str]().union(*(entrance.parts for entrance in joining))
            for at in places:
                kept = {*meant, *(timed & set(playing[at]))}
                playing[at] = tuple(slot.name for slot in band.slots if slot.name in kept)
    return playing, notes


def _meant(solitude: Solitude, band: Cast, brief: MusicBrief) -> set[str]:
    """Returns the parts of those who are alone; "strings" are all of the family not named apart."""
    families = vocabulary().players["family"]
    found: set[str] = set()
    for who in solitude.who:
        entry = Entry(who=who, when=0.0)
        apart = {n for wish in brief.instruments if wish.name != who for n in wish.choices}
        for slot in band.slots:
            name = slot.instruments[0]
            kin = players()[name].family == families.get(who) and name not in apart
            if kin or is_meant(slot, entry, brief):
                found.add(slot.name)
    return found


def _places(
    solitude: Solitude, stretches: Sequence[Stretch], entrances: Sequence[Entrance]
) -> list[int]:
    """Returns the places of the sections in which somebody is alone."""
    named = [at for at, stretch in enumerate(stretches) if stretch.name == solitude.section]
    if solitude.place == "after":
        behind = next((at for at in named if at + 1 not in named), len(stretches))
        return list(range(behind + 1, len(stretches)))
    if solitude.section:
        return named
    if solitude.place == "end":
        return [len(stretches) - 1] if len(stretches) > 1 else []
    starts = [0, *itertools.accumulate(stretch.bars for stretch in stretches)]
    until = max((entrance.bar for entrance in entrances if not entrance.leaves), default=1)
    return [at for at, _ in enumerate(stretches) if starts[at] < until]
