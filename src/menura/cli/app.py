"""The `menura` command: its subcommands, and errors as one line and an exit code."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from menura import __version__
from menura.cli.models import app as models
from menura.cli.redo import redo
from menura.cli.say import say
from menura.cli.verify import verify
from menura.cli.view import view
from menura.cli.voices import voices
from menura.errors import InvalidInput, MenuraError, NotFound, NotInstalled, Refused

EXIT_CODES: tuple[tuple[type[MenuraError], int], ...] = (
    (InvalidInput, 2),
    (Refused, 3),
    (NotFound, 4),
    (NotInstalled, 4),
    (MenuraError, 5),
)

app = typer.Typer(
    name="menura",
    help="Make audio on your own machine: marked, signed, reproducible.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 ok, 2 usage, 3 refused by a safeguard, 4 not found or not installed, "
    "5 failed.",
)
for command in (say, voices, verify, redo, view):
    app.command()(command)
app.add_typer(models, name="models")


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"menura {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[  # noqa: ARG001 - acted on by its callback
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print it.")
    ] = False,
) -> None:
    """Make audio on your own machine: marked, signed, reproducible."""


def exit_code(error: MenuraError) -> int:
    """Returns the exit code of an error."""
    return next(code for kind, code in EXIT_CODES if isinstance(error, kind))


def main() -> None:
    """Runs the command line; ends the process."""
    try:
        app()
    except MenuraError as error:
        print(f"menura: {one_line(error)}", file=sys.stderr)
        sys.exit(exit_code(error))
    except BrokenPipeError:
        # Whoever read our output has gone; the interpreter must not try to flush to them.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(141)


def one_line(error: BaseException) -> str:
    """Returns an error's message as one printable line."""
    text = " ".join(str(error).split())
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
