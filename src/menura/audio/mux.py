"""FLAC, MP3, Opus and AAC through FFmpeg's encoders and muxers (PyAV), into a byte sink."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from menura.audio.chapters import id3_frames, vorbis_tags
from menura.audio.pcm import quantised
from menura.audio.tags import checked, id3

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from av.container.core import Chapter
    from numpy.typing import NDArray

    from menura.audio.chapters import Section
    from menura.audio.formats import Format

# FFmpeg's names of the usual loudspeaker layouts, by number of channels.
_LAYOUTS = {1: "mono", 2: "stereo", 3: "3.0", 4: "quad", 5: "5.0", 6: "5.1", 7: "6.1", 8: "7.1"}
_ENCODERS = {
    "flac": ("flac", "flac"),
    "mp3": ("mp3", "libmp3lame"),
    "opus": ("ogg", "libopus"),
    "m4a": ("ipod", "aac"),
    "m4b": ("ipod", "aac"),
    "aac": ("adts", "aac"),
}

_MP4 = frozenset({"m4a", "m4b"})
_BUFFER_BYTES = 32_768


class _Sink:
    """Takes what a muxer writes; it cannot be sought."""

    def __init__(self) -> None:
        self._pending = bytearray()

    def write(self, data: bytes) -> int:
        self._pending += data
        return len(data)

    def drain(self) -> bytes:
        """Returns what was written since the last call."""
        result = bytes(self._pending)
        self._pending.clear()
        return result


class _SeekableSink(_Sink):
    """Lets the muxer seek; what it writes over bytes already given out becomes a patch."""

    def __init__(self) -> None:
        super().__init__()
        self._given = 0
        self._position = 0
        self.patches: list[tuple[int, bytes]] = []

    def write(self, data: bytes) -> int:
        early = bytes(data[: max(0, self._given - self._position)])
        if early:
            self.patches.append((self._position, early))
        late = data[len(early) :]
        start = self._position + len(early) - self._given
        self._pending[start : start + len(late)] = late
        self._position += len(data)
        return len(data)

    def seek(self, offset: int, whence: int = 0) -> int:
        origin = (0, self._position, self._given + len(self._pending))[whence]
        self._position = origin + offset
        return self._position

    def tell(self) -> int:
        return self._position

    def drain(self) -> bytes:
        result = super().drain()
        self._given += len(result)
        return result


class MuxEncoder:
    """One FFmpeg encoder and muxer.

    `fflags=+bitexact` keeps dates, random serial numbers and version texts out, so that the same
    samples give the same bytes.
    """

    def __init__(
        self,
        format: Format,  # noqa: A002
        rate: int,
        channels: int,
        tags: Mapping[str, str],
        *,
        seekable: bool,
        chapters: Sequence[Section] = (),
    ) -> None:
        import av

        self._codec = format.codec
        self._bits = format.bit_depth or 16
        self._rate = rate
        self._gain = np.float32(1 / format.encoder_gain(rate))
        self._layout = _LAYOUTS[channels]
        self._frames = 0
        self._sink = _SeekableSink() if seekable else _Sink()
        # FFmpeg would write `encoder` as its own name, and comments as TXXX: we write the ID3 tag.
        self._prefix = id3(tags, id3_frames(chapters)) if format.codec == "mp3" else b""
        self._prefix_bytes = len(self._prefix)
        container, codec = _ENCODERS[format.codec]
        options = _container_options(format.codec, rate, seekable=seekable)
        if format.codec in {"flac", "opus"}:
            tags = {**tags, **vorbis_tags(chapters)}
        clean = {("software" if k == "encoder" else k): v for k, v in checked(tags).items()}
        # Without seeking, FFmpeg can only fill in the length of M4A's header, which holds the
        # tags, while all of it is still in this buffer.
        buffer_bytes = _BUFFER_BYTES + 2 * sum(len(text.encode()) for text in clean.values())
        self._container = av.open(
            self._sink,
            "w",
            format=container,
            container_options=options,
            buffer_size=buffer_bytes,
        )
        stream: Any = self._container.add_stream(
            codec, rate=rate, layout=self._layout, format=self._sample_format()
        )
        self._stream = stream
        if format.effective_bitrate_kbps:
            stream.bit_rate = format.effective_bitrate_kbps * 1000
        if format.codec == "opus":
            self._stream.metadata.update({k.upper(): v for k, v in clean.items()})
        elif format.codec == "flac" or format.codec in _MP4:
            self._container.metadata.update(clean)
        if format.codec in _MP4 and chapters and seekable:
            self._container.set_chapters([_mp4_chapter(i, *c) for i, c in enumerate(chapters, 1)])

    def encode(self, samples: NDArray[np.float32]) -> bytes:
        """Returns the bytes that (channels, frames) complete."""
        frames = samples.shape[1]
        if frames:
            import av

            frame = av.AudioFrame.from_ndarray(
                self._arranged(samples), format=self._sample_format(), layout=self._layout
            )
            frame.sample_rate = self._rate
            frame.pts = self._frames
            self._frames += frames
            self._container.mux(self._stream.encode(frame))
        return self._drain()

    def finish(self) -> bytes:
        """Returns the rest and the trailer."""
        # A muxer starts at the first packet, and a file without any has no header.
        if not self._frames:
            self._container.start_encoding()
        self._container.mux(self._stream.encode(None))
        self._container.close()
        return self._drain()

    @property
    def patches(self) -> list[tuple[int, bytes]]:
        """Lengths and gapless facts, for a file."""
        if not isinstance(self._sink, _SeekableSink):
            return []
        return [(self._prefix_bytes + at, data) for at, data in self._sink.patches]

    def _drain(self) -> bytes:
        result, self._prefix = self._prefix + self._sink.drain(), b""
        return result

    def _sample_format(self) -> str:
        if self._codec == "flac":
            return "s16" if self._bits == 16 else "s32"
        return "flt" if self._codec == "opus" else "fltp"

    def _arranged(self, samples: NDArray[np.float32]) -> NDArray[Any]:
        """The samples in the layout of `_sample_format`."""
        if self._codec == "flac":
            words = quantised(samples.T, self._bits)
            # 24 bits sit in the upper part of 32; the encoder drops the zeros below.
            packed = words.astype(np.int16) if self._bits == 16 else words << 8
            return np.ascontiguousarray(packed).reshape(1, -1)
        if self._codec == "opus":
            return np.ascontiguousarray(samples.T).reshape(1, -1)
        return np.ascontiguousarray(samples * self._gain)


def _mp4_chapter(number: int, title: str, start_s: float, end_s: float) -> Chapter:
    """A chapter for FFmpeg, which writes a text track (QuickTime) and `chpl` (Nero) of it."""
    return {
        "id": number,
        "start": round(start_s * 1000),
        "end": round(end_s * 1000),
        "time_base": Fraction(1, 1000),
        "metadata": {"title": title},
    }


def _container_options(codec: str, rate: int, *, seekable: bool) -> dict[str, str]:
    """FFmpeg's muxer options: short pages and fragments for streams, exact lengths for files."""
    options = {"fflags": "+bitexact"}
    if not seekable:
        options["flush_packets"] = "1"
    if codec == "mp3":
        options |= {"id3v2_version": "0", "write_id3v1": "0"}
    elif codec == "opus":
        options["page_duration"] = "1000000" if seekable else "200000"
    elif codec in _MP4:
        # The edit list that trims the encoder's delay counts in the movie's time scale.
        options["movie_timescale"] = str(rate)
        options["movflags"] = "use_metadata_tags"
        if codec == "m4b":
            options["brand"] = "M4B "
        if not seekable:
            options["movflags"] += "+frag_keyframe+delay_moov+default_base_moof"
            options["frag_duration"] = "500000"
    return options
