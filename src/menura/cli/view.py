"""`menura view`: a sound as a picture."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def view(
    path: Annotated[Path, typer.Argument(metavar="FILE", help="A sound file.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="PNG file to write.")],
) -> None:
    """Draw a sound's waveform, level, spectrogram and pitch as a PNG."""
    from menura.audio.files import Limits, read
    from menura.pictures import draw_overview, save_png

    audio = read(path, Limits())
    save_png(draw_overview(audio, title=path.name), output)
    print(output)
