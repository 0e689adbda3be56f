"""The `menura` command: its subcommands, and errors as one line and an exit code."""

from __future__ import annotations

import io
import os
import sys
from typing import Annotated, Any, NoReturn, cast

import typer
from typer.core import TyperCommand

from menura.cli.codec import app as codec
from menura.cli.effect import effect
from menura.cli.models import app as models
from menura.cli.music import music
from menura.cli.output import exit_code, one_line
from menura.cli.redo import redo
from menura.cli.say import say
from menura.cli.serve import app as serve
from menura.cli.verify import verify
from menura.cli.view import view
from menura.cli.voices import app as voices
from menura.errors import MenuraError
from menura.settings import VERSION, calm

# typer keeps click to itself: what its parser raises has a public name only for a heir of it.
_UsageError = cast("type[Exception]", typer.BadParameter.__base__)


class _TextCommand(TyperCommand):
    """A command that takes a text, which may begin with a dash."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        try:
            return super().parse_args(ctx, args)
        except _UsageError as error:
            if hasattr(error, "option_name") and not getattr(error, "possibilities", None):
                ctx.fail(f"{one_line(error)}; put -- before a text that begins with a dash")
            raise


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
for command in (say, music, effect):
    app.command(cls=_TextCommand)(command)
for plain in (verify, redo, view):
    app.command()(plain)
app.add_typer(voices, name="voices")
app.add_typer(models, name="models")
app.add_typer(serve, name="serve")
app.add_typer(codec, name="codec")


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"menura {VERSION}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print it.")
    ] = False,
) -> None:
    """Make audio on your own machine: marked, signed, reproducible."""


def main() -> None:
    """Runs the command line; ends the process."""
    calm()
    for stream in ("stdin", "stdout", "stderr"):
        if getattr(sys, stream) is None:  # closed by whoever started us
            setattr(sys, stream, open(os.devnull, "r" if stream == "stdin" else "w"))  # noqa: PTH123, SIM115
    for talk in (sys.stdout, sys.stderr):
        if isinstance(talk, io.TextIOWrapper):
            talk.reconfigure(errors="backslashreplace")  # names may hold what cannot be encoded
    try:
        try:
            app()
        finally:
            sys.stdout.flush()
    except MenuraError as error:
        _end(one_line(error), exit_code(error))
    except BrokenPipeError:
        _end("", 141)  # as a shell reports whoever was ended by SIGPIPE
    except OSError as error:
        _end(f"cannot read or write: {one_line(error)}", 5)


def _end(message: str, code: int) -> NoReturn:
    """Ends the process; what could not be written is not tried again while it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if message:
        print(f"menura: {message}", file=sys.stderr)
    sys.exit(code)
