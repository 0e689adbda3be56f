"""`menura voices`: who can speak."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from menura.cli.output import Json, print_json


def voices(
    languages: Annotated[
        bool, typer.Option("--languages", help="List the languages instead.")
    ] = False,
    as_json: Json = False,
) -> None:
    """List the voices, or the languages that every built-in voice speaks."""
    if languages:
        _list_languages(as_json=as_json)
        return
    from menura.studio import Studio

    with Studio() as studio:
        found = list(studio.voices())
    if as_json:
        print_json([asdict(voice) for voice in found])
        return
    for voice in found:
        who = f"{voice.gender}, {voice.age}" if voice.gender != voice.age else voice.gender
        where = f"{voice.language:<16} {voice.engine:<11}"
        print(f"{voice.name:<10} {where} {who:<13} {voice.description}")


def _list_languages(*, as_json: bool) -> None:
    from menura.espeak.languages import languages

    found = languages()
    if as_json:
        print_json([{"tag": language.tag, "name": language.name} for language in found])
        return
    for language in found:
        print(f"{language.tag:<20} {language.name}")
