"""Sustained instruments: bows, lips, reeds, pipes and voices out of band-limited waves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from menura.engines.music.instruments.sustained.facts import FAMILIES, read_facts
from menura.engines.music.instruments.sustained.organist import Organist
from menura.engines.music.instruments.sustained.section import Section
from menura.engines.music.instruments.sustained.soloist import Soloist

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
    facts = read_facts(name)
    if facts.rotor is not None:
        return Organist(facts, facts.rotor, rate)
    if facts.section is not None:
        return Section(facts, facts.section, rate)
    return Soloist(facts, rate)
