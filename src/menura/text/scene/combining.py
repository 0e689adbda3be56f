"""From the things and actions of a clause to drafts: who does what, and what of it is heard."""

from __future__ import annotations

from typing import TYPE_CHECKING

from menura.text.scene.mentions import HEADS, Mention
from menura.text.scene.roles import settle_roles
from menura.text.scene.stage import Cast, Stage, facts_of, find_place, is_heard
from menura.text.scene.vocabulary import vocabulary

if TYPE_CHECKING:
    from collections.abc import Sequence

    from menura.text.brief.tokens import Token
    from menura.text.scene.clauses import Clause
    from menura.text.scene.drafts import Draft

_SPOKEN = frozenset({"talk", "whisper", "scream", "murmur", "mumble", "call", "cry", "chant"})
_FORCE = {"whisper": 0.15, "murmur": 0.3, "mumble": 0.3, "scream": 0.95, "chant": 0.7, "cry": 0.8}
_PLAYING = frozenset({"play_music", "play", "sing", "person", "hands", "radio"})


def combine(tokens: Sequence[Token], clause: Clause, cast: Cast) -> list[Draft]:
    """Returns the drafts of a clause, in order, and keeps in `cast` who was named."""
    heads = [m for m in clause.mentions if m.kind in HEADS and not m.is_negated]
    stage = Stage(tokens, clause, cast, heads)
    settle_roles(stage)
    _speak(stage)
    _play(stage)
    for act in [head for head in heads if head.kind == "act" and not head.is_used]:
        _act(stage, act)
    for thing in [head for head in heads if head.kind == "thing" and not head.is_used]:
        _sound_alone(stage, thing)
    things = [head for head in stage.heads if head.kind == "thing"]
    for thing in things:
        if stage.made and not thing.is_used and facts_of(thing).is_agent:
            stage.made[0].join(thing)
    if things:
        cast.thing = next((thing for thing in things if facts_of(thing).is_agent), things[0])
    stage.made.sort(key=lambda draft: draft.start)
    cast.drafts += stage.made
    return stage.made


def _speak(stage: Stage) -> None:
    """Makes speech of quotations; who says them, and how, belongs to it."""
    for quote in [head for head in stage.heads if head.kind == "speech"]:
        draft = stage.make(("speech", ""), quote)
        draft.fields["text"] = quote.text
        for head in stage.heads:
            if head.kind == "act" and head.id in _SPOKEN:
                draft.join(head)
                if head.id in _FORCE:
                    draft.fields["intensity"] = _FORCE[head.id]
            elif head.kind == "thing" and not head.is_used and facts_of(head).is_agent:
                draft.join(head)


def _play(stage: Stage) -> None:
    """Makes music of the words for it; who plays it is not heard."""
    music = [head for head in stage.heads if head.kind == "music"]
    last: Draft | None = None
    for head in music:
        if last is not None and (head.start == last.end or _plays(stage, last, head)):
            last.join(head)
        else:
            last = stage.make(("music", ""), head)
    for head in stage.heads if music else ():
        head.is_used = head.is_used or head.id in _PLAYING


def _plays(stage: Stage, player: Draft, played: Mention) -> bool:
    """Returns whether music is what the one named before plays: "a bard playing a lute"."""
    return any(
        head.kind == "act" and head.id in _PLAYING and player.end <= head.start < played.start
        for head in stage.heads
    )


def _act(stage: Stage, act: Mention) -> None:
    """Makes the sound of an action, by whoever does or suffers it."""
    subject, target, is_close = stage.find_partners(act)
    last = stage.cast.drafts[-1] if stage.cast.drafts else None
    if act.id in _SPOKEN and subject is None and last is not None and last.source == "speech":
        act.is_used = True
        return
    beside = next((head for head in stage.heads if head.end == act.start and head.is_used), None)
    if beside is not None and not is_close:
        # "Grinding open": the second word says how the first one ends.
        owner = (draft for draft in stage.made if any(beside is head for head in draft.heads))
        for draft in owner:
            draft.join(act)
        act.is_used = True
        return
    doer = stage.cast.thing
    if subject is None and not is_close and doer is not None and stage.opens(act):
        target = None if act.id in facts_of(doer).does and not stage.is_new(act) else target
    others = [partner for partner in (subject, target) if partner is not None]
    if not others:
        _inherit(stage, act)
        return
    for partner in reversed(others) if is_close else others:
        found = facts_of(partner).does.get(act.id)
        if found is not None:
            _perform(stage, act, partner, found, others)
            return
    _perform_alone(stage, act, subject, target)


def _perform(
    stage: Stage, act: Mention, partner: Mention, found: tuple[str, str], others: list[Mention]
) -> None:
    """Makes the sound of what a thing does, or suffers; others who have to do with it are still."""
    facts = vocabulary()
    source, variant = found
    if not source:
        act.is_used = True
        partner.is_used |= not facts_of(partner).alone[0]
        return
    said = partner.entry.variant if partner.entry else ""
    is_own = source == facts_of(partner).alone[0]
    draft = stage.make((source, variant or (said if is_own else "")), partner, act)
    if is_own:
        draft.is_sure = bool(said or variant)
    for other in others:
        # Rain is heard beside what happens in it.
        is_apart = other.start < act.start or facts_of(other).alone[0] in facts.lists["weather"]
        if other is not partner and not other.is_used and not (is_apart and is_heard(other)):
            draft.join(other)
    stage.grow(draft, others[0] if others[0].start < act.start else partner)


def _perform_alone(
    stage: Stage, act: Mention, subject: Mention | None, target: Mention | None
) -> None:
    """Makes the sound of an action that no thing beside it has one of its own for."""
    facts = vocabulary().acts[act.id]
    source, variant = facts.alone
    partner = subject if subject is not None else target
    if partner is None:
        return
    own = facts_of(partner).alone[0]
    is_quiet = not own or (facts_of(partner).is_agent and partner is subject)
    if own and (source == own or facts.is_manner or not source):
        said = partner.entry.variant if partner.entry else ""
        draft = stage.make((own, said or (variant if source == own else "")), partner, act)
        draft.is_sure = bool(said)
        if target is not None and target is not partner and not is_heard(target):
            draft.join(target)
    elif source and (is_quiet or partner is target):
        draft = stage.make((source, variant), act)
        for other in (subject, target):
            if other is not None and not other.is_used and not is_heard(other):
                draft.join(other)
        stage.grow(draft, partner)
    elif source:
        stage.make((source, variant), act)


def _inherit(stage: Stage, act: Mention) -> None:
    """Makes the sound of an action whose doer was named before: "... and slams"."""
    facts = vocabulary().acts[act.id]
    doer = _find_doer(stage, act)
    last = stage.cast.drafts[-1] if stage.cast.drafts else None
    joint = stage.clause.joint
    if doer is not None:
        own = facts_of(doer).alone[0]
        source, variant = facts_of(doer).does.get(act.id, ("", ""))
        if source:
            said = doer.entry.variant if doer.entry and source == own else ""
            variant = variant or said
            same = last is not None and last.source == source and variant in {"", last.variant}
            is_again = joint == "comma" and last is not None and _is_again(stage, last, act)
            is_again |= stage.cast.is_paused
            if last is not None and same and joint in {"and", "also", "comma"} and not is_again:
                last.take(act)
                return
            draft = stage.make((source, variant), act)
            draft.thing = doer.id
            stage.grow(draft, doer)
            for earlier in stage.cast.drafts:
                if any(doer is head for head in earlier.heads):
                    sizes = {
                        k: v for m in earlier.parts for k, v in m.effects.items() if k == "size"
                    }
                    draft.fields.update(sizes)
            return
        if facts.is_manner and own and last is not None and joint in {"and", "also"}:
            last.take(act)
            return
    if facts.alone[0] == "music":
        act.is_used = True
    elif facts.alone[0]:
        draft = stage.make(facts.alone, act)
        if doer is not None:
            stage.grow(draft, doer)


def _find_doer(stage: Stage, act: Mention) -> Mention | None:
    """Returns who of those named before does an action; None = it is nobody's."""
    doer = stage.cast.thing if stage.opens(act) and not stage.is_new(act) else None
    return None if doer is None or _is_another(stage, act, doer) else doer


def _is_again(stage: Stage, last: Draft, act: Mention) -> bool:
    """Returns whether the very word for a sound is said alone once more: "boom, boom"."""
    word = stage.tokens[act.start].word
    is_bare = act.start == stage.clause.start and act.end == stage.clause.end == act.start + 1
    return is_bare and stage.tokens[last.end - 1].word == word and not last.is_bed


def _is_another(stage: Stage, act: Mention, doer: Mention) -> bool:
    """Returns whether an action is one person's beside the people named: it has its moment.

    In "a crowd, whistle at 0:04" it is not the crowd that whistles all along.
    """
    facts = vocabulary()
    own, alone = facts_of(doer).alone[0], facts.acts[act.id].alone[0]
    if own == alone or not {own, alone} <= facts.people:
        return False
    does = facts_of(doer).does.get(act.id, ("", ""))[0]
    is_plain = not stage.tokens[act.end - 1].word.endswith(("s", "ing", "ed"))
    has_moment = any(m.start == act.end and "start_s" in m.effects for m in stage.clause.mentions)
    return is_plain and has_moment and does in {"", own}


def _sound_alone(stage: Stage, thing: Mention) -> None:
    """Makes the sound of a thing that nothing is said of, unless it is only where or on what."""
    if thing.is_used:
        return
    source, variant = facts_of(thing).alone
    before = next((d for d in reversed(stage.made) if d.start < thing.start), None)
    place = find_place(stage.tokens, stage.clause, thing)
    if before is not None and source not in vocabulary().lists["weather"]:
        is_only_place = place == "touching" or (place != "" and not is_heard(thing))
        if is_only_place or (source and _is_beside(stage.tokens, before, thing)):
            before.join(thing)
            return
    if not source:
        return
    said = thing.entry.variant if thing.entry else ""
    for draft in stage.made:
        is_one = not draft.is_sure and draft.end == thing.start
        if draft.source == source and (is_one or said in {"", draft.variant}):
            draft.variant = draft.variant or said
            draft.join(thing)
            return
    draft = stage.make((source, said or variant), thing)
    draft.fields.update(thing.effects)
    for extra in facts_of(thing).extras:
        stage.make(extra, thing).extra_of = draft


def _is_beside(tokens: Sequence[Token], draft: Draft, thing: Mention) -> bool:
    """Returns whether a thing only says which variant of a sound is meant: "rain on a car"."""
    source = vocabulary().sources.get(draft.source)
    if source is None or is_heard(thing):
        return False
    words = " ".join(token.word for token in tokens[thing.start : thing.end])
    return any(words in phrases for phrases in source.beside.values())
