"""Hints: what a person at a terminal is told once."""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING

from menura.cli.output import one_line

if TYPE_CHECKING:
    from menura.studio import Studio

NEURAL_VOICE = "kokoro"
"""The model that the hint names: the best known one whose licence allows commercial use."""


def tell_neural_voice(studio: Studio) -> None:
    """Says on a terminal, once for an install, how to add a neural voice while there is none.

    The setting `hints` silences it.
    """
    from menura.catalog import model_card

    settings = studio.settings
    told = settings.home / "hints" / "neural-voice"
    if not settings.hints or not sys.stderr.isatty() or told.exists():
        return
    card = model_card(NEURAL_VOICE)
    if card is None or any(c.family == "neural" and "speech" in c.tasks for c in studio.cards()):
        return
    print(
        one_line(
            "menura: this voice is made by rules; for neural ones: `menura models add "
            f"{card.name}` ({card.terms})"
        ),
        file=sys.stderr,
    )
    with contextlib.suppress(OSError):  # then it is said again
        told.parent.mkdir(parents=True, exist_ok=True)
        told.touch()
