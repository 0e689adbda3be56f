"""Text normalisation: what is written, turned into the words that are said."""

from menura.text.normalize.normalizer import normalize
from menura.text.normalize.spans import Normalized, Span

__all__ = ["Normalized", "Span", "normalize"]
