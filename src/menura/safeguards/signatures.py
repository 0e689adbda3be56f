"""The certificate a manifest was signed with, read out of its boxes.

The C2PA library tells the names in that certificate but not the certificate, and names can be
copied: only its hash tells one signer from another. JUMBF: ISO 19566-5; COSE_Sign1 and `x5chain`:
RFC 9052, RFC 9360; CBOR: RFC 8949. The library has already verified the signature; what this
reader does not understand yields None, never a guess.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_X5CHAIN: Final = (33, "x5chain")
_MAX_DEPTH: Final = 16
_MAX_BOXES: Final = 10_000


class _Malformed(Exception):
    """Bytes that are not what this module reads."""


def read_leaf(store: bytes, manifest: str) -> bytes | None:
    """Returns the signing certificate (DER) of the named manifest in a store, None if unreadable.

    Args:
        store: a manifest store (JUMBF).
        manifest: the label of the manifest, such as `urn:c2pa:...`.
    """
    try:
        box = _open(store, "c2pa", manifest, "c2pa.signature")
        payloads = [body for kind, body in _boxes(box) if kind == b"cbor"]
        if len(payloads) != 1:
            return None
        message, end = _decode(payloads[0], 0, 0)
    except _Malformed:
        return None
    if end != len(payloads[0]) or not isinstance(message, list) or len(message) != 4:
        return None
    return _leaf(message[0], message[1])


def _leaf(protected: object, unprotected: object) -> bytes | None:
    """The first certificate, if the signed header alone names a chain, and does so once.

    An unsigned header, or two chains, could name a certificate other than the one that verified.
    """
    if not isinstance(protected, bytes) or not isinstance(unprotected, dict):
        return None
    try:
        header, _ = _decode(protected, 0, 0)
    except _Malformed:
        return None
    if not isinstance(header, dict) or any(key in unprotected for key in _X5CHAIN):
        return None
    named = [header[key] for key in _X5CHAIN if key in header]
    chain = named[0] if len(named) == 1 else None
    first = chain[0] if isinstance(chain, list) and chain else chain
    return first if isinstance(first, bytes) else None


def _open(store: bytes, *labels: str) -> bytes:
    """The content of nested superboxes, followed by their labels."""
    content = store
    for label in labels:
        for kind, body in _boxes(content):
            if kind == b"jumb" and _label(body) == label:
                content = body
                break
        else:
            raise _Malformed
    return content


def _label(superbox: bytes) -> str | None:
    for kind, body in _boxes(superbox):
        # A description box: UUID (16 bytes), toggles, then the label if bit 1 says so.
        if kind == b"jumd" and len(body) > 17 and body[16] & 2:
            return body[17:].split(b"\0", 1)[0].decode("utf-8", "replace")
        break
    return None


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    position = 0
    for _ in range(_MAX_BOXES):
        if position + 8 > len(data):
            return
        size, kind = struct.unpack_from(">I4s", data, position)
        start = position + 8
        if size == 1 and position + 16 <= len(data):
            size, start = struct.unpack_from(">Q", data, position + 8)[0], position + 16
        elif size == 0:
            size = len(data) - position
        end = position + size
        if end < start or end > len(data):
            raise _Malformed
        yield kind, data[start:end]
        position = end


def _decode(data: bytes, position: int, depth: int) -> tuple[object, int]:
    """Returns one CBOR item of definite length and where it ends; a tag counts as its content."""
    if depth > _MAX_DEPTH or position >= len(data):
        raise _Malformed
    kind, short = data[position] >> 5, data[position] & 31
    number, position = _argument(data, position + 1, short)
    match kind:
        case 0 | 1:
            return (number if kind == 0 else -1 - number), position
        case 2 | 3:
            raw, position = _take(data, position, number)
            return (raw if kind == 2 else raw.decode("utf-8", "replace")), position
        case 4:
            return _array(data, position, number, depth)
        case 5:
            return _map(data, position, number, depth)
        case 6:
            return _decode(data, position, depth + 1)
    return None, position


def _take(data: bytes, position: int, length: int) -> tuple[bytes, int]:
    end = position + length
    if end > len(data):
        raise _Malformed
    return data[position:end], end


def _map(data: bytes, position: int, length: int, depth: int) -> tuple[dict[object, object], int]:
    flat, position = _array(data, position, 2 * length, depth)
    keys = flat[::2]
    # A key given twice is read differently by different readers.
    if not all(isinstance(key, int | str) for key in keys) or len(set(keys)) != length:
        raise _Malformed
    return dict(zip(keys, flat[1::2], strict=True)), position


def _array(data: bytes, position: int, length: int, depth: int) -> tuple[list[object], int]:
    if length > len(data) - position:  # every item takes a byte at least
        raise _Malformed
    items: list[object] = []
    for _ in range(length):
        item, position = _decode(data, position, depth + 1)
        items.append(item)
    return items, position


def _argument(data: bytes, position: int, short: int) -> tuple[int, int]:
    if short < 24:
        return short, position
    width = {24: 1, 25: 2, 26: 4, 27: 8}.get(short)
    if width is None or position + width > len(data):
        raise _Malformed
    return int.from_bytes(data[position : position + width], "big"), position + width
