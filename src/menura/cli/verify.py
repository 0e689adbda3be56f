"""`menura verify`: where a sound file comes from."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from menura.cli.output import Json, exit_code, one_line, print_json, progress
from menura.errors import MenuraError

if TYPE_CHECKING:
    from menura.safeguards.verify import Verification


MAX_SPANS = 8


def verify(
    paths: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Sound files.")],
    thorough: Annotated[
        bool, typer.Option("--thorough", help="Search every speed with every pitch; slow.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Tell whether files are marked and signed as generated, and by what.

    With --json, prints one JSON object a line and file.
    """
    from menura.studio import Studio

    worst = 0
    with Studio() as studio:
        for path in paths:
            try:
                with progress() as show:
                    found = studio.verify(path, thorough=thorough, progress=show)
            except MenuraError as error:
                print(f"menura: {one_line(path)}: {one_line(error)}", file=sys.stderr)
                worst = max(worst, exit_code(error))
                continue
            if as_json:
                print_json({"file": str(path)} | found.to_dict())
            else:
                _print(path, found)
    if worst:
        raise typer.Exit(worst)


def _print(path: Path, found: Verification) -> None:
    mark = {True: "found", False: "not found", None: "cannot tell"}[found.mark.found]
    p = "" if found.mark.p is None else f" (p = {found.mark.p:.2g})"
    print(one_line(path))
    print(f"  mark      {mark}{p}")
    if found.mark.found:
        shown = [f"{start:.1f} to {end:.1f} s" for start, end in found.mark.spans[:MAX_SPANS]]
        more = len(found.mark.spans) - len(shown)
        print(f"  where     {', '.join(shown)}{f' and {more} more' if more else ''}")
        print(f"  payload   {found.mark.payload or 'not readable'}")
    signer = f", signed by {one_line(found.manifest.issuer)}" if found.manifest.issuer else ""
    print(f"  manifest  {found.manifest.state}{signer}")
    for key, value in (found.take or {}).items():
        if key != "recipe":
            print(f"  {one_line(key):<9} {one_line(value)}")
    for note in found.notes:
        print(f"  note      {one_line(note)}")
