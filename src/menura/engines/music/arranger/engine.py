"""The arranger: a prompt or a plan, composed, written out, performed and mixed."""

from __future__ import annotations

import dataclasses
import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from menura.audio.spool import Spool
from menura.engines.attention import attend
from menura.engines.base import Performance, expect, reblock
from menura.engines.crew import Crew
from menura.engines.music.arranger.bars import section_starts
from menura.engines.music.arranger.charting import chapters, chart, entrances
from menura.engines.music.arranger.composing import compose
from menura.engines.music.arranger.document import read_plan, write_plan
from menura.engines.music.arranger.editing import continued, replaced
from menura.engines.music.arranger.performing import perform
from menura.engines.music.arranger.staging import expected_lufs, stage
from menura.engines.music.arranger.surroundings import surrounding_parts
from menura.engines.music.arranger.writing import describe_fallbacks, write
from menura.engines.music.instruments.soundfont import open_font, sha256
from menura.engines.music.midi import to_midi
from menura.engines.music.playing import lacking
from menura.errors import InvalidInput, InvalidText, NotFound
from menura.tasks import Music
from menura.text.brief import read_brief

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from menura.audio import Audio
    from menura.catalog import Card
    from menura.engines.music.plan import MusicPlan
    from menura.engines.music.rendering import Rendition
    from menura.engines.music.score import Event, Score
    from menura.settings import Settings
    from menura.tasks import Task
    from menura.voice import Voice

CREW = "menura.engines.music.playing"
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


def create(card: Card, settings: Settings) -> Arranger:
    """Returns the engine; its processes start with the first piece."""
    return Arranger(card, settings)


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


class Arranger:
    """Makes music by rules, with instruments of its own."""

    def __init__(self, card: Card, settings: Settings) -> None:
        self._rate = card.rate
        self._crew = Crew(CREW, settings.workers)
        self._font = settings.soundfont
        self.voices: Mapping[str, Voice] = {}

    def check(self, task: Task) -> Task:
        """Returns the task with its length named; a piece that is edited becomes its new plan.

        The length stays open where bars, a tune or a loop decide it.

        Raises:
            InvalidInput: if the prompt, a field or the plan asks for what does not exist.
        """
        asked = self._settled_font(expect(task, Music))
        self._crew.prepare()
        piece = arrange(asked)
        if asked.plan:
            plan = write_plan(piece.plan)
            return dataclasses.replace(asked, plan=plan, replace_section=None, continue_s=None)
        named = dataclasses.replace(asked, duration_s=piece.plan.duration_s)
        # Where bars or a tune decide, an asked length would decide otherwise.
        return named if not piece.plan.loop and _planned(named).plan == piece.plan else asked

    def plan(self, task: Task) -> str:
        """Returns the plan of a task that `check` returned, as a document to be edited.

        What of the prompt was not understood, or had to give way, stands above it as comments.
        """
        piece = arrange(expect(task, Music))
        notes = (" ".join(note.split()) for note in piece.ignored)
        comments = ("".join(c if c.isprintable() else "?" for c in note) for note in notes)
        return "".join(f"# Note: {comment}\n" for comment in comments) + write_plan(piece.plan)

    def perform(self, task: Task) -> Performance:
        """Returns the piece; its blocks come as the instruments play."""
        asked = expect(task, Music)
        piece = arrange(asked)
        plan = piece.plan
        rendition = stage(plan, piece.events, self._rate)
        ignored = list(piece.ignored)
        if asked.soundfont:
            rendition = dataclasses.replace(rendition, font=str(self._font))
            missing = lacking(str(self._font), (part.instrument for part in plan.parts))
            ignored += [f"the SoundFont has no {name}: it is played by our own" for name in missing]
        music_lufs = expected_lufs(plan, piece.events)
        performance = Performance(
            rate=self._rate,
            channels=2,
            blocks=iter(()),
            parts=surrounding_parts(plan, music_lufs),
            loudness_lufs=music_lufs,
            captions=list(chart(plan)),
            chapters=list(chapters(plan)),
            score=to_midi(piece.score, piece.events, plan),
            understood=dict(piece.understood) | _facts(plan, piece.score),
            measured={
                "bars": plan.bars,
                "notes": sum(len(events) for events in piece.events.values()),
            },
            ignored=ignored,
        )
        performance.blocks = reblock(self._play(rendition, performance))
        return performance

    def _settled_font(self, task: Music) -> Music:
        """Returns the task with its SoundFont named, and looks that it can be played.

        Raises:
            NotFound: if it names one that is not set here, or that file is not there.
            InvalidInput: if the file is no SoundFont.
        """
        if task.soundfont == "" or (task.soundfont is None and self._font is None):
            return dataclasses.replace(task, soundfont="")
        digest = None if self._font is None else digest_of(self._font)
        if task.soundfont not in {None, digest}:
            raise NotFound(
                f"this piece is played with the SoundFont {str(task.soundfont)[:12]}...: "
                "name its file with the setting soundfont"
            )
        return dataclasses.replace(task, soundfont=digest)

    def close(self) -> None:
        """Ends the worker processes."""
        self._crew.close()

    def _play(self, rendition: Rendition, performance: Performance) -> Iterator[Audio]:
        def advance(share: float) -> None:
            performance.progress = share

        stems: dict[str, Spool] | None = None
        if performance.keep_stems:
            memory_frames = Spool.memory_frames(len(rendition.names))
            stems = {
                name: Spool(self._rate, 2, memory_frames, frames=rendition.frames)
                for name in rendition.names
            }
        yield from rendition.blocks(self._crew, advance, stems)
        for name, spool in (stems or {}).items():
            performance.stems[name] = spool.audio()


def digest_of(path: Path) -> str:
    """Returns the SHA-256 of a SoundFont that can be played.

    Raises:
        NotFound: if there is no such file.
        InvalidInput: if it is no SoundFont.
    """
    try:
        state = path.stat()
    except OSError:
        raise NotFound(f"there is no file {path.name!r:.80}") from None
    return _digest(path, state.st_mtime_ns, state.st_size)


@functools.lru_cache(maxsize=8)
def _digest(path: Path, _: int, __: int) -> str:
    open_font(path)
    return sha256(path)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Planned:
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
    planned = _planned(task)
    score, events = _played(planned.plan)
    return Arranged(
        plan=planned.plan,
        score=score,
        events=events,
        understood=planned.understood,
        ignored=(*planned.notes, *describe_fallbacks(planned.plan)),
    )


@functools.lru_cache(maxsize=8)
def _planned(task: Music) -> _Planned:
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
        return _Planned(plan=plan, notes=notes, understood={})
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
    return _Planned(plan=composed.plan, notes=tuple(dict.fromkeys(notes)), understood=understood)


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


def _facts(plan: MusicPlan, score: Score) -> dict[str, Any]:
    """Returns what a report says of a plan."""
    starts = section_starts(plan)
    return {
        "genre": plan.genre,
        "key": str(plan.key),
        "bpm": plan.bpm,
        "meter": f"{plan.meter[0]}/{plan.meter[1]}",
        "duration_s": plan.duration_s,
        "loop": plan.loop,
        "instruments": {part.name: part.instrument for part in plan.parts},
        "enters": entrances(plan, score),
        "sections": [
            {"name": section.name, "bars": section.bars, "start_beat": start}
            for section, start in zip(plan.sections, starts, strict=True)
        ],
    }
