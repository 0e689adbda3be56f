"""The process that decodes a sound file of others. Runs alone: it imports nothing of menura.

Started as `python -I -S decoder_worker.py SETTINGS` with the file as standard input, so it never
learns a path. It limits itself, tells the container by its first bytes, opens it as that and
nothing else, with every way to open a second file shut, and writes messages to standard output:
one letter, a length (32 bits, little-endian), that many bytes.

    H  the header, JSON: rate, channels, frames or null, least_frames, container, codec, tags
    B  a block: interleaved float32, native byte order
    E  the end, empty
    X  why it cannot be decoded, UTF-8
"""

from __future__ import annotations

import json
import math
import os
import struct
import sys
from typing import TYPE_CHECKING, Any, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Iterator

BLOCK_FRAMES = 16_384
BLOCK_BYTES = 2**18
_SNIFF_BYTES = 4_096
_MP4 = "mov,mp4,m4a,3gp,3g2,mj2"
# libsndfile fails at the end of a FLAC stream whose header does not state its length: not here.
_SOUNDFILE_CONTAINERS = {"WAV", "WAVEX", "RF64", "AIFF", "OGG"}
_LAWS = {"ulaw": "ULAW", "alaw": "ALAW"}
_TELEPHONE_RATE_HZ = 8_000
_DECODERS = "mp3float,mp3,mp2,mp2float,aac,libopus,opus,vorbis,flac,alac,pcm_s16le,pcm_s24le"
_DECODERS += ",pcm_s32le,pcm_f32le,pcm_f64le,pcm_u8,pcm_mulaw,pcm_alaw,pcm_s16be,pcm_s24be"
_DECODERS += ",pcm_s32be,pcm_f32be,adpcm_ms,adpcm_ima_wav"
# Of the packets of a damaged file, the share that may be skipped.
_MAX_DAMAGED = 0.1
_MAX_TAG_BYTES = 16 * 1024**2
# Of MP3 and ADTS the stated length is a guess, and of chained Ogg it is the first link's.
_COUNTED = {"mp3", "aac", "ogg"}
# Opus in its longest packets needs more: a smaller file cannot be longer than allowed.
_LEAST_BYTES_S = 25
# Decoders drop what the encoder put before and behind the sound: up to 80 ms of an Opus stream.
_DROPPED, _DROPPED_S = 0.01, 1.0


class Refused(Exception):
    """The file cannot be decoded; the text says why."""


def main() -> None:
    """Decodes standard input to standard output."""
    settings = json.loads(sys.argv[1])
    sys.path[:] = settings["path"]
    # One thread each: libraries that reserve memory for threads would hit the limit below.
    os.putenv("OPENBLAS_NUM_THREADS", "1")
    output = os.fdopen(os.dup(1), "wb", buffering=0)
    limit(settings["memory_bytes"], settings["cpu_s"])
    try:
        file = os.fdopen(os.dup(0), "rb")
        if settings["law"]:
            source = soundfile_messages(0, settings["law"])
        else:
            container = sniff(file)
            file.seek(0)
            through_soundfile = container in _SOUNDFILE_CONTAINERS and not settings["probe"]
            if through_soundfile:
                source = soundfile_messages(0)
            else:
                source = av_messages(file, container, settings["max_s"])
        for kind, body in gathered(source):
            send(output, kind, body)
            if kind == b"H" and settings["probe"]:
                break
        send(output, b"E", b"")
    except Refused as error:
        send(output, b"X", str(error).encode())
    except MemoryError:
        send(output, b"X", b"it needs more memory than a decoder may use")
    except BrokenPipeError:
        pass
    # Closing what a broken file left half open can crash: leave without it.
    os._exit(0)


def limit(memory_bytes: int, cpu_s: int) -> None:
    """Sets what this process may use, where the system can."""
    try:
        import resource
    except ImportError:
        return
    wanted = {
        "RLIMIT_AS": memory_bytes,
        "RLIMIT_CPU": cpu_s,
        "RLIMIT_NOFILE": 64,
        "RLIMIT_FSIZE": 0,
        "RLIMIT_CORE": 0,
    }
    for name, value in wanted.items():
        kind = getattr(resource, name, None)
        if kind is not None:
            hard = resource.getrlimit(kind)[1]
            ceiling = value if hard == resource.RLIM_INFINITY else min(value, hard)
            resource.setrlimit(kind, (ceiling, ceiling))


def send(output: Any, kind: bytes, body: bytes) -> None:
    """Writes one message, whole."""
    data = memoryview(kind + struct.pack("<I", len(body)) + body)
    while data:
        data = data[output.write(data) :]


def sniff(file: BinaryIO) -> str:
    """Returns the container's name for libsndfile or FFmpeg, from its first bytes."""
    head = file.read(_SNIFF_BYTES)
    if not head:
        raise Refused("it is empty")
    if head[:3] == b"ID3" and len(head) >= 10:
        size = sum(
            (byte & 0x7F) << shift for byte, shift in zip(head[6:10], (21, 14, 7, 0), strict=True)
        )
        file.seek(10 + size + (10 if head[5] & 0x10 else 0))
        head = file.read(_SNIFF_BYTES).lstrip(b"\0") or head
    found = _of_magic(head)
    if found is None:
        raise Refused("it is not a sound file menura reads (WAV, FLAC, AIFF, MP3, Ogg, M4A, WebM)")
    return found


def _of_magic(head: bytes) -> str | None:
    """The container whose first bytes these are."""
    result = None
    if head[:4] in {b"RIFF", b"RIFX", b"RF64"} and head[8:12] == b"WAVE":
        result = "RF64" if head[:4] == b"RF64" else "WAV"
    elif head[:4] == b"FORM" and head[8:12] in {b"AIFF", b"AIFC"}:
        result = "AIFF"
    elif head[:4] == b"fLaC":
        result = "flac"
    elif head[:4] == b"OggS" and len(head) > 27:
        packet = head[27 + head[26] :]
        kinds = {b"\x01vorbis": "OGG", b"OpusHea": "ogg", b"\x7fFLAC\x01\x00": "ogg"}
        result = kinds.get(packet[:7])
    elif head[4:8] == b"ftyp":
        result = _MP4
    elif head[:4] == b"\x1aE\xdf\xa3":
        result = "matroska,webm"
    elif len(head) > 4 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0:
        # MPEG sync; layer 0 is ADTS, and version 1, rate 3 and bit rate 15 do not exist.
        if head[1] & 0xF6 == 0xF0:
            result = "aac"
        elif head[1] & 0x06 and head[1] & 0x18 != 0x08 and head[2] & 0x0C != 0x0C:
            result = "mp3" if head[2] & 0xF0 != 0xF0 else None
    return result


def gathered(source: Iterator[tuple[bytes, bytes]]) -> Iterator[tuple[bytes, bytes]]:
    """Joins short blocks (an Opus frame lasts 20 ms): each message costs a wake-up over there."""
    waiting = bytearray()
    for kind, body in source:
        if kind != b"B":
            yield kind, body
            continue
        waiting += body
        if len(waiting) >= BLOCK_BYTES:
            yield b"B", bytes(waiting)
            waiting.clear()
    if waiting:
        yield b"B", bytes(waiting)


def soundfile_messages(descriptor: int, law: str = "") -> Iterator[tuple[bytes, bytes]]:
    """Decodes with libsndfile: a container, or headerless G.711 if its law is told."""
    import soundfile

    os.lseek(descriptor, 0, os.SEEK_SET)
    told: dict[str, Any] = {}
    if law:
        told = {"samplerate": _TELEPHONE_RATE_HZ, "channels": 1}
        told |= {"format": "RAW", "subtype": _LAWS[law]}
    try:
        file = soundfile.SoundFile(descriptor, closefd=False, **told)
        if file.format not in _SOUNDFILE_CONTAINERS and not law:
            raise Refused(f"its format {file.format} is not one menura reads")
        yield (
            b"H",
            _header(
                rate=file.samplerate,
                channels=file.channels,
                frames=file.frames if 0 <= file.frames < 2**62 else None,
                least_frames=0,
                container=file.format.lower(),
                codec=file.subtype.lower(),
                tags={},
            ),
        )
        while True:
            block = bytes(file.buffer_read(BLOCK_FRAMES, dtype="float32"))
            if not block:
                return
            yield b"B", block
    except soundfile.LibsndfileError as error:
        raise Refused(f"it is damaged or of an unknown kind ({error.error_string})") from error


def av_messages(
    file: BinaryIO, container: str, max_s: float = math.inf
) -> Iterator[tuple[bytes, bytes]]:
    """Decodes with FFmpeg; a length that is not stated is counted first, up to `max_s`."""
    import av

    av.logging.set_level(None)
    try:
        opened, stream = _opened(file, container)
        codec = stream.codec_context
        channels = codec.layout.nb_channels
        if not codec.sample_rate or not channels:
            raise Refused("it is damaged: it names no rate or no channels")
        frames = _stated_frames(opened, stream)
        least_s = 0.0
        untold = frames is None or opened.format.name in _COUNTED
        if untold and os.fstat(file.fileno()).st_size >= max_s * _LEAST_BYTES_S:
            least_s = _counted_s(opened, stream, max_s)
            opened.close()
            opened, stream = _opened(file, container)
            codec = stream.codec_context
        yield (
            b"H",
            _header(
                rate=codec.sample_rate,
                channels=channels,
                frames=frames,
                least_frames=math.ceil(least_s * codec.sample_rate),
                container=opened.format.name,
                codec=codec.name,
                tags=_tags(dict(opened.metadata) | dict(stream.metadata)),
            ),
        )
        # An MP4 edit list is exact about where the padding of the last packet begins.
        trim = frames if container == _MP4 and stream.frames else None
        yield from _blocks(opened, stream, codec.sample_rate, channels, trim)
    except av.error.MemoryError as error:
        raise MemoryError from error
    except (av.error.FFmpegError, OSError, ValueError) as error:
        if isinstance(error, BrokenPipeError):
            raise
        reason = "it ends too early" if isinstance(error, EOFError) else "it makes no sense"
        raise Refused(f"it is damaged or of an unknown kind ({reason})") from error


def _opened(file: BinaryIO, container: str) -> tuple[Any, Any]:
    """Opens a file as the container that it is; returns it and its first stream of sound."""
    import av

    file.seek(0)
    name = {"WAV": "wav", "RF64": "wav", "AIFF": "aiff", "OGG": "ogg"}
    opened = av.open(
        file,
        format=name.get(container, container).split(",")[0],
        metadata_errors="replace",
        io_open=_nothing_else,
        container_options=_shut(),
    )
    if not opened.streams.audio:
        raise Refused("there is no sound in it")
    stream = opened.streams.audio[0]
    stream.codec_context.thread_count = 1
    return opened, stream


def _counted_s(opened: Any, stream: Any, max_s: float) -> float:
    """How long the sound is at least, by its packets: 4 to 10 % of the work of decoding them.

    It ends where that is more than `max_s`.
    """
    import av

    base_s = float(stream.time_base or 0)
    enough_s, counted_s = max_s / (1 - _DROPPED) + _DROPPED_S, 0.0
    try:
        for packet in opened.demux(stream):
            counted_s += (packet.duration or 0) * base_s
            if counted_s > enough_s:
                break
    except av.error.InvalidDataError:
        pass  # whether it can be decoded nevertheless shows when it is
    return max(0.0, (counted_s - _DROPPED_S) * (1 - _DROPPED))


def _blocks(
    opened: Any, stream: Any, rate: int, channels: int, trim: int | None
) -> Iterator[tuple[bytes, bytes]]:
    """Yields the sound; skips packets that cannot be decoded, while they are few."""
    import av

    given, packets, damaged = 0, 0, 0
    for packet in opened.demux(stream):
        packets += 1
        try:
            decoded = packet.decode()
        except av.error.InvalidDataError as error:
            damaged += 1
            if damaged > 5 and damaged > packets * _MAX_DAMAGED:
                raise Refused(f"it is damaged {given / rate:.1f} s into the sound") from error
            continue
        for frame in decoded:
            if frame.sample_rate != rate or frame.layout.nb_channels != channels:
                raise Refused(f"its rate or channels change {given / rate:.1f} s into the sound")
            samples = _interleaved(frame)
            if trim is not None:
                samples = samples[: max(0, trim - given)]
            given += len(samples)
            if len(samples):
                yield b"B", samples.tobytes()


def _interleaved(frame: Any) -> Any:
    """The frame as float32 of shape (frames, channels), full scale 1."""
    import numpy as np

    array = frame.to_ndarray()
    channels = frame.layout.nb_channels
    array = array.T if frame.format.is_planar else array.reshape(-1, channels)
    if array.dtype == np.uint8:
        array = array.astype(np.float32) / 128 - 1
    elif array.dtype.kind == "i":
        array = array / float(2 ** (8 * array.dtype.itemsize - 1))
    return np.ascontiguousarray(array, dtype=np.float32)


def _shut() -> dict[str, str]:
    """FFmpeg options: no protocols, no references to other files, sound decoders only."""
    return {
        "protocol_whitelist": "none",
        "codec_whitelist": _DECODERS,
        "enable_drefs": "0",
        "use_absolute_path": "0",
        "max_streams": "64",
    }


def _nothing_else(url: str, _flags: int, _options: dict[str, str]) -> Any:
    """Called when a file asks for another one."""
    raise OSError(f"refused to open {url[:40]!r}")


def _stated_frames(opened: Any, stream: Any) -> int | None:
    """How long the container says the sound is."""
    rate = stream.codec_context.sample_rate
    if stream.duration is not None and stream.time_base is not None:
        frames = round(stream.duration * stream.time_base * rate)
    elif opened.duration is not None:
        frames = round(opened.duration / 1_000_000 * rate)
    else:
        return None
    return frames if 0 <= frames < 2**62 else None


def _tags(found: dict[str, str]) -> dict[str, str]:
    """The tags that fit into a message, so that one huge value hides no other."""
    return {key: text for key, text in found.items() if len(text) < _MAX_TAG_BYTES}


def _header(**fields: Any) -> bytes:
    return json.dumps(fields).encode()


if __name__ == "__main__":
    main()
