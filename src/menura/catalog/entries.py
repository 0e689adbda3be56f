"""The cards that come with menura: its own engines, and the models it knows how to run."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from menura.catalog.card import Card
from menura.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from importlib.resources.abc import Traversable


def builtin_cards() -> Iterator[Card]:
    """Yields the cards of the engines that come with menura, by name."""
    for entry in _documents("entries"):
        yield Card.parse(entry.read_text(encoding="utf-8"), entry.name.removesuffix(".toml"))


def model_cards() -> Iterator[Card]:
    """Yields the cards of the models that can be added, by name; some stand for many."""
    for entry in _documents("entries", "models"):
        yield _model_card(entry)


def model_card(name: str) -> Card | None:
    """Returns the card of the model called `name`, which may be one of a card for many."""
    wanted = name.lower()
    for entry in _documents("entries", "models"):
        stem = entry.name.removesuffix(".toml")
        if wanted == stem:
            return _model_card(entry)
        if wanted.startswith(f"{stem}-") and (card := _variant(_model_card(entry), wanted)):
            return card
    return None


def model_names() -> list[str]:
    """Returns the names of all model cards, without reading them."""
    return [entry.name.removesuffix(".toml") for entry in _documents("entries", "models")]


def layout_names() -> list[str]:
    """Returns the names of all layouts."""
    return [entry.name.removesuffix(".toml") for entry in _documents("layouts")]


@cache
def layout(name: str) -> Mapping[str, Any]:
    """Returns what all cards of a layout have in common; its table `recognise` tells it.

    Raises:
        InvalidInput: if there is no such layout.
    """
    for entry in _documents("layouts"):
        if entry.name == f"{name}.toml":
            return tomllib.loads(entry.read_text(encoding="utf-8"))
    raise InvalidInput(f"no layout is called {name!r:.80}; there are {', '.join(layout_names())}")


def layout_card(facts: Mapping[str, Any], name: str) -> Card:
    """Returns the card that has what its layout says, and beyond that these facts.

    Raises:
        InvalidInput: if a key is missing, unknown or of the wrong type.
    """
    try:
        base = {
            key: value
            for key, value in layout(facts["model"]["layout"]).items()
            if key != "recognise"
        }
        merged = {**base, **facts}
        for key in ("licences", "model"):
            merged[key] = {**base.get(key, {}), **facts.get(key, {})}
    except (TypeError, KeyError) as error:
        raise InvalidInput(f"the card {name!r} names no layout") from error
    return Card.of(merged, name)


def _model_card(entry: Traversable) -> Card:
    facts = tomllib.loads(entry.read_text(encoding="utf-8"))
    return layout_card(facts, entry.name.removesuffix(".toml"))


def _variant(card: Card, name: str) -> Card | None:
    """Returns the card of one model of those that a card stands for."""
    if card.model is None or not card.model.variants:
        return None
    found = re.fullmatch(card.model.variants, name.removeprefix(f"{card.name}-"))
    if found is None:
        return None
    groups = found.groupdict()
    groups |= {key.upper(): value.upper() for key, value in groups.items()}
    filled = _fill({key: getattr(card, key) for key in _facts(card)}, groups)
    model = {key: getattr(card.model, key) for key in _facts(card.model)}
    filled["model"] = _fill(model, groups) | {"variants": "", "example": ""}
    filled["licences"] = {key: getattr(card.licences, key) for key in _facts(card.licences)}
    return Card.of(filled | {"name": name}, name)


def _facts(value: Any) -> tuple[str, ...]:
    return tuple(type(value).__dataclass_fields__)


def _fill(facts: Mapping[str, Any], groups: Mapping[str, str]) -> dict[str, Any]:
    """Returns the facts with every `{group}` in their texts filled in."""
    return {
        key: _filled(value, groups)
        if isinstance(value, str)
        else tuple(_filled(each, groups) for each in value)
        if isinstance(value, tuple)
        else value
        for key, value in facts.items()
    }


def _filled(text: str, groups: Mapping[str, str]) -> str:
    return re.sub(r"\{(\w+)\}", lambda match: groups.get(match[1], match[0]), text)


def _documents(*folder: str) -> list[Traversable]:
    found = resources.files("menura.catalog").joinpath(*folder)
    files = (entry for entry in found.iterdir() if entry.name.endswith(".toml"))
    return sorted(files, key=lambda entry: entry.name.removesuffix(".toml"))
