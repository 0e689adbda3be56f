"""The archive (SQLite): a log of every take this install made, and the voices it designed."""

from menura.archive.archive import DATABASE, Archive, Entry
from menura.archive.voices import VoiceShelf

__all__ = ["DATABASE", "Archive", "Entry", "VoiceShelf"]
