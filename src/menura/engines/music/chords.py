"""`Chord`: a chord symbol and what it is made of."""

from __future__ import annotations

import functools
import re
import tomllib
from dataclasses import dataclass
from importlib import resources
from typing import Any

from menura.errors import InvalidInput
from menura.text.keys import Key, pitch_class, spell

SILENCE = "N.C."
_SYMBOL = re.compile(r"([A-G](?:##|#|bb|b|))([^/\s]{0,10}(?:/9)?)(?:/([A-G](?:##|#|bb|b|)))?")


@dataclass(frozen=True, slots=True)
class Chord:
    """A chord.

    Attributes:
        root: pitch class, 0 (C) to 11.
        quality: a name of chords.toml, such as "m7"; "" is the major triad.
        bass: pitch class of the lowest note.
    """

    root: int
    quality: str
    bass: int

    @property
    def intervals(self) -> tuple[int, ...]:
        """Semitones above the root, rising from 0; 14 is a ninth."""
        return tuple(_facts()["qualities"][self.quality])

    @property
    def tones(self) -> frozenset[int]:
        """Its pitch classes."""
        return frozenset((self.root + step) % 12 for step in self.intervals)

    @property
    def is_minor(self) -> bool:
        """Whether its third is minor."""
        return 3 in self.intervals and 4 not in self.intervals

    @property
    def is_dominant(self) -> bool:
        """Whether it has a major third and a minor seventh."""
        return 4 in self.intervals and 10 in self.intervals

    def symbol(self, key: Key) -> str:
        """Returns how it is written in a key, its root by its degree: bIII of C is Eb."""
        leads = self.tones >= {self.root, (self.root + 3) % 12, (self.root + 6) % 12}
        name = spell(self.root, key, raised=leads) + self.quality
        return name if self.bass == self.root else f"{name}/{spell(self.bass, key)}"

    @classmethod
    def parse(cls, symbol: str) -> Chord:
        """Returns the chord of a symbol such as `Am7`, `F#m7b5` or `C/E`.

        Raises:
            InvalidInput: if it is none. `N.C.` is no chord either: ask for it before.
        """
        found = _SYMBOL.fullmatch(symbol)
        facts = _facts()
        quality = None
        if found is not None:
            written = found[2]
            name = facts["synonyms"].get(written, written)
            quality = name if name in facts["qualities"] else None
        if found is None or quality is None:
            raise InvalidInput(f"{symbol!r:.40} is no chord: write it like Am7, F#m7b5 or C/E")
        root = pitch_class(found[1])
        return cls(root, quality, pitch_class(found[3]) if found[3] else root)


@functools.cache
def _facts() -> dict[str, Any]:
    text = (resources.files(__package__) / "chords.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
