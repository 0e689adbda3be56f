"""Given phonemes inside a text: as espeak-ng takes them, and the way back to the text itself."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from menura.espeak.utterance import Utterance
    from menura.espeak.words import RawEvent

_OPENED = re.compile(r"(?<=\[)\[")


@dataclass(frozen=True, slots=True, eq=False)
class Inlined:
    """A text with its phonemes in `[[...]]`.

    Attributes:
        text: as it is sent.
        origin: for each of its characters, where in the utterance's text it comes from, and at
            last the length of that; None where both are the same.
    """

    text: str
    origin: Sequence[int] | None

    def place(self, raw: Sequence[RawEvent]) -> Sequence[RawEvent]:
        """Returns espeak-ng's events with their positions in the utterance's own text."""
        origin = self.origin
        if origin is None:
            return raw
        last = len(origin) - 1
        return [
            # An end tells how many characters are done, the others count theirs from 1.
            (kind, frame, origin[min(position, last)], length, name)
            if kind == _END
            else (kind, frame, origin[min(max(position - 1, 0), last)] + 1, length, name)
            for kind, frame, position, length, name in raw
        ]


_END = 5  # espeak_EVENT_TYPE in speak_lib.h


def inline(utterance: Utterance) -> Inlined:
    """Returns an utterance's text as espeak-ng takes it.

    Phonemes are set apart by blanks: behind a bracket or quote espeak-ng 1.52 passes over them in
    silence, and in front of a hyphen it reports no word for what follows. In the text itself
    every `[` that follows another becomes a blank, so that it opens no phonemes.
    """
    text = utterance.text
    if not utterance.phonemes:
        return Inlined(text, None)
    plain = _OPENED.sub(" ", text)
    pieces: list[str] = []
    origin: list[int] = []
    done = 0
    for start, stop, phonemes in utterance.phonemes:
        pieces.append(plain[done:start])
        origin += range(done, start)
        if (pieces[-1] and not pieces[-1][-1].isspace()) or (done and not pieces[-1]):
            pieces.append(" ")
            origin.append(start)
        pieces.append(f"[[{phonemes}]]")
        origin += [start] * (len(phonemes) + 4)
        if stop < len(text) and (text[stop].isalnum() or text[stop] in "-_'’‐‑["):
            pieces.append(" ")
            origin.append(stop)
        done = stop
    pieces.append(plain[done:])
    origin += range(done, len(text) + 1)
    return Inlined("".join(pieces), origin)
