"""The archive: a log of every take this install made, its designed voices, and files it needs."""

from menura.archive.archive import DATABASE, Archive, Entry
from menura.archive.blobs import Blobs
from menura.archive.voices import VoiceShelf

__all__ = ["DATABASE", "Archive", "Blobs", "Entry", "VoiceShelf"]
