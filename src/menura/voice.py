"""Voices: who speaks, what they sound like, and where they come from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

Origin = Literal["synthetic", "trained", "human"]
"""From rules alone to a certain person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """A voice that an engine can speak or sing with.

    Attributes:
        name: unique within an install, lower case.
        engine: name of the catalog card whose engine owns it.
        language: BCP 47 tag it speaks when a task names none.
        description: one line for a list.
        gender: woman, man, child or neutral, as a listener would say.
        age: child, young, adult or elder.
        origin: `synthetic` if rules make it; `trained` if it comes with a model that its publisher
            trained on recordings; `human` if it stands for a person: then `consent` is required.
        consent: id of the consent record; None unless it stands for a person.
        loudness_lufs: integrated loudness of its plain, unmastered speech (streams are
            levelled with it, because they cannot be measured before they start).
        timbre: the engine's own parameters, by name.
        id: of a designed voice: made from all that it sounds like, so that recipes which say it
            stay exact when its name changes. Empty for one that comes with its engine.
    """

    name: str
    engine: str
    language: str
    description: str = ""
    gender: str = "neutral"
    age: str = "adult"
    origin: Origin = "synthetic"
    consent: str | None = None
    loudness_lufs: float = -23.0
    timbre: Mapping[str, float | str] = field(default_factory=dict)
    id: str = ""
