"""`design`: a voice from a description, or from another voice and what should change in it."""

from __future__ import annotations

import dataclasses
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from menura.archive.voices import voice_id
from menura.engines.speech.design.description import read
from menura.engines.speech.design.timbre import Person, bare, generator, offsets, shape
from menura.engines.speech.design.vocabulary import anatomy
from menura.engines.speech.design.wish import weigh
from menura.espeak import languages
from menura.tasks import canonical
from menura.tasks.speech import MAX_VARIATIONS
from menura.voice import Voice

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np

    from menura.engines.speech.design.wish import Wish

LOW_SEMITONES, HIGH_SEMITONES = -2.0, 2.5
"""What a description says of pitch before a voice of no named gender is taken for a man's or a
woman's; between them, variations take turns."""
TELLING_TILT = 0.5
"""dB per octave from which on a description asks for bright or dark, and bodies are chosen so."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Design:
    """A designed voice, and how its description was read.

    Attributes:
        voice: named by its id.
        source: the voice it was made from: the one remixed, or the body lent.
        understood: gender, age, language, body and traits, by name.
        unknown: words that were not understood, in order.
        notes: what was set aside, guessed or can only be suggested, one line each.
    """

    voice: Voice
    source: Voice
    understood: Mapping[str, Any]
    unknown: tuple[str, ...]
    notes: tuple[str, ...]


def design(
    description: str,
    voices: Mapping[str, Voice],
    *,
    base: Voice | None = None,
    language: str | None = None,
    variation: int = 1,
) -> Design:
    """Returns the voice that a description asks for. The same is asked, the same comes.

    Args:
        description: plain English; of a remix, what changes.
        voices: the engine's own, by name, which lend a voice from nothing their bodies.
        base: the voice to remix; None = a voice from nothing.
        language: what it speaks, whatever the description says; None = as that says, else as
            the base does, else English.
        variation: which of the voices that fit, from 1. The first remix changes nothing but what
            is described.

    Raises:
        InvalidText: if the description is too long or holds no known word.
        NotFound: if there is no such language.
    """
    description = " ".join(description.split())
    asked = read(description)
    wish = weigh(asked.hits)
    tag = _language(wish, description, language, base)
    origin = [description, None if base is None else voice_id(base), tag]
    rng = generator(hashlib.sha256(canonical({"design": origin})).digest())
    if base is None:
        person = _anyone(wish, rng, variation)
        source = voices[_bodies(person, wish, voices, rng)[variation - 1]]
        own, start = Person.of(source), float(rng.random())
        timbre = bare(source, own)
    else:
        source, own, start, timbre = base, Person.of(base), 0.0, dict(base.timbre)
        person = own.wished(wish)
    voice = Voice(
        name="",
        engine=source.engine,
        language=tag,
        description=description,
        gender="child" if person.stage == "child" else person.gender,
        age=anatomy().stages[person.stage].label,
        origin=source.origin,
        consent=source.consent,
        loudness_lufs=source.loudness_lufs,
        timbre=shape(timbre, own, person, wish, offsets(start, variation, wish.addressed)),
    )
    wish.notes += (f"{word} was taken for {meant}" for word, meant in asked.misspelt)
    return Design(
        voice=dataclasses.replace(voice, name=voice_id(voice)),
        source=source,
        understood={
            "gender": person.gender,
            "age": person.stage,
            "language": tag,
            "made_from": source.name,
            "traits": wish.traits,
        },
        unknown=asked.unknown,
        notes=tuple(wish.notes),
    )


def _anyone(wish: Wish, rng: np.random.Generator, variation: int) -> Person:
    """Returns who is meant where there is no one to start from."""
    pitch = wish.effects.get("pitch", 0.0)
    first = int(rng.integers(2))
    if pitch <= LOW_SEMITONES:
        gender = "man"
    elif pitch >= HIGH_SEMITONES:
        gender = "woman"
    else:
        gender = ("man", "woman")[(first + variation) % 2]
    return Person(gender=gender, stage="adult").wished(wish)


def _bodies(
    person: Person, wish: Wish, voices: Mapping[str, Voice], rng: np.random.Generator
) -> list[str]:
    """Returns the name of a body for each variation.

    The first ones stand on different variants of espeak-ng, as far as there are any.
    """
    names = anatomy().bodies["child" if person.stage == "child" else person.gender]
    order = [names[int(i)] for i in rng.permutation(len(names))]
    dull = anatomy().dull
    tilt = wish.effects.get("tilt", 0.0)
    if tilt >= TELLING_TILT:
        order = [name for name in order if name not in dull]
    elif tilt <= -TELLING_TILT:
        order.sort(key=lambda name: name not in dull)
    variants = [voices[name].timbre["variant"] for name in order]
    firsts = [name for i, name in enumerate(order) if variants[i] not in variants[:i]]
    order = firsts + [name for name in order if name not in firsts]
    return (order * MAX_VARIATIONS)[:MAX_VARIATIONS]


def _language(wish: Wish, description: str, asked: str | None, base: Voice | None) -> str:
    """Returns the tag of the language, and notes where the description has another."""
    meant = wish.facts.get("language")
    wider = asked is not None and meant is not None and meant.startswith(f"{asked.lower()}-")
    if asked is not None and not wider:
        tag = languages.find(asked).tag
        if meant not in {None, tag}:
            wish.notes.append(f"the description names {meant}; {tag}, asked for, was taken")
        if meant != tag:
            return tag
    if meant is None:
        return languages.find("en-us").tag if base is None else base.language
    if "accent" in description.casefold() and not meant.startswith("en"):
        wish.notes.append(f"an accent of another language is that language here: {meant}")
    return languages.find(meant).tag
