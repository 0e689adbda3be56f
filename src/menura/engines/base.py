"""The contract between the studio and an engine.

An engine is a module that offers `create(card, settings) -> Engine`. It never knows who called
it, and it neither masters, marks, signs nor saves: the studio does, for every engine alike.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, runtime_checkable

from menura.audio.blocks import regrouped
from menura.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from menura.audio import Audio
    from menura.catalog import Card
    from menura.runtime.codes import Codes
    from menura.runtime.pool import Pool
    from menura.settings import Settings
    from menura.tasks import Part, Task
    from menura.text.captions import Chapter, Word
    from menura.voice import Voice

T = TypeVar("T", bound="Task")

PASSAGE_END = "\x1e"
"""Sets apart, in a transcript, what is said one after the other and written in several places."""

BLOCK_FRAMES = 4096
"""The length of every block but the last, at the engine's own rate."""


@dataclass(slots=True, kw_only=True)
class Performance:
    """What an engine gives for one task. The engine fills it while `blocks` is consumed.

    Attributes:
        rate: frames per second, Hz; 0 only if all sound comes from `parts`.
        channels: 1 or 2.
        blocks: the sound, BLOCK_FRAMES at a time (the last may be shorter), unmastered.
        parts: sound to be made by other engines and added by the studio. If the engine plays too,
            the whole has the rate and the length of what it plays.
        treatments: what the place in which parts are heard does to them, by the part's name: a
            room, a wall between. Given blocks in the whole's rate and channels.
        voices: every voice that will be heard, also those a text calls upon; consent is checked
            for each before a block is taken.
        transcript: the words that will be said or sung; the content check reads them as well, so
            that markup cannot hide them. Passages end with PASSAGE_END: a term may hide at a
            joint, or across it.
        progress: how much is made, 0 to 1.
        loudness_lufs: expected integrated loudness of `blocks`; levels a stream, which cannot
            be measured before it starts.
        calibrate: measures `loudness_lufs`, of an engine that has to make sound for that; called
            once, and only if somebody needs the figure (see `expected_lufs`).
        peak_dbfs: expected largest sample of `blocks`, dB re full scale, of a sound that is
            brought to full level and not to a loudness: a single happening; None = by loudness.
        most_lufs: how loud what is brought to full level is to be at most; None = as it comes.
        intended_db: how much louder than the card's target the whole is meant to be: a shout is
            not brought down to the level of plain speech, nor a sigh up to it.
        captions: after the last block: which word sounds when.
        chapters: after the last block: its named stretches.
        stems: after the last block: name -> sound; together they are the sum of `blocks`.
        keep_stems: set by the studio before the first block: whether stems are wanted.
        score: after the last block: a standard MIDI file.
        recordings: SHA-256 of recordings that are heard in it: the whole is no pure product of an
            engine then, and its manifest says so.
        understood: what the engine took from the task, by name.
        measured: facts it knows exactly, by name.
        ignored: what was asked and could not be done, one line each.
    """

    rate: int
    channels: int
    blocks: Iterator[Audio]
    parts: Sequence[Part] = ()
    treatments: Mapping[str, Treatment] = field(default_factory=dict)
    voices: frozenset[str] = frozenset()
    transcript: str = ""
    progress: float = 0.0
    loudness_lufs: float = -23.0
    calibrate: Callable[[], float] | None = None
    peak_dbfs: float | None = None
    most_lufs: float | None = None
    intended_db: float = 0.0
    captions: list[Word] = field(default_factory=list)
    chapters: list[Chapter] = field(default_factory=list)
    stems: dict[str, Audio] = field(default_factory=dict)
    keep_stems: bool = False
    score: bytes | None = None
    recordings: frozenset[str] = frozenset()
    understood: dict[str, Any] = field(default_factory=dict)
    measured: dict[str, Any] = field(default_factory=dict)
    ignored: list[str] = field(default_factory=list)

    def expected_lufs(self) -> float:
        """Returns the expected loudness of the blocks, measured first if it has to be."""
        if self.calibrate is not None:
            self.loudness_lufs = self.calibrate()
            self.calibrate = None
        return self.loudness_lufs


class Treatment(Protocol):
    """What a place does to a sound, block by block."""

    def __call__(self, sound: NDArray[np.float32]) -> NDArray[np.float32]:
        """Returns the next block as it is heard, shape (channels, frames) as given."""


class Engine(Protocol):
    """Performs the tasks its card names."""

    @property
    def voices(self) -> Mapping[str, Voice]:
        """The voices it can speak or sing with, by name; empty if it does neither."""

    def check(self, task: Task) -> Task:
        """Returns the task with what it left open (voice, language) settled.

        Raises:
            InvalidInput, NotFound, NotInstalled, Refused: all a caller can cause.
        """

    def perform(self, task: Task) -> Performance:
        """Returns the performance of a task that `check` returned."""

    def close(self) -> None:
        """Ends its processes and frees its memory."""


@runtime_checkable
class Planner(Protocol):
    """What an engine offers besides, if its tasks have plans: documents to be edited."""

    def check(self, task: Task) -> Task:
        """See `Engine`."""

    def plan(self, task: Task) -> str:
        """Returns the plan of a task that `check` returned; its `plan` field takes it back."""


@runtime_checkable
class Choosy(Protocol):
    """What an engine offers besides, if it is not for every task of its kinds: one language."""

    def suits(self, task: Task) -> bool:
        """Returns whether a task that names neither engine nor voice is for it."""


@runtime_checkable
class Lodger(Protocol):
    """What an engine offers besides, if it keeps models loaded: all share one budget of memory."""

    def lodge(self, models: Pool) -> None:
        """Has its models kept in the pool of its studio, before its first task."""


@runtime_checkable
class Coder(Protocol):
    """What an engine offers besides, if it makes codes of sound; a `Decoding` turns them back."""

    def encode(
        self, audio: Audio, codebooks: int | None, progress: Callable[[float], None]
    ) -> Codes:
        """Returns the codes of a sound.

        Args:
            audio: any rate, one or two channels.
            codebooks: how many to use; None = all there are.
            progress: told how much is done, 0 to 1.

        Raises:
            InvalidInput: if it has not so many codebooks.
        """


class EngineModule(Protocol):
    """A module that holds an engine."""

    def create(self, card: Card, settings: Settings) -> Engine:
        """Returns the engine the card describes."""


def expect(task: Task, kind: type[T]) -> T:
    """Returns `task` if it is of the kind, so that an engine has its fields typed.

    Raises:
        InvalidInput: if it is of another kind.
    """
    if not isinstance(task, kind):
        raise InvalidInput(f"this engine performs {kind.kind}, not {task.kind}")
    return task


def reblock(blocks: Iterable[Audio]) -> Iterator[Audio]:
    """Yields the same sound in blocks of BLOCK_FRAMES; only the last may be shorter."""
    return regrouped(blocks, BLOCK_FRAMES)
