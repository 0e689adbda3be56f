"""`Genre`: how a kind of music is made, read from genres/*.toml."""

from __future__ import annotations

import functools
import tomllib
from dataclasses import dataclass
from importlib import resources
from typing import Any

from menura.errors import NotFound


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A part of the genre's band, before it is known who plays it.

    Attributes:
        name: unique in the genre.
        role: one of plan.ROLES.
        instruments: who may play it, the usual one first.
        styles: how it may be played.
        gain_db: in the mix.
        pan: -1 to 1.
        reverb: how much of it goes to the reverb, 0 to 1.
        delay: how much goes to the delay, 0 to 1.
        above: it plays in sections of this energy or more.
        below: it plays in sections of this energy or less.
        inside: names of the only sections it plays in; empty = all.
        outside: names of sections it does not play in.
        keeps: whether its usual player has this part, and not the tune, where he is asked for.
    """

    name: str
    role: str
    instruments: tuple[str, ...]
    styles: tuple[str, ...]
    gain_db: float = 0.0
    pan: float = 0.0
    reverb: float = 0.2
    delay: float = 0.0
    above: float = 0.0
    below: float = 1.0
    inside: tuple[str, ...] = ()
    outside: tuple[str, ...] = ()
    keeps: bool = False

    def plays(self, section: str, energy: float) -> bool:
        """Whether it plays in a section of this name and energy."""
        if section in self.outside or (self.inside and section not in self.inside):
            return False
        return self.above <= energy + 1e-9 and energy <= self.below + 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A form template.

    Attributes:
        weight: how often it is chosen, against the others.
        sections: (name, bars against the other sections, energy).
    """

    weight: float
    sections: tuple[tuple[str, int, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mix:
    """The sound of a genre's mixes; amounts go from 0 to 1.

    Attributes:
        reverb: the room: `room`, `chamber`, `hall`, `church`, `plate` or `spring`.
        reverb_amount: level of the room.
        delay: level of the echoes.
        sidechain: how deep the kick pumps the rest.
        saturation: of tape or valves.
        width: of the stereo picture.
        brightness: 0.5 is neutral.
    """

    reverb: str
    reverb_amount: float
    delay: float
    sidechain: float
    saturation: float
    width: float
    brightness: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Genre:
    """How a kind of music is made.

    Attributes:
        name: its id.
        tempo: lowest, highest and usual beats per minute.
        meter: beats in a bar and the note that is one beat.
        swing: where the second of a pair falls, 0.5 to 0.75.
        modes: name of a mode -> weight.
        tonics: where it lies best; empty = anywhere.
        ending: `cadence`, `fade` or `hit`.
        cadences: `functional` (phrases close) or `loop` (the progression goes round).
        extensions: `triads`, `sevenths`, `ninths`, `thirteenths`, `dominant`, `power` or `added`.
        chord_bars: bars that one chord of a progression lasts.
        voicing: a style of voicing.py.
        chance: how probable `secondary` dominants, `mixture`, `tritone` and `sus` are.
        mix: its sound.
        forms: form templates.
        slots: its band.
        harmony: name of a mode, or `major` or `minor` -> section or `any`, `cadence`, `half` ->
            progressions in Roman numerals.
    """

    name: str
    tempo: tuple[float, float, float]
    meter: tuple[int, int]
    swing: float
    modes: dict[str, float]
    tonics: tuple[str, ...]
    ending: str
    cadences: str
    extensions: str
    chord_bars: int
    voicing: str
    chance: dict[str, float]
    mix: Mix
    forms: tuple[Form, ...]
    slots: tuple[Slot, ...]
    harmony: dict[str, dict[str, tuple[str, ...]]]


DEFAULT_GENRE = "pop"


@functools.cache
def genre_names() -> tuple[str, ...]:
    """Returns the names of all genres."""
    files = (resources.files(__package__) / "genres").iterdir()
    found = (entry.name for entry in files if entry.name.endswith(".toml"))
    return tuple(sorted(name.removesuffix(".toml").replace("_", " ") for name in found))


@functools.cache
def read_genre(name: str) -> Genre:
    """Returns a genre.

    Raises:
        NotFound: if there is none of this name.
    """
    if name not in genre_names():
        raise NotFound(f"no genre is called {name!r:.60}: {', '.join(genre_names())}")
    path = resources.files(__package__) / "genres" / f"{name.replace(' ', '_')}.toml"
    return _genre(name, tomllib.loads(path.read_text(encoding="utf-8")))


def _genre(name: str, facts: dict[str, Any]) -> Genre:
    low, high, usual = facts["tempo"]
    return Genre(
        name=name,
        tempo=(float(low), float(high), float(usual)),
        meter=(int(facts["meter"][0]), int(facts["meter"][1])),
        swing=float(facts["swing"]),
        modes={mode: float(weight) for mode, weight in facts["modes"].items()},
        tonics=tuple(facts.get("tonics", ())),
        ending=facts["ending"],
        cadences=facts["cadences"],
        extensions=facts["extensions"],
        chord_bars=int(facts["chord_bars"]),
        voicing=facts["voicing"],
        chance={what: float(share) for what, share in facts["chance"].items()},
        mix=Mix(**facts["mix"]),
        forms=tuple(
            Form(weight=float(form["weight"]), sections=tuple(map(_section, form["sections"])))
            for form in facts["forms"]
        ),
        slots=tuple(_slot(slot) for slot in facts["parts"]),
        harmony={
            mode: {where: tuple(lines) for where, lines in table.items()}
            for mode, table in facts["harmony"].items()
        },
    )


def _section(written: str) -> tuple[str, int, float]:
    """Reads `name bars energy`."""
    name, bars, energy = written.rsplit(maxsplit=2)
    return name, int(bars), float(energy)


def _slot(facts: dict[str, Any]) -> Slot:
    lists = ("instruments", "styles", "inside", "outside")
    settled: dict[str, Any] = {
        name: tuple(value) if name in lists else float(value) if type(value) is int else value
        for name, value in facts.items()
    }
    return Slot(**settled)
