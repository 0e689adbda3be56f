"""Ties: what hangs on a moment that is named for what was told just before it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from menura.text.scene.drafts import EVENT_LIKE
from menura.text.scene.vocabulary import vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from menura.text.scene.clauses import Clause
    from menura.text.scene.drafts import Draft

_FREE = frozenset({"every_s", "many", "closing", "movement"})
_PLACED = ("movement", "start_s", "pause_s", "closing")
_JOINTS = frozenset({"comma", "stop", "and", "also"})


def tie(clauses: Sequence[Clause], drafts: Sequence[Draft], *, is_backed: bool) -> None:
    """Ties what happens once to the moment of what was told before it.

    Of "a door slams at 4 s and a dog barks" the dog barks with it, of "a door slam at 4 s, a bell"
    the bell is next. What goes on, and what is wild where something goes on, does as it likes.

    Args:
        clauses: in order.
        drafts: in order; those that are tied are told so.
        is_backed: whether something sounds on around them.
    """
    _begin_beds(clauses, drafts)
    last: Draft | None = None
    for draft in drafts:
        if draft.is_bed or draft.extra_of is not None:
            continue
        if "start_s" in draft.fields:
            last = draft
        elif last is not None and draft.order == last.order and _hangs(draft, is_backed=is_backed):
            clause = clauses[draft.clause]
            if clause.joint not in _JOINTS:
                continue
            draft.fields["tied"] = True
            if clause.joint == "and" and not clause.is_parted:
                draft.fields["together"] = True
            last = draft


def _begin_beds(clauses: Sequence[Clause], drafts: Sequence[Draft]) -> None:
    """Lets what goes on sound from the beginning, where moments are named and nothing is "then"."""
    if not any("start_s" in draft.fields for draft in drafts):
        return
    ordered = (clause.number for clause in clauses if clause.joint not in _JOINTS)
    first = next(ordered, len(clauses))
    for draft in drafts:
        is_free = not any(draft.fields.get(name) for name in _PLACED)
        if draft.clause < first and is_free and draft.is_bed and _is_around(draft):
            draft.order = 0


def settle_moments(drafts: Sequence[Draft]) -> Iterator[str]:
    """Settles that a sound with several moments is one at each; yields what has only one."""
    for draft in drafts:
        if "stop_s" in draft.fields and (draft.source == "speech" or "count" in draft.fields):
            stop_s = draft.fields.pop("stop_s")
            yield f"{draft.source} is over by itself, and not at {stop_s:g} s"
        moments_s = draft.fields.get("moments_s", ())
        if not moments_s or draft.fields["start_s"] != moments_s[0]:
            draft.fields.pop("moments_s", None)
        elif draft.source in EVENT_LIKE:
            del draft.fields["moments_s"]
            yield f"{draft.source} begins once, at {moments_s[0]:g} s"
        else:
            draft.fields.pop("many", None)


def _is_around(draft: Draft) -> bool:
    return draft.source not in EVENT_LIKE and not vocabulary().sources[draft.source].is_doing


def _hangs(draft: Draft, *, is_backed: bool) -> bool:
    if not draft.fields.keys().isdisjoint(_FREE):
        return False
    is_counted = draft.source in EVENT_LIKE or "count" in draft.fields
    return is_counted or not (is_backed and vocabulary().sources[draft.source].is_wild)
