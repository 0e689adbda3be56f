"""`menura voices design` and `menura voices remix`: voices made from words."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from menura.cli.output import Json, one_line, print_json, progress, take_facts, tell_speed
from menura.errors import InvalidInput

if TYPE_CHECKING:
    from menura.studio import Studio
    from menura.take import Take
    from menura.tasks import VoiceDesign

VARIATIONS = 3
Folder = Annotated[Path, typer.Option("-o", "--output", help="Folder for the previews.")]
Text = Annotated[str, typer.Option(help="What the previews say.")]
Language = Annotated[str | None, typer.Option(help="Such as en-gb-scotland, de or pt-BR.")]
Variations = Annotated[
    int | None, typer.Option(help=f"How many to choose from: {VARIATIONS}; with --save 1.")
]
Seed = Annotated[int | None, typer.Option(help="Same seed, same takes.")]
Save = Annotated[str | None, typer.Option(help="Keep the voice under this name.")]


def design(
    description: Annotated[str, typer.Argument(help='Such as "an old sailor, gravelly, slow".')],
    output: Folder = Path(),
    text: Text = "",
    language: Language = None,
    variations: Variations = None,
    seed: Seed = None,
    save: Save = None,
    as_json: Json = False,
) -> None:
    """Design voices from a description. Writes marked, signed previews, one for each."""
    _audition(
        _tasks(description, None, text, language, variations, seed, save), output, save, as_json
    )


def remix(
    voice: Annotated[str, typer.Argument(help="See `menura voices`.")],
    description: Annotated[str, typer.Argument(help='What changes, such as "younger, warmer".')],
    output: Folder = Path(),
    text: Text = "",
    language: Language = None,
    variations: Variations = None,
    seed: Seed = None,
    save: Save = None,
    as_json: Json = False,
) -> None:
    """Design voices from another voice and what should change in it."""
    _audition(
        _tasks(description, voice, text, language, variations, seed, save), output, save, as_json
    )


def _tasks(
    description: str,
    voice: str | None,
    text: str,
    language: str | None,
    variations: int | None,
    seed: int | None,
    save: str | None,
) -> list[VoiceDesign]:
    from menura.tasks import VoiceDesign
    from menura.tasks.speech import MAX_VARIATIONS

    count = variations if variations is not None else 1 if save else VARIATIONS
    if not 1 <= count <= MAX_VARIATIONS:
        raise InvalidInput(f"--variations lies between 1 and {MAX_VARIATIONS}, not {count}")
    if save is not None and count > 1:
        raise InvalidInput(
            "--save keeps one voice: leave --variations out, or choose one by ear and keep it "
            "with `menura voices save`"
        )
    return [
        VoiceDesign(
            description, text=text, voice=voice, language=language, variation=i + 1, seed=seed
        )
        for i in range(count)
    ]


def _audition(tasks: list[VoiceDesign], folder: Path, save: str | None, as_json: bool) -> None:
    """Makes the previews and tells about each."""
    from menura.studio import Studio

    with Studio() as studio:
        if save is not None:
            studio.check_voice_name(save)
        _make_folder(folder)
        made: list[dict[str, Any]] = []
        for task in tasks:
            take = _render(studio, task)
            facts = _save(studio, take, folder, save)
            made.append(facts)
            if len(made) == 1:
                for line in take.report.ignored:
                    print(f"menura: {one_line(line)}", file=sys.stderr)
            if not as_json:
                print(f"{facts['file']} {facts['take']} {facts['voice']}")
    if as_json:
        print_json(made)


def _render(studio: Studio, task: VoiceDesign) -> Take:
    started = time.monotonic()
    with progress() as show:
        take = studio.render(task, progress=show)
    tell_speed(take.audio.duration_s, started)
    return take


def _save(studio: Studio, take: Take, folder: Path, save: str | None) -> dict[str, Any]:
    understood = take.report.understood
    variation = getattr(take.task, "variation", 1)
    path = take.save(folder / f"{save or understood['voice_id']}-{variation}.wav")
    facts = take_facts(take, path) | {"voice": understood["voice_id"]}
    if save is not None:
        facts["saved_as"] = studio.save_voice(take, save).name
    return facts


def _make_folder(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise InvalidInput(f"{folder} is a file: the previews go into a folder")
    folder.mkdir(parents=True, exist_ok=True)
