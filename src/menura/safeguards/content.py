"""The content check: what an install has decided not to make."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from menura.audio.files import open_regular
from menura.errors import MenuraError, Refused, StorageFailed

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


MAX_TERMS_BYTES = 16 * 1024**2
_UNSPACED_SCRIPTS = (
    ("\u0e00", "\u0eff"),  # Thai, Lao
    ("\u1000", "\u109f"),  # Myanmar
    ("\u1780", "\u17ff"),  # Khmer
    ("\u3040", "\u30ff"),  # Hiragana, Katakana
    ("\u3400", "\u9fff"),  # Han
    ("\U00020000", "\U0003ffff"),  # Han, supplementary
)


class ContentPolicy:
    """Refuses tasks that contain a term the operator has blocked.

    menura ships no list: which words may not be spoken depends on the place and the people, and
    a wrong list silences those it should protect. The setting `blocked_terms` names a text file
    with one term a line; `#` begins a comment.

    Args:
        blocked_terms: that file, or None.

    Raises:
        StorageFailed: if the file is set and cannot be read: a policy that is asked for and
            missing must not pass everything.
    """

    def __init__(self, blocked_terms: Path | None) -> None:
        self._terms: tuple[str, ...] = ()
        if blocked_terms is None:
            return
        try:
            with open_regular(blocked_terms) as file:
                lines = file.read(MAX_TERMS_BYTES).decode().splitlines()
        except (MenuraError, UnicodeDecodeError) as error:
            raise StorageFailed(
                f"cannot read the blocked terms {blocked_terms}: {error}"
            ) from error
        words = (_fold(line.partition("#")[0]) for line in lines)
        self._terms = tuple(word for word in words if word)

    def check(self, texts: Iterable[str]) -> None:
        """Passes in silence, or raises.

        Args:
            texts: every free text of a task.

        Raises:
            Refused: if a text contains a blocked term.
        """
        if not self._terms:
            return
        for text in texts:
            folded = f" {_fold(text)} "
            unspaced = folded.replace(" ", "")
            for term in self._terms:
                inside = _is_unspaced(term) and term.replace(" ", "") in unspaced
                if inside or f" {term} " in folded:
                    raise Refused(f"this install does not make content with the term {term!r}")


def _is_unspaced(term: str) -> bool:
    """Whether a term belongs to a script that is written without spaces between words."""
    return any(low <= char <= high for char in term for low, high in _UNSPACED_SCRIPTS)


def _fold(text: str) -> str:
    """Returns the words of `text`, single-spaced, without case, accents or hidden characters."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    kept = (c for c in plain if unicodedata.category(c) not in {"Mn", "Cf", "Cc"} or c.isspace())
    return " ".join("".join(c if c.isalnum() else " " for c in kept).split())
