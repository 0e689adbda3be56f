"""The archive: a log of every take this install made (SQLite)."""

from menura.archive.archive import Archive, Entry

__all__ = ["Archive", "Entry"]
