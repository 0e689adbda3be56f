"""Neural speech: networks that others have trained, fed with our own phonemes."""

from menura.engines.speech.neural.engine import Neural, create

__all__ = ["Neural", "create"]
