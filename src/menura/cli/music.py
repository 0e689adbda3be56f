"""`menura music`: a piece of music from a prompt or a plan."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from menura.cli.editing import Edit, as_sound, edited, seconds_on, takes
from menura.cli.output import (
    Captions,
    FormatName,
    Json,
    Output,
    Play,
    Wishes,
    numbered,
    one_line,
    print_json,
    progress,
    take_facts,
    tell_speed,
)
from menura.cli.plans import (
    Extras,
    check_variations,
    listed_names,
    read_cues,
    read_options,
    read_plan,
    read_prompt,
    varied,
    warned_of_gap,
)
from menura.errors import InvalidInput

if TYPE_CHECKING:
    from menura.settings import Settings
    from menura.studio import Studio
    from menura.tasks import Music


def music(
    prompt: Annotated[
        str | None, typer.Argument(help="What it is like; - reads it from stdin.")
    ] = None,
    duration: Annotated[float | None, typer.Option(help="Exact length, seconds.")] = None,
    bpm: Annotated[float | None, typer.Option(help="Beats per minute.")] = None,
    key: Annotated[str | None, typer.Option(help="Such as 'D major'.")] = None,
    meter: Annotated[str | None, typer.Option(help="Such as 3/4.")] = None,
    form: Annotated[str | None, typer.Option(help="Such as 'intro verse chorus outro'.")] = None,
    instruments: Annotated[str | None, typer.Option(help="Who plays, with commas between.")] = None,
    exclude: Annotated[
        str | None, typer.Option(help="Who must not be heard, with commas between.")
    ] = None,
    instrumental: Annotated[
        bool, typer.Option("--instrumental", help="No voices; music has none anyway.")
    ] = False,
    loop: Annotated[bool, typer.Option("--loop", help="Its end leads into its start.")] = False,
    cues: Annotated[
        str | None, typer.Option(help="Where a picture wants something: '4.2:hit,12:drop'.")
    ] = None,
    melody: Annotated[
        Path | None,
        typer.Option(help="A tune to use: hummed, or MIDI; for a melody model, any sound."),
    ] = None,
    plan: Annotated[Path | None, typer.Option(help="Play this plan document.")] = None,
    plan_only: Annotated[
        bool, typer.Option("--plan-only", help="Print the plan, make no sound.")
    ] = False,
    plan_out: Annotated[Path | None, typer.Option(help="Write the plan here too.")] = None,
    midi: Annotated[Path | None, typer.Option(help="Write the notes as a MIDI file.")] = None,
    stems: Annotated[Path | None, typer.Option(help="Write each part into this folder.")] = None,
    continue_from: Annotated[
        Path | None,
        typer.Option("--continue", help="Go on with a piece made here; a model, with any sound."),
    ] = None,
    continue_seconds: Annotated[
        float | None, typer.Option(help="By how much it goes on; 30 if nothing says so.")
    ] = None,
    replace_in: Annotated[
        Path | None, typer.Option("--replace-in", help="Change one section of a piece made here.")
    ] = None,
    replace_section: Annotated[
        str | None, typer.Option("--replace-section", help="The section to compose anew.")
    ] = None,
    variations: Annotated[int, typer.Option(help="How many different ones.")] = 1,
    soundfont: Annotated[
        Path | None, typer.Option(help="A SoundFont (.sf2) that plays the acoustic parts.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Same seed, same take.")] = None,
    engine: Annotated[str | None, typer.Option(help="See `menura models list`.")] = None,
    options: Annotated[
        list[str] | None, typer.Option("--set", help="NAME=NUMBER, an option of the engine's own.")
    ] = None,
    output: Output = None,
    format_name: FormatName = None,
    captions: Captions = None,
    as_json: Json = False,
    play: Play = False,
) -> None:
    """Make music from a prompt. Writes a marked, signed file and prints its path."""
    from menura.studio import Studio
    from menura.tasks import Music

    wishes = Wishes(
        output=output, format_name=format_name, captions=captions, as_json=as_json, play=play
    )
    if not plan_only:
        wishes.check()
    extras = Extras(plan_out, midi, stems)
    extras.check(None if output in {None, "-"} else Path(str(output)), captions)
    check_variations(variations)
    if variations > 1 and (output == "-" or plan_only or midi or plan_out or stems):
        raise InvalidInput("several variations go to files of their own, with nothing beside them")
    edit = Edit(
        continue_from=continue_from,
        replace_in=replace_in,
        section=replace_section,
        seconds=seconds_on(continue_from, continue_seconds, duration),
    )
    edit.check()
    with Studio(_settings(soundfont)) as studio:
        sounding = edit.file is not None and takes(studio, engine, "continue_audio")
        if edit.file is not None and not sounding and (prompt is not None or plan is not None):
            raise InvalidInput(
                "a piece goes on as it is: give no prompt and no plan, or name a model with "
                "--engine, which goes on with the sound"
            )
        given = None if continue_from is None else as_sound(studio, continue_from, engine)
        if edit.file is not None and given is None:
            task = edited(studio, edit, seed)
        else:
            engine = engine if given is None else given.engine
            heard = melody is not None and takes(studio, engine, "melody_audio")
            task = Music(
                read_prompt(prompt) or ("" if given is None else given.prompt),
                duration_s=duration if given is None else None,
                bpm=bpm,
                key=key,
                meter=meter,
                form=form,
                instruments=listed_names(instruments),
                exclude=listed_names(exclude) + (("vocals",) if instrumental else ()),
                loop=loop,
                plan=read_plan(plan),
                melody="" if melody is None or heard else studio.tune(melody, bpm),
                melody_audio=studio.keep(melody) if melody is not None and heard else None,
                continue_audio=None if given is None else given.audio,
                continue_s=None if given is None else edit.seconds,
                cues=read_cues(cues),
                seed=seed,
                engine=engine,
                options=read_options(options),
            )
        if plan_only:
            sys.stdout.write(studio.plan(task))
            return
        for number, each in enumerate(varied(task, variations), start=1):
            _make(studio, each, numbered(wishes, number, variations), extras)


def _settings(soundfont: Path | None) -> Settings:
    import dataclasses

    from menura.settings import Settings

    settings = Settings.load()
    return settings if soundfont is None else dataclasses.replace(settings, soundfont=soundfont)


def _make(studio: Studio, task: Music, wishes: Wishes, extras: Extras) -> None:
    if wishes.output == "-":
        _stream(studio, task, wishes, extras)
        return
    started = time.monotonic()
    with progress() as show:
        take = studio.render(
            task, progress=show, stems=extras.stems is not None, planned=extras.planned
        )
    tell_speed(take.audio.duration_s, started)
    extras.save(studio, take)
    wishes.fulfil(warned_of_gap(take, wishes))


def _stream(studio: Studio, task: Music, wishes: Wishes, extras: Extras) -> None:
    from menura.cli.pipe import send
    from menura.text.captions import write

    if extras.stems is not None:
        raise InvalidInput("stems need a file: -o - sends the sound to another program")
    stream = studio.stream(task, planned=extras.planned)
    take = send(stream, wishes.format_name or "wav", sys.stdout.buffer)
    take = warned_of_gap(take, wishes)
    extras.save(studio, take)
    if wishes.captions:
        write(Path(wishes.captions), take.captions)
    for line in take.report.ignored:
        print(f"menura: {one_line(line)}", file=sys.stderr)
    if wishes.as_json:
        print_json(take_facts(take, None), to_stderr=True)
