"""What the names of OpenAI's API mean here: models, voices, formats."""

from __future__ import annotations

import asyncio
import functools
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from menura.runtime.listening import is_installed
from menura.server.casting import voice_of
from menura.server.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from menura.catalog import Card
    from menura.server.house import Caller, House

SPEECH = "speech"


def official_models() -> tuple[str, ...]:
    """Returns the models of OpenAI's that are answered for."""
    return tuple(_facts()["models"]["official"])


def is_official(model: str) -> bool:
    """Whether a model is one of OpenAI's for speech."""
    models = _facts()["models"]
    return model in models["official"] or model.startswith(tuple(models["begin"]))


def is_listener(model: str) -> bool:
    """Whether a model is one of OpenAI's that write down what is said."""
    models = _facts()["listening"]
    return model in models["official"] or model.startswith(tuple(models["begin"]))


def is_plain(model: str) -> bool:
    """Whether a model has neither instructions nor server-sent events."""
    plain = _facts()["models"]["plain"]
    return any(model == name or model.startswith(f"{name}-") for name in plain)


def formats() -> Mapping[str, str]:
    """Returns the formats of ours, by `response_format`."""
    found: Mapping[str, str] = _facts()["formats"]
    return found


def speakers(house: House) -> list[Card]:
    """Returns the cards of the engines that speak."""
    return [card for card in house.studio.cards() if SPEECH in card.tasks]


def listeners(house: House) -> list[str]:
    """Returns the names of what writes down what is said; none where nothing does."""
    models = house.studio.listeners() if is_installed() else []
    return [*_facts()["listening"]["official"], *(each.name for each in models)] if models else []


async def engine_of(house: House, model: str) -> str | None:
    """Returns the engine that a model means; None = the default.

    Raises:
        Problem: 404, `model_not_found`.
    """
    if is_official(model):
        return None
    names = [card.name for card in await asyncio.to_thread(speakers, house)]
    if model in names:
        return model
    raise no_model(model, [*official_models(), *names])


def no_model(model: str, known: list[str], task: str = SPEECH) -> Problem:
    """Returns the answer for a model that is not there."""
    return Problem(
        status=404,
        code="model_not_found",
        message=f"The model {model!r:.80} does not exist; for {task} there are {', '.join(known)}",
        param="model",
    )


def stand_ins(house: House) -> dict[str, str]:
    """Returns our voices by OpenAI's names, as the install has it."""
    return {**_facts()["voices"], **dict(house.settings.openai_voices)}


def accent_of(house: House, name: str) -> str | None:
    """Returns the language in which a name of OpenAI's speaks English; None = the voice's own."""
    accent: str | None = _facts()["accents"].get(name)
    return None if name in dict(house.settings.openai_voices) else accent


async def voice_for(house: House, caller: Caller, name: str, engine: str | None) -> str | None:
    """Returns our voice that a name means; None = the engine's own default.

    A name of OpenAI's means a voice of ours; if the engine that is asked for does not have it, it
    means the engine's default.

    Raises:
        Problem: 400, if there is no such voice.
    """
    ours = stand_ins(house).get(name)
    if ours is None:
        try:
            return await voice_of(house, caller, name)
        except Problem as error:
            raise Problem(
                status=400,
                code="invalid_value",
                message=f"There is no voice {name!r:.80}; GET /v1/audio/voices lists them",
                param="voice",
            ) from error
    if engine is None:
        return ours
    known = await asyncio.to_thread(_voices_of, house, engine)
    return ours if ours in known else None


def _voices_of(house: House, engine: str) -> set[str]:
    return {voice.name for voice in house.studio.voices() if voice.engine == engine}


@functools.cache
def _facts() -> Mapping[str, Any]:
    return tomllib.loads(Path(__file__).with_name("names.toml").read_text(encoding="utf-8"))
