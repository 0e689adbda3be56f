"""One process that holds libespeak-ng and renders one utterance at a time.

Run as `python -I -S worker.py LIBRARY DATA_FOLDER`; it imports the standard library only. espeak-ng
is GPL-3 and not re-entrant: a process of its own keeps our licence, our memory and our other
workers apart from it.

Protocol, on stdin and stdout, until stdin ends: a request is a length (4 bytes, big-endian) and a
JSON object; a reply is a length, a JSON header and `frames` little-endian int16 samples.

    request  {"text", "voice", "rate", "pitch", "range", "gap", "flags", "limit_s"}
    header   {"rate", "frames", "events": [[type, sample, position, length, name], ...]}
             or {"error": "..."}

Every utterance gets a fresh copy of the library: the second one of a loaded library differs from
the first in its low bits (phases and noise are carried over in statics that no call resets).
"""

from __future__ import annotations

import _ctypes
import ctypes
import json
import os
import resource
import select
import signal
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:  # typing itself costs 5 ms
    from collections.abc import Sequence
    from typing import Any

SYNCHRONOUS = 2
INITIALIZE_OPTIONS = 0x1 | 0x2 | 0x8000  # phoneme events, in IPA, never exit()
RATE, VOLUME, PITCH, RANGE, WORD_GAP = 1, 2, 3, 4, 7  # espeak_PARAMETER in speak_lib.h
POS_CHARACTER = 1
NORMAL_VOLUME = 100
WORD, SENTENCE, END, PHONEME = 1, 2, 5, 7  # espeak_EVENT_TYPE in speak_lib.h
SEED = 1  # the library seeds from the clock, which breathy and whispered variants then follow
MEMORY_BYTES = 2 << 30
PARENT_CHECK_S = 2.0  # another child of the parent may hold our stdin open


class Event(ctypes.Structure):
    """`espeak_EVENT` of speak_lib.h."""

    _fields_ = (
        ("type", ctypes.c_int),
        ("identifier", ctypes.c_uint),
        ("position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_ms", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("name", ctypes.c_byte * 8),
    )


CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.POINTER(Event))


def load_copy(image: bytes) -> ctypes.CDLL:
    """Returns a copy of the library that shares no variable with any other.

    It goes through an anonymous file where the system has them, else through a temporary one
    that is unlinked as soon as it is mapped. The last copy has to be closed before: the loader
    knows a library by its path, and would return that one again.
    """
    if hasattr(os, "memfd_create"):
        descriptor = os.memfd_create("espeak")
        try:
            os.write(descriptor, image)
            return ctypes.CDLL(f"/proc/self/fd/{descriptor}", mode=os.RTLD_NOW | os.RTLD_LOCAL)
        except OSError:
            pass  # no /proc, or a policy against it
        finally:
            os.close(descriptor)
    import tempfile

    descriptor, path = tempfile.mkstemp(prefix="espeak-", suffix=".so")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(image)
        return ctypes.CDLL(path, mode=os.RTLD_NOW | os.RTLD_LOCAL)
    finally:
        os.unlink(path)  # noqa: PTH108 - pathlib would double the start-up time


def synthesise(
    library: ctypes.CDLL, request: dict[str, Any], parent: int
) -> tuple[dict[str, Any], bytes]:
    """Returns the header and the samples of one utterance."""
    # The data folder is the working directory: espeak cuts off paths above some 150 characters.
    rate = library.espeak_Initialize(SYNCHRONOUS, 0, b".", INITIALIZE_OPTIONS)
    if rate <= 0:
        return {"error": "espeak-ng does not start with this data folder"}, b""
    library.espeak_ng_SetRandSeed(ctypes.c_long(SEED))
    ctypes.CDLL(None).srand(SEED)
    pcm = bytearray()
    events = []

    def collect(samples: int, frames: int, event: Sequence[Event]) -> int:
        if samples and frames > 0:
            pcm.extend(ctypes.string_at(samples, 2 * frames))
        index = 0
        while event[index].type:
            item = event[index]
            if item.type in (WORD, SENTENCE, END, PHONEME):
                name = bytes(item.name).split(b"\0")[0] if item.type == PHONEME else b""
                events.append(
                    (
                        item.type,
                        item.sample,
                        item.position,
                        item.length,
                        name.decode("utf-8", "ignore"),
                    )
                )
            index += 1
        return int(os.getppid() != parent)

    callback = CALLBACK(collect)
    library.espeak_SetSynthCallback(callback)
    if library.espeak_SetVoiceByName(request["voice"].encode()) != 0:
        return {"error": f"espeak-ng has no voice {request['voice']!r}"}, b""
    for parameter, value in (
        (RATE, request["rate"]),
        (VOLUME, NORMAL_VOLUME),
        (PITCH, request["pitch"]),
        (RANGE, request["range"]),
        (WORD_GAP, request["gap"]),
    ):
        library.espeak_SetParameter(parameter, value, 0)
    text = request["text"].encode() + b"\0"
    status = library.espeak_Synth(
        text, ctypes.c_size_t(len(text)), 0, POS_CHARACTER, 0, request["flags"], None, None
    )
    library.espeak_Terminate()
    if status != 0:
        return {"error": f"espeak-ng gave status {status}"}, b""
    if sys.byteorder == "big":
        pcm[0::2], pcm[1::2] = pcm[1::2], pcm[0::2]
    return {"rate": rate, "frames": len(pcm) // 2, "events": events}, bytes(pcm)


def read_exactly(size: int, parent: int) -> bytes:
    """Returns `size` bytes of stdin, or ends the process when stdin ends or the parent is gone."""
    data = b""
    while len(data) < size:
        while not select.select([0], [], [], PARENT_CHECK_S)[0]:
            if os.getppid() != parent:
                sys.exit()
        piece = os.read(0, size - len(data))
        if not piece:
            sys.exit()
        data += piece
    return data


def main(library_path: str, data_folder: str) -> None:
    """Answers requests until stdin ends."""
    parent = os.getppid()
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what the library prints must not be a reply
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which closes stdin
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    if sys.platform == "linux" and (hard == resource.RLIM_INFINITY or hard > MEMORY_BYTES):
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, hard))
    with open(library_path, "rb") as file:  # noqa: PTH123 - as above
        image = file.read()
    os.chdir(data_folder)
    while True:
        size = int.from_bytes(read_exactly(4, parent), "big")
        request = json.loads(read_exactly(size, parent))
        signal.alarm(request["limit_s"])  # kills this process, also inside a loop of the library
        library = load_copy(image)
        header, pcm = synthesise(library, request, parent)
        _ctypes.dlclose(library._handle)  # noqa: SLF001 - ctypes offers no other way
        signal.alarm(0)
        head = json.dumps(header, separators=(",", ":")).encode()
        replies.write(len(head).to_bytes(4, "big") + head + pcm)
        replies.flush()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
