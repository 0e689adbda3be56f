"""Expressive speech: espeak-ng's renderings taken apart by a vocoder and spoken again."""

from menura.engines.speech.expressive.engine import Expressive, create

__all__ = ["Expressive", "create"]
