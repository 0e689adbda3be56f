"""`MusicPlan`: a piece before its notes. It is a document: TOML out, edited, TOML in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from menura.text.keys import Key

ROLES = ("drums", "percussion", "bass", "chords", "pad", "arp", "melody", "counter", "drone")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Who plays through the piece.

    Attributes:
        name: unique in the plan, such as `bass` or `violin 2`.
        role: what it plays: one of ROLES.
        instrument: a name of instruments.toml; for drums and percussion a kit.
        style: how it plays its role, such as `walking` or `four on the floor`; a name that the
            composer of the role knows, "" = the genre's own.
        gain_db: in the mix, against the genre's balance.
        pan: -1 (left) to 1 (right).
    """

    name: str
    role: str
    instrument: str
    style: str = ""
    gain_db: float = 0.0
    pan: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A stretch of the form.

    Attributes:
        name: such as `verse`; sections of one name share their material.
        bars: how long, 1 to 256.
        energy: 0 (still) to 1 (all out).
        energy_end: energy that it comes to at its end, bar by bar; 0 = `energy` stays.
        chords: one entry for each bar: a symbol (`Am7`), or several that share it (`Dm7 G7`).
        parts: names of the parts that play in it.
        seed: of all that chance decides in it.
        mode: of its scale on the plan's tonic, where it is not the plan's own; else "".
        tempo: factor on the plan's tempo while it lasts, 0.5 to 2.
        tempo_end: factor that it comes to at its end, bar by bar, 0.5 to 2; 0 = `tempo` stays.
        cut_beats: quarter notes that its last bar lacks, so that the next section begins in time.
        approach_cut_beats: quarter notes that the bar before its last one lacks, so that the last
            one, which may be the piece's last chord, begins in time.
    """

    name: str
    bars: int
    energy: float
    chords: tuple[str, ...]
    parts: tuple[str, ...]
    seed: int
    energy_end: float = 0.0
    mode: str = ""
    tempo: float = 1.0
    tempo_end: float = 0.0
    cut_beats: float = 0.0
    approach_cut_beats: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class MusicPlan:
    """A piece before its notes.

    Attributes:
        title: one line.
        genre: a name of the genres.
        key: of the whole.
        meter: beats in a bar and the note that is one beat.
        bpm: quarter notes per minute (dotted quarters for 6/8 and 12/8).
        swing: 0.5 (straight) to 0.75: where the second eighth (or sixteenth) of a pair falls.
        duration_s: exact length of the sound, ring-out included.
        loop: whether the end leads into the beginning.
        ending: how it closes: `cadence`, `fade`, `hit` or, for a loop, `none`.
        beginning: `fade`, or "" for how it opens without.
        moods: names of moods that colour melody and mix.
        parts: who plays.
        sections: in order.
        seed: of what is common to all sections.
        cues: (seconds, what) where the picture wants something: `hit`, `drop` or `rise`.
        melody: given notes as (beat, beats, pitch), or none.
        textures: what lies under the music: `vinyl`, `tape`, or surroundings such as `rain`.
        mix: words for the sound of the whole, such as `warm`, `wide` or `dry`.
    """

    title: str
    genre: str
    key: Key
    meter: tuple[int, int]
    bpm: float
    swing: float
    duration_s: float
    loop: bool
    ending: str
    moods: tuple[str, ...]
    parts: tuple[Part, ...]
    sections: tuple[Section, ...]
    seed: int
    cues: tuple[tuple[float, str], ...] = ()
    melody: tuple[tuple[float, float, float], ...] = ()
    textures: tuple[str, ...] = ()
    mix: tuple[str, ...] = ()
    beginning: str = ""

    @property
    def bar_beats(self) -> float:
        """Length of a bar in quarter notes."""
        return self.meter[0] * 4 / self.meter[1]

    @property
    def bars(self) -> int:
        """How many bars it has."""
        return sum(section.bars for section in self.sections)

    @property
    def quarter_bpm(self) -> float:
        """Tempo in quarter notes per minute, whatever note `bpm` counts."""
        return self.bpm * 1.5 if self.meter[1] == 8 and self.meter[0] % 3 == 0 else self.bpm
