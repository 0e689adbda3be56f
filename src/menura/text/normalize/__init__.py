"""Text normalisation: what is written, turned into the words that are said."""

from menura.text.normalize.normalizer import normalize
from menura.text.normalize.numbers import Numbers, numbers
from menura.text.normalize.roman import roman_value
from menura.text.normalize.spans import Normalized, Span

__all__ = ["Normalized", "Numbers", "Span", "normalize", "numbers", "roman_value"]
