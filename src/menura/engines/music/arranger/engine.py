"""The arranger: a prompt or a plan, composed, written out, performed and mixed."""

from __future__ import annotations

import dataclasses
import functools
from typing import TYPE_CHECKING, Any

from menura.audio.spool import Spool
from menura.engines.base import Performance, expect, reblock
from menura.engines.crew import Crew
from menura.engines.music.arranger.arranging import arrange, planned
from menura.engines.music.arranger.bars import section_starts
from menura.engines.music.arranger.charting import chapters, chart, entrances
from menura.engines.music.arranger.document import write_plan
from menura.engines.music.arranger.staging import expected_lufs, stage
from menura.engines.music.arranger.surroundings import surrounding_parts
from menura.engines.music.instruments.soundfont import open_font, sha256
from menura.engines.music.midi import to_midi
from menura.engines.music.playing import lacking
from menura.errors import NotFound
from menura.tasks import Music

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from menura.audio import Audio
    from menura.catalog import Card
    from menura.engines.music.plan import MusicPlan
    from menura.engines.music.rendering import Rendition
    from menura.engines.music.score import Score
    from menura.settings import Settings
    from menura.tasks import Task
    from menura.voice import Voice

CREW = "menura.engines.music.playing"


def create(card: Card, settings: Settings) -> Arranger:
    """Returns the engine; its processes start with the first piece."""
    return Arranger(card, settings)


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
        return named if not piece.plan.loop and planned(named).plan == piece.plan else asked

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
