"""A session: one settled task on its way to becoming a take."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from menura.safeguards.watermark import PERIOD_S, Embedder, outlook
from menura.studio.ensemble import guarded
from menura.take import Report, Take
from menura.take.writing import pieces

if TYPE_CHECKING:
    from collections.abc import Mapping

    from menura.audio import Audio
    from menura.catalog import Card
    from menura.studio.ensemble import Ensemble
    from menura.take.origin import Origin
    from menura.tasks import Task

Progress = Callable[[float], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """What a delivery needs to know.

    Attributes:
        asked: what the caller chose, as the record may show it.
        task: the task with everything settled.
        card: the card of the engine that leads.
        ensemble: the performance, not yet begun.
        recipe: what makes the take again.
        origin: what its files will say, its id included.
        key: the watermark's key; None = marking is off.
        titled: whether files may name chapters as the text does; else they are numbered.
    """

    asked: Mapping[str, Any]
    task: Task
    card: Card
    ensemble: Ensemble
    recipe: Mapping[str, Any]
    origin: Origin
    key: bytes | None
    titled: bool = True

    @property
    def target_lufs(self) -> float:
        """The loudness that the finished sound is brought to."""
        return self.card.loudness_lufs + self.ensemble.performance.intended_db

    @property
    def brief(self) -> bool:
        """Whether the task alone says that the sound is too short to hold a payload."""
        duration_s = getattr(self.task, "duration_s", None)
        endless = getattr(self.task, "endless", False)
        return duration_s is not None and not endless and duration_s < PERIOD_S

    def mark(self, channels: int, *, roomy: bool) -> Embedder | None:
        """Returns the watermark for `channels` channels led by the mix's own, or None if off.

        Args:
            channels: of the mix and its stems.
            roomy: whether the sound has room for a payload.
        """
        if self.key is None or self.origin.payload is None:
            return None
        return Embedder(
            self.ensemble.rate,
            channels,
            self.origin.payload if roomy else b"",
            self.key,
            profile=self.card.profile,
            control=self.ensemble.channels,
            complete=channels > self.ensemble.channels,
        )

    def take(
        self,
        audio: Audio,
        stems: Mapping[str, Audio],
        measured: Mapping[str, Any],
        *,
        roomy: bool,
    ) -> Take:
        """Returns the take, after all blocks have been made.

        Args:
            audio: the finished sound.
            stems: what it is the sum of.
            measured: facts of it.
            roomy: whether it was marked with a payload.
        """
        measured = dict(measured) | {"mark": self._outlook(audio)}
        with guarded(self.card.name):
            captions = tuple(self.ensemble.captions())
            chapters = tuple(self.ensemble.chapters())
            if not self.titled:
                chapters = tuple(c._replace(title=str(i)) for i, c in enumerate(chapters, 1))
            report = self._report(measured)
            json.dumps(report.to_dict(), allow_nan=False)  # what cannot be recorded is refused
        return Take(
            task=self.task,
            audio=audio,
            captions=captions,
            chapters=chapters,
            stems=stems,
            score=self.ensemble.performance.score,
            report=report,
            recipe=self.recipe,
            origin=dataclasses.replace(self.origin, roomy=roomy),
        )

    def _outlook(self, audio: Audio) -> str:
        """Returns whether the mark will be found; `off` where there is none."""
        if self.key is None or self.origin.payload is None:
            return "off"
        return outlook(pieces(audio), self.key)

    def _report(self, measured: Mapping[str, Any]) -> Report:
        return Report(
            asked=self.asked,
            understood={"engine": self.card.name, "seed": self.task.seed}
            | self.ensemble.facts("understood"),
            measured=self.ensemble.facts("measured") | dict(measured),
            ignored=tuple(self.ensemble.ignored()),
        )
