"""Reading: a text as it is to be spoken, with the way back to what was written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from menura.text import japanese
from menura.text.clean import clean
from menura.text.normalize import normalize

if TYPE_CHECKING:
    from menura.text.clean import Cleaned
    from menura.text.normalize import Normalized


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """A text that was cleaned and put into the words that are said.

    Attributes:
        written: the text as it came.
        cleaned: without what cannot be spoken.
        normalized: with numbers, signs and short forms in words.
    """

    written: str
    cleaned: Cleaned
    normalized: Normalized

    @property
    def said(self) -> str:
        """What is spoken."""
        return self.normalized.text

    def written_span(self, said_start: int, said_stop: int) -> tuple[int, int]:
        """Returns where the said characters from `said_start` to `said_stop` were written."""
        start, stop = self.normalized.written_span(said_start, said_stop)
        return self.cleaned.offset(start), self.cleaned.offset(stop)


def read(text: str, language: str, max_chars: int) -> Reading:
    """Returns how a text is read aloud.

    Args:
        text: as it came.
        language: a tag such as "en-us" or "ja".
        max_chars: the most characters it may have.

    Raises:
        InvalidText: if it is empty, too long, or holds nothing to be spoken.
    """
    cleaned = clean(text, max_chars)
    if language == "ja" and japanese.is_installed():
        return Reading(text, cleaned, japanese.to_kana(cleaned.text))
    return Reading(text, cleaned, normalize(cleaned.text, language))
