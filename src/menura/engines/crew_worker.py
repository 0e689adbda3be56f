"""What runs in a worker process of a `Crew`: jobs come in, messages go out, one after another.

A message is the length of its header (4 bytes), the length of its sound (8 bytes), the header as
JSON and the sound as float32, little-endian. A job's last message has "end" in its header.
"""

from __future__ import annotations

import json
import signal
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import IO

    from numpy.typing import NDArray

HEADER_BYTES = 4
LENGTH_BYTES = 8
MAX_HEADER_BYTES = 64 << 20
MAX_FRAMES = 1 << 30


def main(module: str) -> None:
    """Serves jobs until stdin ends, which it does when the parent is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides when we end
    stdin, stdout = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr  # nothing that prints may break the messages
    work = import_module(module).work
    while head := stdin.read(HEADER_BYTES):
        length = int.from_bytes(stdin.read(LENGTH_BYTES), "big")
        header = json.loads(stdin.read(int.from_bytes(head, "big")))
        samples = np.frombuffer(stdin.read(length), "<f4")
        try:
            for told, sound in work(header, samples):
                send(stdout, told, sound)
        except BrokenPipeError:
            return
        except Exception as error:  # noqa: BLE001 - told to the parent, who raises it
            send(stdout, {"error": f"{error!r:.200}"}, np.zeros(0, np.float32))
            continue
        send(stdout, {"end": True}, np.zeros(0, np.float32))


def send(pipe: IO[bytes], header: Mapping[str, Any], samples: NDArray[np.float32]) -> None:
    """Writes one message."""
    body = json.dumps(header).encode()
    data = np.ascontiguousarray(samples, "<f4").data.cast("B")
    pipe.write(len(body).to_bytes(HEADER_BYTES, "big") + len(data).to_bytes(LENGTH_BYTES, "big"))
    pipe.write(body)
    pipe.write(data)
    pipe.flush()
