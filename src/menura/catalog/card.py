"""`Card`: what the catalog says about one model or built-in engine."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Literal, get_args

from menura.catalog.model import Model
from menura.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Mapping

SourceType = Literal["algorithmic", "trained", "composite"]
Family = Literal["built-in", "neural"]


_KINDS = {"str": str, "int": int, "float": int | float, "bool": bool}


@dataclass(frozen=True, slots=True, kw_only=True)
class Licences:
    """The licences of the three things a model is made of, as SPDX ids or plain words.

    Attributes:
        code: of the program that runs.
        weights: of the trained parameters; "none" where there are none.
        data: of what it was trained on; "none" where there is none.
        commercial: whether all three allow commercial use of what is made.
    """

    code: str
    weights: str
    data: str
    commercial: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A model card.

    Attributes:
        name: unique, lower case; what `--engine` takes.
        title: one line for a list.
        version: changes whenever the same task may give other samples.
        tasks: kinds of task it performs; none if it only serves other engines.
        varies: whether a task without a seed gets a new one each time. If not, it gets the seed 0,
            so that the same words asked twice give the same samples.
        preference: of all cards for a kind of task, the one with the highest is the default.
        controls: fields of its tasks that it understands and others may not, such as `emotion`.
        engine: module below `menura.engines` that performs them, e.g. `speech.formant`; empty if
            there are no tasks.
        family: `built-in` or `neural`.
        source: digital source type of what it makes (C2PA).
        how: how it works.
        data: what it was trained on.
        limits: what it cannot do, or does badly.
        languages: how many and which, in words.
        rate: frames per second it works at, Hz; 0 = whatever its parts have.
        loudness_lufs: integrated loudness its finished takes are brought to.
        profile: how the mark is shaped for this sound: `speech` or `music`.
        memory_mb: what it needs while it works.
        licences: of code, weights and data.
        sources: papers and projects it builds on.
        model: the files it needs, of a neural engine.
    """

    name: str
    title: str
    version: str
    tasks: tuple[str, ...]
    varies: bool
    preference: int
    controls: tuple[str, ...]
    engine: str
    family: Family
    source: SourceType
    how: str
    data: str
    limits: str
    languages: str
    rate: int
    loudness_lufs: float
    profile: Literal["speech", "music"]
    memory_mb: int
    licences: Licences
    sources: tuple[str, ...]
    model: Model | None = None

    @classmethod
    def parse(cls, text: str, name: str) -> Card:
        """Returns the card written in TOML.

        Args:
            text: the TOML document; its keys are the attributes above.
            name: the card's name, from its file.

        Raises:
            InvalidInput: if a key is missing, unknown or of the wrong type.
        """
        try:
            return cls.of(tomllib.loads(text), name)
        except tomllib.TOMLDecodeError as error:
            raise InvalidInput(f"the card {name!r} is malformed: {error}") from error

    @classmethod
    def of(cls, facts: Mapping[str, Any], name: str) -> Card:
        """Returns the card with these facts, as a TOML document or a record holds them.

        Raises:
            InvalidInput: if a key is missing, unknown or of the wrong type.
        """
        try:
            values: dict[str, Any] = {"name": name} | dict(facts)
            licences = Licences(**values.pop("licences"))
            model = values.pop("model", None)
            for key in ("tasks", "controls", "sources"):
                values[key] = tuple(values[key])
            if model is not None:
                values["model"] = Model.of(model)
            card = cls(**values, licences=licences)
        except (TypeError, KeyError, ValueError, AttributeError) as error:
            raise InvalidInput(f"the card {name!r} is malformed: {error}") from error
        for field in fields(cls):
            value = getattr(card, field.name)
            kind = _KINDS.get(str(field.type))
            if kind is not None and not isinstance(value, kind):
                raise InvalidInput(f"the card {name!r} has a wrong {field.name}: {value!r}")
        if card.source not in get_args(SourceType):
            raise InvalidInput(f"the card {name!r} has an unknown source {card.source!r}")
        if card.family not in get_args(Family):
            raise InvalidInput(f"the card {name!r} has an unknown family {card.family!r}")
        if card.tasks and not card.engine:
            raise InvalidInput(f"the card {name!r} has tasks and no engine")
        return card

    @property
    def terms(self) -> str:
        """What a person should know before adding a model: its size and its licence."""
        size = f"about {self.model.size_mb:,} MB; " if self.model and self.model.size_mb else ""
        use = "" if self.licences.commercial else ", not for commercial use"
        return f"{size}weights: {self.licences.weights}{use}"
