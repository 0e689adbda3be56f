"""`menura effect`: sound effects and ambience from a prompt or a plan."""

from __future__ import annotations

import dataclasses
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from menura.cli.editing import seconds_on
from menura.cli.output import (
    FormatName,
    Json,
    Output,
    Play,
    Wishes,
    numbered,
    print_json,
    progress,
    stream_player,
    take_facts,
    tell_ignored,
    tell_speed,
)
from menura.cli.plans import (
    Extras,
    check_variations,
    read_cues,
    read_options,
    read_plan,
    read_prompt,
    redrawn,
    varied,
    warned_of_gap,
)
from menura.errors import InvalidInput

if TYPE_CHECKING:
    from menura.studio import Stream, Studio
    from menura.tasks import Effect


def effect(
    prompt: Annotated[
        str | None, typer.Argument(help="What is heard; - reads it from stdin.")
    ] = None,
    duration: Annotated[float | None, typer.Option(help="Exact length, seconds.")] = None,
    loop: Annotated[bool, typer.Option("--loop", help="Its end leads into its start.")] = False,
    stream: Annotated[
        bool, typer.Option("--stream", help="Go on until stopped, never repeating: -o - or play.")
    ] = False,
    mono: Annotated[bool, typer.Option("--mono", help="One channel.")] = False,
    binaural: Annotated[bool, typer.Option("--binaural", help="For headphones.")] = False,
    prompt_influence: Annotated[
        float | None, typer.Option(help="0 draws widely, 1 keeps to the prompt.")
    ] = None,
    cues: Annotated[
        str | None, typer.Option(help="What happens when: '1.2:knock,3.5:door slam'.")
    ] = None,
    plan: Annotated[Path | None, typer.Option(help="Play this scene document.")] = None,
    plan_only: Annotated[
        bool, typer.Option("--plan-only", help="Print the scene, make no sound.")
    ] = False,
    plan_out: Annotated[Path | None, typer.Option(help="Write the scene here too.")] = None,
    stems: Annotated[Path | None, typer.Option(help="Write each layer into this folder.")] = None,
    continue_from: Annotated[
        Path | None, typer.Option("--continue", help="A recording that a model goes on with.")
    ] = None,
    continue_seconds: Annotated[
        float | None, typer.Option(help="By how much it goes on; 10 if nothing says so.")
    ] = None,
    variations: Annotated[int, typer.Option(help="How many different ones.")] = 1,
    list_all: Annotated[bool, typer.Option("--list", help="Print what it knows to make.")] = False,
    seed: Annotated[int | None, typer.Option(help="Same seed, same take.")] = None,
    engine: Annotated[str | None, typer.Option(help="See `menura models list`.")] = None,
    options: Annotated[
        list[str] | None, typer.Option("--set", help="NAME=NUMBER, an option of the engine's own.")
    ] = None,
    output: Output = None,
    format_name: FormatName = None,
    as_json: Json = False,
    play: Play = False,
) -> None:
    """Make a sound effect or the sound of a place. Writes a marked, signed file."""
    from menura.studio import Studio
    from menura.tasks import Effect

    if list_all:
        _print_sources(as_json=as_json)
        return
    wishes = Wishes(
        output=output, format_name=format_name, captions=None, as_json=as_json, play=play
    )
    extras = Extras(plan_out, None, stems)
    check_variations(variations)
    if not plan_only:
        _check(wishes, extras, variations, endless=stream)
    seconds = seconds_on(continue_from, continue_seconds, duration)
    with Studio() as studio:
        task = Effect(
            read_prompt(prompt),
            duration_s=None if continue_from is not None else duration,
            loop=loop,
            endless=stream,
            channels=1 if mono else 2,
            binaural=binaural,
            prompt_influence=prompt_influence,
            continue_audio=None if continue_from is None else studio.keep(continue_from),
            continue_s=None if continue_from is None else seconds,
            cues=read_cues(cues),
            plan=read_plan(plan),
            seed=seed,
            engine=engine,
            options=read_options(options),
        )
        if plan_only:
            sys.stdout.write(studio.plan(_drawn(task, 1)[0]))
        elif output == "-":
            _send(studio, _drawn(task, 1)[0], wishes, extras)
        elif stream:
            play_endless(studio.stream(_drawn(task, 1)[0]))
        else:
            for number, each in enumerate(_drawn(task, variations), start=1):
                _make(studio, each, numbered(wishes, number, variations), extras)


def _drawn(task: Effect, count: int) -> list[Effect]:
    """Returns the task with another draw for each variation, also where a plan names the seeds.

    Raises:
        InvalidInput: if a plan is to vary, and nothing says how.
    """
    if not task.plan:
        return varied(task, count)
    if task.seed is None:
        if count > 1:
            raise InvalidInput("a plan is one draw: --seed says which others it varies to")
        return [task]
    return [
        dataclasses.replace(each, plan=redrawn(task.plan, each.seed or 0))
        for each in varied(task, count)
    ]


def play_endless(stream: Stream) -> None:
    """Plays a stream through the player of this machine until it, or the listener, stops."""
    import contextlib
    import subprocess

    from menura.cli.pipe import send

    with subprocess.Popen(stream_player(), stdin=subprocess.PIPE) as playing:
        if playing.stdin is not None:
            with contextlib.suppress(BrokenPipeError, KeyboardInterrupt):
                send(stream, "wav", playing.stdin)
    stream.close()


def _check(wishes: Wishes, extras: Extras, variations: int, *, endless: bool) -> None:
    """Refuses what could not be done in the end, before any work is done."""
    wishes.check()
    extras.check(None if wishes.output in {None, "-"} else Path(str(wishes.output)), None)
    if variations > 1 and (wishes.output == "-" or extras.plan or extras.stems or endless):
        raise InvalidInput("several variations go to files of their own, with nothing beside them")
    if endless and wishes.output not in {None, "-"}:
        raise InvalidInput("what never ends fits in no file: use -o -, or no -o to hear it")
    if endless and wishes.output is None:
        stream_player()
    if extras.stems is not None and (wishes.output == "-" or endless):
        raise InvalidInput("stems need a file: -o - sends the sound to another program")


def _make(studio: Studio, task: Effect, wishes: Wishes, extras: Extras) -> None:
    started = time.monotonic()
    with progress() as show:
        take = studio.render(
            task, progress=show, stems=extras.stems is not None, planned=extras.planned
        )
    tell_speed(take.audio.duration_s, started)
    extras.save(studio, take)
    wishes.fulfil(warned_of_gap(take, wishes))


def _send(studio: Studio, task: Effect, wishes: Wishes, extras: Extras) -> None:
    from menura.cli.pipe import send

    stream = studio.stream(task, planned=extras.planned)
    take = send(stream, wishes.format_name or "wav", sys.stdout.buffer)
    extras.save(studio, take)
    tell_ignored(take)
    if wishes.as_json:
        print_json(take_facts(take, None), to_stderr=True)


def _print_sources(*, as_json: bool) -> None:
    from menura.text.scene import source_phrases

    known: dict[str, list[str]] = {}
    for name, variant in source_phrases():
        known.setdefault(name, []).extend([variant] if variant else [])
    if as_json:
        print_json(known)
        return
    for name, variants in known.items():
        print(f"{name}: {', '.join(variants)}" if variants else name)
