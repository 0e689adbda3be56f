"""What a direction such as "sadly" asks for, for callers that may not look into engines."""

from __future__ import annotations

from menura.engines.speech.directions import find_emotion


def emotion_of(direction: str) -> str | None:
    """Returns the emotion that a direction asks for, such as `sad`; None if it is none."""
    return find_emotion(direction)
