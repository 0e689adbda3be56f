"""Arranging: a task becomes a plan, the plan notes, before anything sounds."""

from __future__ import annotations

import dataclasses
import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from menura.engines.attention import attend
from menura.engines.music.arranger.composing import compose
from menura.engines.music.arranger.document import read_plan
from menura.engines.music.arranger.editing import continued, replaced
from menura.engines.music.arranger.performing import perform
from menura.engines.music.arranger.writing import describe_fallbacks, write
from menura.errors import InvalidInput, InvalidText
from menura.text.brief import read_brief

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from menura.engines.music.plan import MusicPlan
    from menura.engines.music.score import Event, Score
    from menura.tasks import Music

WITH_A_PLAN = (
    "prompt",
    "duration_s",
    "bpm",
    "key",
    "meter",
    "form",
    "instruments",
    "exclude",
    "loop",
    "melody",
    "cues",
)
"""Fields that say what a plan says already."""
SAYING = ("bpm", "key", "meter", "form", "instruments", "exclude", "melody", "cues")
"""Fields that say something of the music beside the prompt."""
EXAMPLES = "calm folk, dark techno or string quartet"
AT_A_CUE_S = 0.04
"""What people play this near to a cue is meant for it."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Arranged:
    """A piece before it sounds.

    Attributes:
        plan: its document.
        score: as written.
        events: as performed, by part.
        understood: what of the prompt led to what.
        ignored: what was not understood, or could not be done.
    """

    plan: MusicPlan
    score: Score
    events: Mapping[str, tuple[Event, ...]]
    understood: Mapping[str, Any]
    ignored: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Planned:
    """A plan with what a report says of it."""

    plan: MusicPlan
    notes: tuple[str, ...]
    understood: Mapping[str, Any]


def arrange(task: Music) -> Arranged:
    """Returns the piece that a task asks for, note by note.

    Raises:
        InvalidText: if nothing of the prompt is known, and no field says more.
        InvalidInput: if the task asks for what does not exist.
    """
    piece = planned(task)
    score, events = _played(piece.plan)
    return Arranged(
        plan=piece.plan,
        score=score,
        events=events,
        understood=piece.understood,
        ignored=(*piece.notes, *describe_fallbacks(piece.plan), *_unheard(piece.plan, events)),
    )


def _unheard(plan: MusicPlan, events: Mapping[str, tuple[Event, ...]]) -> list[str]:
    """Returns a line for each part that has nothing to play."""
    return [
        f"{part.name} ({part.instrument}) has no note in this piece"
        for part in plan.parts
        if not events.get(part.name)
    ]


@functools.lru_cache(maxsize=8)
def planned(task: Music) -> Planned:
    """Returns the plan of a task: its own, or one composed to what it asks for.

    Raises:
        InvalidText: if nothing of the prompt is known, and no field says more.
        InvalidInput: if the task asks for what does not exist.
    """
    attend()
    seed = task.seed or 0
    if task.plan:
        if given := [name for name in WITH_A_PLAN if getattr(task, name)]:
            raise InvalidInput(
                f"the plan says it all: leave out {', '.join(given)}, or change it in the plan"
            )
        plan = read_plan(task.plan)
        notes: tuple[str, ...] = ()
        if task.replace_section is not None:
            plan = replaced(plan, task.replace_section, seed)
        if task.continue_s is not None:
            longer = continued(plan, task.continue_s, seed)
            if longer.bars == plan.bars:
                notes = ("the time added is too short for a bar: the last chord rings longer",)
            plan = longer
        return Planned(plan=plan, notes=notes, understood={})
    if task.replace_section is not None or task.continue_s is not None:
        raise InvalidInput("only a plan can be continued or have a section replaced")
    brief = read_brief(task)
    nothing = bool(brief.ignored) and not brief.understood
    if nothing and not any(getattr(task, name) for name in SAYING):
        words = ", ".join(brief.ignored)
        raise InvalidText(
            f"nothing of {words!r:.80} is known: name a genre, a mood or instruments, such as "
            f"{EXAMPLES}"
        )
    attend()
    composed = compose(brief, task, seed)
    unknown = (words for words in brief.ignored if words not in brief.refused)
    notes = (*brief.notes, *composed.notes, *(f"not understood: {w}" for w in unknown))
    if nothing:
        notes = (
            f"nothing of the prompt was understood: it is {composed.plan.genre} by chance",
            *notes,
        )
    understood = {"from_prompt": dict(brief.understood)}
    return Planned(plan=composed.plan, notes=tuple(dict.fromkeys(notes)), understood=understood)


@functools.lru_cache(maxsize=4)
def _played(plan: MusicPlan) -> tuple[Score, Mapping[str, tuple[Event, ...]]]:
    """Returns the notes of a plan as written and as performed."""
    attend()
    score = write(plan)
    return score, _together(perform(score, plan), [when_s for when_s, _ in plan.cues])


def _together(
    events: Mapping[str, tuple[Event, ...]], cues_s: Sequence[float]
) -> Mapping[str, tuple[Event, ...]]:
    """Returns the notes with those at a cue moved, part by part, so that each part meets it."""
    moved = dict(events)
    for cue_s in cues_s:
        for part, notes in moved.items():
            late_s = [n.start_s - cue_s for n in notes if abs(n.start_s - cue_s) <= AT_A_CUE_S]
            shift_s = -min(late_s, key=abs, default=0.0)
            if shift_s:
                met = (
                    dataclasses.replace(n, start_s=max(n.start_s + shift_s, 0.0))
                    if abs(n.start_s - cue_s) <= AT_A_CUE_S
                    else n
                    for n in notes
                )
                moved[part] = tuple(sorted(met, key=lambda n: (n.start_s, n.pitch)))
    return moved
