"""Granting: what a brief asks beside the notes, as far as it can be had."""

from __future__ import annotations

import functools
import tomllib
from importlib import resources
from typing import TYPE_CHECKING

from menura.engines.music.arranger.surroundings import as_said, prompts
from menura.engines.music.arranger.writing.styles import style_of_qualities, touched
from menura.engines.music.textures import TEXTURES
from menura.text.brief.vocabulary import vocabulary

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from menura.text.brief import MusicBrief
    from menura.text.brief.brief import InstrumentWish


def grant_textures(brief: MusicBrief, prompt: str) -> tuple[tuple[str, ...], list[str]]:
    """Returns the textures that lie under the music, and a line for each that is not to be had.

    What is no music is kept in the words of the prompt: "heavy rain".
    """
    kept = tuple(name for name in brief.textures if name in TEXTURES or name in prompts())
    lacking = [f"texture not made: {name}" for name in brief.textures if name not in kept]
    return as_said(kept, prompt), lacking


def grant_mix(brief: MusicBrief) -> tuple[tuple[str, ...], list[str]]:
    """Returns the words for the sound of the whole, and a line for each that changes nothing."""
    known = _mix_words() | _colours("mix") | _colours("quality") | palettes().keys()
    kept = [word for word in brief.mix if word in known]
    notes = [f"{w}: nothing in the mix can be changed by that" for w in brief.mix if w not in kept]
    for wish in brief.instruments:
        words = [
            word for word in wish.qualities if word in _mix_words() and not _is_met(wish, word)
        ]
        if len(brief.instruments) == 1:
            kept += words
        else:
            notes += [f"{wish.phrase!r:.60}: only the mix as a whole can be made so"] * bool(words)
    return tuple(dict.fromkeys(kept)), notes


def _is_met(wish: InstrumentWish, word: str) -> bool:
    """Returns whether a word chose the player, or how he plays."""
    generic = vocabulary().players["generic"].get(wish.name, {})
    return word in generic.get("by_quality", {}) or bool(
        touched([word]) or style_of_qualities(wish.role or "", [word])
    )


def grant_colours(brief: MusicBrief) -> tuple[str, ...]:
    """Returns what colours the playing: moods, and the uses and densities that change it."""
    uses = [name for name in brief.purposes if name in _colours("purpose")]
    return tuple(dict.fromkeys((*brief.moods, *uses, *filter(None, (brief.density,)))))


def palette_of(brief: MusicBrief) -> Mapping[str, Sequence[str]]:
    """Returns who plays in whose place if all shall be acoustic, electric or electronic."""
    words = palette_words(brief)
    return palettes()[words[-1]] if words else {}


def palette_words(brief: MusicBrief) -> tuple[str, ...]:
    """Returns words such as `acoustic` that say who plays all of it."""
    return tuple(word for word in brief.mix if word in palettes())


@functools.cache
def palettes() -> dict[str, dict[str, list[str]]]:
    """Returns palettes.toml: word -> usual player -> who may play instead."""
    text = (resources.files(__package__) / "palettes.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def _colours(kind: str) -> frozenset[str]:
    return frozenset(vocabulary().other["change"][kind])


@functools.cache
def _mix_words() -> frozenset[str]:
    text = (resources.files(__package__) / "staging.toml").read_text(encoding="utf-8")
    return frozenset(tomllib.loads(text))
