"""`Stave`: what the writer of a part is given for one section."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from menura.engines.music.arranger.writing.compass import Compass, compass

if TYPE_CHECKING:
    from menura.engines.music.arranger.bars import Bar
    from menura.engines.music.chords import Chord
    from menura.engines.music.plan import MusicPlan, Part
    from menura.text.keys import Key


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A stretch of one chord inside one bar.

    Attributes:
        start: quarter notes from the start of the piece.
        end: where it gives way.
        chord: None where there is none.
        bar: the bar it is in.
    """

    start: float
    end: float
    chord: Chord | None
    bar: Bar


@dataclass(frozen=True, slots=True, kw_only=True)
class Stave:
    """One part in one section.

    Attributes:
        plan: the piece.
        part: who plays.
        style: how, a name of styles.toml or of a groove.
        bars: of the section.
        seed: of the section.
        closing: whether the piece ends with it by a cadence or a hit.
        following: name of the section after it; "" if none.
        arrival: whether it begins the piece, or is louder than what comes before it.
    """

    plan: MusicPlan
    part: Part
    style: str
    bars: tuple[Bar, ...]
    seed: int
    closing: bool
    following: str
    arrival: bool

    @property
    def compass(self) -> Compass:
        """What the instrument can play."""
        return compass(self.part.instrument)

    @property
    def key(self) -> Key:
        """The key of the section."""
        return self.bars[0].key

    @property
    def name(self) -> str:
        """The name of the section."""
        return self.bars[0].name

    @property
    def start(self) -> float:
        """The beat it begins at."""
        return self.bars[0].start

    @property
    def end(self) -> float:
        """The beat it ends at."""
        return self.bars[-1].end

    @property
    def energy(self) -> float:
        """Its mean energy."""
        return sum(bar.energy for bar in self.bars) / len(self.bars)

    @property
    def climbs(self) -> bool:
        """Whether the plan has its energy rise or fall from bar to bar."""
        return bool(self.plan.sections[self.bars[0].section].energy_end)

    def slots(self) -> list[Slot]:
        """Returns the chords of the section in order, none longer than its bar."""
        found = []
        for bar in self.bars:
            ends = [start for start, _ in bar.chords[1:]] + [bar.end]
            for (start, chord), end in zip(bar.chords, ends, strict=True):
                found.append(Slot(start=start, end=end, chord=chord, bar=bar))
        return found

    def rng(self, what: str) -> np.random.Generator:
        """Returns the chance of this section alone."""
        return seeded(self.seed, self.part.name, what)

    def theme_rng(self, what: str) -> np.random.Generator:
        """Returns the chance that all sections of this name share."""
        return seeded(self.plan.seed, self.name, what)

    def piece_rng(self, what: str) -> np.random.Generator:
        """Returns the chance that the whole piece shares."""
        return seeded(self.plan.seed, what)


def seeded(seed: int, *names: str) -> np.random.Generator:
    """Returns a generator for a seed and what it decides, the same on every machine."""
    return np.random.default_rng([seed, *(zlib.crc32(name.encode()) for name in names)])


def strong_beats(bar: Bar) -> tuple[float, ...]:
    """Returns the strong beats of a bar, quarter notes from its start.

    The first of two pulses, of three, and of the two and three that make five; after Lerdahl and
    Jackendoff, "A Generative Theory of Tonal Music" (1983), chapter 4.
    """
    count = len(bar.pulses)
    if count in {3, 7}:
        return bar.pulses[:1]
    if count == 5:
        return (bar.pulses[0], bar.pulses[3])
    return bar.pulses[::2]


def lowest_tune(stave: Stave) -> int:
    """Returns where the lowest of those with the tune sings best; 127 where nobody has it."""
    singers = (part for part in stave.plan.parts if part.role == "melody")
    playing = (part for part in singers if part.name in stave.bars[0].parts)
    return min((compass(part.instrument).tune for part in playing), default=127)


def dynamics(energy: float) -> float:
    """Returns the velocity of a section's energy: piano at 0, fortissimo at 1."""
    return 0.38 + 0.47 * energy
