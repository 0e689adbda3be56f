"""`Work` and `Part`: several takes placed in time."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from typing import TYPE_CHECKING, ClassVar

from menura.errors import InvalidInput
from menura.tasks.task import Task, check_name, settle_number

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_PARTS = 256
MAX_PART_DEPTH = 4


@dataclass(frozen=True, slots=True)
class Part:
    """One task placed in a larger whole.

    Attributes:
        task: what is made; its sound is added unmarked, then the whole is marked once.
        start_s: where it begins, seconds from the start of the whole.
        gain_db: level change, dB.
        pan: -1 (left) to 1 (right), equal power; 0 leaves a mono whole mono.
        name: its stem's name; None = made from kind and position.
        loudness_lufs: what its expected loudness is brought to before `gain_db`, so that it keeps
            its balance whichever engine plays it; None = it is left as it comes.
    """

    task: Task
    _: KW_ONLY
    start_s: float = 0.0
    gain_db: float = 0.0
    pan: float = 0.0
    name: str | None = None
    loudness_lufs: float | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.task, Task):
            raise InvalidInput(f"a part holds a task, not {type(self.task).__name__}")
        settle_number(self, "start_s", 0.0, 14_400.0)
        settle_number(self, "gain_db", -96.0, 24.0)
        settle_number(self, "pan", -1.0, 1.0)
        check_name("name", self.name)
        if self.loudness_lufs is not None:
            settle_number(self, "loudness_lufs", -96.0, 0.0)


@dataclass(frozen=True, slots=True)
class Work(Task):
    """Several takes placed in time and mixed into one.

    Attributes:
        parts: 1 to 256 parts in all; a part may itself be a work, four levels deep.
    """

    kind: ClassVar[str] = "work"

    parts: tuple[Part, ...]

    def __post_init__(self) -> None:
        Task.__post_init__(self)
        if not isinstance(self.parts, tuple) or not all(isinstance(p, Part) for p in self.parts):
            raise InvalidInput("the parts of a work are a tuple of Part")
        if not self.parts or _count(self) > MAX_PARTS:
            raise InvalidInput(f"a work has 1 to {MAX_PARTS} parts, those of its parts included")
        if _depth(self) > MAX_PART_DEPTH:
            raise InvalidInput(f"works are nested at most {MAX_PART_DEPTH} deep")

    def prompts(self) -> Iterator[str]:
        """Yields every free text in the work and its parts."""
        for part in self.parts:
            yield from part.task.prompts()

    def files(self) -> Iterator[str]:
        """Yields the SHA-256 of every file that its parts need of the archive."""
        for part in self.parts:
            yield from part.task.files()


def _count(task: Task) -> int:
    """Returns how many parts a task has, those of its parts included."""
    if not isinstance(task, Work):
        return 0
    return sum(1 + _count(part.task) for part in task.parts)


def _depth(task: Task) -> int:
    if not isinstance(task, Work):
        return 0
    return 1 + max(_depth(part.task) for part in task.parts)
