"""`menura voices`: who can speak, and the voices designed and kept here."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from menura.cli.output import Json, one_line, print_json
from menura.cli.voice_design import design, remix
from menura.errors import NotFound

if TYPE_CHECKING:
    from menura.voice import Voice

app = typer.Typer(
    help="List voices; design, keep and show your own.",
    rich_markup_mode=None,
    invoke_without_command=True,
)
Languages = Annotated[bool, typer.Option("--languages", help="List the languages instead.")]
Saved = Annotated[str, typer.Argument(help="Name or id of a saved voice.")]


@app.callback()
def voices(context: typer.Context, languages: Languages = False, as_json: Json = False) -> None:
    """List the voices, or the languages that every built-in voice speaks; or design your own."""
    if context.invoked_subcommand is None:
        list_voices(languages=languages, as_json=as_json)


@app.command("list")
def list_voices(languages: Languages = False, as_json: Json = False) -> None:
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
        cells = ((voice.name, 10), (voice.language, 16), (voice.engine, 11), (who, 13))
        row = " ".join(f"{one_line(text):<{width}}" for text, width in cells)
        origin = "" if voice.origin == "synthetic" else f" ({voice.origin})"
        print(row, one_line(f"{voice.description}{origin}"))


@app.command()
def show(
    name: Annotated[str, typer.Argument(help="See `menura voices`.")], as_json: Json = False
) -> None:
    """Show one voice and the numbers that make it."""
    from menura.studio import Studio

    with Studio() as studio:
        found = [voice for voice in studio.voices() if name in {voice.name, voice.id} - {""}]
    if not found:
        raise NotFound(f"no voice is called {name!r:.80}; see `menura voices`")
    if as_json:
        print_json([asdict(voice) for voice in found] if len(found) > 1 else asdict(found[0]))
        return
    for voice in found:
        _print_voice(voice)


@app.command()
def save(
    take: Annotated[str, typer.Argument(help="Id of the take of a design.")],
    name: Annotated[str, typer.Argument(help="Lower-case letters, digits and hyphens.")],
) -> None:
    """Keep a designed voice under a name."""
    from menura.studio import Studio

    with Studio() as studio:
        voice = studio.save_voice(take, name)
    print(one_line(f"{voice.name} {voice.id}"))


@app.command()
def rename(
    name: Saved,
    new: Annotated[str, typer.Argument(help="Lower-case letters, digits and hyphens.")],
) -> None:
    """Give a saved voice another name."""
    from menura.studio import Studio

    with Studio() as studio:
        studio.rename_voice(name, new)


@app.command()
def remove(name: Saved) -> None:
    """Forget a saved voice."""
    from menura.studio import Studio

    with Studio() as studio:
        studio.remove_voice(name)


app.command()(design)
app.command()(remix)


def _print_voice(voice: Voice) -> None:
    facts = {key: value for key, value in asdict(voice).items() if value not in ("", None)}
    timbre = facts.pop("timbre")
    for key, value in {**facts, **timbre}.items():
        print(f"{one_line(key) + ':':<20} {one_line(value)}")


def _list_languages(*, as_json: bool) -> None:
    from menura.espeak.languages import languages

    found = languages()
    if as_json:
        print_json([{"tag": language.tag, "name": language.name} for language in found])
        return
    for language in found:
        print(f"{language.tag:<20} {language.name}")
