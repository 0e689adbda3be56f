"""`Origin`: what the files of a take say about where it comes from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from menura.audio.tags import RECIPE
from menura.safeguards.provenance import Claim
from menura.safeguards.watermark import PERIOD_S
from menura.settings import VERSION
from menura.tasks import canonical

if TYPE_CHECKING:
    from collections.abc import Mapping

    from menura.catalog import Card, SourceType
    from menura.safeguards.authority import Authority


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """What every file of a take says about where it comes from.

    Attributes:
        take_id: 12 hex digits, made from the recipe.
        recipe: what makes the take again; a prompt too long for a file is replaced by its hash.
        authority: signs the manifest.
        title: a short name for the take.
        engine: the card of the engine that led.
        source: digital source type of the whole: of all engines' the one furthest from rules.
        made_at: ISO 8601, UTC.
        marked: whether the sound carries the watermark.
        roomy: whether the sound had room for a payload in it.
    """

    take_id: str
    recipe: Mapping[str, Any]
    authority: Authority
    title: str
    engine: Card
    source: SourceType
    made_at: str
    marked: bool
    roomy: bool = True

    @property
    def payload(self) -> bytes | None:
        """What the watermark carries: the take's id; None where marking is off."""
        return bytes.fromhex(self.take_id) if self.marked else None

    def tags(self) -> dict[str, str]:
        """Returns the text that every file of the take carries, where its format can."""
        return {
            "title": self.title,
            "artist": f"menura {self.engine.name} {self.engine.version}",
            "encoder": f"menura {VERSION}",
            "comment": "AI-generated" if self.marked else "AI-generated, without watermark",
            "date": self.made_at,
            "AI_GENERATED": "true",
            "MENURA_TAKE": self.take_id,
            RECIPE: canonical(self.recipe).decode(),
        }

    def claim(self, mime: str, duration_s: float) -> Claim:
        """Returns what the signed manifest of a file states.

        Args:
            mime: the file's media type.
            duration_s: the sound's length; below one period the mark carries presence only.
        """
        payload = self.payload
        if payload is not None and (duration_s < PERIOD_S or not self.roomy):
            payload = b""
        return Claim(
            title=self.title,
            mime=mime,
            source=self.source,
            recipe=self.recipe,
            take_id=self.take_id,
            engine=f"{self.engine.name} {self.engine.version}",
            made_at=self.made_at,
            payload=payload,
        )
