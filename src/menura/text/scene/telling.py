"""From clauses to drafts with all that is said of them, one clause after another."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from menura.text.scene.combining import combine
from menura.text.scene.concluding import concludes, find_ending, set_end, take_silence
from menura.text.scene.contexts import NAMED_KEY
from menura.text.scene.deeds import is_deed
from menura.text.scene.describing import describe, take_lengths
from menura.text.scene.number import settle_number, settle_singles
from menura.text.scene.ordering import Timeline, is_delay, place_last, place_off, place_rung
from menura.text.scene.repeating import join_repeats
from menura.text.scene.retelling import (
    copy_draft,
    counts_beats,
    counts_objects,
    ends,
    is_same_bed,
    is_tool,
    repeat_at,
    stops,
    turns_back,
)
from menura.text.scene.stage import Cast
from menura.text.scene.ties import settle_moments, tie
from menura.text.scene.vocabulary import vocabulary

if TYPE_CHECKING:
    from collections.abc import Sequence

    from menura.text.brief.tokens import Token
    from menura.text.scene.clauses import Clause
    from menura.text.scene.drafts import Draft
    from menura.text.scene.mentions import Mention

_ORDERING = frozenset({"then", "before", "after"})
_PLACING = frozenset({"in", "from", "on", "behind", "through", "far", "outside", "next"})
_OTHERS = frozenset({"another"})
_SHARED = frozenset({"near", "level", "direction", "muffled"})


@dataclass(slots=True)
class Story:
    """A prompt as far as it has been read.

    Attributes:
        text: in normal form.
        tokens: of it.
        mentions: in order.
        clauses: in order.
        drafts: the sounds so far.
        timeline: where in time the telling has come to.
        cast: who has been named.
        place: what was said of the place.
        duration_s: length of the whole, if one was said.
        covered: tokens that led to something, beside those of mentions.
        notes: how things were settled.
    """

    text: str
    tokens: Sequence[Token]
    mentions: list[Mention]
    clauses: list[Clause]
    drafts: list[Draft] = field(default_factory=list)
    timeline: Timeline = field(default_factory=Timeline)
    cast: Cast = field(default_factory=Cast)
    place: dict[str, Any] = field(default_factory=dict)
    duration_s: float | None = None
    covered: set[int] = field(default_factory=set)
    notes: dict[str, None] = field(default_factory=dict)

    def tell(self) -> None:
        """Makes the drafts of every clause."""
        last_then = {c.sentence: c.number for c in self.clauses if c.joint == "then"}
        waiting: list[Mention] = []
        is_with = False
        for clause in self.clauses:
            doer = self.cast.thing
            self.cast.is_paused = bool(self.timeline.pause_s)
            drafts = combine(self.tokens, clause, self.cast)
            self._delay(clause)
            for draft in drafts:
                draft.clause = clause.number
            of_place, loose = describe(self.tokens, clause, drafts)
            for mention in of_place:
                self._describe_place(mention)
            self._time(clause, drafts)
            set_end(clause, drafts, self.drafts)
            loose = take_silence(clause, loose, self.drafts)
            loose = self._repeat(clause, drafts, loose)
            if drafts:
                for mention in waiting:
                    drafts[0].add(mention)
                waiting = []
            waiting += self._settle(clause, drafts, loose)
            self._share(clause, drafts)
            kept = self._merge(clause, drafts)
            kept = join_repeats(self.tokens, kept)
            settle_number(self.tokens, clause, kept)
            kept = self._count(clause, kept)
            # "A spell with sparkle and whoosh": the second too.
            goes_on = clause.joint == "and" and not clause.is_parted
            is_with = clause.joint == "also" or (is_with and goes_on)
            for at, draft in enumerate(kept):
                if at or is_with:
                    draft.fields["together"] = True
            self.timeline.place(
                clause,
                kept,
                runs=last_then.get(clause.sentence, -1) > clause.number,
                is_same_doer=doer is not None and self.cast.thing is doer,
                is_deed=self._is_deed(clause, kept),
            )
            self.drafts += kept
            if self.drafts and any(stops(mention) for mention in clause.mentions):
                self.timeline.is_next = True
        self._change(waiting)
        place_last(self.tokens, self.clauses, self.drafts)
        place_off(self.tokens, self.clauses, self.drafts)
        self.notes.update(dict.fromkeys(settle_moments(self.drafts)))
        is_set = any(m.kind in {"set", "loop"} and not m.is_negated for m in self.mentions)
        if not is_set:
            place_rung(self.clauses, self.drafts)
            settle_singles(self.tokens, self.drafts)
        is_backed = is_set or any(draft.is_bed for draft in self.drafts)
        tie(self.clauses, self.drafts, is_backed=is_backed)

    def _delay(self, clause: Clause) -> None:
        """Takes "after 2.5 seconds": behind what happened, or where what goes on began."""
        for mention in clause.mentions:
            if mention.kind != "delay":
                continue
            if any(not draft.is_bed for draft in self.drafts):
                mention.is_used = True
                self.timeline.pause(mention, self.tokens, mention.number)
            else:
                mention.kind, mention.effects = "quality", {"start_s": mention.number}

    def _is_deed(self, clause: Clause, drafts: Sequence[Draft]) -> bool:
        return is_deed(self.tokens, clause, drafts, is_told=self.timeline.was_deed)

    def _change(self, waiting: Sequence[Mention]) -> None:
        """Makes what a sound turns into at the end: "slow, then fast"."""
        if not waiting or not self.drafts or self.clauses[-1].joint != "then":
            return
        turned = copy_draft(self.drafts[-1], waiting[0], self.clauses[-1].number)
        for mention in waiting[1:]:
            turned.add(mention)
        turned.order = max(draft.order for draft in self.drafts) + 1
        self.drafts.append(turned)

    def _count(self, clause: Clause, drafts: list[Draft]) -> list[Draft]:
        """Counts a sound that is only named once more: "punch, punch, punch"."""
        last = self.drafts[-1] if self.drafts else None
        if last is None or clause.joint != "comma" or len(drafts) != 1 or last.is_bed:
            return drafts
        if self.timeline.pause_s:
            return drafts  # "two knocks, a pause, three knocks"
        draft = drafts[0]
        told = (draft.source, draft.variant) == (last.source, last.variant)
        if not told or draft.source == "speech" or draft.fields.keys() - {"count"}:
            return drafts
        last.fields["count"] = (last.fields.get("count") or 1) + draft.fields.get("count", 1)
        last.parts += draft.heads
        return []

    def _describe_place(self, mention: Mention) -> None:
        mention.is_used = True
        self.place.update(mention.effects)

    def _settle(
        self, clause: Clause, drafts: list[Draft], loose: Sequence[Mention]
    ) -> list[Mention]:
        """Gives descriptions that stand alone to what came before them; returns those that wait."""
        has_place = any(m.kind in {"set", "space"} and not m.is_negated for m in clause.mentions)
        waiting: list[Mention] = []
        for mention in loose:
            moves = "movement" in mention.effects
            if mention.kind != "quality":
                continue
            if drafts:
                drafts[-1].add(mention)
            elif has_place and not moves and not (mention.is_after and self.drafts):
                self._describe_place(mention)
            elif self.drafts and concludes(clause, mention):
                for draft in find_ending(self.tokens, clause, mention, self.drafts):
                    draft.add(mention)
            elif self.drafts and clause.joint == "then" and turns_back(self.drafts[-1], mention):
                mention.effects = dict(turns_back(self.drafts[-1], mention))
                self.drafts[-1].add(mention)
            elif self.drafts and clause.joint == "then" and moves:
                drafts.append(copy_draft(self.drafts[-1], mention, clause.number))
            elif self.drafts and not clause.is_leading and clause.joint != "then":
                movers = [draft for draft in self.drafts if moves and _moves(draft)]
                (movers or self.drafts)[-1].add(mention)
            else:
                waiting.append(mention)
        return waiting

    def _time(self, clause: Clause, drafts: Sequence[Draft]) -> None:
        """Takes the lengths of a clause: of a sound, of a pause, or of the whole."""
        pauses = [m for m in clause.mentions if m.kind == "pause" and not m.is_negated]
        is_told = any(each.joint in _ORDERING for each in self.clauses)
        lengths = take_lengths(self.tokens, clause, drafts, is_told=is_told)
        for pause in pauses:
            pause.is_used = True
            seconds = next((mention.number for mention, _ in lengths), pause.number or None)
            self.timeline.pause(pause, self.tokens, seconds)
        for mention, owner in () if pauses else lengths:
            last = self.drafts[-1] if clause.joint == "after" and self.drafts else None
            if last is not None and last.fields.get("fades") == "out" and not drafts:
                # "The rain stops after five seconds."
                last.add(mention)
                last.fields["duration_s"] = mention.number
            elif is_delay(self.tokens, clause, mention):
                self.timeline.pause(mention, self.tokens, mention.number)
            elif owner is not None:
                owner.add(mention)
                owner.fields["duration_s"] = mention.number
            else:
                self.duration_s = mention.number

    def _repeat(self, clause: Clause, drafts: list[Draft], loose: list[Mention]) -> list[Mention]:
        """Makes "two more" and "again" of what sounded last."""
        more = next((m for m in clause.mentions if m.kind == "more"), None)
        if more is None:
            again = None if drafts or not self.drafts else repeat_at(self.drafts[-1], clause, loose)
            drafts += [again] if again is not None else []
            return loose if again is None else []
        more.is_used = True
        words = {token.word for token in self.tokens[more.start : more.end]}
        if drafts and words & _OTHERS and _moves(drafts[0]):
            drafts[0].fields["other"] = True  # "another knock" is on the same door
        if drafts or not self.drafts:
            return loose
        again = copy_draft(self.drafts[-1], more, clause.number)
        for mention in loose:
            again.add(mention)
        drafts.append(again)
        self.timeline.is_next = True
        return []

    def _share(self, clause: Clause, drafts: Sequence[Draft]) -> None:
        """Gives "in the distance" behind "A and B" to both."""
        last = self.drafts[-1] if self.drafts else None
        if last is None or clause.joint != "and" or clause.is_parted or len(drafts) != 1:
            return
        if last.clause != clause.number - 1 or last.parts:
            return
        for mention in drafts[0].parts:
            word = self.tokens[mention.start].word
            if word in _PLACING and mention.start > drafts[0].start and mention.end == clause.end:
                for name in _SHARED & mention.effects.keys():
                    last.fields.setdefault(name, mention.effects[name])

    def _merge(self, clause: Clause, drafts: Sequence[Draft]) -> list[Draft]:
        """Gives what is said of a sound that was named before to that one: "the roar echoes".

        So it is with what sounds on ("at sea, huge waves"), and with the tool of what is done
        ("chopping wood with an axe").
        """
        kept: list[Draft] = []
        for draft in drafts:
            start = min(mention.start for mention in (*draft.heads, *draft.parts))
            is_named_again = start > 0 and self.tokens[start - 1].word == "the"
            may_be_tool = clause.joint == "also" and "count" not in draft.fields
            earlier = None
            is_over = any(ends(part) for part in draft.parts)
            if (clause.joint not in _ORDERING or is_over) and draft.thing != NAMED_KEY:
                same = (d for d in reversed(self.drafts) if d.source == draft.source)
                earlier = next(same, None)
                if earlier is None and may_be_tool and is_tool(self.drafts, draft):
                    # "Chopping onions with a knife": it is what the knife does.
                    self.drafts[-1].parts += [*draft.heads, *draft.parts]
                    continue
                is_listed = clause.joint == "comma" and len(drafts) == 1 and earlier is None
                if is_listed and self.drafts and counts_objects(self.drafts[-1], draft):
                    earlier, is_named_again = self.drafts[-1], True
                    draft.variant = ""
                    earlier.fields.pop("many", None)
            if earlier is not None and not is_named_again:
                may_be_tool = may_be_tool and earlier is self.drafts[-1]
                is_told = may_be_tool or is_over or is_same_bed(earlier, draft)
                is_told |= earlier is self.drafts[-1] and counts_beats(earlier, draft)
                if not is_told or (self.timeline.pause_s and not is_over):
                    earlier = None
            if earlier is None or draft.variant not in {"", earlier.variant}:
                kept.append(draft)
                continue
            earlier.parts += [*draft.heads, *draft.parts]
            earlier.fields.update(draft.fields)
        return kept


def _moves(draft: Draft) -> bool:
    return bool(draft.thing) and vocabulary().things[draft.thing].is_agent
