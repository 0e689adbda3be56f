"""`menura view`: a sound as a picture."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from menura.cli.output import Json, print_json
from menura.errors import InvalidInput


def view(
    path: Annotated[Path, typer.Argument(metavar="FILE", help="A sound file.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="PNG file to write.")],
    as_json: Json = False,
) -> None:
    """Draw a sound's waveform and spectrogram as a PNG."""
    from menura.audio.files import Limits, check_target, read
    from menura.pictures import draw_overview, save_png
    from menura.settings import Settings

    if output.exists() and output.samefile(path):
        raise InvalidInput("the picture would replace the sound: give it another name")
    check_target(output)
    audio = read(path, Limits.of(Settings.load()))
    save_png(draw_overview(audio, title=path.name), output)
    if as_json:
        facts = {"file": str(output), "duration_s": audio.duration_s, "rate": audio.rate}
        print_json(facts | {"channels": audio.channels})
    else:
        print(output)
