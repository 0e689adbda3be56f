"""Stream encoding: blocks of sound in, bytes of a file out, for every format, without seeking."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np

from menura.audio.chapters import vorbis_tags
from menura.audio.pcm import companded, quantised
from menura.audio.resample import Resampler
from menura.errors import InvalidAudio, InvalidInput

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from menura.audio.audio import Audio
    from menura.audio.chapters import Section
    from menura.audio.formats import Format
    from menura.audio.telephone import Line


class Encoder(Protocol):
    """Turns blocks into the bytes of one file."""

    def encode(self, block: Audio) -> bytes:
        """Returns the bytes that `block` completes, which may be none."""
        ...

    def finish(self) -> bytes:
        """Returns the last bytes. Nothing may be encoded after that."""
        ...

    @property
    def patches(self) -> Sequence[tuple[int, bytes]]:
        """What to write over the file, (offset, bytes), once finished, if it can be sought."""
        ...


class CodecEncoder(Protocol):
    """One codec: samples at its own rate, shape (channels, frames), float32."""

    def encode(self, samples: NDArray[np.float32]) -> bytes:
        """Returns the bytes that the samples complete."""
        ...

    def finish(self) -> bytes:
        """Returns the last bytes."""
        ...

    @property
    def patches(self) -> Sequence[tuple[int, bytes]]:
        """See `Encoder.patches`."""
        ...


def encoder(
    format: Format,  # noqa: A002 - the word of the domain
    rate: int,
    channels: int,
    tags: Mapping[str, str],
    *,
    seekable: bool = False,
    chapters: Sequence[Section] = (),
    line_gain_db: float | None = None,
) -> Encoder:
    """Returns an encoder for blocks of `rate` Hz and `channels`.

    The sound is resampled if the format is written at another rate. A format of the telephone
    gets what the line carries (`menura.audio.telephone`): one channel, its band, its level.

    Args:
        format: what to write.
        rate: Hz of the blocks.
        channels: channels of the blocks.
        tags: see `menura.audio.tags`; dropped by formats that carry none.
        seekable: the caller will apply `patches` at the end: lengths then stand in the headers,
            MP3 and M4A play without the codec's padding. Off, the output can go to a pipe as it is.
        chapters: as `menura.audio.chapters.settled` returns them; dropped by formats that carry
            none, and by WAV and M4A that go to a pipe: theirs stand behind the sound.
        line_gain_db: what brings the sound to the level of the telephone, as
            `telephone.gain_to_line` measures it; None = what fits speech of -16 LUFS, as streams
            are. Other formats keep the level as it is.

    Raises:
        InvalidInput: if the format cannot carry so many channels.
    """
    if not 1 <= channels <= format.max_channels:
        raise InvalidInput(
            f"{format.codec} is written with 1 to {format.max_channels} channels, not {channels}"
        )
    front = _front(format, rate, channels, line_gain_db)
    carried = 1 if format.law else channels
    codec = _codec(format, front.rate_out, carried, tags, seekable=seekable, chapters=chapters)
    return _Chain(front, channels, codec)


class _Chain:
    """Checks each block, resamples it or puts it on the telephone line, encodes it."""

    def __init__(self, front: Resampler | Line, channels: int, codec: CodecEncoder) -> None:
        self._front = front
        self._channels = channels
        self._codec = codec

    def encode(self, block: Audio) -> bytes:
        if (block.rate, block.channels) != (self._front.rate_in, self._channels):
            raise InvalidInput(
                f"expected {self._channels} channels at {self._front.rate_in} Hz, "
                f"not {block.channels} at {block.rate} Hz"
            )
        if not np.isfinite(block.samples).all():
            raise InvalidAudio("the sound holds samples that are not numbers; nothing was written")
        return self._codec.encode(self._front.process(block).samples)

    def finish(self) -> bytes:
        rest = self._codec.encode(self._front.finish().samples)
        return rest + self._codec.finish()

    @property
    def patches(self) -> Sequence[tuple[int, bytes]]:
        return self._codec.patches


class _Raw:
    """Headerless samples: signed 16-bit little-endian, or G.711."""

    patches: Sequence[tuple[int, bytes]] = ()

    def __init__(self, law: str) -> None:
        self._law = law

    def encode(self, samples: NDArray[np.float32]) -> bytes:
        if self._law:
            return companded(samples.T, self._law).tobytes()
        return quantised(samples.T, 16).astype("<i2").tobytes()

    def finish(self) -> bytes:
        return b""


def _front(
    format: Format,  # noqa: A002
    rate: int,
    channels: int,
    line_gain_db: float | None,
) -> Resampler | Line:
    """Makes what stands before the codec."""
    if not format.law:
        return Resampler(rate, format.encoded_rate(rate), channels)
    from menura.audio.telephone import STREAM_GAIN_DB, Line

    return Line(rate, channels, STREAM_GAIN_DB if line_gain_db is None else line_gain_db)


def _codec(
    format: Format,  # noqa: A002
    rate: int,
    channels: int,
    tags: Mapping[str, str],
    *,
    seekable: bool,
    chapters: Sequence[Section],
) -> CodecEncoder:
    """Makes the encoder of one codec; only the library it needs is imported."""
    if format.codec in {"pcm", "ulaw", "alaw"}:
        return _Raw(format.law)
    if format.codec in {"wav", "wav_ulaw", "wav_alaw"}:
        from menura.audio.wav import WavEncoder

        return WavEncoder(
            rate,
            channels,
            format.bit_depth or 16,
            tags,
            seekable=seekable,
            law=format.law,
            chapters=chapters,
        )
    if format.codec == "vorbis":
        from menura.audio.ogg import VorbisEncoder

        return VorbisEncoder(rate, channels, {**tags, **vorbis_tags(chapters)})
    from menura.audio.mux import MuxEncoder

    return MuxEncoder(format, rate, channels, tags, seekable=seekable, chapters=chapters)
