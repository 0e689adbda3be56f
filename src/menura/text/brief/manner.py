"""How a piece is played and closed: swing, loop, ending, styles, voices, what to avoid."""

from __future__ import annotations

from typing import TYPE_CHECKING

from menura.text.brief.evidence import names
from menura.text.brief.vocabulary import vocabulary

if TYPE_CHECKING:
    from menura.text.brief.evidence import Evidence

_AVOIDED = ("genre", "mood", "section", "texture", "mix", "quality", "ending", "style")


def settle_swing(evidence: Evidence) -> float | None:
    """Returns where the second of a pair of notes falls, or None."""
    asked = evidence.asked("swing")
    evidence.credit("swing", asked)
    ratios = vocabulary().other["swing_ratio"]
    if asked:
        return float(ratios[asked[-1].id])
    return float(ratios["straight"]) if evidence.declined("swing") else None


def settle_loop(evidence: Evidence, *, field: bool) -> bool:
    """Returns whether the end leads into the beginning."""
    asked = evidence.asked("loop")
    evidence.credit("loop", asked)
    return field or bool(asked)


def settle_ending(evidence: Evidence, *, loop: bool) -> str | None:
    """Returns how it closes, or None; a loop has no ending."""
    asked = evidence.asked("ending")
    evidence.credit("ending", asked)
    if loop:
        for mention in asked:
            if mention.id != "none":
                evidence.note(f"a loop has no end: {mention.text!r} gives way")
        return "none"
    if any(mention.id != asked[-1].id for mention in asked):
        listed = ", ".join(dict.fromkeys(mention.text for mention in asked))
        evidence.note(f"{listed:.80} differ: the last one holds")
    if asked:
        return asked[-1].id
    return "cadence" if any(m.id == "fade" for m in evidence.declined("ending")) else None


def settle_styles(evidence: Evidence) -> tuple[tuple[str, str], ...]:
    """Returns (role, style) of the ways of playing that were named."""
    asked = evidence.asked("style")
    evidence.credit("styles", asked)
    pairs = (name.partition(":") for name in names(asked))
    return tuple((role, style) for role, _, style in pairs)


def settle_vocals(evidence: Evidence) -> bool | None:
    """Returns True if sung words were asked for, False if they were turned down, else None."""
    asked, wordless = evidence.asked("voice"), evidence.asked("wordless")
    without = any(m.id == "vocals" for m in evidence.asked("absence"))
    evidence.credit("vocals", (*asked, *wordless))
    if wordless or without or evidence.declined("voice"):
        for mention in asked:
            evidence.note(f"the piece is to be instrumental: {mention.text!r} gives way")
        return False
    for mention in asked:
        evidence.refuse(mention, "nobody sings words in music: a song does")
    return True if asked else None


def settle_avoided(evidence: Evidence) -> tuple[str, ...]:
    """Returns genres, moods, sections, textures and sounds that were turned down."""
    declined = evidence.declined(*_AVOIDED)
    evidence.credit("avoid", declined)
    return names(declined)


def settle_density(evidence: Evidence) -> str | None:
    """Returns `sparse`, `dense` or None."""
    asked = evidence.asked("density")
    evidence.credit("density", asked)
    if any(mention.id != asked[-1].id for mention in asked):
        evidence.note(f"sparse and dense contradict one another: {asked[-1].id} comes later")
    return asked[-1].id if asked else None


def settle_mix(evidence: Evidence) -> tuple[str, ...]:
    """Returns words for the sound of the whole; of two opposites the later holds."""
    asked = evidence.sounds()
    evidence.credit("mix", asked)
    kept: list[str] = []
    for name in names(asked):
        for rival in vocabulary().other["opposite"].get(name, ()):
            if rival in kept:
                evidence.note(f"{rival} and {name} contradict one another: the later one holds")
                kept.remove(rival)
        kept.append(name)
    refused = {mention.id for mention in evidence.declined("mix", "quality")}
    return tuple(name for name in kept if name not in refused)


def refuse_missing(evidence: Evidence) -> None:
    """Notes what is known by name and not to be had."""
    for mention in evidence.asked("missing"):
        evidence.refuse(mention, "that is not to be had here")


def take(evidence: Evidence, field: str, *kinds: str) -> tuple[str, ...]:
    """Returns the names of what was asked for, of some kinds, each once, in order."""
    asked = evidence.asked(*kinds)
    evidence.credit(field, asked)
    return names(asked)
