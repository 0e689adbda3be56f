"""Voices made up from their descriptions, or from other voices."""

from menura.engines.speech.design.designer import Design, design
from menura.engines.speech.design.limits import check_timbre
from menura.engines.speech.design.preview import find_preview

__all__ = ["Design", "check_timbre", "design", "find_preview"]
