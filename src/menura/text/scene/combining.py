"""From the things and actions of a clause to drafts: who does what, and what of it is heard."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from menura.text.scene.drafts import Draft
from menura.text.scene.mentions import HEADS, Mention
from menura.text.scene.vocabulary import Thing, vocabulary

if TYPE_CHECKING:
    from collections.abc import Sequence

    from menura.text.brief.tokens import Token
    from menura.text.scene.clauses import Clause


_SPOKEN = frozenset({"talk", "whisper", "scream", "murmur", "mumble", "call", "cry", "chant"})
_FORCE = {"whisper": 0.15, "murmur": 0.3, "mumble": 0.3, "scream": 0.95, "chant": 0.7, "cry": 0.8}


@dataclass(slots=True)
class Cast:
    """Who has been named so far.

    Attributes:
        thing: the last thing that may do something, or None.
        drafts: all that were made.
    """

    thing: Mention | None = None
    drafts: list[Draft] = field(default_factory=list)


@dataclass(slots=True)
class _Scene:
    tokens: Sequence[Token]
    clause: Clause
    cast: Cast
    heads: list[Mention]
    made: list[Draft] = field(default_factory=list)


def combine(tokens: Sequence[Token], clause: Clause, cast: Cast) -> list[Draft]:
    """Returns the drafts of a clause, in order, and keeps in `cast` who was named."""
    heads = [m for m in clause.mentions if m.kind in HEADS and not m.is_negated]
    scene = _Scene(tokens, clause, cast, heads)
    _choose_kinds(scene)
    _compare(scene)
    _speak(scene)
    _sing(scene)
    for act in [m for m in heads if m.kind == "act" and not m.is_used]:
        _act(scene, act)
    for thing in [m for m in heads if m.kind == "thing" and not m.is_used]:
        _sound_alone(scene, thing)
    named = [m for m in heads if m.kind == "thing"]
    if named:
        cast.thing = next((m for m in named if _facts(m).is_agent), named[0])
    scene.made.sort(key=lambda draft: draft.start)
    cast.drafts += scene.made
    return scene.made


def _choose_kinds(scene: _Scene) -> None:
    """Settles what is a thing and what it does where a phrase may be either: "flies" of a jet."""
    before: Mention | None = None
    for mention in scene.heads:
        act = mention.find("act")
        if mention.kind == "thing" and act is not None and before is not None:
            does = _facts(before).does
            if before.kind == "thing" and (act.id in does or _facts(before).is_agent):
                mention.kind, mention.entry = "act", act
                mention.effects, mention.is_after = {}, False
        before = mention


def _compare(scene: _Scene) -> None:
    """Leaves out what something is only likened to: "a roar like a lion"."""
    like = next((m for m in scene.clause.mentions if m.kind == "like"), None)
    if like is not None and any(m.start < like.start for m in scene.heads):
        scene.heads[:] = [m for m in scene.heads if m.start < like.start]


def _speak(scene: _Scene) -> None:
    for quote in [m for m in scene.heads if m.kind == "speech"]:
        draft = _make(scene, ("speech", ""), quote)
        draft.fields["text"] = quote.text
        for act in [m for m in scene.heads if m.kind == "act" and m.id in _SPOKEN]:
            _join(draft, act)
            if act.id in _FORCE:
                draft.fields["intensity"] = _FORCE[act.id]
        for thing in [m for m in scene.heads if m.kind == "thing" and not m.is_used]:
            if _facts(thing).is_agent:
                _join(draft, thing)


def _sing(scene: _Scene) -> None:
    music = [m for m in scene.heads if m.kind == "music"]
    last: Draft | None = None
    for mention in music:
        if last is not None and mention.start == last.end:
            _join(last, mention)
            continue
        last = _make(scene, ("music", ""), mention)
    if not music:
        return
    for mention in scene.heads:
        if mention.kind == "act" and mention.id in {"play_music", "play", "sing"}:
            mention.is_used = True
        elif mention.kind == "thing" and mention.id in {"person", "hands"}:
            mention.is_used = True


def _act(scene: _Scene, act: Mention) -> None:
    subject, target, is_close = _find_partners(scene, act)
    quoted = scene.cast.drafts[-1] if scene.cast.drafts else None
    if act.id in _SPOKEN and quoted and quoted.source == "speech" and subject is None:
        act.is_used = True
        return
    ordered = [target, subject] if is_close else [subject, target]
    for partner in (mention for mention in ordered if mention is not None):
        found = _facts(partner).does.get(act.id)
        if found is not None:
            _perform(scene, act, partner, found, subject, target)
            return
    _perform_alone(scene, act, subject, target)


def _perform(
    scene: _Scene,
    act: Mention,
    partner: Mention,
    found: tuple[str, str],
    subject: Mention | None,
    target: Mention | None,
) -> None:
    """Makes the sound of what a thing does, or suffers."""
    source, variant = found
    own = _facts(partner).alone[0]
    if not source:
        act.is_used = True
        return
    if source == own and not variant:
        variant = partner.entry.variant if partner.entry else ""
    draft = _make(scene, (source, variant), partner, act)
    if source == own:
        draft.is_sure = bool(partner.entry and partner.entry.variant) or bool(found[1])
    for other in (subject, target):
        if other is None or other is partner or other.is_used:
            continue
        if other is subject and _is_heard(other):
            continue
        _join(draft, other)
    _grow(scene, draft, subject if subject is not None else partner)


def _perform_alone(
    scene: _Scene, act: Mention, subject: Mention | None, target: Mention | None
) -> None:
    """Makes the sound of an action that no thing beside it has one of its own for."""
    facts = vocabulary().acts[act.id]
    source, variant = facts.alone
    partner = subject if subject is not None else target
    if partner is None:
        _inherit(scene, act)
        return
    own, _ = _facts(partner).alone
    is_quiet = not own or (_facts(partner).is_agent and partner is subject)
    if own and (source == own or facts.is_manner or not source):
        said = partner.entry.variant if partner.entry else ""
        draft = _make(scene, (own, said or (variant if source == own else "")), partner, act)
        draft.is_sure = bool(said)
        if target is not None and target is not partner and not _is_heard(target):
            _join(draft, target)
    elif source and (is_quiet or partner is target):
        draft = _make(scene, (source, variant), act)
        for other in (subject, target):
            if other is not None and not other.is_used and not _is_heard(other):
                _join(draft, other)
        _grow(scene, draft, partner)
    elif source:
        _make(scene, (source, variant), act)


def _inherit(scene: _Scene, act: Mention) -> None:
    """Makes the sound of an action whose doer was named before: "... and slams"."""
    facts = vocabulary().acts[act.id]
    source, variant = facts.alone
    doer = scene.cast.thing
    if doer is not None and _opens(scene, act):
        found = _facts(doer).does.get(act.id)
        own = _facts(doer).alone[0]
        if found is not None and found[0]:
            said = found[1] or (doer.entry.variant if doer.entry and found[0] == own else "")
            draft = _make(scene, (found[0], said), act)
            _grow(scene, draft, doer)
            draft.thing = doer.id
            return
        if facts.is_manner and own and scene.cast.drafts and scene.clause.joint in {"and", "also"}:
            act.is_used = True
            scene.cast.drafts[-1].parts.append(act)
            return
    if source == "music":
        act.is_used = True
    elif source:
        draft = _make(scene, (source, variant), act)
        if doer is not None and _opens(scene, act):
            _grow(scene, draft, doer)


def _opens(scene: _Scene, act: Mention) -> bool:
    """Returns whether nothing that sounds stands before an action in its clause."""
    return not any(m.start < act.start for m in scene.heads)


def _sound_alone(scene: _Scene, thing: Mention) -> None:
    """Makes the sound of a thing that nothing is said of, unless it is only where or on what."""
    source, variant = _facts(thing).alone
    if thing.is_used or not source:
        return
    said = thing.entry.variant if thing.entry else ""
    before = [draft for draft in scene.made if draft.start < thing.start]
    if before:
        place = find_place(scene.tokens, scene.clause, thing)
        beside = _is_beside(scene.tokens, before[-1], thing)
        if place == "touching" or beside or (place and not _is_heard(thing)):
            if source not in vocabulary().lists["weather"]:
                _join(before[-1], thing)
                return
    for draft in scene.made:
        if draft.source == source and (not said or said == draft.variant):
            _join(draft, thing)
            return
    draft = _make(scene, (source, said or variant), thing)
    draft.is_sure = bool(said or variant)
    for name, value in thing.effects.items():
        draft.fields[name] = value


def find_place(tokens: Sequence[Token], clause: Clause, thing: Mention) -> str:
    """Returns `touching` or `within` if a thing is only what something is on or in, or ""."""
    lists = vocabulary().lists
    covered = {
        at for m in clause.mentions if m.kind in {"quality", "count"} for at in range(m.start, m.end)
    }
    for at in range(thing.start - 1, max(thing.start - 6, -1), -1):
        word = tokens[at].word
        if tokens[at + 1].gap:
            return ""
        if word in lists["touching"]:
            return "touching"
        if word in lists["within"]:
            return "within"
        is_plain = word in lists["article"] or at in covered or word in vocabulary().describing
        if not is_plain and vocabulary().root.children.get(word) is not None:
            return ""
    return ""


def _is_beside(tokens: Sequence[Token], draft: Draft, thing: Mention) -> bool:
    """Returns whether a thing only says which variant of a sound is meant: "rain on a car"."""
    words = " ".join(token.word for token in tokens[thing.start : thing.end])
    if draft.source not in vocabulary().sources or _is_heard(thing):
        return False
    beside = vocabulary().sources[draft.source].beside
    return any(words in phrases for phrases in beside.values())


def _is_heard(thing: Mention) -> bool:
    """Returns whether a thing sounds whatever is done near it: rain, wind, a river."""
    source = _facts(thing).alone[0]
    return source in vocabulary().sources and (
        vocabulary().sources[source].is_bed and not _facts(thing).is_agent
    )


def _find_partners(
    scene: _Scene, act: Mention
) -> tuple[Mention | None, Mention | None, bool]:
    """Returns who acts, on what, and whether that stands right behind, as in "barking dog"."""
    things = [m for m in scene.heads if m.kind == "thing"]
    acts = [m for m in scene.heads if m.kind == "act" and m is not act]
    subject = next((m for m in reversed(things) if m.end <= act.start), None)
    if subject is not None and any(subject.end <= a.start < act.start for a in acts):
        between = [a for a in acts if subject.end <= a.start < act.start]
        subject = subject if not any(a.is_used for a in between) else None
    target = next((m for m in things if m.start >= act.end), None)
    if target is not None and any(act.end <= a.start < target.start for a in acts):
        target = None
    if target is not None and target.is_used:
        target = None
    if subject is not None and subject.is_used:
        owner = next((draft for draft in scene.made if subject in draft.heads), None)
        subject = subject if owner is not None else None
    is_close = target is not None and not find_place(scene.tokens, scene.clause, target)
    return subject, target, is_close


def _make(scene: _Scene, target: tuple[str, str], *heads: Mention) -> Draft:
    """Adds a draft, or joins one of the clause that is the same sound of the same thing."""
    source, variant = target
    for draft in scene.made:
        if draft.source == source and set(map(id, heads)) & set(map(id, draft.heads)):
            draft.variant = variant or draft.variant
            for head in heads:
                _join(draft, head)
            return draft
    draft = Draft(source, variant, list(heads), is_sure=bool(variant))
    thing = next((head for head in heads if head.kind == "thing"), None)
    draft.thing = thing.id if thing is not None else ""
    for head in heads:
        head.is_used = True
        if head.kind == "thing" and _facts(head).alone[0] == source:
            draft.fields.update(head.effects)
    scene.made.append(draft)
    return draft


def _join(draft: Draft, mention: Mention) -> None:
    mention.is_used = True
    if not any(mention is head for head in draft.heads):
        draft.heads.append(mention)


def _grow(scene: _Scene, draft: Draft, doer: Mention) -> None:
    """Gives a sound the size of what makes it, if that has another sound of its own."""
    if _facts(doer).alone[0] == draft.source:
        return
    words = [token.word for token in scene.tokens[doer.start : doer.end]]
    sizes = vocabulary().sizes
    size = sizes.get(" ".join(words), sizes.get(words[-1]))
    if size is not None and "size" not in draft.fields:
        draft.fields["size"] = size


def _facts(mention: Mention) -> Thing:
    if mention.kind != "thing":
        return Thing(("", ""), is_agent=False, does={})
    return vocabulary().things[mention.id]
