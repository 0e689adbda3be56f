"""The consent check: a voice that stands for a person needs that person's recorded consent.

A voice that comes with a trained model has its publisher's licence instead, which is on its card
(docs/decisions/0016-voices-of-trained-models.md).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from menura.errors import EngineFailed, Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from menura.voice import Voice

NOBODY = frozenset({"synthetic", "trained"})
"""Origins of voices that stand for nobody in particular; any other needs consent."""


def check(
    name: str | None, voices: Mapping[str, Voice], has_consent: Callable[[str], bool]
) -> None:
    """Passes a voice that stands for nobody, or a human one whose consent record stands.

    Args:
        name: the voice a settled task names; None if it uses none.
        voices: the voices of its engine, by name.
        has_consent: whether a consent record with this id exists and is not revoked.

    Raises:
        Refused: if the voice stands for a person and no such record exists.
        EngineFailed: if the engine left open which of its voices speaks, or named another, so
            that nobody could tell whose voice it is.
    """
    if name is None and all(voice.origin in NOBODY for voice in voices.values()):
        return
    if name is None or (voices and name not in voices):
        raise EngineFailed(f"the engine settled on the voice {name!r}, which it does not list")
    voice = voices.get(name)
    if voice is None or voice.origin in NOBODY:
        return
    if voice.consent is None or not has_consent(voice.consent):
        raise Refused(
            f"the voice {voice.name!r} stands for a person, and no consent of theirs is recorded"
        )
