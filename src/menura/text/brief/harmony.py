"""Key and mode of a brief: a named key, then a named mode, then moods, then the genre."""

from __future__ import annotations

from typing import TYPE_CHECKING

from menura.text.brief import character, genres
from menura.text.keys import Key

if TYPE_CHECKING:
    from menura.text.brief.evidence import Evidence

_COMMON = frozenset({"major", "minor"})
_MODULATIONS = frozenset({"modulat", "key change", "change of key", "changes key"})
"""How words begin behind which the key is one that the piece would go to."""
_NEAR = 3


def settle_key(
    evidence: Evidence,
    field: Key | None,
    styles: tuple[str, ...],
    moods: tuple[str, ...],
    closing_moods: tuple[str, ...],
) -> tuple[Key | None, str | None, str | None]:
    """Returns the key, the mode, and the mode the end turns to, each or None.

    A tonic without a mode gets the mode that was named, else the moods' or the genre's, else major.
    """
    _leave_out_goals(evidence)
    named = _find_named(evidence, field)
    modes = evidence.asked("mode")
    evidence.credit("mode", modes)
    for mention in modes[:-1]:
        if mention.id != modes[-1].id:
            evidence.note(f"{mention.text!r} and {modes[-1].text!r} differ: the later one holds")
    leaning = _lean(styles, moods)
    key, mode = named, (modes[-1].id if modes else None)
    if named is None:
        key, mode = _read_prompt(evidence, mode, leaning)
        worded = not modes and not evidence.asked("tuning")
        if key is not None and worded and mode not in {"major", genres.find_mode(styles)}:
            evidence.note(f"{key.tonic} names no mode: {mode}, as the moods lean")
    elif mode is not None and not _agrees(mode, named):
        evidence.note(f"the key is {named}; {modes[-1].text!r} in the prompt gives way")
    if key is not None:
        mode = key.mode
    _note_mood(evidence, mode, moods)
    mode = mode or leaning
    turned = character.find_mode(closing_moods)
    return key, mode, turned if turned != mode and closing_moods != moods else None


def _leave_out_goals(evidence: Evidence) -> None:
    """Marks the keys that a piece would modulate to: it stays in the one it begins with."""
    words = tuple(_MODULATIONS)
    turns = {m.end for m in evidence.asked("missing") if m.text.casefold().startswith(words)}
    for mention in evidence.asked("key", "tonic"):
        if turns.intersection(range(mention.start - _NEAR, mention.start + 1)):
            mention.is_spent = True
            evidence.refuse(mention, "the piece stays in the key it begins in")


def _note_mood(evidence: Evidence, mode: str | None, moods: tuple[str, ...]) -> None:
    wished = character.find_mode(moods)
    if mode is not None and wished in _COMMON and _is_minor(mode) != _is_minor(wished):
        evidence.note(f"{mode} is named; the moods would have it {wished}")


def _find_named(evidence: Evidence, field: Key | None) -> Key | None:
    """Returns the key of the field, or the last one in the prompt."""
    keys = evidence.asked("key")
    evidence.credit("key", keys)
    if field is None:
        for mention in keys[:-1]:
            if mention.id != keys[-1].id:
                evidence.note(f"{mention.text!r} and {keys[-1].text!r} differ: the later one holds")
        return Key.parse(keys[-1].id) if keys else None
    for mention in (*keys, *evidence.asked("tonic")):
        asked = Key.parse(mention.id)
        if asked.pitch_class != field.pitch_class or (mention.kind == "key" and asked != field):
            evidence.note(f"key {field} is set; {mention.text!r} in the prompt gives way")
    return field


def _read_prompt(
    evidence: Evidence, mode: str | None, leaning: str | None
) -> tuple[Key | None, str | None]:
    """Returns the key of a tonic that was named alone, if any, and its mode."""
    tonics = evidence.asked("tonic")
    if not tonics and (tunings := evidence.asked("tuning")):
        evidence.credit("key", tunings)
        key = Key(tunings[-1].id, mode or leaning or "minor")
        evidence.note(f"{tunings[-1].text!r} makes it {key}: the strings' sound stays as it is")
        return key, key.mode
    if not tonics:
        return None, mode
    evidence.credit("key", tonics)
    chosen = mode or leaning or "major"
    return Key(tonics[-1].id, chosen), chosen


def _lean(styles: tuple[str, ...], moods: tuple[str, ...]) -> str | None:
    """Returns the mode that genre and moods lean to: blues and maqam stay what they are."""
    usual = genres.find_mode(styles)
    if usual is not None and usual not in _COMMON:
        return usual
    return character.find_mode(moods) or usual


def _agrees(mode: str, key: Key) -> bool:
    return mode == key.mode or (mode in _COMMON and _is_minor(mode) == key.is_minor)


def _is_minor(mode: str) -> bool:
    return Key("C", mode).is_minor
