"""What a prompt with no known sound may have meant."""

from __future__ import annotations

import functools
from collections import Counter
from typing import TYPE_CHECKING

from menura.text.scene.vocabulary import Node, vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

MOST = 5
_SHORTEST = 4
_LETTERS_PER_SLIP = 4
"""A word with one letter in four wrong is still near: more, and it is another word."""
_MAX_WORDS = 32
_MAX_LETTERS = 40
_CATEGORIES = {
    "animal": "dog, cat, birds, horse, wolf",
    "pet": "dog, cat, songbird",
    "bird": "birds, songbird, crow, owl, gull",
    "weather": "rain, wind, thunder, storm, hail",
    "water": "stream, waves, river, dripping, splash",
    "vehicle": "car, truck, train, motorcycle, helicopter",
    "machine": "factory, generator, drill, fan, printer",
    "tool": "hammering, drill, saw, scissors, anvil",
    "weapon": "gunshot, sword, arrow, explosion, whip",
    "kitchen": "plates, cutlery, sizzling, boiling, glass_clink",
    "furniture": "chair, drawer, door_creak, door_close",
    "human": "crowd, footsteps, laugh, applause, breath",
    "interface": "ui_click, notification, success, error, swipe",
    "magic": "magic, portal, teleport, power_up, crystal",
    "nature": "birds, wind, stream, rain, crickets",
    "horror": "ghost, drone_bed, scream, heartbeat, door_creak",
    "space": "spaceship, laser, alien, robot, forcefield",
    "instrument": "bell, gong, chime, whistle",
}


def nearest_sources(words: str | Iterable[str]) -> list[str]:
    """Returns up to five sources that words may have meant: by spelling, then by what kind it is.

    A spelling is near if few letters are wrong, left out, added or swapped (optimal string
    alignment); of words that are near nothing there is none.

    Example:
        >>> nearest_sources("a thundr clab")[0]
        'thunder'
    """
    from rapidfuzz import process
    from rapidfuzz.distance import OSA

    parts = words.split() if isinstance(words, str) else list(words)
    found: dict[str, float] = {}
    names = _by_word()
    for part in parts[:_MAX_WORDS]:
        word = part.casefold()[:_MAX_LETTERS].strip(",.;:!?\"'")
        if len(word) < 3:
            continue
        slips = max(1, len(word) // _LETTERS_PER_SLIP) if len(word) >= _SHORTEST else 0
        more = int(len(word) > _SHORTEST)  # where the letters are right: "trane"
        for near, away, _ in process.extract(
            word, names.keys(), scorer=OSA.distance, limit=12, score_cutoff=slips + more
        ):
            has_letters = (Counter(word) - Counter(near)).total() <= slips
            is_near = away <= slips or (near[:2] == word[:2] and has_letters)
            for name in names[near] if is_near else ():
                found[name] = max(found.get(name, 0.0), 100.0 * (1 - away / len(word)))
        for kind, members in _CATEGORIES.items():
            if word.rstrip("s") == kind:
                found.update({name: 60.0 - at for at, name in enumerate(members.split(", "))})
    return sorted(found, key=lambda name: (-found[name], name))[:MOST]


@functools.cache
def source_phrases() -> Mapping[tuple[str, str], tuple[str, ...]]:
    """Returns every (source, variant) that the vocabulary can lead to, with phrases that do.

    A variant "" is the usual one. Sources of which only things and actions speak have none.
    """
    facts = vocabulary()
    found: dict[tuple[str, str], list[str]] = {}
    for name, source in facts.sources.items():
        for variant in ("", *source.beside, *source.when.values()):
            found.setdefault((name, variant), [])
    for phrase, node in _walk(facts.root, ()):
        for entry in node.entries:
            if entry.kind == "thing" and entry.id in facts.sources:
                found.setdefault((entry.id, entry.variant), []).append(phrase)
    targets = [act.alone for act in facts.acts.values()]
    targets += [target for thing in facts.things.values() for target in thing.does.values()]
    targets += [thing.alone for thing in facts.things.values()]
    targets += [
        (layer["source"], layer.get("variant", ""))
        for table in facts.sets.values()
        for layer in table["layers"]
    ]
    for target in targets:
        if target[0] not in {"", "music", "speech"}:
            found.setdefault(target, [])
    return {target: tuple(phrases) for target, phrases in sorted(found.items())}


@functools.cache
def _by_word() -> dict[str, tuple[str, ...]]:
    """Sources by the words that name them alone."""
    names: dict[str, list[str]] = {}
    for (source, _), phrases in source_phrases().items():
        for phrase in (source.replace("_", " "), *phrases):
            if " " not in phrase and source not in names.setdefault(phrase, []):
                names[phrase].append(source)
    return {word: tuple(sources) for word, sources in names.items()}


def _walk(node: Node, words: tuple[str, ...]) -> Iterator[tuple[str, Node]]:
    if node.entries:
        yield " ".join(words), node
    for word, child in node.children.items():
        yield from _walk(child, (*words, word))
