"""The task that turns codes back into sound: `Decoding`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from menura.errors import InvalidInput
from menura.tasks.task import FILE, Task, check_digest


@dataclass(frozen=True, slots=True)
class Decoding(Task):
    """The sound of codes that a codec made of a recording (`menura codec encode`).

    Attributes:
        codes: SHA-256 (hex) of the file of codes; the archive keeps it (`Studio.keep`).
    """

    kind: ClassVar[str] = "decoding"

    codes: str = field(metadata=FILE)

    def __post_init__(self) -> None:
        Task.__post_init__(self)
        if self.codes is None:
            raise InvalidInput("there are no codes to decode: name their file by its SHA-256")
        check_digest("file of codes", self.codes)
