"""Solos: who has a section of his own, and no part of the whole piece by that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from menura.text.brief.players import find_role

if TYPE_CHECKING:
    from collections.abc import Sequence

    from menura.text.brief.evidence import Evidence
    from menura.text.brief.players import Draft

SOLO = "solo"
_GROUND = "bass"


def mark_solos(evidence: Evidence, drafts: Sequence[Draft], *, only: bool) -> None:
    """Gives the bass back to whoever plays it and has a solo: others may have the tune besides.

    Args:
        evidence: of the prompt.
        drafts: who was named.
        only: whether nobody else plays; then the solo is the piece, but for a named band.
    """
    band = any(draft.kind == "group" for draft in drafts)
    soloists = [draft for draft in drafts if draft.plays_solo]
    for draft in soloists if band or not only else ():
        if find_role(draft.kind, draft.name) != _GROUND:
            continue
        draft.role = _GROUND
        if len(soloists) == 1:
            draft.actions[SOLO] = None
        else:
            evidence.note(f"{draft.phrase!r:.60}: the solo is another's: the bass plays on")
