"""`Key`: a tonic and a mode, as musicians write them: `D major`, `F# minor`, `Bb dorian`."""

from __future__ import annotations

import functools
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from menura.errors import InvalidInput

LETTERS = "CDEFGAB"
_NATURAL = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_ACCIDENTALS = {"": 0, "#": 1, "b": -1, "##": 2, "bb": -2}
_NOTE = re.compile(r"([A-G])(##|#|bb|b|)")
_SIGN = "##|#|♯|bb|b|♭|[- ]?sharp|[- ]?flat|"
_KEY = re.compile(
    rf"([A-Ga-g])\s?({_SIGN})(?:[\s-]+([a-z][a-z -]{{1,30}})|(m|M|maj|min)|)",
)


@dataclass(frozen=True, slots=True)
class Key:
    """A tonic and a scale above it.

    Attributes:
        tonic: name of a pitch class: a letter and `#` or `b`.
        mode: a name from scales.toml, such as `major`, `minor` or `dorian`.

    Raises:
        InvalidInput: if either is none.
    """

    tonic: str
    mode: str

    def __post_init__(self) -> None:
        pitch_class(self.tonic)
        if self.mode not in scales():
            raise InvalidInput(f"no mode is called {self.mode!r:.60}: {', '.join(scales())}")

    def __str__(self) -> str:
        return f"{self.tonic} {self.mode}"

    @property
    def pitch_class(self) -> int:
        """The tonic in semitones above C, 0 to 11."""
        return pitch_class(self.tonic)

    @property
    def steps(self) -> tuple[float, ...]:
        """The degrees of the scale, semitones above the tonic, rising from 0; quarter tones too."""
        return tuple(scales()[self.mode]["steps"])

    @property
    def is_minor(self) -> bool:
        """Whether its third is a minor one, or neutral."""
        return bool(scales()[self.mode]["minor"])

    @classmethod
    def parse(cls, text: str) -> Key:
        """Returns the key that a text names: `D major`, `f# minor`, `Bbm`, `E-flat dorian`, `C`.

        Raises:
            InvalidInput: if it names none.
        """
        found = _KEY.fullmatch(text.strip())
        if found is None:
            raise InvalidInput(f"{text!r:.60} is no key: write it like 'D major' or 'F# minor'")
        letter, accidental, mode, short = found.groups()
        sign = {"♯": "#", "♭": "b"}.get(accidental, accidental).strip(" -")
        sign = {"sharp": "#", "flat": "b"}.get(sign, sign)
        if short is not None:
            mode = "minor" if short in {"m", "min"} else "major"
        elif mode is None:
            mode = "minor" if letter.islower() and not sign else "major"
        words = " ".join(mode.split())
        return cls(letter.upper() + sign, _mode(words))


def pitch_class(name: str) -> int:
    """Returns the pitch class of a note's name, 0 (C) to 11 (B).

    Raises:
        InvalidInput: if it is no name: a letter A to G, with `#`, `b`, `##` or `bb`.
    """
    found = _NOTE.fullmatch(name)
    if found is None:
        raise InvalidInput(f"{name!r:.40} is no note: write a letter A to G, with # or b")
    return (_NATURAL[found[1]] + _ACCIDENTALS[found[2]]) % 12


def spell(pitch: int, key: Key, *, raised: bool = False) -> str:
    """Returns the name of a pitch class in a key, by its degree: in C the minor third is Eb.

    Args:
        pitch: pitch class; others are taken into the octave.
        key: whose tonic degrees count from.
        raised: whether a tone between two degrees is the lower one raised, as the roots of
            diminished chords that lead upwards are.
    """
    lowered = _RAISED if raised else _LOWERED
    degree = lowered[(pitch - key.pitch_class) % 12]
    letter = LETTERS[(LETTERS.index(key.tonic[0]) + degree) % 7]
    sharps = (pitch - _NATURAL[letter] + 6) % 12 - 6
    if abs(sharps) <= 1:
        return plain(letter + {0: "", 1: "#", -1: "b"}[sharps], key)
    flats = key.tonic.endswith("b") or str(key.tonic) in _FLAT_KEYS["minor" if key.is_minor else ""]
    return ("C Db D Eb E F Gb G Ab A Bb B" if flats else "C C# D D# E F F# G G# A A# B").split()[
        pitch % 12
    ]


def plain(name: str, key: Key) -> str:
    """Returns a note's name as musicians write it in a key: C for B#, where no signature has B#.

    Args:
        name: a letter with one sharp or flat, or none.
        key: E# and Cb stay in keys of six sharps or flats and more, B# and Fb in those of seven.
    """
    if name not in _WHITE:
        return name
    place, white = _WHITE[name]
    signs = _FIFTHS[key.tonic[0]] - (3 if key.is_minor else 0)
    signs += 7 * (key.tonic.count("#") - key.tonic.count("b"))
    return name if signs * place >= place * place else white


_WHITE = {"E#": (6, "F"), "B#": (7, "C"), "Cb": (-6, "B"), "Fb": (-7, "E")}
"""Names with a sharp or flat for white keys: the signature that has them, and their plain names."""
_FIFTHS = {"F": -1, "C": 0, "G": 1, "D": 2, "A": 3, "E": 4, "B": 5}
"""Sharps of the major key on a letter."""
_LOWERED = (0, 1, 1, 2, 2, 3, 3, 4, 5, 5, 6, 6)
_RAISED = (0, 0, 1, 1, 2, 3, 3, 4, 4, 5, 5, 6)
"""Semitones above the tonic -> steps of its letter."""
_FLAT_KEYS = {"": frozenset({"F"}), "minor": frozenset({"D", "G", "C", "F"})}


def _mode(words: str) -> str:
    for name, facts in scales().items():
        if words == name or words in facts["synonyms"]:
            return name
    raise InvalidInput(f"no mode is called {words!r:.60}: {', '.join(scales())}")


@functools.cache
def scales() -> dict[str, dict[str, Any]]:
    """Returns the scales of scales.toml by name."""
    path = Path(__file__).with_name("scales.toml")
    return tomllib.loads(path.read_text(encoding="utf-8"))
