"""Performing: written notes become events in seconds, played as people play."""

from menura.engines.music.arranger.performing.performance import perform

__all__ = ["perform"]
