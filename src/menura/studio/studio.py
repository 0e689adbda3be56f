"""`Studio`: the one place where a task becomes a take."""

from __future__ import annotations

import dataclasses
import hashlib
import secrets
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self
from weakref import WeakSet

from menura.archive import DATABASE, Archive, Entry
from menura.audio.files import open_regular
from menura.engines.base import PASSAGE_END, Performance, Planner
from menura.errors import EngineFailed, InvalidInput, InvalidRecipe
from menura.safeguards import consent
from menura.safeguards.authority import Authority
from menura.safeguards.content import ContentPolicy
from menura.safeguards.manifest import MAX_RECIPE_BYTES, TAKE_ID
from menura.safeguards.verify import Verification, read_recipe, verify
from menura.safeguards.watermark import PUBLIC_KEY
from menura.settings import VERSION, Settings
from menura.studio import tongue
from menura.studio.ensemble import Ensemble, guarded
from menura.studio.render import render
from menura.studio.roster import Roster
from menura.studio.session import Session
from menura.studio.sounds import SoundKeeping
from menura.studio.stream import Stream
from menura.studio.transcribing import Transcribing
from menura.studio.voices import VoiceKeeping
from menura.take import Origin
from menura.tasks import MAX_SEED, Task, Work, canonical, dump, hide_prompts, load

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from menura.catalog import Card, SourceType
    from menura.studio.session import Progress
    from menura.take import Take
    from menura.tasks import Part
    from menura.voice import Voice

RECIPE_FORMAT = 1
TITLE_CHARS = 80
MIN_KEY_BYTES = 16
MAX_KEY_BYTES = 1024
SOURCE_ORDER: tuple[SourceType, ...] = ("algorithmic", "trained", "composite")
"""Digital source types, from rules alone to recorded sound."""


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
        self.archive = Archive(self.settings.home / DATABASE)
        self._policy = ContentPolicy(self.settings.blocked_terms)
        self._own_key = _read_key(self.settings)
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
        session = self._session(task, "render", planned=planned)
        if getattr(session.task, "endless", False):
            raise InvalidInput("what never ends can only be streamed: give it a length")
        take = render(session, progress or (lambda _: None), stems=stems)
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
        self._policy.check(task.prompts())
        card = self._roster.find_planner(task)
        engine = self._roster.engine(card)
        if not isinstance(engine, Planner):
            raise InvalidInput(f"{card.name} makes {task.kind} without a plan")
        seed = self._seed(task, card)
        with guarded(card.name):
            plan = engine.plan(engine.check(dataclasses.replace(task, seed=seed)))
        self._policy.check([plan])
        return plan

    def tune(self, path: Path | str, bpm: float | None = None) -> str:
        """Returns the melody of a hummed recording or a MIDI file, as `Music.melody` takes it.

        Args:
            path: a MIDI file, or a sound file of one voice.
            bpm: tempo it was sung at; None = the one that its notes fit best.

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
        return load(self._recipe(source).get("task"))

    def redo(self, source: Path | str, *, progress: Progress | None = None) -> Take:
        """Returns a take made again, from a file it came from or by its id.

        The recipe comes from the file's manifest or tags, or, where both were lost, from this
        install's archive under the id that the mark carries. It is a stranger's: it is parsed as
        a task, and passes every check again.

        Raises:
            InvalidRecipe: if the file holds no recipe, or one that cannot be read.
            InvalidInput, NotFound, NotInstalled, Refused: if the task cannot be done here.
        """
        recipe = self._recipe(source)
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
        return verify(
            Path(path),
            self.settings,
            self.archive,
            self._keys(),
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

    def _recipe(self, source: Path | str) -> Mapping[str, Any]:
        if TAKE_ID.fullmatch(str(source)) and not Path(source).exists():
            return self.archive.get(str(source)).recipe
        return read_recipe(Path(source), self.settings, self.archive, self._keys())

    def _key_digest(self) -> str | None:
        """Names the key of the mark in a take's id: another key makes other samples."""
        if self._own_key is None or not self.settings.marking:
            return None
        return hashlib.sha256(self._own_key).hexdigest()

    def _keys(self) -> tuple[bytes, ...]:
        return (PUBLIC_KEY,) if self._own_key is None else (self._own_key, PUBLIC_KEY)

    def _session(self, task: Task, delivery: str, *, planned: bool = False) -> Session:
        """Checks everything, and returns what is ready to be performed."""
        if not isinstance(task, Task):
            raise InvalidInput(f"the studio takes a task such as Speech, not {type(task).__name__}")
        left_open = {spec.name for spec in dataclasses.fields(task) if _is_default(task, spec)}
        asked = {k: v for k, v in self._shown(dump(task)).items() if k not in left_open}
        cast: dict[str, Card] = {}
        finder = self._roster.find_planner if planned else self._roster.find
        settled, ensemble = self._cast(task, None, cast, finder)
        # What would keep the take from being signed and logged is found before it is made.
        authority = Authority.open(self.settings)
        self.archive.prepare()
        card = self.card(str(settled.engine))
        identity = {
            "format": RECIPE_FORMAT,
            "menura": VERSION,
            "engines": {name: each.version for name, each in cast.items()},
            "delivery": delivery,
            "marking": self.settings.marking,
            "task": dump(settled),
        }
        recipe = identity | {"task": self._shown(dump(settled))}
        too_long = len(canonical(recipe)) > MAX_RECIPE_BYTES
        origin = Origin(
            take_id=authority.take_id(canonical(identity | {"key": self._key_digest()})),
            recipe=recipe | {"task": hide_prompts(dump(settled))} if too_long else recipe,
            authority=authority,
            title=self._title(settled),
            engine=card,
            source=_source(cast, ensemble),
            made_at=datetime.now(UTC).isoformat(timespec="seconds"),
            marked=self.settings.marking,
        )
        return Session(
            asked=asked,
            task=settled,
            card=card,
            ensemble=ensemble,
            recipe=recipe,
            origin=origin,
            key=self._keys()[0] if self.settings.marking else None,
            titled=self.settings.record == "full" or settled.kind == "music",
        )

    def _cast(
        self,
        task: Task,
        seed: int | None,
        cast: dict[str, Card],
        finder: Callable[[Task], Card],
    ) -> tuple[Task, Ensemble]:
        """Passes a task and its parts through every check, and has the engines take their places.

        Args:
            task: what to make.
            seed: for this task, if it names none; None = drawn, if its engine uses one. Parts get
                seeds made from it.
            cast: filled with the card of each engine.
            finder: which engine leads; parts go to whichever is for them.

        Returns:
            The task with all that was open settled, and its performance, not yet begun.
        """
        self._policy.check(task.prompts())
        is_unsure = tongue.is_unsure(task)
        task, guess = tongue.guess(task)
        card = finder(task)
        engine = self._roster.engine(card)
        cast[card.name] = card
        own_seed = seed if task.seed is None and seed is not None else self._seed(task, card)
        task = dataclasses.replace(task, engine=card.name, seed=own_seed)
        with guarded(card.name):
            task = engine.check(tongue.settle(task, guess, engine.voices))
            consenting = dict(engine.voices)
        if not isinstance(task, Task):
            raise EngineFailed(f"the engine {card.name} settled no task")
        # A plan has been read and written anew: what its escapes hid can be seen now.
        self._policy.check(task.prompts())
        with guarded(card.name):
            performance = engine.perform(task)
            _check(performance)
            own = getattr(task, "voice", None)
            named = performance.voices | ({own} if own is not None else set())
            # What is made for a task, such as a blend of voices, is found, but not listed.
            voices = engine.voices
            consenting |= {name: voices[name] for name in named if name in voices}
        if guess is not None:
            named_language = getattr(task, "language", None) or guess
            performance.understood |= {tongue.GUESSED: f"language: {named_language}"}
        elif is_unsure:
            read_as = getattr(task, "language", None) or "each voice's own"
            performance.understood |= {tongue.UNSURE: f"language: {read_as}"}
        for name in [*named] or [None]:
            consent.check(name, consenting, lambda _: False)
        said = performance.transcript
        self._policy.check([said, said.replace(PASSAGE_END, "")])
        parts: list[tuple[Part, Ensemble]] = []
        for i, part in enumerate(performance.parts):
            digest = hashlib.sha256(f"{own_seed}/{i}".encode()).digest()
            drawn = int.from_bytes(digest[:8], "big") & MAX_SEED
            settled, ensemble = self._cast(part.task, drawn, cast, self._roster.find)
            if getattr(settled, "endless", False):
                raise InvalidInput("what never ends is part of nothing else: give it a length")
            parts.append((dataclasses.replace(part, task=settled), ensemble))
        if isinstance(task, Work):
            task = dataclasses.replace(task, parts=tuple(part for part, _ in parts))
        return task, Ensemble(performance, parts, card.name)

    def _seed(self, task: Task, card: Card) -> int:
        if task.seed is not None:
            return task.seed
        return secrets.randbelow(MAX_SEED) if card.varies else 0

    def _shown(self, data: dict[str, Any]) -> dict[str, Any]:
        return hide_prompts(data) if self.settings.record == "hash" else data

    def _title(self, task: Task) -> str:
        text = " ".join(next(task.prompts(), "").split())
        if not text or self.settings.record == "hash":
            return f"menura {task.kind}"
        return text if len(text) <= TITLE_CHARS else text[: TITLE_CHARS - 1] + "…"

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


def _source(cast: Mapping[str, Card], ensemble: Ensemble) -> SourceType:
    """Returns what a take's sound comes from: of all engines the one furthest from rules."""
    if ensemble.recordings():
        return "composite"
    return max((each.source for each in cast.values()), key=SOURCE_ORDER.index)


def _is_default(task: Task, spec: dataclasses.Field[Any]) -> bool:
    return bool(getattr(task, spec.name) == spec.default)


def _check(performance: object) -> None:
    """Refuses what an engine of others might call a performance."""
    if not isinstance(performance, Performance):
        raise EngineFailed(f"a performance is no {type(performance).__name__}")
    rate, channels = performance.rate, performance.channels
    if type(rate) is not int or type(channels) is not int or channels not in {1, 2}:
        raise EngineFailed(f"a performance has no {channels!r:.20} channels at {rate!r:.20} Hz")
    if rate == 0 and not performance.parts:
        raise EngineFailed("a performance without parts needs a rate of its own")


def _read_key(settings: Settings) -> bytes | None:
    path = settings.watermark_key
    if path is None:
        return None
    with open_regular(path) as file:
        key = file.read(MAX_KEY_BYTES + 1)
    if not MIN_KEY_BYTES <= len(key) <= MAX_KEY_BYTES:
        raise InvalidInput(
            f"the watermark key {path} should have {MIN_KEY_BYTES} to {MAX_KEY_BYTES} bytes"
        )
    return key
