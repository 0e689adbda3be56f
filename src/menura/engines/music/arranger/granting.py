"""Granting: what a brief asks beside the notes, as far as it can be had."""

from __future__ import annotations

import functools
import tomllib
from importlib import resources
from typing import TYPE_CHECKING

from menura.engines.music.textures import TEXTURES
from menura.text.brief.vocabulary import vocabulary

if TYPE_CHECKING:
    from menura.text.brief import MusicBrief


def grant_textures(brief: MusicBrief) -> tuple[tuple[str, ...], list[str]]:
    """Returns the textures that lie under the music, and a line for each that is not to be had."""
    kept = tuple(name for name in brief.textures if name in TEXTURES)
    return kept, [f"texture not made: {name}" for name in brief.textures if name not in kept]


def grant_mix(brief: MusicBrief) -> tuple[tuple[str, ...], list[str]]:
    """Returns the words for the sound of the whole, and a line for each that changes nothing."""
    known = _mix_words() | _colours("mix")
    kept = tuple(word for word in brief.mix if word in known)
    return kept, [f"the mix knows no word {word!r:.40}" for word in brief.mix if word not in kept]


def grant_colours(brief: MusicBrief) -> tuple[str, ...]:
    """Returns what colours the playing: moods, and the uses and densities that change it."""
    uses = [name for name in brief.purposes if name in _colours("purpose")]
    return tuple(dict.fromkeys((*brief.moods, *uses, *filter(None, (brief.density,)))))


def _colours(kind: str) -> frozenset[str]:
    return frozenset(vocabulary().other["change"][kind])


@functools.cache
def _mix_words() -> frozenset[str]:
    text = (resources.files(__package__) / "staging.toml").read_text(encoding="utf-8")
    return frozenset(tomllib.loads(text))
