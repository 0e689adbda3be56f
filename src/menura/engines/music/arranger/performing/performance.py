"""`perform`: a score becomes events in seconds, as players would give them."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from menura.engines.attention import attend
from menura.engines.music.arranger.bars import bars_of
from menura.engines.music.arranger.performing.clock import Clock, swung
from menura.engines.music.arranger.performing.humans import deviations, human_of
from menura.engines.music.arranger.performing.touch import (
    lengths,
    previous_pitches,
    spread,
    unstruck,
)
from menura.engines.music.arranger.writing.compass import compass
from menura.engines.music.arranger.writing.expression import expression_of
from menura.engines.music.arranger.writing.grooves import facts as sounds
from menura.engines.music.arranger.writing.grooves import groove_of
from menura.engines.music.arranger.writing.stave import seeded
from menura.engines.music.arranger.writing.styles import style_of, styles, swung_beats, touch_of
from menura.engines.music.score import Event

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from menura.engines.music.plan import MusicPlan, Part
    from menura.engines.music.score import Line, Note, Score

_DRUMS = frozenset({"drums", "percussion"})
_LEAST_S = 0.03
_LAST_S = 0.05
"""Notes are released this long before the end, whatever the plan's duration is."""
_FORCE, _DETACHED = 0.15, 0.4
"""Share that moods change velocities by at most, and lengths where they ask for detached notes."""
_WIDE = 1.8
"""Exponent on velocities where loud and soft lie far apart: what has no beat to keep it level."""
_LET_GO_S = 0.8
"""So long before the end the last chord is let go by those who hold it; a room answers meanwhile.
Strings that die away by themselves are damped at the end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stage:
    """What all players share."""

    plan: MusicPlan
    clock: Clock
    bar_starts: NDArray[np.float64]
    section_starts: NDArray[np.float64]
    changes: NDArray[np.float64]
    end: float


def perform(score: Score, plan: MusicPlan) -> dict[str, tuple[Event, ...]]:
    """Returns what each part plays, by time.

    Onsets swing, lean back as the groove does, and deviate as people do: a little from note to
    note and slowly over several beats. Lengths follow articulation and pedal; chords on strings
    are strummed. All chance is drawn section by section, from the section's seed. Every note has
    been released before the plan's duration is over.
    """
    stage = _stage(score, plan)
    parts = {part.name: part for part in plan.parts}
    return {line.part: _play(stage, parts[line.part], line) for line in score.lines}


def _stage(score: Score, plan: MusicPlan) -> _Stage:
    clock = Clock.of(score.tempi)
    return _Stage(
        plan=plan,
        clock=clock,
        bar_starts=np.array([bar.start for bar in bars_of(plan)]),
        section_starts=np.array([beat for beat, _ in score.sections]),
        changes=np.array([*(beat for beat, _ in score.chords), score.beats]),
        end=score.beats,
    )


def _play(stage: _Stage, part: Part, line: Line) -> tuple[Event, ...]:
    attend()
    if not line.notes:
        return ()
    beats = np.array([note.beat for note in line.notes])
    at = np.maximum(np.searchsorted(stage.section_starts, beats + 1e-6, side="right") - 1, 0)
    events: list[Event] = []
    for section in np.unique(at):
        inside = np.flatnonzero(at == section)
        events += _play_section(stage, part, [line.notes[i] for i in inside], int(section))
    return tuple(sorted(events, key=lambda event: (event.start_s, event.pitch)))


def _play_section(stage: _Stage, part: Part, notes: Sequence[Note], section: int) -> list[Event]:
    plan = stage.plan
    rng = seeded(plan.sections[section].seed, part.name, "performing")
    touch, expression = touch_of(part), expression_of(plan)
    if touch.get("plucked"):
        notes = [dataclasses.replace(note, articulation="pizzicato") for note in notes]
    human = human_of(part.role, style_of(plan, part), machine=plan.genre in styles()["machines"])
    drums = part.role in _DRUMS and part.instrument != "timpani"
    beats = np.array([note.beat for note in notes])
    ends = beats + np.array([note.beats for note in notes])
    pitches = np.array([note.pitch for note in notes])
    moments, which = np.unique(np.round(beats, 6), return_inverse=True)
    late = deviations(human, moments, rng)[which] + touch.get("late_ms", 0.0) / 1000
    if drums:
        late = late + _leaning(plan, part, pitches)
    else:
        late = late + spread(part.instrument, beats, pitches, rng)
    written = stage.clock.seconds_at(_swing(stage, beats))
    starts = np.maximum(written + late, 0.0)
    released = stage.clock.seconds_at(_swing(stage, ends))
    held_until = _chord_ends(stage, beats)
    long_s = lengths(part, notes, released - written, held_until - written)
    bound = 1 + touch.get("length", 0.0) + _DETACHED * min(expression.legato, 0.0)
    last_s = plan.duration_s if plan.loop else plan.duration_s - _LAST_S
    if not drums:
        let_go_s = plan.duration_s - _LET_GO_S if compass(part.instrument).hold else last_s
        rung_s = long_s if plan.loop else np.maximum(let_go_s - starts, long_s)
        long_s = np.where(ends > stage.end - 1e-6, rung_s, long_s * bound)
    force = np.array([note.velocity for note in notes])
    loud = 1 + touch.get("force", 0.0) + _FORCE * expression.dynamics
    if plan.genre in styles()["breathing"]:
        force = force**_WIDE
    force = np.clip(force * loud * (1 + rng.normal(0, human.force, len(notes))), 0.02, 1.0)
    from_pitches = previous_pitches(notes)
    long_s = long_s if drums else unstruck(starts, long_s, pitches)
    return [
        Event(
            start_s=float(starts[i]),
            length_s=float(max(min(long_s[i], last_s - starts[i]), _LEAST_S)),
            pitch=float(pitches[i]),
            velocity=float(force[i]),
            articulation=note.articulation,
            from_pitch=from_pitches[i],
        )
        for i, note in enumerate(notes)
        if starts[i] < last_s - _LEAST_S
    ]


def _swing(stage: _Stage, beats: NDArray[np.float64]) -> NDArray[np.float64]:
    """Returns beats swung, where the meter has pairs to swing."""
    plan, pair = stage.plan, swung_beats(stage.plan)
    paired = plan.meter[1] <= 4
    if plan.swing <= 0.5 or not paired:
        return beats
    return swung(beats, stage.bar_starts, plan.swing, pair)


def _leaning(plan: MusicPlan, part: Part, pitches: NDArray[np.float64]) -> NDArray[np.float64]:
    """Returns how late the groove wants each sound, seconds."""
    groove, _ = groove_of(plan, part)
    if groove is None:
        return np.zeros(len(pitches))
    keys = sounds()["keys"]
    late = {keys[sound]: ms for sound, ms in groove.late_ms.items()}
    return np.array([late.get(round(pitch), 0.0) for pitch in pitches]) / 1000


def _chord_ends(stage: _Stage, beats: NDArray[np.float64]) -> NDArray[np.float64]:
    """Returns when the chord that sounds at each beat gives way, seconds."""
    after = np.searchsorted(stage.changes, beats + 1e-6, side="right")
    return stage.clock.seconds_at(stage.changes[np.minimum(after, len(stage.changes) - 1)])
