"""The consent check: a voice that stands for a person needs that person's recorded consent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from menura.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Callable

    from menura.voice import Voice


def check(voice: Voice, has_consent: Callable[[str], bool]) -> None:
    """Passes a synthetic voice, or a human one whose consent record stands.

    Args:
        voice: the voice a task would use.
        has_consent: whether a consent record with this id exists and is not revoked.

    Raises:
        Refused: if the voice stands for a person and no such record exists.
    """
    if voice.origin == "synthetic":
        return
    if voice.consent is None or not has_consent(voice.consent):
        raise Refused(
            f"the voice {voice.name!r} stands for a person, and no consent of theirs is recorded"
        )
