"""Struck and plucked instruments: strings, bars, plates and membranes as damped partials."""

from __future__ import annotations

from typing import TYPE_CHECKING

from menura.engines.music.instruments.struck_and_plucked.facts import FAMILIES, read_facts
from menura.engines.music.instruments.struck_and_plucked.player import Player

if TYPE_CHECKING:
    from menura.engines.music.instruments.base import Instrument

__all__ = ["NAMES", "create"]

NAMES = tuple(name for names in FAMILIES.values() for name in names)
"""Ids of the instruments made here."""


def create(name: str, rate: int) -> Instrument:
    """Returns an instrument of NAMES at a rate in Hz.

    Raises:
        NotFound: if there is no such instrument.
    """
    return Player(read_facts(name), rate)
