"""`menura models`: the cards of engines and models."""

from __future__ import annotations

import sys
import textwrap
from dataclasses import asdict
from typing import Annotated

import typer

from menura.cli.output import Json, one_line, print_json

app = typer.Typer(help="List and show model cards.", no_args_is_help=True, rich_markup_mode=None)


@app.command("list")
def list_models(as_json: Json = False) -> None:
    """List every engine and model that is installed."""
    from menura.studio import Studio

    with Studio() as studio:
        cards = list(studio.cards())
        for name, reason in studio.broken().items():
            print(f"menura: {name} does not load: {one_line(reason)}", file=sys.stderr)
    if as_json:
        print_json([asdict(card) for card in cards])
        return
    for card in cards:
        print(f"{card.name:<12} {card.family:<9} {', '.join(card.tasks):<10} {card.title}")


@app.command()
def show(
    name: Annotated[str, typer.Argument(help="See `menura models list`.")], as_json: Json = False
) -> None:
    """Show the card of one engine or model."""
    from menura.studio import Studio

    with Studio() as studio:
        card = studio.card(name)
    facts = asdict(card)
    if as_json:
        print_json(facts)
        return
    licences = facts.pop("licences")
    for key, value in facts.items():
        _print_fact(key, "; ".join(value) if isinstance(value, tuple) else str(value))
    for key, value in licences.items():
        _print_fact(f"licence of {key}" if key != "commercial" else "commercial use", str(value))


def _print_fact(key: str, value: str) -> None:
    text = " ".join(value.split())
    print(textwrap.fill(f"{key + ':':<20} {text}", 96, subsequent_indent=" " * 21))
