"""`menura say`: a text, spoken."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

from menura.cli.hints import tell_neural_voice
from menura.cli.output import (
    Captions,
    FormatName,
    Json,
    Output,
    Play,
    Wishes,
    print_json,
    progress,
    take_facts,
    tell_chapters,
    tell_guess,
    tell_ignored,
    tell_speed,
)
from menura.cli.pronunciation import check_target, gather, save
from menura.errors import InvalidInput, InvalidText

if TYPE_CHECKING:
    from menura.studio import Studio
    from menura.tasks import Task

MAX_TEXT_BYTES = 64 * 1024**2


def say(
    text: Annotated[str | None, typer.Argument(help="What to say; - reads it from stdin.")] = None,
    file: Annotated[Path | None, typer.Option("--file", help="A text file to say.")] = None,
    voice: Annotated[str | None, typer.Option(help="See `menura voices`.")] = None,
    language: Annotated[
        str | None,
        typer.Option(
            help="Such as de, pt-BR or zh; auto = guessed, as it is where no voice is named."
        ),
    ] = None,
    dialogue: Annotated[
        bool, typer.Option("--dialogue", help="The text has speakers: lines such as `Ann: Hello.`")
    ] = False,
    cast: Annotated[
        list[str] | None, typer.Option("--cast", help="A speaker's voice, such as Ann=nora.")
    ] = None,
    speed: Annotated[
        float,
        typer.Option(help="1 = the voice's usual pace; from about 0.5 to 2.6, as the voice can."),
    ] = 1.0,
    emotion: Annotated[
        str | None,
        typer.Option(help="neutral, happy, sad, excited, calm, angry, fearful or whisper."),
    ] = None,
    style: Annotated[float | None, typer.Option(help="How far the emotion goes, 0 to 1.")] = None,
    stability: Annotated[float | None, typer.Option(help="0 = lively to 1 = even.")] = None,
    pitch: Annotated[float | None, typer.Option(help="Semitones up or down, -12 to 12.")] = None,
    pauses: Annotated[
        float | None, typer.Option(help="2 = pauses twice as long; 0.25 to 4.")
    ] = None,
    breaths: Annotated[float | None, typer.Option(help="Breath between sentences, 0 to 1.")] = None,
    chapters: Annotated[
        bool, typer.Option("--chapters", help="Headings of the text become chapters of the file.")
    ] = False,
    lexicon: Annotated[
        list[Path] | None, typer.Option("--lexicon", help="Pronunciations, a PLS file.")
    ] = None,
    pronounce: Annotated[
        list[str] | None,
        typer.Option("--pronounce", help="Such as 'W3C=World Wide Web' or 'menura=/mɛˈnjʊərə/'."),
    ] = None,
    lexicon_out: Annotated[
        Path | None, typer.Option("--lexicon-out", help="Write the pronunciations in use (PLS).")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Same seed, same take.")] = None,
    engine: Annotated[str | None, typer.Option(help="See `menura models list`.")] = None,
    output: Output = None,
    format_name: FormatName = None,
    captions: Captions = None,
    as_json: Json = False,
    play: Play = False,
) -> None:
    """Say a text. Writes a marked, signed file and prints its path."""
    from menura.studio import Studio
    from menura.tasks import Dialogue, Speech

    wishes = Wishes(
        output=output, format_name=format_name, captions=captions, as_json=as_json, play=play
    )
    wishes.check()
    check_target(lexicon_out)
    rules = gather(pronounce or [], lexicon or [])
    task: Speech | Dialogue
    if cast and not dialogue:
        raise InvalidInput("--cast is for a dialogue: add --dialogue, or name the --voice")
    if dialogue and chapters:
        raise InvalidInput("chapters are for one speaker: a dialogue has none")
    if dialogue:
        task = Dialogue(
            _read_text(text, file),
            voices=_pairs(cast or [], voice, (emotion, pitch)),
            language=language,
            speed=speed,
            style=style,
            stability=stability,
            pauses=pauses,
            breaths=breaths,
            lexicon=rules,
            seed=seed,
            engine=engine,
        )
    else:
        task = Speech(
            _read_text(text, file),
            voice=voice,
            language=language,
            speed=speed,
            emotion=emotion,
            style=style,
            stability=stability,
            pitch=pitch,
            pauses=pauses,
            breaths=breaths,
            lexicon=rules,
            chapters=chapters,
            seed=seed,
            engine=engine,
        )
    with Studio() as studio:
        tell_neural_voice(studio)
        if output == "-":
            _stream(studio, task, wishes, lexicon_out)
            return
        started = time.monotonic()
        with progress() as show:
            take = studio.render(task, progress=show)
        tell_guess(take)
        tell_speed(take.audio.duration_s, started)
        wishes.fulfil(take)
        save(lexicon_out, take.task)


def _stream(studio: Studio, task: Task, wishes: Wishes, lexicon_out: Path | None) -> None:
    """Sends the sound to stdout while it is made."""
    from menura.cli.pipe import send
    from menura.text.captions import write

    take = send(studio.stream(task), wishes.format_name or "wav", sys.stdout.buffer)
    tell_guess(take)
    tell_ignored(take)
    tell_chapters(take, "a stream")
    save(lexicon_out, take.task)
    if wishes.captions:
        write(Path(wishes.captions), take.captions)
    if wishes.as_json:
        print_json(take_facts(take, None), to_stderr=True)


def _pairs(
    cast: list[str], voice: str | None, controls: tuple[object, ...]
) -> tuple[tuple[str, str], ...]:
    if any(control is not None for control in controls):
        raise InvalidInput(
            "emotion and pitch are for one speaker: write directions such as (sadly) before a turn"
        )
    if voice is not None:
        raise InvalidInput("a dialogue has several voices: name them with --cast")
    pairs = tuple(tuple(part.strip() for part in each.rpartition("=")[::2]) for each in cast)
    if not all(len(pair) == 2 and all(pair) for pair in pairs):
        raise InvalidInput("--cast takes a speaker and a voice, such as Ann=nora")
    return tuple((speaker, name) for speaker, name in pairs)


def _read_text(text: str | None, file: Path | None) -> str:
    if (text is None) == (file is None):
        raise InvalidInput("give a text, - for stdin, or --file: one of them")
    if file is not None:
        from menura.audio.files import open_regular

        with open_regular(file) as stream:
            return _decoded(stream, file.name)
    if text == "-" and sys.stdin is None:
        raise InvalidInput("stdin is closed: give a text or --file")
    if text == "-":
        return _decoded(sys.stdin.buffer, "stdin")
    return str(text)


def _decoded(stream: BinaryIO, name: str) -> str:
    data = stream.read(MAX_TEXT_BYTES + 1)
    if len(data) > MAX_TEXT_BYTES:
        raise InvalidText(f"{name} holds more than {MAX_TEXT_BYTES >> 20} MB of text")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidText(f"{name} is not UTF-8 text (byte {error.start})") from error
