"""Briefs: what a free prompt for music asks, and what of it was not understood."""

from menura.text.brief.brief import Character, InstrumentWish, MusicBrief
from menura.text.brief.reading import read_brief

__all__ = ["Character", "InstrumentWish", "MusicBrief", "read_brief"]
