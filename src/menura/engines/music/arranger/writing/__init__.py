"""Writing: the notes of every part, from a plan."""

from menura.engines.music.arranger.writing.ensemble import write
from menura.engines.music.arranger.writing.grooves import describe_fallbacks

__all__ = ["describe_fallbacks", "write"]
