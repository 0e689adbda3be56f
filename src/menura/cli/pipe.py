"""Sending a stream's sound to another program while it is made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from menura.audio.encode import encoder
from menura.audio.formats import Format

if TYPE_CHECKING:
    from typing import IO

    from menura.studio import Stream
    from menura.take import Take


def send(stream: Stream, format_name: str, sink: IO[bytes]) -> Take:
    """Encodes the stream into `sink`, block by block, and returns its take.

    The file carries the tags, with the recipe; its signed manifest is in the archive.
    """
    chosen = Format.parse(format_name)
    encoding = encoder(chosen, stream.rate, stream.channels, stream.origin.tags())
    for block in stream:
        sink.write(encoding.encode(block))
        sink.flush()
    sink.write(encoding.finish())
    sink.flush()
    return stream.take
