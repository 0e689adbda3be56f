"""How a piece is played and closed: swing, loop, ending, styles, voices, what to avoid."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from menura.text.brief.evidence import names
from menura.text.brief.genres import turned_down
from menura.text.brief.mentions import PLAYERS
from menura.text.brief.vocabulary import vocabulary

if TYPE_CHECKING:
    from menura.text.brief.evidence import Evidence
    from menura.text.brief.mentions import Mention

_AMOUNTS = frozenset({"aggressive"})
_AVOIDED = ("genre", "mood", "section", "texture", "mix", "quality", "ending", "style")


def mark_textures(evidence: Evidence) -> None:
    """Marks adjectives that only describe a texture: the `heavy` of "heavy rain".

    Where they are all that is said, the moods among them are the piece's, but for how much of it
    there is: a heavy rain makes no heavy music.
    """
    starts = {m.start for m in evidence.asked("texture")}
    before = [m for m in evidence.asked("mood", "quality", "mix") if m.end in starts]
    said = [m for m in evidence.asked("genre", "mood", "purpose", *PLAYERS) if m not in before]
    for mention in before:
        mention.is_spent = bool(said) or mention.id in _AMOUNTS


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
    players = {m.end for m in evidence.asked("instrument", "generic", "piece")}
    asked = [m for m in evidence.asked("loop") if m.start not in players]  # "piano loop" is a part
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
    if evidence.asked("hush"):
        return "cadence"
    return "cadence" if any(m.id == "fade" for m in evidence.declined("ending")) else None


def settle_hush(evidence: Evidence, *, loop: bool) -> bool:
    """Returns whether the end is soft; neither a loop's nor a hit can be."""
    asked = evidence.asked("hush")
    struck = any(mention.id == "hit" for mention in evidence.asked("ending")[-1:])
    if loop or struck:
        for mention in asked:
            why = "a loop has no end" if loop else "it ends on a hit"
            evidence.refuse(mention, f"{why}: it gives way")
        return False
    evidence.credit("ending", (*evidence.asked("ending"), *asked))
    return bool(asked)


def settle_beginning(evidence: Evidence, *, loop: bool) -> bool:
    """Returns whether the piece fades in: no loop does, nor does one player for whom no time is."""
    asked = evidence.asked("beginning")
    players = {m.end for m in evidence.asked(*PLAYERS)}
    whole = []
    for mention in asked:
        if loop:
            evidence.refuse(mention, "a loop has no beginning: it gives way")
        elif mention.start in players and not evidence.tokens[mention.start].gap:
            evidence.refuse(mention, "it is not said at which time that player comes in")
        else:
            whole.append(mention)
    evidence.credit("beginning", whole)
    return bool(whole)


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
        evidence.refuse(mention, "nobody sings words yet: songs are to come")
    return True if asked else None


def settle_avoided(evidence: Evidence) -> tuple[str, ...]:
    """Returns genres, moods, sections, textures and sounds that were turned down."""
    feels = set(names(evidence.declined("genre"))) - set(names(turned_down(evidence)))
    declined = [m for m in evidence.declined(*_AVOIDED) if m.id not in feels]
    evidence.credit("avoid", declined)
    return names(declined)


def density_words(evidence: Evidence) -> list[Mention]:
    """Returns the words for few or many notes; "not too busy" counts as one for few."""
    asked = evidence.asked("density")
    busy = [] if asked else [m for m in evidence.declined("density") if m.id == "dense"]
    return [*asked, *(dataclasses.replace(m, id="sparse") for m in busy)]


def settle_density(evidence: Evidence) -> str | None:
    """Returns `sparse`, `dense` or None."""
    asked = density_words(evidence)
    evidence.credit("density", asked)
    if any(mention.id != asked[-1].id for mention in asked):
        evidence.note(f"sparse and dense contradict one another: {asked[-1].id} comes later")
    return asked[-1].id if asked else None


def settle_mix(evidence: Evidence) -> tuple[str, ...]:
    """Returns words for the sound of the whole; of two opposites the later holds."""
    whole = vocabulary().other["whole"]
    asked = []
    for mention in evidence.sounds():
        if mention.kind == "quality" and mention.id not in whole:
            evidence.refuse(mention, "it describes no player that is named")
        else:
            asked.append(mention)
    evidence.credit("mix", asked)
    kept: list[str] = []
    for name in dict.fromkeys(whole[m.id] if m.kind == "quality" else m.id for m in asked):
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
        evidence.refuse(mention, "not to be had, and nothing is near it")
    for mention in evidence.asked("artist"):
        evidence.refuse(mention, "no artist is imitated: say what the music is like")


def take(evidence: Evidence, field: str, *kinds: str) -> tuple[str, ...]:
    """Returns the names of what was asked for, of some kinds, each once, in order."""
    asked = evidence.asked(*kinds)
    evidence.credit(field, asked)
    return names(asked)
