"""Decoding files of others: the limited worker process, and what is checked on this side of it.

The worker (`decoder_worker.py`) may be taken over by a hostile file; so it gets no path, its
messages are measured before they are believed, and every limit holds on what it really sends.
"""

from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np

from menura.audio.audio import MIN_RATE_HZ, Audio
from menura.audio.formats import codecs
from menura.audio.tags import canonical
from menura.errors import EngineFailed, InvalidAudio

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

    from numpy.typing import NDArray

    from menura.audio.limits import Limits

_WORKER = Path(__file__).with_name("decoder_worker.py")
_MAX_MESSAGE_BYTES = 64 * 1024**2
# +60 dB over full scale: louder than any float file that holds sound rather than garbage.
_ABSURD = 1_000.0
# Their stated length is a guess from the first packets: the worker counts all of them.
_GUESSING_CONTAINERS = {"mp3", "aac"}
_CPU_FLOOR_S = 60
_SLOWEST_DECODE_SPEED = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What a sound file says of itself. The length may be a lie until all is decoded.

    Attributes:
        rate: Hz.
        channels: channels.
        frames: stated length, or None if the file does not say.
        container: such as `wav`, `flac`, `ogg`, `mov`.
        codec: such as `pcm_16`, `opus`, `aac`.
        tags: see `menura.audio.tags`; filled by `files.probe` and for compressed files.
    """

    rate: int
    channels: int
    frames: int | None
    container: str
    codec: str
    tags: dict[str, str]

    @property
    def duration_s(self) -> float | None:
        """The stated length in seconds, or None."""
        return None if self.frames is None else self.frames / self.rate


class Decoder:
    """Decodes one open file: `header` at once, then blocks by iteration; a context manager.

    The content tells what a file is, but for headerless G.711, which any bytes are: a name that
    ends in .ul, .ulaw, .al or .alaw makes it 8 kHz, one channel.

    Args:
        file: a regular file, open for reading; it stays open and is read from its start.
        limits: what may be taken.
        name: the file's name, for messages, and for its suffix.
        probe: read the header and the tags only.

    Raises:
        InvalidAudio: if the file is none that menura reads, or states more than the limits allow.
        EngineFailed: if the worker cannot be started.
    """

    def __init__(self, file: BinaryIO, limits: Limits, name: str, *, probe: bool = False) -> None:
        self._name = name if name.isprintable() and len(name) < 80 else ascii(name)[:80]
        self._law = _headerless_law(name)
        self._limits = limits
        self._frames = 0
        self._ended = False
        size = os.fstat(file.fileno()).st_size
        if size > limits.max_bytes:
            raise self._refusal(f"has {size} bytes, more than the {limits.max_bytes} allowed")
        file.seek(0)
        os.lseek(file.fileno(), 0, os.SEEK_SET)
        self._process = self._started(file, probe=probe)
        try:
            _, body = self._message(b"H")
            self.header = self._checked_header(body)
        except BaseException:
            self.close()
            raise

    def __iter__(self) -> Iterator[Audio]:
        while not self._ended:
            kind, body = self._message(b"BE")
            if kind == b"B":
                yield self._checked_block(body)
            else:
                self._ended = True
        if self._frames == 0:
            raise self._refusal("holds no sound")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends the worker, whatever it is doing, and waits until it is gone."""
        with suppress(OSError):
            self._process.kill()
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._process.wait()

    def _started(self, file: BinaryIO, *, probe: bool) -> subprocess.Popen[bytes]:
        settings = {
            "path": [entry for entry in sys.path if entry],
            "memory_bytes": self._limits.memory_bytes,
            "max_s": self._limits.max_s,
            "cpu_s": _CPU_FLOOR_S + int(self._limits.max_s / _SLOWEST_DECODE_SPEED),
            "probe": probe,
            "law": self._law,
        }
        command = [sys.executable, "-I", "-S", str(_WORKER), json.dumps(settings)]
        try:
            return subprocess.Popen(
                command, stdin=file, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
            )
        except OSError as error:
            raise EngineFailed(f"cannot start the decoder process: {error.strerror}") from error

    def _message(self, expected: bytes) -> tuple[bytes, bytes]:
        """Reads one message of an expected kind; an error, a crash or a stall is raised here."""
        watchdog = threading.Timer(self._limits.stall_s, self._process.kill)
        watchdog.daemon = True
        watchdog.start()
        try:
            head = self._bytes(5)
            kind, size = head[:1], struct.unpack("<I", head[1:])[0]
            if size > _MAX_MESSAGE_BYTES or kind not in expected + b"X":
                raise self._refusal("made no sense to the decoder")
            body = self._bytes(size)
        finally:
            watchdog.cancel()
        if kind == b"X":
            reason = body.decode("utf-8", "replace")[:300]
            raise self._refusal(f"cannot be read: {reason}")
        return kind, body

    def _bytes(self, count: int) -> bytes:
        pipe = self._process.stdout
        data = b"" if pipe is None else pipe.read(count)
        if len(data) < count:
            status = self._process.wait()
            raise self._refusal(
                f"broke the decoder, or took too long or too much memory (status {status}); "
                "convert it to WAV and try again"
            )
        return data

    def _checked_header(self, body: bytes) -> Header:
        try:
            facts = json.loads(body)
            header = Header(
                rate=int(facts["rate"]),
                channels=int(facts["channels"]),
                frames=None if facts["frames"] is None else int(facts["frames"]),
                container=str(facts["container"]),
                codec=str(facts["codec"]),
                tags=canonical({str(k): str(v) for k, v in dict(facts["tags"]).items()}),
            )
            least_frames = int(facts["least_frames"])
        except (ValueError, KeyError, TypeError) as error:
            raise self._refusal("made no sense to the decoder") from error
        limits = self._limits
        if not MIN_RATE_HZ <= header.rate <= limits.max_rate:
            raise self._refusal(
                f"states a rate of {header.rate} Hz, not {MIN_RATE_HZ} to {limits.max_rate}"
            )
        if not 1 <= header.channels <= limits.max_channels:
            raise self._refusal(
                f"states {header.channels} channels, not 1 to {limits.max_channels}"
            )
        if header.container not in _GUESSING_CONTAINERS:
            self._check_length(header, header.frames or 0)
        self._check_length(header, least_frames)
        return header

    def _check_length(self, header: Header, frames: int) -> None:
        if frames > self._limits.max_s * header.rate:
            raise self._refusal(f"is longer than the {self._limits.max_s:g} s allowed")
        if frames * header.channels * 4 > self._limits.max_decoded_bytes:
            allowed = self._limits.max_decoded_bytes
            raise self._refusal(f"decodes to more than the {allowed} bytes allowed")

    def _checked_block(self, body: bytes) -> Audio:
        channels = self.header.channels
        if len(body) % (4 * channels):
            raise self._refusal("made no sense to the decoder")
        frames: NDArray[np.float32] = np.frombuffer(body, np.float32).reshape(-1, channels)
        self._check_length(self.header, self._frames + len(frames))
        peak = float(np.abs(frames).max(initial=0.0))
        if not peak <= _ABSURD:
            what = "samples that are not numbers" if not np.isfinite(peak) else "absurd samples"
            at_s = self._frames / self.header.rate
            raise self._refusal(f"holds {what} near {at_s:.1f} s: it is damaged")
        self._frames += len(frames)
        return Audio(np.ascontiguousarray(frames.T), self.header.rate)

    def _refusal(self, what: str) -> InvalidAudio:
        return InvalidAudio(f"{self._name} {what}")


def _headerless_law(name: str) -> str:
    """Returns the law of G.711 that a name's suffix stands for, or ""."""
    suffix = Path(name).suffix.lower()
    return next((facts.law for facts in codecs().values() if suffix in facts.suffixes), "")
