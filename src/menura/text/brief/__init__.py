"""Briefs: what a free prompt for music asks, and what of it was not understood."""

from menura.text.brief.brief import (
    Character,
    Entry,
    InstrumentWish,
    MusicBrief,
    Solitude,
    TempoCourse,
)
from menura.text.brief.reading import read_brief

__all__ = [
    "Character",
    "Entry",
    "InstrumentWish",
    "MusicBrief",
    "Solitude",
    "TempoCourse",
    "read_brief",
]
