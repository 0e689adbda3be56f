"""Harmony: progressions in Roman numerals become the chords of a section, bar by bar."""

from __future__ import annotations

import functools
import re
import tomllib
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Any

from menura.engines.music.chords import Chord
from menura.errors import InvalidInput
from menura.text.keys import LETTERS, Key, pitch_class, plain, scales, spell

if TYPE_CHECKING:
    import numpy as np

    from menura.engines.music.arranger.genres import Genre

_NUMERAL = re.compile(r"([b#]?)([IViv]+)(o|\+|ø|)([^/]{0,8}(?:6/9)?)(?:/([b#]?[IViv]+))?")
_STEP = re.compile(r"([b#]?)([IViv]+)")
_DEGREES = {"I": 0, "II": 2, "III": 4, "IV": 5, "V": 7, "VI": 9, "VII": 11}
_PHRASE_BARS, _CHORUS_BARS = 4, 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """What a section asks of its harmony.

    Attributes:
        name: of the section.
        bars: how many.
        key: its tonic and mode.
        closes: whether the piece ends with it: its last bar is then the tonic.
        turns: whether it is repeated or looped: its last bar must lead back.
    """

    name: str
    bars: int
    key: Key
    closes: bool = False
    turns: bool = False


def harmonise(genre: Genre, passage: Passage, rng: np.random.Generator) -> tuple[str, ...]:
    """Returns the chords of a section, one entry for each bar, as chord symbols.

    Phrases are of four bars. In a `functional` genre the phrase in the middle ends half-way (on
    the dominant) and the last one with a cadence; a `loop` goes round. The piece's last section
    always cadences to the tonic, which takes the last bar. After Caplin, "Classical Form" (1998),
    chapters 3 and 4, for phrases and cadences.
    """
    if not chords_scale(passage.key.mode):
        return (f"{passage.key.tonic}5",) * passage.bars
    table = progressions(genre, passage.key)
    lines = table.get(passage.name) or table["any"]
    if passage.closes and passage.bars <= _PHRASE_BARS:  # too short to come home from elsewhere
        lines = _at_home(lines) or _at_home(table["any"]) or lines
    line = _line(lines, genre, passage.bars, rng)
    bars = _repeated(line, genre, passage.bars)
    cyclic = len(set(bars)) > 1
    if genre.cadences == "functional" and cyclic:
        bars = _punctuated(bars, table, rng)
    if passage.closes:
        cadence = table["cadence"][int(rng.integers(len(table["cadence"])))].split()
        own = len(line) == _CHORUS_BARS and passage.bars % _CHORUS_BARS == 0
        # A chorus of twelve bars has its own cadence: only its turnaround gives way.
        bars = [*bars[:-1], cadence[-1]] if own else _closed(bars, cadence)
    elif bars[-1].startswith("V/"):  # it would lead to what does not come
        bars[-1] = table["half"][0]
    bars = _coloured(bars, genre, rng)
    if passage.turns and cyclic and bars[-1].upper() == bars[0].upper() == "I":
        bars[-1] = table["half"][0].split(",")[-1]
    return spell_bars(bars, genre, passage, rng)


def spell_bars(
    bars: list[str], genre: Genre, passage: Passage, rng: np.random.Generator
) -> tuple[str, ...]:
    """Returns bars of numerals as symbols, with the tensions that the genre gives its chords."""
    named: dict[str, str] = {}
    for bar in bars:
        for numeral in bar.split(","):
            if numeral not in named:
                named[numeral] = _extended(numeral, genre, rng, last=False)
    last = bars[-1].split(",")[-1]
    spelt = [[named[numeral] for numeral in bar.split(",")] for bar in bars]
    if passage.closes:
        spelt[-1] = [_extended(last, genre, rng, last=True)]
    return tuple(
        " ".join(dict.fromkeys(spell_numeral(numeral, passage.key) for numeral in bar))
        for bar in spelt
    )


def chord_of(numeral: str, key: Key) -> Chord:
    """Returns the chord of a Roman numeral such as `ii7`, `bVImaj7`, `V7/vi` or `viiø7`.

    Degrees count from the major scale of the tonic whatever the mode is, so that minor is written
    `i bIII bVI bVII`; lower case is a minor triad, `o` diminished, `+` augmented.

    Raises:
        InvalidInput: if it is none.
    """
    return Chord.parse(spell_numeral(numeral, key))


def spell_numeral(numeral: str, key: Key) -> str:
    """Returns the symbol of a Roman numeral, spelt by its degree: bIII of C is Eb, never D#.

    Raises:
        InvalidInput: if it is none.
    """
    found = _NUMERAL.fullmatch(numeral)
    parts = [found[1] + found[2], found[5] or "I"] if found is not None else [""]
    steps = [_STEP.fullmatch(part) for part in parts]
    if found is None or any(step is None or step[2].upper() not in _DEGREES for step in steps):
        raise InvalidInput(f"{numeral!r:.40} is no Roman numeral: write it like ii7, bVI or V/vi")
    root, letter = key.pitch_class, LETTERS.index(key.tonic[0])
    for step in steps:
        if step is not None:
            degree = step[2].upper()
            root += _DEGREES[degree] + {"b": -1, "#": 1, "": 0}[step[1]]
            letter += list(_DEGREES).index(degree)
    name = LETTERS[letter % 7]
    sharps = (root - pitch_class(name) + 6) % 12 - 6
    spelt = spell(root, key)
    if abs(sharps) <= 1:
        spelt = plain(name + {0: "", 1: "#", -1: "b"}[sharps], key)
    return spelt + _quality(found[2].islower(), found[3], found[4])


def chord_scale(chord: Chord, key: Key) -> tuple[float, ...]:
    """Returns the pitch classes that fit over a chord: the key's scale, bent to the chord's tones.

    A tone of the scale within a semitone of a chord tone that the scale lacks gives way to it, so
    over E7 in A minor the G becomes G#. After Nettles and Graf, "The Chord Scale Theory" (1997).

    Returns:
        Pitch classes from 0 below 12, rising; quarter tones as the key has them.
    """
    scale = {(key.pitch_class + step) % 12 for step in key.steps}
    for tone in sorted(chord.tones):
        if tone in scale:
            continue
        near = [s for s in scale if min((s - tone) % 12, (tone - s) % 12) <= 1]
        scale -= {s for s in near if s not in chord.tones}
        scale.add(float(tone))
    return tuple(sorted(float(s) for s in scale))


@functools.cache
def chords_scale(mode: str) -> str:
    """Returns the mode whose chords harmonise a mode; "" = it is heard over a drone."""
    return str(scales()[mode]["chords"])


@functools.cache
def _common() -> dict[str, Any]:
    text = (resources.files(__package__) / "harmony.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def progressions(genre: Genre, key: Key) -> dict[str, tuple[str, ...]]:
    """Returns the progressions for a mode: the genre's own, else those of the mode anywhere."""
    mode = key.mode
    if mode in genre.harmony:
        own = genre.harmony[mode]
    else:
        mode = chords_scale(mode)
        own = genre.harmony.get(mode, {})
    family = "minor" if Key("C", mode).is_minor else "major"
    common = _common()["modes"].get(mode, _common()["modes"][family])
    return {name: tuple(lines) for name, lines in {**common, **own}.items()}


def _line(lines: tuple[str, ...], genre: Genre, bars: int, rng: np.random.Generator) -> list[str]:
    """Returns one of the progressions, if there is a choice one that the section has room for."""
    draw = float(rng.random())
    split = [line.split() for line in lines]
    fitting = [line for line in split if len(line) * genre.chord_bars <= bars] or split
    return fitting[int(draw * len(fitting))]


def _at_home(lines: tuple[str, ...]) -> tuple[str, ...]:
    """Returns the progressions that begin on the tonic."""
    return tuple(line for line in lines if re.match(r"[Ii](?![IViv])", line))


def _repeated(line: list[str], genre: Genre, bars: int) -> list[str]:
    held = [bar for bar in line for _ in range(genre.chord_bars)]
    return [held[i % len(held)] for i in range(bars)]


def _punctuated(
    bars: list[str], table: dict[str, tuple[str, ...]], rng: np.random.Generator
) -> list[str]:
    """Puts a half cadence in the middle of a period of eight bars or more, a full one at its end.

    Progressions of eight bars and more were written with their own cadences.
    """
    out = list(bars)
    if len(bars) < 2 * _PHRASE_BARS or bars[:_PHRASE_BARS] != bars[_PHRASE_BARS : 2 * _PHRASE_BARS]:
        return out
    for end in range(_PHRASE_BARS, len(bars) + 1, _PHRASE_BARS):
        if (end // _PHRASE_BARS) % 2:
            halves = table["half"]
            out[end - 1] = halves[int(rng.integers(len(halves)))]
        else:
            out = _closed(out[:end], table["cadence"][0].split()) + out[end:]
    return out


def _closed(bars: list[str], cadence: list[str]) -> list[str]:
    """Returns the bars with a cadence for their end; its last chord takes the last bar.

    A cadence that would be longer than half of the bars comes in faster: two chords to a bar.
    """
    lead = cadence[:-1]
    room = max((len(bars) - 1) // 2, 1 if len(bars) > 1 else 0)
    if len(lead) > room:
        lead = [",".join(lead[-2:])] if room else []
    return bars[: len(bars) - 1 - len(lead)] + lead + [cadence[-1]]


def _coloured(bars: list[str], genre: Genre, rng: np.random.Generator) -> list[str]:
    """Adds secondary dominants, chords of the other mode and tritone substitutes, by chance."""
    out = list(bars)
    draws = rng.random((len(bars), 3))
    for at in range(len(bars) - 1):
        bar, after = out[at], bars[at + 1].split(",")[0]
        if "," in bar or bar == after:
            continue
        if (
            draws[at, 0] < genre.chance["secondary"]
            and after in {"ii", "iii", "vi", "V", "IV", "iv", "bVI", "bIII"}
            and not bar.upper().startswith("V")
        ):
            out[at] = f"{bar},V7/{after}"
        elif draws[at, 1] < genre.chance["mixture"] and bar == "IV" and after in {"I", "V"}:
            out[at] = "IV,iv"
        elif draws[at, 2] < genre.chance["tritone"] and bar == "V" and after in {"I", "i"}:
            out[at] = "V,bII7"
        elif bar == "iv" and after == "V" and draws[at, 1] < genre.chance["mixture"]:
            out[at] = "iv,iio"
    return out


def _extended(numeral: str, genre: Genre, rng: np.random.Generator, *, last: bool) -> str:
    """Returns a numeral with the sevenths and tensions of the genre, if it names none itself."""
    found = _NUMERAL.fullmatch(numeral)
    draw = float(rng.random())
    if found is None or found[4]:
        return numeral
    if genre.extensions == "power":
        return numeral if found[3] else _with(found, "5")
    triad = found[2].lower() if found[2].islower() else found[2]
    if found[3] == "o":
        if found[2] == "ii" and genre.extensions not in {"triads", "added"}:
            return "iiø7"
        return numeral if genre.extensions in {"triads", "added"} else _with(found, "7")
    if found[3]:
        return numeral
    table = _common()["extensions"][genre.extensions]
    function = _function(found[1], triad, found[5])
    choices = table.get("last" if last and function in {"tonic", "minor tonic"} else "", {})
    names = choices.get(function) or table.get(function, [""])
    return _with(found, names[int(draw * len(names))])


def _function(accidental: str, triad: str, of: str | None) -> str:
    """Returns what a triad does, as far as its tensions depend on it."""
    if of or (triad == "V" and not accidental):
        return "dominant"
    if triad == "I":
        return "tonic" if not accidental else "major"
    if triad == "i":
        return "minor tonic"
    if triad == "VII" and accidental == "b":
        return "subtonic"
    return "minor" if triad.islower() else "major"


def _with(found: re.Match[str], quality: str) -> str:
    of = f"/{found[5]}" if found[5] else ""
    return f"{found[1]}{found[2]}{found[3]}{quality}{of}"


def _quality(minor: bool, sign: str, suffix: str) -> str:
    if sign == "o":
        return "dim7" if suffix == "7" else "dim"
    if sign == "ø":
        return "m7b5"
    if sign == "+":
        return "aug7" if suffix == "7" else "aug"
    if not minor or suffix in {"5", "sus2", "sus4", "7sus4", "9sus4"}:
        return suffix
    return {"add9": "m(add9)", "maj7": "m(maj7)"}.get(suffix, f"m{suffix}")
