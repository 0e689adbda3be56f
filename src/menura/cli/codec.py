"""`menura codec`: sound as the codes of a neural codec, and back."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from menura.cli.output import (
    FormatName,
    Json,
    Output,
    Play,
    Wishes,
    print_json,
    progress,
    tell_speed,
)
from menura.errors import InvalidInput

app = typer.Typer(
    help="Turn sound into codes of a neural codec, and codes into sound.", no_args_is_help=True
)

ZIP = b"PK\x03\x04"
"""How files of codes (npz) begin."""


@app.command()
def encode(
    source: Annotated[Path, typer.Argument(metavar="FILE", help="A sound file.")],
    output: Annotated[Path | None, typer.Option("-o", "--output", help="File of codes.")] = None,
    model: Annotated[
        str | None, typer.Option(help="An installed codec, such as encodec-24khz.")
    ] = None,
    codebooks: Annotated[
        int | None, typer.Option(help="How many to use; fewer are smaller and worse.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Turn a sound file into a file of codes (npz), and print its path."""
    from menura.audio.files import check_target
    from menura.studio import Studio

    target = output if output is not None else Path(f"{source.stem}.codes")
    if target.absolute() == source.absolute():
        raise InvalidInput("the codes would replace the sound: give them another name")
    check_target(target)
    started = time.monotonic()
    with Studio() as studio, progress() as show:
        codes = studio.encode(source, model=model, codebooks=codebooks, progress=show)
    codes.save(target)
    duration_s = codes.frames / codes.rate
    tell_speed(duration_s, started)
    if as_json:
        print_json(
            {
                "file": str(target),
                "model": codes.model,
                "model_id": codes.model_id,
                "codebooks": codes.codebooks,
                "rate": codes.rate,
                "duration_s": round(duration_s, 6),
                "loudness_lufs": codes.loudness_lufs,
                "bytes": target.stat().st_size,
            }
        )
    else:
        print(target)


@app.command()
def decode(
    source: Annotated[Path, typer.Argument(metavar="CODES", help="A file of codes.")],
    model: Annotated[
        str | None, typer.Option(help="The codec that made them; else the one they name.")
    ] = None,
    output: Output = None,
    format_name: FormatName = None,
    as_json: Json = False,
    play: Play = False,
) -> None:
    """Turn codes into sound: a marked, signed file, as loud as what was coded."""
    from menura.studio import Studio
    from menura.tasks import Decoding

    if output == "-":
        raise InvalidInput("decoding writes a file: give its name with -o")
    wishes = Wishes(
        output=output, format_name=format_name, captions=None, as_json=as_json, play=play
    )
    wishes.check()
    _check_codes(source)
    started = time.monotonic()
    with Studio() as studio:
        task = Decoding(studio.keep(source), engine=model)
        with progress() as show:
            take = studio.render(task, progress=show)
        tell_speed(take.audio.duration_s, started)
        wishes.fulfil(take)


def _check_codes(source: Path) -> None:
    """Refuses a file that does not begin as codes do, before anything is looked for.

    Raises:
        InvalidInput: if it does not. Says what makes codes.
        NotFound: if there is no such file.
    """
    from menura.audio.files import open_regular

    with open_regular(source) as file:
        coded = file.read(len(ZIP)) == ZIP
    if not coded:
        raise InvalidInput(
            f"{source.name} is no file of codes: `menura codec encode` makes one of a sound file"
        )
