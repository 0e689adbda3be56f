"""The order of a scene: what comes after what, and the pauses between."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from menura.text.scene.answering import HANDSET
from menura.text.scene.contexts import NAMED_KEY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from menura.text.brief.tokens import Token
    from menura.text.scene.clauses import Clause
    from menura.text.scene.drafts import Draft
    from menura.text.scene.mentions import Mention

PAUSE_S = 1.5
_LONG_S, _SHORT_S = 3.0, 0.7
_BEFORE_END_S = 5.0
_PLAIN = frozenset({"comma", "and", "stop"})
_BEGINNING = frozenset({"go", "goes", "going", "set", "sets", "off"})
"""Before "off" these tell of what begins: "an alarm goes off"."""
_NEAR = 3
_LATER = frozenset({"later", "afterwards"})


@dataclass(slots=True)
class Timeline:
    """Where a scene has come to.

    Attributes:
        order: of what is being told.
        drafts: all so far.
        is_next: whether what comes next comes after all that was told.
        pause_s: silence before it, seconds.
        lag_s: how long after, or before, what it waits for, seconds.
        opening: "after" or "before" that a sentence began with, until what it waits for is told.
        was_deed: whether what was told last was a deed.
    """

    order: int = 0
    drafts: list[Draft] = field(default_factory=list)
    is_next: bool = False
    pause_s: float = 0.0
    lag_s: float = 0.0
    opening: str = ""
    was_deed: bool = False

    def place(
        self,
        clause: Clause,
        drafts: Sequence[Draft],
        *,
        runs: bool,
        is_same_doer: bool,
        is_deed: bool,
    ) -> None:
        """Gives the drafts of a clause their place.

        Args:
            clause: it.
            drafts: its drafts, in order.
            runs: whether a later clause of its sentence begins with "then".
            is_same_doer: whether it says what the doer of the clause before did too.
            is_deed: whether it tells what is done once.
        """
        if clause.joint == "then" and self.drafts:
            self.is_next = True
        if clause.joint in {"before", "after"} and clause.is_leading:
            self.opening, self.lag_s = clause.joint, clause.lag_s
        elif clause.joint == "stop":
            self.opening = ""
        if not drafts:
            return
        is_next_deed = is_deed and self.was_deed and clause.joint in _PLAIN
        self.was_deed = is_deed
        if is_next_deed or self._follows(clause, drafts, runs=runs, is_same_doer=is_same_doer):
            self.order = self._last() + 1
        if self.is_next and clause.joint != "after":
            self.is_next = False
        if clause.joint == "after" and not clause.is_leading and self.drafts:
            self._slip_in(drafts, clause.lag_s)
        elif self.opening and clause.joint == "comma" and self.drafts:
            self._answer(drafts)
        else:
            if clause.joint == "before" and clause.lag_s and not clause.is_leading:
                self.pause_s = clause.lag_s
            self._set(drafts)
        self.drafts += drafts

    def pause(self, mention: Mention, tokens: Sequence[Token], length_s: float | None) -> None:
        """Records a silence; None = as long as its words say."""
        words = {token.word for token in tokens[mention.start : mention.end]}
        guess = _LONG_S if "long" in words else _SHORT_S if words & {"short", "brief"} else PAUSE_S
        self.pause_s = guess if length_s is None else length_s
        if self.drafts:
            self.is_next = True

    def _follows(
        self, clause: Clause, drafts: Sequence[Draft], *, runs: bool, is_same_doer: bool
    ) -> bool:
        if not self.drafts:
            return False
        if self.is_next or (clause.joint == "before" and not clause.is_leading):
            return True
        if any(draft.thing in {HANDSET, NAMED_KEY} for draft in drafts):
            return True  # a telephone is picked up when it has rung
        last = self.drafts[-1]
        is_event = not any(draft.is_bed for draft in drafts)
        if runs and clause.is_parted and is_event:
            return any(not d.is_bed and d.order == self.order for d in self.drafts)
        told = (drafts[0].source, drafts[0].variant)
        is_other = told != (last.source, last.variant)
        is_turn = drafts[0].goes and last.goes and drafts[0].source == last.source
        is_and = clause.joint == "and" and not clause.is_parted
        # "Starts, idles": one engine is not heard doing both at once.
        is_listed = is_and or (is_turn and clause.joint in {"comma", "and", "also"})
        is_deed = (is_event and not last.is_bed) or is_turn
        return is_listed and is_same_doer and is_deed and is_other

    def _set(self, drafts: Sequence[Draft]) -> None:
        for draft in drafts:
            draft.order = self.order
        drafts[0].fields.setdefault("pause_s", self.pause_s)
        self.pause_s = 0.0

    def _slip_in(self, drafts: Sequence[Draft], lag_s: float) -> None:
        """Puts drafts before those of the clause that they follow in the text: "X after Y"."""
        latest = self._last()
        for draft in self.drafts:
            if draft.order == latest and draft.clause == self.drafts[-1].clause:
                draft.order += 1
                if lag_s:
                    draft.fields["pause_s"] = lag_s
        for draft in drafts:
            draft.order = latest
        self.order = latest + 1

    def _answer(self, drafts: Sequence[Draft]) -> None:
        """Places what a leading clause was the time of: "after Y, X", "before Y, X"."""
        last = self._last()
        if self.opening == "after":
            self.order = last + 1
            self.pause_s = self.lag_s or self.pause_s
            self._set(drafts)
        else:
            clause = self.drafts[-1].clause
            for draft in self.drafts:
                if draft.clause == clause:
                    draft.order = last + 1
                    if self.lag_s:
                        draft.fields["pause_s"] = self.lag_s
            for draft in drafts:
                draft.order = last
            self.order = last + 1
        self.opening, self.lag_s = "", 0.0

    def _last(self) -> int:
        return max((draft.order for draft in self.drafts), default=0)


def place_rung(clauses: Sequence[Clause], drafts: Sequence[Draft]) -> None:
    """Places what a bare word says to sound on behind what bare words say to happen: "click, buzz".

    Args:
        clauses: in order.
        drafts: all of a prompt that names no ambience.
    """
    if len(drafts) < 2 or not all(map(_is_struck, drafts[:-1])):
        return
    last = drafts[-1]
    is_rung = last.is_bed and last.heads[0].kind == "act" and _is_bare(last)
    if is_rung and clauses[last.clause].joint == "comma":
        last.order = max(draft.order for draft in drafts[:-1]) + 1


def _is_struck(draft: Draft) -> bool:
    """Returns whether a draft is a bare word for what happens once: "click", "beep"."""
    is_many = not draft.fields.keys().isdisjoint({"many", "every_s", "start_s"})
    return not draft.is_bed and not is_many and _is_bare(draft)


def _is_bare(draft: Draft) -> bool:
    head = draft.heads[0]
    return head.find("act") is not None and len(draft.heads) == head.end - head.start == 1


def is_delay(tokens: Sequence[Token], clause: Clause, mention: Mention) -> bool:
    """Returns whether a length is a delay: "two seconds later", "after 5 seconds"."""
    behind = tokens[mention.end].word if mention.end < len(tokens) else ""
    if behind in _LATER and not tokens[mention.end].gap:
        return True
    # "After three seconds of rain" is of the rain.
    return clause.joint == "after" and mention.start == clause.start and behind != "of"


def place_last(tokens: Sequence[Token], clauses: Sequence[Clause], drafts: Sequence[Draft]) -> None:
    """Places what is said to be "at the end" behind all else."""
    for clause in clauses:
        for mention in clause.mentions:
            behind = tokens[mention.end].word if mention.end < len(tokens) else ""
            if mention.kind != "closing" or mention.is_negated or behind in {"of", "to"}:
                continue
            mention.is_used = True
            last = _find_closing(clause, mention, drafts)
            others = [draft for draft in drafts if draft is not last and draft.extra_of is not last]
            if last is None or not others:
                continue
            last.order = max(draft.order for draft in others) + 1
            if all(draft.is_bed and not draft.goes for draft in others):
                # What goes on is heard before its end.
                last.fields["pause_s"] = last.fields.get("pause_s") or _BEFORE_END_S
            last.fields["closing"] = True


def place_off(tokens: Sequence[Token], clauses: Sequence[Clause], drafts: Sequence[Draft]) -> None:
    """Places a click that ends what sounds on at the end: "radio static, then click off"."""
    last = drafts[-1] if len(drafts) > 1 else None
    if last is None or last.is_bed or "start_s" in last.fields or last.clause != len(clauses) - 1:
        return
    words = [token.word for token in tokens[last.end - 1 : clauses[-1].end]]
    is_off = words[-1:] == ["off"] and words[0] not in _BEGINNING and len(words) <= _NEAR
    if is_off and clauses[-1].joint == "then" and all(draft.is_bed for draft in drafts[:-1]):
        last.fields["closing"] = True


def _find_closing(clause: Clause, mention: Mention, drafts: Sequence[Draft]) -> Draft | None:
    """Returns what "at the end" is said of: what stands before it in its clause, or behind it."""
    before = [d for d in drafts if d.clause == clause.number and d.start < mention.start]
    if before:
        return max(before, key=lambda draft: draft.start)
    told = (draft for draft in drafts if draft.start >= mention.end)
    return min(told, key=lambda draft: draft.start, default=None)
