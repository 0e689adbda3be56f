"""`menura serve`: the server, and the keys of its callers."""

from __future__ import annotations

import dataclasses
import os
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, cast, get_args

import typer

from menura.cli.output import Json, one_line, print_json
from menura.errors import InvalidInput

if TYPE_CHECKING:
    from menura.server.keys import Key, Keys
    from menura.settings import Settings

app = typer.Typer(help="Serve OpenAI's, ElevenLabs' and menura's own API.")
keys = typer.Typer(help="The keys of callers.", no_args_is_help=True)
app.add_typer(keys, name="keys")

Level = Literal["debug", "info", "warning", "error"]
Name = Annotated[str, typer.Argument(help="Whose the key is.")]


@app.callback(invoke_without_command=True)
def serve(
    context: typer.Context,
    host: Annotated[
        str | None,
        typer.Option(help="Address to listen on; any but this machine's own needs a key."),
    ] = None,
    port: Annotated[int | None, typer.Option(help="Port; 0 = any that is free.")] = None,
    workers: Annotated[
        int | None, typer.Option(help="Processes that make sound; 0 = one per core, at most 8.")
    ] = None,
    auth: Annotated[
        bool, typer.Option("--auth", help="Ask for a key on this machine too.")
    ] = False,
    uds: Annotated[Path | None, typer.Option(help="Unix socket to listen on instead.")] = None,
    log_level: Annotated[str, typer.Option(help="debug, info, warning or error.")] = "info",
    as_json: Json = False,
) -> None:
    """Serve OpenAI's, ElevenLabs' and menura's own API.

    The first line says where, once requests are served; the log goes to stderr, one JSON object a
    line. The first signal to stop lets what is under way end, the second one does not.
    """
    if context.invoked_subcommand is not None:
        return
    if log_level not in get_args(Level):
        raise InvalidInput("--log-level is debug, info, warning or error")
    settings = _settings(host=host, port=port, workers=workers, auth=auth)
    from menura.server import logs, serving

    logs.write_to(cast("Level", log_level))

    def started(url: str, locked: bool) -> None:
        facts = {"url": url, "pid": os.getpid(), "key_needed": locked}
        if as_json:
            print_json(facts)
        else:
            print(f"menura serves {url}{', with a key' if locked else ''}", flush=True)

    raise typer.Exit(serving.serve(settings, uds=uds, started=started))


@keys.command("add")
def add(name: Name, as_json: Json = False) -> None:
    """Make a key. It is shown once: only a digest of it is kept."""
    _print_new(*_keys().add(name), as_json)


@keys.command("list")
def list_keys(as_json: Json = False) -> None:
    """List the keys; not the secrets, which nobody knows any more."""
    found = _keys().all()
    if as_json:
        print_json([dataclasses.asdict(key) for key in found])
        return
    for key in found:
        until = f"  until {_short(key.ended_at)}" if key.ended_at else ""
        print(f"{one_line(key.name):<24} {key.id}  {_short(key.made_at)}{until}")


@keys.command("rotate")
def rotate(
    name: Name,
    grace: Annotated[float, typer.Option(help="Seconds for which the old key still works.")] = 0.0,
    as_json: Json = False,
) -> None:
    """Make a new key for the same caller; the old one ends."""
    _print_new(*_keys().rotate(name, grace), as_json)


@keys.command("remove")
def remove(name: Name, as_json: Json = False) -> None:
    """End a key. What was made with it stays, and belongs to nobody."""
    _keys().remove(name)
    if as_json:
        print_json({"removed": name})


def _settings(*, host: str | None, port: int | None, workers: int | None, auth: bool) -> Settings:
    from menura.settings import Settings

    if port is not None and not 0 <= port <= 65_535:
        raise InvalidInput(f"a port is 0 to 65535, not {port}")
    settings = Settings.load()
    return dataclasses.replace(
        settings,
        server_host=settings.server_host if host is None else host,
        server_port=settings.server_port if port is None else port,
        server_workers=settings.server_workers if workers is None else workers,
        server_auth=settings.server_auth or auth,
    )


def _keys() -> Keys:
    from menura.server.keys import Keys
    from menura.server.ledger import DATABASE, Ledger
    from menura.settings import Settings

    return Keys(Ledger(Settings.load().home / DATABASE).database)


def _print_new(key: Key, secret: str, as_json: bool) -> None:
    if as_json:
        print_json(dataclasses.asdict(key) | {"key": secret})
    else:
        print(secret)


def _short(when: str) -> str:
    return datetime.fromisoformat(when).strftime("%Y-%m-%d %H:%M")
