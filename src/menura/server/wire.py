"""Messages between the server and its worker processes: a JSON header and some bytes.

A message is the length of its header and of its payload (4 bytes each, big-endian), the header,
the payload.
"""

from __future__ import annotations

import json
import struct
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Mapping
    from typing import IO

_LENGTHS = struct.Struct(">II")
MAX_HEADER_BYTES = 64 << 20
"""No message is nearly so long: what says that it is longer is none."""
MAX_PAYLOAD_BYTES = 64 << 20


class BrokenOff(Exception):
    """The other end is gone, or sent what is no message."""


def pack(header: Mapping[str, Any], payload: bytes = b"") -> bytes:
    """Returns a message as bytes.

    Raises:
        TypeError: if the header is not of plain values.
        ValueError: if it is not of finite ones, or the message is too large to be read.
    """
    head = json.dumps(header, separators=(",", ":"), allow_nan=False).encode()
    if len(head) > MAX_HEADER_BYTES or len(payload) > MAX_PAYLOAD_BYTES:
        raise ValueError(f"a message of {len(head)} and {len(payload)} bytes is too large")
    return _LENGTHS.pack(len(head), len(payload)) + head + payload


def read(pipe: IO[bytes]) -> tuple[dict[str, Any], bytes]:
    """Returns the next message of a pipe.

    Raises:
        BrokenOff: if the pipe has ended, or holds something else.
    """
    head, length = _lengths(pipe.read(_LENGTHS.size))
    data = pipe.read(head + length)
    if len(data) != head + length:
        raise BrokenOff
    return _header(data[:head]), data[head:]


async def receive(reader: asyncio.StreamReader) -> tuple[dict[str, Any], bytes]:
    """Returns the next message of a worker, as `read` does.

    Raises:
        BrokenOff: if the pipe has ended, or holds something else.
    """
    try:
        head, length = _lengths(await reader.readexactly(_LENGTHS.size))
        header = _header(await reader.readexactly(head))
        return header, await reader.readexactly(length) if length else b""
    except (EOFError, OSError) as error:
        raise BrokenOff from error


def _lengths(data: bytes) -> tuple[int, int]:
    if len(data) != _LENGTHS.size:
        raise BrokenOff
    head, payload = _LENGTHS.unpack(data)
    if head > MAX_HEADER_BYTES or payload > MAX_PAYLOAD_BYTES:
        raise BrokenOff
    return head, payload


def _header(data: bytes) -> dict[str, Any]:
    try:
        header = json.loads(data)
    except ValueError as error:
        raise BrokenOff from error
    if not isinstance(header, dict):
        raise BrokenOff
    return header
