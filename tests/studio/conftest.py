"""A studio in which an engine of another package is installed."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from tone_engine import CARD, Tones

from menura.catalog import Card
from menura.studio import Studio
from menura.studio import roster as rosters

if TYPE_CHECKING:
    from collections.abc import Iterator

    from menura.settings import Settings


@pytest.fixture
def tones_studio(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Iterator[Studio]:
    """A studio in which the engine `tones` is installed."""
    module = SimpleNamespace(
        card=lambda: Card.parse(CARD, "tones"), create=lambda card, settings: Tones()
    )
    point = SimpleNamespace(name="tones", load=lambda: module)
    monkeypatch.setattr(rosters, "entry_points", lambda group: [point])
    opened = Studio(settings)
    yield opened
    opened.close()
