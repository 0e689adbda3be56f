import random

import pytest

from menura.safeguards.signatures import read_leaf

MANIFEST = "urn:c2pa:one"
CERTIFICATE, OTHER = b"certificate", b"another one"


def item(kind, number, body=b""):
    """A CBOR head with a two-byte argument, and what follows it."""
    return bytes([kind << 5 | 25]) + number.to_bytes(2, "big") + body


def encode(value):
    if value is None:
        return b"\xf6"
    if isinstance(value, int):
        return item(0, value) if value >= 0 else item(1, -1 - value)
    if isinstance(value, bytes):
        return item(2, len(value), value)
    if isinstance(value, str):
        return item(3, len(value), value.encode())
    if isinstance(value, list):
        return item(4, len(value), b"".join(map(encode, value)))
    # Pairs, so that a key may come twice.
    return item(5, len(value), b"".join(encode(key) + encode(held) for key, held in value))


def box(kind, body):
    return (len(body) + 8).to_bytes(4, "big") + kind + body


def superbox(label, *content):
    description = box(b"jumd", bytes(16) + b"\3" + label.encode() + b"\0")
    return box(b"jumb", description + b"".join(content))


def store(protected, unprotected=(), *, manifest=MANIFEST, tail=b""):
    header = encode(protected) if isinstance(protected, tuple) else protected
    message = b"\xd2" + encode([header, tuple(unprotected), None, bytes(64)])
    signature = superbox("c2pa.signature", box(b"cbor", message + tail))
    return superbox("c2pa", superbox(manifest, superbox("c2pa.claim"), signature))


@pytest.mark.parametrize(
    ("data", "leaf"),
    [
        (store(((1, -7), (33, [CERTIFICATE, OTHER]))), CERTIFICATE),
        (store(((1, -7), (33, CERTIFICATE))), CERTIFICATE),
        (store((("x5chain", [CERTIFICATE]),), (("pad", bytes(500)),)), CERTIFICATE),
        # Which certificate was used is open when there are two, or when nobody signed for it.
        (store((), ((33, CERTIFICATE),)), None),
        (store(((33, CERTIFICATE),), ((33, OTHER),)), None),
        (store(((33, CERTIFICATE),), (("x5chain", OTHER),)), None),
        (store(((33, CERTIFICATE), ("x5chain", OTHER))), None),
        (store(((33, CERTIFICATE), (33, OTHER))), None),
        # What is not a chain of certificates.
        (store(((1, -7),)), None),
        (store(((33, []),)), None),
        (store(((33, ["text"]),)), None),
        (store(((33, 5),)), None),
        (store(((33, [[CERTIFICATE]]),)), None),
        # What is not COSE, CBOR or JUMBF, or not the manifest asked for.
        (store(b""), None),
        (store(5), None),
        (store(((33, CERTIFICATE),), tail=b"\0"), None),
        (store(((33, CERTIFICATE),), manifest="urn:c2pa:two"), None),
        (store(b"\xbf\x18\x21\x41x\xff"), None),
        (store(b"\x9b" + b"\xff" * 8), None),
        (store(b"\x81" * 1000), None),
        (superbox("c2pa", superbox(MANIFEST)), None),
        (superbox("c2pa", superbox(MANIFEST, superbox("c2pa.signature"))), None),
        (b"", None),
        (b"\0\0\0\1jumb", None),
        (b"\xff\xff\xff\xffjumb" + bytes(50), None),
        (b"\0\0\0\4jumb" * 1000, None),
    ],
)
def test_the_leaf_is_read_or_refused(data, leaf):
    assert read_leaf(data, MANIFEST) == leaf


def test_noise_never_raises():
    chance = random.Random(5)
    good = store(((1, -7), (33, [CERTIFICATE, OTHER])), (("pad", bytes(20)),))
    for _ in range(2000):
        data = bytearray(good[: chance.randint(1, len(good))])
        for _ in range(chance.randint(0, 4)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        leaf = read_leaf(bytes(data), MANIFEST)
        assert leaf is None or isinstance(leaf, bytes)
    assert all(read_leaf(good[:end], MANIFEST) is None for end in range(len(good)))
