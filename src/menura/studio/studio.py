"""`Studio`: the one place where a task becomes a take."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Self
from weakref import WeakSet

from menura.archive import DATABASE, Archive, Entry
from menura.audio.files import to_path
from menura.engines.attention import attended
from menura.engines.base import Planner
from menura.errors import InvalidInput, InvalidRecipe, shown
from menura.safeguards.authority import Authority
from menura.safeguards.content import ContentPolicy
from menura.safeguards.verify import Verification, verify
from menura.settings import Settings
from menura.studio.casting import Casting, draw_seed
from menura.studio.ensemble import guarded
from menura.studio.keys import Keys
from menura.studio.recipes import RECIPE_FORMAT, Recipes
from menura.studio.render import render
from menura.studio.roster import Roster
from menura.studio.session import Session
from menura.studio.sounds import SoundKeeping
from menura.studio.stream import Stream
from menura.studio.transcribing import Transcribing
from menura.studio.voices import VoiceKeeping
from menura.take.origin import Origin
from menura.take.writing import check_progress
from menura.tasks import Task, load

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from menura.catalog import Card
    from menura.studio.session import Progress
    from menura.take import Take
    from menura.voice import Voice


class Studio(VoiceKeeping, SoundKeeping, Transcribing):
    """Makes takes. Safe for several threads; use it as a context manager, or `close` it.

    Args:
        settings: None = those of this machine's user.

    Raises:
        InvalidInput: if a setting cannot be used.
        StorageFailed: if a file that a setting names cannot be read.
    """

    def __init__(self, settings: Settings | None = None) -> None:
        self.settings = settings if settings is not None else Settings.load()
        if not isinstance(self.settings, Settings):
            raise InvalidInput(f"a studio takes Settings, not {shown(settings)}")
        self.archive = Archive(self.settings.home / DATABASE)
        self._policy = ContentPolicy(self.settings.blocked_terms)
        self._keys = Keys.read(self.settings.watermark_key)
        self._recipes = Recipes(self.settings, self.archive, self._keys)
        self._roster = Roster(self.settings)
        self._streams: WeakSet[Stream] = WeakSet()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends every stream, which records what it has played, every engine and its processes."""
        for stream in list(self._streams):
            stream.close()
        self._roster.close()

    def render(
        self,
        task: Task,
        *,
        progress: Progress | None = None,
        stems: bool = True,
        planned: bool = False,
    ) -> Take:
        """Returns the finished take: exact loudness, stems, ready to be saved.

        Args:
            task: what to make.
            progress: called now and then with the share that is done, 0 to 1.
            stems: whether the take should have stems, where the engine can part them.
            planned: whether it has to be made from a plan, with its notes and stems: engines that
                have none give way to one that does.

        Raises:
            InvalidInput, NotFound, NotInstalled, Refused: if the task cannot be done, before any
                sound is made.
            EngineFailed: if an engine breaks.
            StorageFailed: if the data folder or the temporary folder does not take the data.
        """
        check_progress(progress)
        with attended(progress or (lambda _: None)) as told:
            session = self._session(task, "render", planned=planned)
            if getattr(session.task, "endless", False):
                raise InvalidInput("what never ends can only be streamed: give it a length")
            take = render(session, told, stems=stems)
        self._record(take, manifest=None)
        return take

    def stream(self, task: Task, *, planned: bool = False) -> Stream:
        """Returns an iterator over finished blocks that begins before the whole is made.

        Args:
            task: what to make.
            planned: see `render`.

        Raises:
            InvalidInput, NotFound, NotInstalled, Refused: at once, as `render` does.
        """
        stream = Stream(
            self._session(task, "stream", planned=planned),
            lambda take: self._record(take, manifest=take.manifest()),
        )
        self._streams.add(stream)
        return stream

    def prepare(self, task: Task) -> None:
        """Starts what a task needs, so that the first one like it does not wait; makes no take.

        Raises:
            InvalidInput, NotFound, NotInstalled, Refused: as `render` does.
            EngineFailed: if an engine does not start.
        """
        ensemble = self._session(task, "stream").ensemble
        try:
            next(ensemble.contributions(), None)
        finally:
            ensemble.close()

    def plan(self, task: Task) -> str:
        """Returns what would be made, as a document that can be edited and made (`plan` fields).

        Raises:
            InvalidInput: if the task has no plan, or cannot be done.
            NotFound, NotInstalled, Refused: as `render`.
        """
        _check_task(task)
        self._policy.check(task.prompts())
        card = self._roster.find_planner(task)
        engine = self._roster.engine(card)
        if not isinstance(engine, Planner):
            raise InvalidInput(f"{card.name} makes {task.kind} without a plan")
        seed = draw_seed(task, card)
        with guarded(card.name):
            plan = engine.plan(engine.check(dataclasses.replace(task, seed=seed)))
        self._policy.check([plan])
        return plan

    def tune(self, path: Path | str, bpm: float | None = None) -> str:
        """Returns the melody of a hummed recording or a MIDI file, as `Music.melody` takes it.

        Args:
            path: a MIDI file, or a sound file of one voice.
            bpm: tempo it was sung at, 20 to 300; None = the one that its notes fit best.

        Raises:
            NotFound: if there is no such file.
            InvalidInput: if it holds no tune, or is no sound file.
        """
        from menura.studio.tune import read_tune

        return read_tune(path, self.settings, bpm)

    def task_of(self, source: Path | str) -> Task:
        """Returns the task that a file came from, or a take by its id; see `redo`.

        Raises:
            InvalidRecipe: if the file holds no recipe, or one that cannot be read.
            NotFound: if there is no such file or take.
        """
        return load(self._recipes.find(source).get("task"))

    def redo(self, source: Path | str, *, progress: Progress | None = None) -> Take:
        """Returns a take made again, from a file it came from or by its id.

        The recipe comes from the file's manifest or tags, or, where both were lost, from this
        install's archive under the id that the mark carries. It is a stranger's: it is parsed as
        a task, and passes every check again.

        Raises:
            InvalidRecipe: if the file holds no recipe, or one that cannot be read.
            InvalidInput, NotFound, NotInstalled, Refused: if the task cannot be done here.
        """
        check_progress(progress)
        recipe = self._recipes.find(source)
        if recipe.get("format") != RECIPE_FORMAT:
            raise InvalidRecipe(f"{source} has a recipe of another format; update menura")
        task = load(recipe.get("task"))
        if recipe.get("delivery") != "stream":
            return self.render(task, progress=progress)
        return self.stream(task).play()

    def verify(
        self, path: Path | str, *, thorough: bool = False, progress: Progress | None = None
    ) -> Verification:
        """Returns what can be said about where a sound file comes from.

        Args:
            path: any sound file.
            thorough: search the mark at every combination of speed and pitch; slow.
            progress: called now and then with the share that is done, 0 to 1.

        Raises:
            InvalidAudio: if it is no sound file that can be read.
            NotFound: if there is no such file.
        """
        check_progress(progress)
        return verify(
            to_path(path),
            self.settings,
            self.archive,
            self._keys.searched,
            thorough=thorough,
            progress=progress,
        )

    def voices(self) -> Iterator[Voice]:
        """Yields every voice that is installed."""
        return self._roster.voices()

    def cards(self) -> Iterator[Card]:
        """Yields the card of every engine and model that is installed."""
        return iter(self._roster.catalog)

    def broken(self) -> Mapping[str, str]:
        """Returns the engines of other packages that do not load: name -> reason."""
        return self._roster.broken

    def card(self, name: str) -> Card:
        """Returns one card.

        Raises:
            NotFound: if nothing goes by that name.
        """
        return self._roster.catalog.card(name)

    def _session(self, task: Task, delivery: str, *, planned: bool = False) -> Session:
        """Checks everything, and returns what is ready to be performed."""
        _check_task(task)
        asked = self._recipes.asked(task)
        casting = Casting(self._roster, self._policy)
        finder = self._roster.find_planner if planned else self._roster.find
        settled, ensemble = casting.cast(task, finder)
        # What would keep the take from being signed and logged is found before it is made.
        authority = Authority.open(self.settings)
        self.archive.prepare()
        written = self._recipes.write(settled, casting.cards, delivery)
        card = self.card(str(settled.engine))
        origin = Origin(
            take_id=authority.take_id(written.identity),
            recipe=written.short,
            authority=authority,
            title=self._recipes.title(settled),
            engine=card,
            source=casting.source(ensemble),
            made_at=datetime.now(UTC).isoformat(timespec="seconds"),
            marked=self.settings.marking,
        )
        return Session(
            asked=asked,
            task=settled,
            card=card,
            ensemble=ensemble,
            recipe=written.recipe,
            origin=origin,
            key=self._keys.marking if self.settings.marking else None,
            titled=self.settings.record == "full" or settled.kind == "music",
        )

    def _record(self, take: Take, manifest: bytes | None) -> None:
        self.archive.add(
            Entry(
                id=take.id,
                made_at=take.origin.made_at,
                kind=take.task.kind,
                engine=take.origin.engine.name,
                duration_s=take.audio.duration_s,
                samples_sha256=take.samples_sha256(),
                recipe=take.recipe,
                report=take.report.to_dict() if self.settings.record == "full" else {},
                manifest=manifest,
            )
        )


def _check_task(task: object) -> None:
    """Refuses what is no task."""
    if not isinstance(task, Task):
        raise InvalidInput(f"the studio takes a task such as Speech, not {type(task).__name__}")
