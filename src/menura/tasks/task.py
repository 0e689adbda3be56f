"""`Task`: what all tasks share, and the checks that their fields pass."""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar

from menura.errors import InvalidInput, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_SEED = 2**63 - 1
MAX_NAME_CHARS = 128
MAX_BLEND_CHARS = 512
PROMPT = MappingProxyType({"prompt": True})
"""Metadata of a field that holds free text: the content check reads it, a record may hide it."""
PRIVATE = MappingProxyType({"private": True})
"""Metadata of a list that holds a caller's words: a record that hides prompts leaves it empty."""
CONTROL = MappingProxyType({"control": True})
"""Metadata of a field that not every engine for the task understands."""
FILE = MappingProxyType({"file": True})
"""Metadata of a field that names a file of the archive by its SHA-256."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What all tasks share.

    Attributes:
        seed: 0 to 2^63 - 1; None = drawn by the studio and recorded.
        engine: name of a catalog card; None = the catalog's choice.
    """

    kind: ClassVar[str] = ""

    seed: int | None = None
    engine: str | None = None

    def __post_init__(self) -> None:
        if self.seed is not None and (type(self.seed) is not int or not 0 <= self.seed <= MAX_SEED):
            raise InvalidInput(
                f"a seed is a whole number from 0 to 2^63 - 1, not {shown(self.seed)}"
            )
        check_name("engine", self.engine)

    def controls(self) -> frozenset[str]:
        """Returns the controls it uses: fields that not every engine for the task understands."""
        return frozenset(
            spec.name
            for spec in dataclasses.fields(self)
            if spec.metadata.get("control") and not _is_open(getattr(self, spec.name))
        )

    def prompts(self) -> Iterator[str]:
        """Yields every free text in the task: what the content check reads."""
        for spec in dataclasses.fields(self):
            text = getattr(self, spec.name)
            if spec.metadata.get("prompt") and text is not None:
                yield text

    def files(self) -> Iterator[str]:
        """Yields the SHA-256 of every file that it needs of the archive."""
        for spec in dataclasses.fields(self):
            digest = getattr(self, spec.name)
            if spec.metadata.get("file") and digest is not None:
                yield digest


def _is_open(value: object) -> bool:
    return value is None or (isinstance(value, tuple) and not value)


def check_name(what: str, value: object) -> None:
    """Refuses a name that is not short, printable, one-line text without path characters."""
    if value is None:
        return
    if (
        not isinstance(value, str)
        or not 0 < len(value) <= MAX_NAME_CHARS
        or not value.isprintable()
        or any(c in value for c in '/\\:*?"<>|')
        or ".." in value
    ):
        raise InvalidInput(
            f"{_article(what)} {what} is a plain name of 1 to {MAX_NAME_CHARS} characters, "
            f"not {shown(value)}"
        )


def check_voice(value: object) -> None:
    """Refuses what is neither a plain name nor a blend of some: `af_heart:0.7+am_adam:0.3`."""
    if not isinstance(value, str) or not ("+" in value or ":" in value):
        check_name("voice", value)
        return
    if len(value) > MAX_BLEND_CHARS:
        raise InvalidInput(f"a blend of voices has at most {MAX_BLEND_CHARS} characters")
    for part in value.split("+"):
        check_name("voice", part.partition(":")[0])
        check_name("weight", part.partition(":")[2] or None)


def check_digest(what: str, value: object) -> None:
    """Refuses what is neither None nor a SHA-256 of 64 hex digits: a task holds no paths."""
    if value is None:
        return
    if not isinstance(value, str) or not re.fullmatch(r"[0-9a-f]{64}", value):
        raise InvalidInput(
            f"{_article(what)} {what} is named by its SHA-256, 64 hex digits, not {shown(value)}"
        )


def _article(noun: str) -> str:
    return "an" if noun[0] in "aeiou" else "a"


def settle_number(owner: Any, what: str, low: float, high: float) -> None:
    """Refuses a field that is no number in range, and makes it a float: 1 and 1.0 are one task."""
    value = getattr(owner, what)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InvalidInput(f"{what} is a number, not {shown(value)}")
    if not low <= value <= high:  # also of NaN
        raise InvalidInput(f"{what} lies between {low:g} and {high:g}, not {shown(value)}")
    object.__setattr__(owner, what, float(value))
