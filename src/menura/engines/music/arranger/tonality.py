"""Tonality: the key of a piece that leaves it open."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from menura.engines.music.arranger.players import players
from menura.text.keys import LETTERS, Key, pitch_class

if TYPE_CHECKING:
    from menura.engines.music.arranger.casting import Cast
    from menura.engines.music.arranger.genres import Genre

_TONICS = {
    "guitars": ("E", "A", "D", "G", "C"),
    "strings": ("D", "G", "A", "C", "E"),
    "brass": ("Bb", "F", "Eb", "C", "Ab"),
    "": ("C", "D", "Eb", "E", "F", "G", "A", "Bb"),
}
"""Tonics that lie well: open strings for strings and guitars, flats for brass."""
_SAME = {"Ab": "G#", "Eb": "D#", "Bb": "A#", "Db": "C#", "Gb": "F#"}


def choose_key(
    key: Key | None, mode: str | None, genre: Genre, band: Cast, rng: np.random.Generator
) -> Key:
    """Returns the key asked for, else one that the genre uses and the band plays with ease."""
    draws = rng.random(2)
    if key is not None:
        return key
    chosen = _mode(mode, genre, float(draws[0]))
    families = [players()[slot.instruments[0]].family for slot in band.slots]
    most = max(("guitars", "strings", "brass"), key=families.count)
    tonics = genre.tonics or _TONICS[most if 2 * families.count(most) >= len(families) - 1 else ""]
    tonic = tonics[int(draws[1] * len(tonics))]
    names = (tonic, _SAME.get(tonic, tonic))
    return min((Key(name, chosen) for name in names), key=_accidentals)


def _accidentals(key: Key) -> int:
    """Returns how many sharps and flats its scale is written with; two for a name out of order."""
    if len(key.steps) != len(LETTERS):
        return len(key.tonic)
    first = LETTERS.index(key.tonic[0])
    naturals = [pitch_class(LETTERS[(first + i) % len(LETTERS)]) for i in range(len(LETTERS))]
    sharps = np.array([key.pitch_class + step for step in key.steps]) - naturals
    return int(np.abs((sharps + 6) % 12 - 6).sum())


def _mode(mode: str | None, genre: Genre, draw: float) -> str:
    """Returns a mode: the one wished; for just `major` or `minor` one of the genre's own kind."""
    weights = dict(genre.modes)
    if mode is not None:
        if mode in {"major", "minor"}:
            minor = mode == "minor"
            weights = {m: w for m, w in weights.items() if Key("C", m).is_minor == minor}
            if mode in weights or not weights:
                return mode
        else:
            return mode
    shares = np.cumsum(list(weights.values()))
    return list(weights)[int(np.searchsorted(shares / shares[-1], draw, side="right"))]
