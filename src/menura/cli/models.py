"""`menura models`: the cards of engines and models, and adding, importing and removing models."""

from __future__ import annotations

import re
import sys
import textwrap
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from menura.cli.output import Json, one_line, print_json, progress
from menura.errors import InvalidInput, NotInstalled, Refused

if TYPE_CHECKING:
    from menura.catalog import Card
    from menura.catalog.installed import Installed
    from menura.catalog.store import Store

app = typer.Typer(
    help="List engines and models; add, import and remove models.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
Model = Annotated[str, typer.Argument(help="See `menura models list`.")]
Commercial = Annotated[
    bool,
    typer.Option("--commercial-only", help="Leave out what is not licensed for commercial use."),
]


@app.command("list")
def list_models(as_json: Json = False, commercial_only: Commercial = False) -> None:
    """List every engine and model that is installed, and the models that can be added."""
    from menura.catalog import model_cards
    from menura.studio import Studio

    with Studio() as studio:
        installed = list(studio.cards())
        only = commercial_only or studio.settings.commercial_only
        for name, reason in studio.broken().items():
            print(f"menura: {name} does not load: {one_line(reason)}", file=sys.stderr)
    here = {card.name for card in installed}
    cards = [*installed, *(card for card in model_cards() if card.name not in here)]
    cards = [card for card in cards if card.licences.commercial or not only]
    if as_json:
        print_json([{**asdict(card), **_whereabouts(card, card.name in here)} for card in cards])
        return
    width = max((len(card.name) for card in cards), default=0)
    for card in cards:
        cells = (card.name, _standing(card, installed=card.name in here), ", ".join(card.tasks))
        row = " ".join(
            f"{one_line(cell):<{w}}" for cell, w in zip(cells, (width, 10, 16), strict=True)
        )
        print(row, one_line(_title(card, installed=card.name in here)))


@app.command()
def show(name: Model, as_json: Json = False) -> None:
    """Show the card of one engine or model."""
    from menura.catalog import not_installed
    from menura.studio import Studio

    with Studio() as studio:
        card = studio.card(name)
        here = any(each.name == card.name for each in studio.cards())
        found = _store().installed().get(card.name) if here else None
    facts: dict[str, Any] = asdict(card)
    state = _state(found) if found is not None else {}
    if as_json:
        print_json({**facts, **_whereabouts(card, here), **state})
        return
    if lacking := _lacking(card):
        print(one_line(lacking))
    if _is_plugin(card, installed=here):
        facts["family"] = f"plug-in ({card.family})"
    licences, model = facts.pop("licences"), facts.pop("model") or {}
    for key, value in {**facts, **state}.items():
        _print_fact(key, value)
    for key, value in licences.items():
        _print_fact(f"licence of {key}" if key != "commercial" else "commercial use", value)
    for key, value in model.items():
        if value:
            _print_fact(key, value)
    if not here:
        print(one_line(not_installed(card)))


@app.command()
def add(name: Model, commercial_only: Commercial = False, as_json: Json = False) -> None:
    """Download a model from the Hugging Face hub; goes on where it stopped."""
    from menura.catalog import model_card
    from menura.settings import Settings

    card = model_card(name)
    if card is None:
        card = _other_card(name)
    if (commercial_only or Settings.load().commercial_only) and not card.licences.commercial:
        raise Refused(
            f"{card.name} is not licensed for commercial use (weights: {card.licences.weights})"
        )
    if not as_json:
        print(one_line(f"menura: {card.name}: {card.terms}"), file=sys.stderr)
        if lacking := _lacking(card):
            print(one_line(f"menura: {lacking}"), file=sys.stderr)
    with progress() as show_share:
        installed = _store().add(card, show_share)
    _tell(installed, as_json=as_json)


@app.command("import")
def import_model(
    name: Model,
    folder: Annotated[Path, typer.Option("--from", help="Folder that holds the files.")],
    licence: Annotated[
        str, typer.Option("--licence", help="Licence of the weights, of a model of your own.")
    ] = "",
    commercial: Annotated[
        bool, typer.Option("--commercial", help="That licence allows commercial use.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Install a model from a folder, without a network."""
    from menura.catalog import model_card

    licences: dict[str, object] | None = None
    if licence or commercial:
        if not licence:
            raise InvalidInput("--commercial says something of a licence: name it with --licence")
        if model_card(name) is not None:
            raise InvalidInput(f"{name} has a card, which says its licence; leave --licence out")
        licences = {"weights": licence, "commercial": commercial}
    with progress() as show_share:
        installed = _store().import_from(name, folder, show_share, licences)
    _tell(installed, as_json=as_json)


@app.command()
def remove(name: Model) -> None:
    """Remove a model, and all that was made of it."""
    freed = _store().remove(name)
    print(one_line(f"{name}: removed, {freed / 1e6:,.0f} MB free again"))


def _standing(card: Card, *, installed: bool) -> str:
    """Returns in a word or two what a card is: here, to be added, or of no use yet."""
    if card.model is not None and card.model.waits_for:
        return "not in use"
    if _is_plugin(card, installed=installed):
        return "plug-in"
    return card.family if installed else "to add"


def _is_plugin(card: Card, *, installed: bool) -> bool:
    """Whether a card is that of an engine in another package."""
    from menura.catalog import builtin_cards

    own = {each.name for each in builtin_cards()}
    return installed and card.model is None and card.name not in own


def _whereabouts(card: Card, installed: bool) -> dict[str, bool]:
    return {"installed": installed, "plugin": _is_plugin(card, installed=installed)}


def _lacking(card: Card) -> str:
    """Returns a line about a model that nothing in this version runs, or nothing."""
    if card.model is None or not card.model.waits_for:
        return ""
    return f"nothing in this version uses {card.name}: {card.model.waits_for} is missing"


def _title(card: Card, *, installed: bool) -> str:
    """Returns a card's line in the list; of one for many models with their parts in capitals."""
    if installed or card.model is None:
        return card.title
    title = re.sub(r"\{(\w+)\}", lambda match: match[1].upper(), card.title)
    example = f"such as {card.model.example}; " if card.model.example else ""
    return f"{title} ({example}{card.terms})"


def _store() -> Store:
    from menura.catalog.store import Store
    from menura.settings import Settings

    settings = Settings.load()
    return Store(settings.home, settings.offline)


def _other_card(name: str) -> Card:
    """Returns the card of a name that is no model to be added.

    Raises:
        NotFound: if there is none.
        NotInstalled: if it is a model of one's own, which only a folder can bring.
    """
    from menura.studio import Studio

    with Studio() as studio:
        card = studio.card(name)
    if card.family == "neural":
        raise NotInstalled(f"{card.name} came from a folder: `menura models import` it again")
    return card


def _state(installed: Installed) -> dict[str, Any]:
    return {
        "folder": str(installed.folder),
        "origin": installed.origin,
        "added_at": installed.added_at,
        "sha256": dict(installed.files),
    }


def _tell(installed: Installed, *, as_json: bool) -> None:
    if as_json:
        print_json({"name": installed.name, **_state(installed)})
        return
    card = installed.card
    use = "" if card.licences.commercial else ", not for commercial use"
    print(one_line(f"{installed.name}: installed; weights: {card.licences.weights}{use}"))
    if lacking := _lacking(card):
        print(one_line(lacking))
    if "speech" in card.tasks:
        print("its voices are learnt from recordings of people: use them as their licence allows")


def _print_fact(key: str, value: object) -> None:
    if isinstance(value, tuple):
        value = "; ".join(map(str, value))
    elif isinstance(value, dict):
        value = "; ".join(f"{name}: {each}" for name, each in value.items())
    text = one_line(value)
    print(textwrap.fill(f"{one_line(key) + ':':<20} {text}", 96, subsequent_indent=" " * 21))
