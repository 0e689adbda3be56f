"""`Draft`: a layer in the making."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from menura.text.scene.vocabulary import vocabulary

if TYPE_CHECKING:
    from menura.text.scene.mentions import Mention

EVENT_LIKE = ("music", "speech")
_SIDES = frozenset({"left", "right"})
_DEPTHS = frozenset({"behind", "ahead"})
_TURNS = {"grows": {"more", "less"}, "tempo": {"faster", "slower"}}


@dataclass(slots=True, eq=False)
class Draft:
    """A layer in the making.

    Attributes:
        source: of a layer.
        variant: of a layer.
        is_sure: whether its variant was said, not guessed from what stands beside it.
        heads: the mentions it was made of; the first is what sounds.
        parts: these and the mentions that describe it.
        fields: of a layer, as far as they were said.
        thing: what does it, in the vocabulary.
        order: of a layer.
        clause: its number.
        like: the draft that it repeats, with its variant.
        extra_of: the draft it belongs to without being named: the glass of a car crash.
    """

    source: str
    variant: str
    heads: list[Mention]
    is_sure: bool = False
    parts: list[Mention] = field(default_factory=list)
    fields: dict[str, Any] = field(default_factory=dict)
    thing: str = ""
    order: int = 0
    clause: int = 0
    like: Draft | None = None
    extra_of: Draft | None = None

    @property
    def is_bed(self) -> bool:
        """Whether it sounds on."""
        if self.source in EVENT_LIKE:
            return self.source == "music"
        return vocabulary().sources[self.source].is_bed

    @property
    def goes(self) -> bool:
        """Whether it is another sound when it moves: a car."""
        source = vocabulary().sources.get(self.source)
        return source is not None and "leaving" in source.when

    @property
    def start(self) -> int:
        """The first token of what it was made of."""
        return min(mention.start for mention in self.heads)

    @property
    def end(self) -> int:
        """The token behind what it was made of."""
        return max(mention.end for mention in self.heads)

    def join(self, mention: Mention) -> None:
        """Counts a mention among what it was made of."""
        mention.is_used = True
        if not any(mention is head for head in self.heads):
            self.heads.append(mention)

    def take(self, mention: Mention) -> None:
        """Counts a mention of another clause as told of it."""
        mention.is_used = True
        self.parts.append(mention)

    def add(self, mention: Mention) -> None:
        """Takes over what a mention says."""
        mention.is_used = True
        self.parts.append(mention)
        if mention.id == "stops" and "count" in self.fields:
            return  # what is counted ends by itself
        for name, value in mention.effects.items():
            self.fields[name] = _blend(self.fields.get(name), value, name)


def _blend(old: Any, new: Any, name: str) -> Any:
    """Returns the later of two values; of two forces or sizes on one side the farther one.

    What is on one side and also behind is between the two.
    """
    if name == "fades" and old in {"in", "swells"} and new == "out":
        return "swells"  # "wind builds up, then dies down"
    if name in _TURNS and {old, new} == _TURNS[name]:
        return f"{old}, then {new}"
    if name == "direction" and old is not None:
        sides = {old, new} & _SIDES
        depths = {old, new} & _DEPTHS
        return f"{depths.pop()} {sides.pop()}" if sides and depths else new
    if name not in {"intensity", "size"} or old is None or (old < 0.5) != (new < 0.5):
        return new
    return min(old, new) if new < 0.5 else max(old, new)
