"""Places of a scene: rooms, and the ambiences that bring several sounds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from menura.text.scene.mentions import HEADS
from menura.text.scene.scene import SceneLayer
from menura.text.scene.stage import find_place
from menura.text.scene.vocabulary import vocabulary

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from menura.text.brief.tokens import Token
    from menura.text.scene.clauses import Clause
    from menura.text.scene.mentions import Mention

_ALIKE = (
    frozenset({"birds", "songbird"}),
    frozenset({"rain", "storm"}),
    frozenset({"waves", "underwater"}),
    frozenset({"footsteps", "running"}),
    frozenset({"drip", "dripping"}),
    frozenset({"wind", "storm"}),
    frozenset({"gunshot", "machine_gun"}),
    frozenset({"traffic", "car"}),
    frozenset({"crowd", "applause"}),
)
_LIVING = frozenset({"crowd", "traffic", "laugh", "footsteps", "typing", "cutlery", "applause"})
_SPREAD = 0.6


def choose_space(mentions: Sequence[Mention]) -> Mention | None:
    """Returns the room that is meant: the first one that is more than "outdoors"."""
    named = [m for m in mentions if m.find("space") and not m.is_negated and m.kind != "thing"]
    inner = [m for m in named if _space(m) != "outdoors"]
    return next(iter(inner or named), None)


def _space(mention: Mention) -> str:
    entry = mention.find("space")
    return entry.id if entry is not None else ""


def find_sets(
    tokens: Sequence[Token], clauses: Sequence[Clause], *, has_layers: bool
) -> list[Mention]:
    """Returns the ambiences to be made, in order.

    A place is one when it is what the prompt is about, or when life belongs to it: "a forest" and
    "jazz in a tavern", but not "a knock in a kitchen". With words such as "ambience" it always is.
    """
    facts = vocabulary()
    has_ambient = any(m.kind == "ambient" for clause in clauses for m in clause.mentions)
    found: dict[str, Mention] = {}
    for clause in clauses:
        for mention in clause.mentions:
            entry = mention.find("set")
            if mention.kind != "set" or entry is None or mention.is_negated:
                continue
            is_place = find_place(tokens, clause, mention) != "" or clause.joint == "also"
            # "An underwater explosion" is an explosion.
            is_place |= any(m.start == mention.end and m.kind in HEADS for m in clause.mentions)
            # "A cafe in the background" is heard, and what something flies over.
            is_place &= not (
                is_backed(tokens, clause, mention) or _is_crossed(tokens, clause, mention)
            )
            inside = bool(facts.sets[entry.id].get("inside", False))
            if has_ambient or inside or not has_layers or not is_place:
                found.setdefault(entry.id, mention)
    return list(found.values())


def _is_crossed(tokens: Sequence[Token], clause: Clause, place: Mention) -> bool:
    """Returns whether something flies over an ambience: "a plane flying over a city"."""
    articles = vocabulary().lists["article"]
    return any(
        mention.effects.get("movement") == "overhead"
        and mention.end <= place.start
        and all(token.word in articles for token in tokens[mention.end : place.start])
        for mention in clause.mentions
    )


def is_backed(tokens: Sequence[Token], clause: Clause, place: Mention) -> bool:
    """Returns whether how loud it is, is said of an ambience: "cafe in the background"."""
    return find_place(tokens, clause, place) == "" and any(
        mention.start == place.end and mention.is_after and "level" in mention.effects
        for mention in clause.mentions
    )


def expand(
    mention: Mention,
    words: str,
    *,
    present: Collection[str],
    removed: Collection[str],
    effects: dict[str, Any],
    is_deserted: bool,
) -> list[SceneLayer]:
    """Returns the layers of an ambience that the prompt does not name itself.

    Args:
        mention: of the ambience.
        words: as written.
        present: sources that have a layer already.
        removed: sources that were turned down.
        effects: what was said of the place: its force moves that of the layers.
        is_deserted: whether nobody is there.
    """
    entry = mention.find("set")
    layers: list[SceneLayer] = []
    for table in vocabulary().sets[entry.id]["layers"] if entry is not None else ():
        source = table["source"]
        if _is_there(source, present) or source in removed:
            continue
        if is_deserted and source in _LIVING:
            continue
        fields = {"words": words, "of_place": True, **table}
        if "intensity" in effects:
            moved = fields.get("intensity", 0.5) + _SPREAD * (effects["intensity"] - 0.5)
            fields["intensity"] = round(min(max(moved, 0.05), 1.0), 3)
        fields |= {k: v for k, v in effects.items() if k in {"fades", "muffled", "direction"}}
        for name in ("near", "level"):
            if effects.get(name):
                fields[name] = effects[name]
        layers.append(SceneLayer(**fields))
    return layers


def _is_there(source: str, present: Collection[str]) -> bool:
    if source in present:
        return True
    return any(source in group and not group.isdisjoint(present) for group in _ALIKE)
