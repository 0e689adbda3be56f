"""`Lineup`: the voices an engine comes with, and those that were designed with it and kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from menura.archive.voices import damaged
from menura.engines.speech.design import check_timbre
from menura.errors import InvalidInput, NotFound
from menura.espeak import languages

if TYPE_CHECKING:
    from menura.archive.voices import Kept, VoiceShelf
    from menura.voice import Voice


class Lineup(Mapping[str, "Voice"]):
    """Voices by name, and kept ones by id as well. A snapshot: what is kept later is not in it.

    A kept voice that was damaged or altered is not counted among them; asked for by name or id, it
    raises StorageFailed, unless that leads to a voice that is whole. Ids win over names.

    Args:
        own: the engine's, by name. They hide kept ones of the same name.
        kept: what is on the shelf.
        engine: name of the engine's card: voices of others are left out.
    """

    def __init__(self, own: Mapping[str, Voice], kept: tuple[Kept, ...], engine: str) -> None:
        self._damaged: dict[str, Kept] = {}
        names: dict[str, Voice] = {}
        ids: dict[str, Voice] = {}
        for each in kept:
            voice = each.voice
            if voice is None or (voice.engine == engine and not _is_sound(voice)):
                self._damaged |= {each.name: each, each.id: each}
            elif voice.engine == engine:
                names[each.name], ids[each.id] = voice, voice
        self._voices: dict[str, Voice] = {**own, **names, **ids, **own}

    def __getitem__(self, key: str) -> Voice:
        if key in self._damaged and key not in self._voices:
            raise damaged(self._damaged[key])
        return self._voices[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._voices)

    def __len__(self) -> int:
        return len(self._voices)


def line_up(own: Mapping[str, Voice], shelf: VoiceShelf, engine: str) -> Lineup:
    """Returns the voices of an engine as they are now.

    Raises:
        StorageFailed: if the shelf cannot be read.
    """
    return Lineup(own, shelf.list(), engine)


def _is_sound(voice: Voice) -> bool:
    """Whether the engine can speak with it: its id can be made for any numbers."""
    try:
        check_timbre(voice.timbre)
        languages.find(voice.language)
    except (InvalidInput, NotFound):
        return False
    return voice.origin == "synthetic"
