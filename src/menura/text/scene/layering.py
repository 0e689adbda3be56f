"""From drafts to layers, with those that an ambience adds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from menura.text.scene.ambience import choose_space, expand, find_sets
from menura.text.scene.describing import choose_variant, match_beside
from menura.text.scene.mentions import cut
from menura.text.scene.music import describe_music
from menura.text.scene.report import find_ignored, report, shorten
from menura.text.scene.scene import SceneBrief, SceneLayer
from menura.text.scene.stage import find_place
from menura.text.scene.vocabulary import vocabulary

if TYPE_CHECKING:
    from menura.text.scene.drafts import Draft
    from menura.text.scene.mentions import Mention
    from menura.text.scene.telling import Story

MAX_LAYERS = 64
_OPEN_AIR = frozenset({"", "outdoors", "forest", "street", "canyon", "stadium", "dry"})
_USUAL = {name: getattr(SceneLayer(source=""), name) for name in SceneLayer.__slots__}
_WORN = frozenset({"in", "wearing"})
_NAMES = frozenset({"source", "variant", "words", "together", "tied", "of_place"})


def make_brief(story: Story) -> SceneBrief:
    """Returns the brief of a prompt that has been read."""
    named = choose_space(story.mentions)
    entry = named.find("space") if named is not None else None
    space = entry.id if entry is not None else ""
    removed = _find_removed(story)
    layers, told = _make_layers(story, space, removed)
    duration_s = story.duration_s
    if len(layers) == 1 and duration_s is None and layers[0].start_s is None:
        duration_s = layers[0].duration_s or layers[0].stop_s
    for name in _add_ambiences(story, layers, told, removed):
        space = space or vocabulary().sets[name].get("space", "")
    if len(layers) > MAX_LAYERS:
        story.notes[f"{len(layers)} sounds were named: the first {MAX_LAYERS} are kept"] = None
    loops = [m.kind for m in story.mentions if m.kind in {"loop", "noloop"} and not m.is_negated]
    return SceneBrief(
        layers=tuple(layers[:MAX_LAYERS]),
        space=space,
        space_size=float(story.place.get("size", 0.5)),
        duration_s=duration_s,
        loop=loops[-1:] == ["loop"],
        understood=report(story.text, story.tokens, story.mentions, told, space),
        ignored=find_ignored(story.text, story.tokens, story.mentions, story.covered),
        notes=tuple(story.notes),
    )


def tell_layer(layer: SceneLayer) -> str:
    """Returns a layer in a line: its source, and the fields that were said."""
    told = [f"{layer.source}/{layer.variant}" if layer.variant else layer.source]
    for name, usual in _USUAL.items():
        value = getattr(layer, name)
        if value != usual and name not in _NAMES:
            told.append(f"{name} {value:g}" if isinstance(value, float) else f"{name} {value}")
    return ", ".join(told)


def _find_removed(story: Story) -> set[str]:
    """Returns the sources that were turned down."""
    facts = vocabulary()
    removed: set[str] = set()
    for mention in story.mentions:
        if not mention.is_negated:
            continue
        mention.is_used = True
        if mention.kind == "thing":
            removed.add(facts.things[mention.id].alone[0])
        elif mention.kind == "act":
            removed.add(facts.acts[mention.id].alone[0])
        elif mention.kind in {"music", "speech"}:
            removed.add(mention.kind)
    return removed - {""}


def _make_layers(
    story: Story, space: str, removed: set[str]
) -> tuple[list[SceneLayer], dict[str, str]]:
    outside = {
        clause.number
        for clause in story.clauses
        for mention in clause.mentions
        if mention.kind == "space" and story.tokens[mention.start].word == "outside"
    }
    places = [space, *(m.id for m in story.mentions if m.kind == "set" and not m.is_negated)]
    layers: list[SceneLayer] = []
    told: dict[str, str] = {}
    for draft in story.drafts:
        if not _is_left(story, draft, removed):
            story.notes[f"{draft.source} is asked for and turned down: it is left out"] = None
            continue
        if draft.extra_of is not None:
            if any(d.source == draft.source and d.extra_of is None for d in story.drafts):
                continue
            draft.fields = {**draft.extra_of.fields, **draft.fields}
        _tell_stand_ins(story, draft)
        start, end = _find_zone(story, draft)
        if draft.like is not None:
            draft.variant = draft.variant or draft.like.variant
        choose_variant(story.tokens, draft, (start, end), places, {d.source for d in story.drafts})
        if draft.clause in outside and space not in _OPEN_AIR:
            draft.fields.setdefault("muffled", "wall")
        if draft.source == "music":
            draft.fields["text"] = describe_music(
                story.text, story.tokens, story.mentions, draft, story.covered
            )
        spans = [*draft.heads, *(m for m in draft.parts if start <= m.start < end)]
        beside = _cover_beside(story, draft, start, end)
        words = cut(
            story.text,
            story.tokens,
            min(*beside, *(mention.start for mention in spans)),
            max(*(at + 1 for at in beside), *(mention.end for mention in spans)),
        )
        fields = {"words": words, **draft.fields}
        layer = SceneLayer(source=draft.source, variant=draft.variant, order=draft.order, **fields)
        layers.append(layer)
        told[words] = "; ".join(filter(None, (told.get(words), tell_layer(layer))))
    return layers, told


def _is_left(story: Story, draft: Draft, removed: set[str]) -> bool:
    """Returns whether a sound is left by what is turned down: cheers without applause.

    Its variant is then the one without what was turned down.
    """
    left, without = vocabulary().apart.get(f"{draft.source}/{draft.variant}", ("", frozenset()))
    if removed.isdisjoint({draft.source, *without}):
        return True
    named = [
        mention.entry.variant if mention.entry else ""
        for mention in story.mentions
        if mention.is_negated
        and mention.kind == "thing"
        and vocabulary().things[mention.id].alone[0] == draft.source
    ]
    if not left or draft.variant in named:
        # "No cheering, just applause".
        return bool(named) and {"", draft.variant}.isdisjoint(named)
    draft.variant = left
    return True


def _tell_stand_ins(story: Story, draft: Draft) -> None:
    """Notes what is heard as something that is only like it: a blender as a coffee grinder."""
    for head in draft.heads:
        if head.kind != "thing" or head.entry is None or not head.entry.stands_in:
            continue
        said = shorten(cut(story.text, story.tokens, head.start, head.end))
        heard = f"{draft.source}/{draft.variant}".rstrip("/")
        if vocabulary().things[head.id].alone[0] == draft.source:
            story.notes[f"{said}: heard as {heard}"] = None
    _tell_likened(story, draft)
    _tell_unheard(story, draft)


def _tell_likened(story: Story, draft: Draft) -> None:
    """Notes what is done with the sound of another thing: a hull creaks as a door does."""
    facts = vocabulary()
    acts = {head.id for head in draft.heads if head.kind == "act"}
    things = [facts.things[head.id] for head in draft.heads if head.kind == "thing"]
    own = any(thing.alone[0] == draft.source for thing in things)
    alone = not things and any(
        facts.acts[act].likened and facts.acts[act].alone[0] == draft.source for act in acts
    )
    if alone or (not own and any(thing.likened & acts for thing in things)):
        start = min(head.start for head in draft.heads)
        end = max(head.end for head in draft.heads)
        said = shorten(cut(story.text, story.tokens, start, end))
        heard = f"{draft.source}/{draft.variant}".rstrip("/")
        story.notes[f"{said}: heard as {heard}"] = None


def _tell_unheard(story: Story, draft: Draft) -> None:
    """Notes what only a person does here, and what it is done to: "a dragon sneezes glitter"."""
    facts = vocabulary()
    for head in draft.heads:
        _tell_unworn(story, draft, head)
    act = next((head for head in draft.heads if head.kind == "act"), None)
    if act is None or draft.source not in facts.people or facts.acts[act.id].is_manner:
        return
    for head in draft.heads:
        own = facts.things[head.id].alone[0] if head.kind == "thing" else ""
        if not own or own in facts.people or act.id in facts.things[head.id].does:
            continue
        said = shorten(cut(story.text, story.tokens, head.start, head.end))
        if head.start < act.start:
            if facts.things[head.id].is_agent:
                story.notes[f"{said}: its {draft.source} is heard as a person's"] = None
        elif not find_place(story.tokens, story.clauses[draft.clause], head):
            story.notes[f"{said}: not heard beside {draft.source}"] = None


def _tell_unworn(story: Story, draft: Draft, head: Mention) -> None:
    """Notes what is worn, and would choose another variant: "a body falls in armor"."""
    is_worn = head.start > 0 and story.tokens[head.start - 1].word in _WORN
    if head.kind != "thing" or not is_worn:
        return
    chosen = match_beside(story.tokens, draft.source, head.start, head.end)
    if chosen and draft.is_sure and all(variant != draft.variant for _, _, variant in chosen):
        said = shorten(cut(story.text, story.tokens, head.start, head.end))
        heard = f"{draft.source}/{draft.variant}".rstrip("/")
        story.notes[f"{said}: not heard beside {heard}"] = None


def _find_zone(story: Story, draft: Draft) -> tuple[int, int]:
    """Returns the tokens that tell of a draft: from the draft before it to the one behind it."""
    clause = story.clauses[draft.clause]
    others = [d for d in story.drafts if d.clause == draft.clause and d is not draft]
    start = max((d.end for d in others if d.start < draft.start), default=clause.start)
    end = min((d.start for d in others if d.start > draft.start), default=clause.end)
    return min(start, draft.start), max(end, draft.end)


def _cover_beside(story: Story, draft: Draft, start: int, end: int) -> list[int]:
    """Returns the first token of a draft and those that choose its source's variant."""
    matches = [
        match
        for match in match_beside(story.tokens, draft.source, start, end)
        # "A body falls in armor" has no metal in it.
        if not draft.is_sure or match[2] == draft.variant
    ]
    found = [at for first, behind, _ in matches for at in range(first, behind)]
    story.covered.update(found)
    return [*found, draft.start]


def _add_ambiences(
    story: Story, layers: list[SceneLayer], told: dict[str, str], removed: set[str]
) -> list[str]:
    """Adds the layers of ambiences; returns their names."""
    is_deserted = any(mention.kind == "deserted" for mention in story.mentions)
    names: list[str] = []
    for mention in find_sets(story.tokens, story.clauses, has_layers=bool(layers)):
        mention.is_used = True
        words = cut(story.text, story.tokens, mention.start, mention.end)
        added = expand(
            mention,
            words,
            present={layer.source for layer in layers},
            removed=removed.union(*(vocabulary().kinds.get(each, ()) for each in removed)),
            effects=story.place,
            is_deserted=is_deserted,
        )
        layers += added
        made = ", ".join(f"{layer.source}/{layer.variant}".rstrip("/") for layer in added)
        told[words] = "ambience: " + (made or "as named")
        names.append(entry.id if (entry := mention.find("set")) is not None else "")
    return names
