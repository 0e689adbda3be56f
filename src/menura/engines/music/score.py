"""What is played: notes as written, in beats, and as performed, in seconds."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from menura.text.keys import Key


@dataclass(frozen=True, slots=True)
class Note:
    """A note as written.

    Attributes:
        beat: where it begins, in quarter notes from the start of the piece.
        beats: how long it is written, in quarter notes.
        pitch: MIDI number, 60 = middle C; fractions lie between the keys. For drums the key of
            General MIDI's percussion map: 36 = kick, 38 = snare, 42 = closed hi-hat.
        velocity: how hard, 0 (not at all) to 1; 0.63 is mezzo-forte (MIDI 80).
        articulation: "" or one of ARTICULATIONS.
    """

    beat: float
    beats: float
    pitch: float
    velocity: float
    articulation: str = ""


ARTICULATIONS = frozenset(
    {"legato", "staccato", "accent", "ghost", "pizzicato", "tremolo", "slide", "mute", "trill"}
)
"""`legato`: bound to the note before; `slide`: from that note's pitch; `mute`: damped (palm, hand,
mallet, sordino as the instrument has it); `ghost`: hardly heard."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What one player has to play.

    Attributes:
        part: name of the plan's part, such as `bass`.
        notes: by beat.
    """

    part: str
    notes: tuple[Note, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A note as performed.

    Attributes:
        start_s: where it begins, seconds from the start of the piece.
        length_s: from its start to its release; the release sounds on.
        pitch: as in `Note`.
        velocity: as in `Note`.
        articulation: as in `Note`.
        from_pitch: pitch of the note before, where it is bound to it or slides from it; else None.
    """

    start_s: float
    length_s: float
    pitch: float
    velocity: float
    articulation: str = ""
    from_pitch: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """A piece as written, with what turns beats into seconds.

    Attributes:
        key: of the piece.
        meter: beats in a bar and the note that is one beat: (6, 8).
        tempi: (beat, quarter notes per minute) from each change on; the first at beat 0.
        sections: (beat, name) of each section's start.
        chords: (beat, symbol) of each change.
        lines: who plays what.
        beats: length of the piece, quarter notes.
        meters: (beat, meter) of each bar whose length differs from that of the bar before; the
            first at beat 0. A bar cut short has a meter of its own.
    """

    key: Key
    meter: tuple[int, int]
    tempi: tuple[tuple[float, float], ...]
    sections: tuple[tuple[float, str], ...]
    chords: tuple[tuple[float, str], ...]
    lines: tuple[Line, ...] = field(default=())
    beats: float = 0.0
    meters: tuple[tuple[float, tuple[int, int]], ...] = ()

    def seconds(self, beat: float) -> float:
        """Returns when a beat is, in seconds, at the written tempo."""
        seconds, at, bpm = 0.0, 0.0, self.tempi[0][1]
        for start, tempo in self.tempi:
            if start >= beat:
                break
            seconds += (start - at) * 60 / bpm
            at, bpm = start, tempo
        return seconds + (beat - at) * 60 / bpm
