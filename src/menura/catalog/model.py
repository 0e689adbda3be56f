"""`Model`: the files of a neural model, where they come from, and what is in them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, fields
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Literal, get_args

from menura.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Speed = Literal["fast", "real time", "slow"]

_REPOSITORY = re.compile(r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.{}-]{0,95}")
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """The `[model]` table of a card.

    Attributes:
        layout: how files and tensors are named; one of `catalog/layouts`.
        repository: `owner/name` on the Hugging Face hub; empty if it is only imported.
        revision: commit, tag or branch; empty = the main branch. What was taken is recorded.
        files: names or patterns (`*`); each must be matched by a file.
        optional: names or patterns of files that are taken too if they are there.
        geometry: sizes of the network, where a card states them.
        size_mb: what is downloaded, MB; approximate.
        speed: on two cores, without a graphics card: `fast` (well above real time), `real time`,
            or `slow`.
        convert: what to do first if the files are published as pickles only; empty otherwise.
        variants: pattern of the names behind `NAME-`, of a card that stands for many models; its
            groups fill in `{group}` and, in capitals, `{GROUP}` wherever the card has them.
        example: the name of one of those models.
        waits_for: what this version lacks to use it, of a model that nothing here runs; else empty.
        sha256: digests that a source states, by file name.
    """

    layout: str
    repository: str = ""
    revision: str = ""
    files: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    geometry: Mapping[str, Any] = field(default_factory=dict)
    size_mb: int = 0
    speed: Speed = "real time"
    convert: str = ""
    variants: str = ""
    example: str = ""
    waits_for: str = ""
    sha256: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> Model:
        """Returns the model with these facts.

        Raises:
            TypeError, ValueError: if a key is missing, unknown, or of the wrong type.
        """
        values = dict(facts)
        for key in ("files", "optional"):
            values[key] = tuple(values.get(key, ()))
        model = cls(**values)
        for spec in fields(cls):
            value = getattr(model, spec.name)
            if spec.type == "str" and not isinstance(value, str):
                raise TypeError(f"model.{spec.name} is no text")
        if type(model.size_mb) is not int or model.size_mb < 0:
            raise ValueError("model.size_mb is no number of megabytes")
        if model.speed not in get_args(Speed):
            raise ValueError(f"model.speed is one of {', '.join(get_args(Speed))}")
        if model.repository and not _REPOSITORY.fullmatch(model.repository):
            raise ValueError(f"model.repository is no owner/name: {model.repository!r:.80}")
        for name in (*model.files, *model.optional):
            check_name(name)
        if not all(_SHA256.fullmatch(digest) for digest in model.sha256.values()):
            raise ValueError("model.sha256 holds no digest")
        re.compile(model.variants)
        return model

    def choose(self, names: Iterable[str], *, flat: bool = False) -> dict[str, str]:
        """Returns which of the files that are there belong to the model: its name -> what is there.

        Args:
            names: what is there, with `/`.
            flat: what is not in the folder that a pattern names may lie outside of it, as in a
                folder that somebody copied by hand.

        Raises:
            InvalidInput: if a file is missing, or one is called as no file should be.
        """
        there = sorted(names)
        chosen: dict[str, str] = {}
        missing: list[str] = []
        for pattern in (*self.files, *self.optional):
            found = {name: name for name in there if fnmatchcase(name, pattern)}
            folder, slash, last = pattern.rpartition("/")
            if not found and flat and slash:
                found = {f"{folder}/{n}": n for n in there if "/" not in n and fnmatchcase(n, last)}
            if not found and pattern in self.files:
                missing.append(pattern)
            chosen |= found
        if missing:
            raise InvalidInput(f"files are missing: {', '.join(missing)}")
        return {check_name(name): check_name(chosen[name]) for name in sorted(chosen)}


def check_name(name: str) -> str:
    """Returns a file's name inside a model's folder if nothing can be reached with it but that.

    Raises:
        InvalidInput: if it is absolute, climbs, is hidden, or holds what no name should.
    """
    parts = name.split("/") if isinstance(name, str) else []
    plain = all(
        part and not part.startswith(".") and re.fullmatch(r"[\w .*(){}+-]+", part)
        for part in parts
    )
    if not parts or not plain or len(name) > 200:
        raise InvalidInput(f"no file of a model may be called {name!r:.120}")
    return name
