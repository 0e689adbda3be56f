"""What commands share: where sound and talk go, exit codes, and the progress bar."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from menura.errors import (
    EngineFailed,
    InvalidInput,
    MenuraError,
    NotFound,
    NotInstalled,
    Refused,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from menura.take import Take

Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
Output = Annotated[
    str | None,
    typer.Option("-o", "--output", help="File to write; its suffix picks the format; - = stdout."),
]
FormatName = Annotated[
    str | None, typer.Option("--format", help="Such as wav_24, mp3_44100_128, opus.")
]
Play = Annotated[bool, typer.Option("--play", help="Play the result.")]
Captions = Annotated[
    str | None, typer.Option("--captions", help="File for word times: .srt, .vtt or .json.")
]

EXIT_CODES: tuple[tuple[type[MenuraError], int], ...] = (
    (InvalidInput, 2),
    (Refused, 3),
    (NotFound, 4),
    (NotInstalled, 4),
    (MenuraError, 5),
)

_BAR_AFTER_S = 1.0
_PLAYERS = (
    ("ffplay", "-nodisp", "-autoexit", "-loglevel", "error"),
    ("paplay",),
    ("aplay", "-q"),
    ("afplay",),
)
_STREAMED = {"ffplay": ("-i", "-"), "aplay": ("-",)}
"""What those that can play stdin are told besides."""


def exit_code(error: MenuraError) -> int:
    """Returns the exit code of an error."""
    return next(code for kind, code in EXIT_CODES if isinstance(error, kind))


def one_line(message: object) -> str:
    """Returns an error's message, or a name, as one printable line."""
    text = " ".join(str(message).split())
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


def print_json(value: object, *, to_stderr: bool = False) -> None:
    """Prints a value as one JSON line."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    # Readable in any script, but what steers a terminal is written as an escape.
    text = "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in text)
    print(text, file=sys.stderr if to_stderr else sys.stdout)


def take_facts(take: Take, path: Path | None) -> dict[str, Any]:
    """Returns what `--json` prints of a take."""
    return {
        "file": None if path is None else str(path),
        "take": take.id,
        "duration_s": round(take.audio.duration_s, 3),
        "report": take.report.to_dict(),
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What the options say should become of a take."""

    output: str | None
    format_name: str | None
    captions: str | None
    as_json: bool
    play: bool

    def check(self) -> None:
        """Refuses what could not be done in the end, before any work is done.

        Raises:
            InvalidInput: if a format or a file name cannot be used.
            NotInstalled: if nothing here can play sound, and it should.
        """
        from menura.audio.files import check_target
        from menura.audio.formats import Format, check_suffix
        from menura.text.captions import check_path

        chosen = Format.parse(self.format_name) if self.format_name else None
        if self.output not in {None, "-"}:
            check_suffix(Path(str(self.output)), chosen)
            check_target(Path(str(self.output)))
        if self.captions:
            check_path(Path(self.captions))
            check_target(Path(self.captions))
        if self.captions and Path(self.captions) == Path(self.output or "-"):
            raise InvalidInput("the captions would replace the sound: give them another name")
        if self.output == "-" and sys.__stdout__ is None:
            raise InvalidInput("stdout is closed: send the sound to a file or a program")
        if self.output == "-" and self.play:
            raise InvalidInput("--play needs a file: -o - sends the sound to another program")
        if self.output == "-" and sys.stdout.isatty():
            raise InvalidInput("stdout is a terminal: send the sound to a file or a program")
        if self.play:
            player()

    def fulfil(self, take: Take) -> None:
        """Saves the take, tells about it, and plays it."""
        from menura.audio.formats import Format, check_suffix

        chosen = Format.parse(self.format_name) if self.format_name else None
        name = self.output or take.id + (chosen.suffix if chosen else ".wav")
        path = take.save(name, self.format_name, self.captions)
        tell_ignored(take)
        chosen = check_suffix(path, chosen)
        if not chosen.carries_chapters:
            tell_chapters(take, chosen.codec)
        if self.as_json:
            print_json(take_facts(take, path))
        else:
            print(path)
        if self.play:
            play_file(path)


_OUTLOOKS = {
    "not found": "the watermark will not be found in this sound, there is too little of it",
    "faint": "the watermark is faint in this sound, there is little of it: coding may remove it",
}


def tell_ignored(take: Take) -> None:
    """Says on stderr what was asked and not done, and whether the watermark may not be found."""
    for line in take.report.ignored:
        print(f"menura: {one_line(line)}", file=sys.stderr)
    if told := _OUTLOOKS.get(str(take.report.measured.get("mark"))):
        streamed = take.recipe.get("delivery") == "stream"
        where = "kept in the archive still marks it" if streamed else "still marks it"
        print(f"menura: {told}; the signed manifest {where}", file=sys.stderr)


def tell_guess(take: Take) -> None:
    """Says on stderr what was guessed, if anything was, and what could not be."""
    guessed = take.report.understood.get("guessed")
    if guessed:
        print(f"menura: {one_line(guessed)}, guessed; --language names another", file=sys.stderr)
    if unsure := take.report.understood.get("unsure"):
        read_as = one_line(unsure).removeprefix("language: ")
        told = f"the language of this text is not known for sure: it is read as {read_as}"
        print(f"menura: {told}; name it with --language", file=sys.stderr)


def tell_chapters(take: Take, holder: str) -> None:
    """Says on stderr that chapters, if they were asked for, are in no file.

    Args:
        take: what was made.
        holder: what cannot hold them.
    """
    if getattr(take.task, "chapters", False):
        print(f"menura: {holder} holds no chapters", file=sys.stderr)


def numbered(wishes: Wishes, number: int, count: int) -> Wishes:
    """Returns the wishes for one of several takes: its number goes into its file's name."""
    if count == 1 or wishes.output in {None, "-"}:
        return wishes
    path = Path(str(wishes.output))
    return replace(wishes, output=str(path.with_name(f"{path.stem}-{number}{path.suffix}")))


def player() -> list[str]:
    """Returns the command that plays a file.

    Raises:
        NotInstalled: if no known player is there.
    """
    for name, *options in _PLAYERS:
        if found := shutil.which(name):
            return [found, *options]
    raise NotInstalled("nothing here can play sound: install ffplay, paplay, aplay or afplay")


def stream_player() -> list[str]:
    """Returns the command that plays what comes on its stdin.

    Raises:
        NotInstalled: if no player that can is there.
    """
    for name, *options in _PLAYERS:
        if name in _STREAMED and (found := shutil.which(name)):
            return [found, *options, *_STREAMED[name]]
    raise NotInstalled("nothing here can play a stream: install ffplay or aplay, or use -o -")


def play_file(path: Path) -> None:
    """Plays a file to its end.

    Raises:
        NotInstalled: if no known player is there.
        EngineFailed: if the player fails, as it does on a machine with no sound device.
    """
    command = [*player(), str(path.absolute())]
    done = subprocess.run(command, check=False, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    if done.returncode:
        raise EngineFailed(f"{path} is written, but the player failed to play it")


@contextmanager
def progress() -> Iterator[Callable[[float], None]]:
    """Yields a function that shows the share done, if that takes over a second on a terminal."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    started = time.monotonic()
    bar: list[Any] = []

    def show(share: float) -> None:
        if not bar:
            if time.monotonic() - started < _BAR_AFTER_S:
                return
            from rich.console import Console
            from rich.progress import Progress

            shown = Progress(console=Console(stderr=True), transient=True)
            shown.start()
            bar.extend((shown, shown.add_task("", total=1.0)))
        bar[0].update(bar[1], completed=share)

    try:
        yield show
    finally:
        if bar:
            bar[0].stop()


def tell_speed(duration_s: float, started: float) -> None:
    """Says on a terminal how much faster than real time the work was.

    Args:
        duration_s: length of the sound made.
        started: `time.monotonic()` when the work began.
    """
    taken_s = time.monotonic() - started
    if sys.stderr.isatty() and taken_s > _BAR_AFTER_S:
        factor = duration_s / taken_s
        print(f"{duration_s:.1f} s of sound in {taken_s:.1f} s: {factor:.0f}x", file=sys.stderr)
