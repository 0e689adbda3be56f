"""`menura redo`: a take made again from the recipe in its file."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from menura.cli.output import (
    Captions,
    FormatName,
    Json,
    Output,
    Play,
    Wishes,
    progress,
    tell_speed,
)
from menura.errors import InvalidInput


def redo(
    source: Annotated[
        str, typer.Argument(metavar="FILE", help="A file that menura made, or a take's id.")
    ],
    output: Output = None,
    format_name: FormatName = None,
    captions: Captions = None,
    as_json: Json = False,
    play: Play = False,
) -> None:
    """Make a take again from the recipe behind a file: same samples, same id."""
    from menura.studio import Studio

    if output == "-":
        raise InvalidInput("redo writes a file: give its name with -o")
    wishes = Wishes(
        output=output, format_name=format_name, captions=captions, as_json=as_json, play=play
    )
    wishes.check()
    started = time.monotonic()
    with Studio() as studio:
        with progress() as show:
            take = studio.redo(source, progress=show)
        tell_speed(take.audio.duration_s, started)
        wishes.fulfil(take)
