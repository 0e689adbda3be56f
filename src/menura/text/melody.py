"""Melodies as text: `D4:1 F#4:0.5 r:0.5 A4:1`, each note with its length in quarter notes."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING

from menura.errors import InvalidInput
from menura.text.keys import pitch_class

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_NOTES = 20_000
MAX_NOTE_BEATS = 1024
MIN_PITCH, MAX_PITCH = 0.0, 127.0
MAX_CENTS = 100

_NOTE = re.compile(
    r"(?:(?P<rest>[rR])|(?P<letter>[A-Ga-g])(?P<sign>##|#|♯|bb|b|♭|)(?P<octave>-1|\d)"
    r"(?P<cents>[+-]\d{1,2})?):(?P<beats>\d{1,4}(?:\.\d{1,6}|/[1-9]\d?)?)"
)
_SIGNS = {"♯": "#", "♭": "b"}
_NAMES = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
_SEPARATORS = re.compile(r"[\s,|]+")
_OCTAVE = 12
_MAX_DENOMINATOR = 99
_EXACT = 1e-7
# Places are sums of lengths that were rounded to a millionth: less than this is no gap.
_TOLERANCE = Fraction(1, 10_000)

Notes = tuple[tuple[float, float, float], ...]


def read_melody(text: str) -> Notes:
    """Returns the notes of a written melody as (beat, beats, pitch).

    `D4:1` is a D above middle C (C4) for one quarter note, `r:0.5` a rest, `Bb3:2/3` a length as a
    fraction, `E4-50:1` a quarter tone (50 cents) lower. Blanks, commas and bar lines (`|`) part
    the notes. Lengths are summed exactly, so that triplets meet the beat again.

    Args:
        text: the melody; an empty one has no notes.

    Returns:
        For each note: where it begins and how long it is, in quarter notes, and its MIDI pitch.

    Raises:
        InvalidInput: if a note is none, is out of range, or there are over MAX_NOTES.
    """
    notes = []
    at = Fraction(0)
    for count, token in enumerate(filter(None, _SEPARATORS.split(text)), start=1):
        if count > MAX_NOTES:
            raise InvalidInput(f"a melody has at most {MAX_NOTES} notes and rests")
        beats, pitch = _read_note(token, count)
        if pitch is not None:
            notes.append((float(at), float(beats), pitch))
        at += beats
    return tuple(notes)


def write_melody(notes: Iterable[tuple[float, float, float]]) -> str:
    """Returns the text of a melody: the inverse of `read_melody`.

    Args:
        notes: (beat, beats, pitch) as `read_melody` returns them; gaps become rests.

    Raises:
        InvalidInput: if notes overlap, are out of range, or there are too many.
    """
    words = []
    at = Fraction(0)
    for beat, beats, pitch in notes:
        start, length = _settle(beat), _settle(beats)
        if abs(start - at) < _TOLERANCE:
            start = at
        if start < at or not 0 < length <= MAX_NOTE_BEATS or not MIN_PITCH <= pitch <= MAX_PITCH:
            raise InvalidInput(
                f"the note at beat {beat:g} overlaps another, or is out of range: a melody has "
                "one note at a time"
            )
        while start > at:
            rest = min(start - at, Fraction(MAX_NOTE_BEATS))
            words.append(f"r:{_show(rest)}")
            at += rest
        words.append(f"{_name(pitch)}:{_show(length)}")
        at += length
        if len(words) > MAX_NOTES:
            raise InvalidInput(f"a melody has at most {MAX_NOTES} notes and rests")
    return " ".join(words)


def _read_note(token: str, count: int) -> tuple[Fraction, float | None]:
    found = _NOTE.fullmatch(token)
    if found is None:
        raise InvalidInput(
            f"{token!r:.40} (number {count} in the melody) is no note: write D4:1, F#4:0.5 or r:1"
        )
    beats = Fraction(found["beats"])
    pitch = None
    if not found["rest"]:
        sign = _SIGNS.get(found["sign"], found["sign"])
        natural = pitch_class(found["letter"].upper())
        shift = sign.count("#") - sign.count("b")
        cents = int(found["cents"] or 0)
        pitch = _OCTAVE * (int(found["octave"]) + 1) + natural + shift + cents / MAX_CENTS
    if not 0 < beats <= MAX_NOTE_BEATS or not (pitch is None or MIN_PITCH <= pitch <= MAX_PITCH):
        raise InvalidInput(
            f"{token!r:.40} (number {count} in the melody) is out of range: notes go from C-1 to "
            f"G9, lengths up to {MAX_NOTE_BEATS} quarter notes"
        )
    return beats, pitch


def _settle(beats: float) -> Fraction:
    """Returns a length or place as the simplest fraction that it can be told from."""
    if not 0 <= beats < MAX_NOTES * MAX_NOTE_BEATS:
        raise InvalidInput(f"{beats!r:.20} is no place in a melody: beats count from 0")
    simple = Fraction(beats).limit_denominator(_MAX_DENOMINATOR)
    return simple if abs(float(simple) - beats) < _EXACT else Fraction(round(beats * 10**6), 10**6)


def _show(beats: Fraction) -> str:
    """Returns a length as a decimal number if that is exact, else as a fraction."""
    decimal = f"{float(beats):.6f}".rstrip("0").rstrip(".")
    if Fraction(decimal) == beats or beats.denominator > _MAX_DENOMINATOR:
        return decimal
    return f"{beats.numerator}/{beats.denominator}"


def _name(pitch: float) -> str:
    nearest = round(pitch)
    cents = round((pitch - nearest) * MAX_CENTS)
    octave = nearest // _OCTAVE - 1
    return f"{_NAMES[nearest % _OCTAVE]}{octave}{f'{cents:+d}' if cents else ''}"
