import contextlib
import dataclasses
import io
import json
import random
import socket
import struct
import threading
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import av
import c2pa
import numpy as np
import pytest
import soundfile
from credentials import C2PA, DOCUMENTS, EMAIL, ROOT, certificate, pem
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from menura import __version__
from menura.errors import (
    EngineFailed,
    InvalidAudio,
    InvalidInput,
    InvalidRecipe,
    NotFound,
    StorageFailed,
)
from menura.safeguards import containers, manifest, provenance
from menura.safeguards.authority import Authority
from menura.safeguards.claim import MARK
from menura.safeguards.provenance import Claim, read, sidecar_path, sign, sign_sidecar
from menura.settings import Settings

RATE = 16_000
MIME = {"wav": "audio/wav", "flac": "audio/flac", "mp3": "audio/mpeg", "m4a": "audio/mp4"}
CODEC = {
    "wav": ("pcm_s16le", "wav", "s16"),
    "flac": ("flac", "flac", "s16"),
    "mp3": ("libmp3lame", "mp3", "fltp"),
    "m4a": ("aac", "ipod", "fltp"),
    "ogg": ("libopus", "ogg", "flt"),
}
RECIPE = {"seed": 2**64 - 1, "text": "Grüße, 世界", "gain": 0.1 + 0.2, "tiny": 5e-324, "none": None}


@pytest.fixture(scope="session")
def authority(tmp_path_factory):
    return Authority.open(Settings(home=tmp_path_factory.mktemp("home")))


@pytest.fixture(scope="session")
def stranger(tmp_path_factory):
    return Authority.open(Settings(home=tmp_path_factory.mktemp("stranger")))


@pytest.fixture(scope="session")
def sounds(tmp_path_factory):
    """Half a second of a tone with two tags, in each format: suffix -> path."""
    folder = tmp_path_factory.mktemp("sounds")
    tone = (0.3 * np.sin(2 * np.pi * 440 * np.arange(RATE // 2) / RATE)).astype(np.float32)
    for suffix, (codec, container, form) in CODEC.items():
        samples = tone if form != "s16" else (tone * 32767).astype(np.int16)
        with av.open(folder / f"tone.{suffix}", "w", format=container) as output:
            stream = output.add_stream(codec, rate=RATE)
            stream.layout = "mono"
            # Ogg keeps its tags with the stream.
            tags = stream.metadata if suffix == "ogg" else output.metadata
            tags.update({"title": "Tønë", "comment": "AI-generated"})
            frame = av.AudioFrame.from_ndarray(samples[None], format=form, layout="mono")
            frame.sample_rate = RATE
            for packet in [*stream.encode(frame), *stream.encode(None)]:
                output.mux(packet)
    soundfile.write(folder / "tone.rf64", tone, RATE, format="RF64")
    return {path.suffix[1:]: path for path in folder.iterdir()}


@pytest.fixture
def claim(authority):
    return Claim(
        title="A tone",
        mime="audio/wav",
        source="algorithmic",
        recipe=RECIPE,
        take_id=authority.take_id(b"tone"),
        engine="formant voice 1.2",
        made_at="2026-11-20T12:00:00+02:00",
        payload=bytes.fromhex(authority.take_id(b"tone")),
    )


@pytest.fixture
def signed(authority, claim, sounds, tmp_path):
    """A signed WAV."""
    sign(authority, claim, sounds["wav"], tmp_path / "signed.wav")
    return (tmp_path / "signed.wav").read_bytes()


def decode(path):
    with av.open(path) as source:
        frames = [frame.to_ndarray() for frame in source.decode(audio=0)]
        return np.concatenate(frames, axis=1), dict(source.metadata)


def read_bytes(data, authority, **how):
    return read(io.BytesIO(data), authority.anchors_pem, **how)


def embed(authority, assertions, source, *, remote=None, title="forged"):
    """Signs what menura would not: a file of somebody hostile who has a certificate."""
    info = c2pa.C2paSignerInfo(
        b"es256", authority.chain_pem.encode(), authority.key_pem.encode(), None
    )
    made = {"action": "c2pa.created", "digitalSourceType": "http://example.test/made"}
    definition = {
        "title": title,
        "claim_generator_info": [{"name": "forger\x1b[31m" * 40, "version": "1"}],
        "assertions": [{"label": "c2pa.actions", "data": {"actions": [made]}}, *assertions],
    }
    context = c2pa.Context.from_dict({"verify": {"verify_after_sign": False}})
    builder = c2pa.Builder(definition, context=context)
    if remote:
        builder.set_no_embed()
        builder.set_remote_url(remote)
    output = io.BytesIO()
    with source.open("rb") as original:
        builder.sign(c2pa.Signer.from_info(info), "audio/wav", original, output)
    return output.getvalue()


@pytest.mark.parametrize("suffix", MIME)
def test_a_signed_file_says_where_it_comes_from(authority, claim, sounds, tmp_path, suffix):
    path = tmp_path / f"signed.{suffix}"
    claim = dataclasses.replace(claim, mime=MIME[suffix])
    record = sign(authority, claim, sounds[suffix], path)
    assert 2_000 < len(record) < path.stat().st_size
    found = read(path, authority.anchors_pem)
    assert found.state == "trusted"
    assert found.problems == ()
    assert (found.issuer, found.fingerprint) == (authority.issuer, authority.fingerprint)
    assert (found.title, found.generator) == ("A tone", f"menura {__version__}")
    assert found.created == datetime(2026, 11, 20, 10, tzinfo=UTC)
    assert found.source_type == "algorithmic"
    assert found.take_id == claim.take_id
    assert found.recipe == RECIPE
    assert (found.mark, found.payload) == (MARK, claim.payload)
    with path.open("rb") as stream:
        assert read(stream, authority.anchors_pem) == found


@pytest.mark.parametrize("suffix", MIME)
def test_sound_and_tags_stay(authority, claim, sounds, tmp_path, suffix):
    path = tmp_path / f"signed.{suffix}"
    sign(authority, dataclasses.replace(claim, mime=MIME[suffix]), sounds[suffix], path)
    before, tags = decode(sounds[suffix])
    after, kept = decode(path)
    assert np.array_equal(before, after)
    assert kept == tags
    assert (kept["title"], kept["comment"]) == ("Tønë", "AI-generated")


@pytest.mark.parametrize("suffix", MIME)
@pytest.mark.parametrize("what", ["sound", "record", "end", "cut"])
def test_a_changed_byte_is_seen(authority, claim, sounds, tmp_path, *, suffix, what):
    path = tmp_path / "signed"
    sign(authority, dataclasses.replace(claim, mime=MIME[suffix]), sounds[suffix], path)
    data = bytearray(path.read_bytes())
    if what == "sound":
        original = sounds[suffix].read_bytes()
        data[data.index(original[-200:-150])] ^= 1
    elif what == "record":
        data[data.index(b"algorithmicMedia")] ^= 1
    elif what == "end":
        data += b"x"
    else:
        del data[-1000:]
    assert read_bytes(bytes(data), authority).state == "invalid"


def test_the_signature_covers_each_part_of_the_record(authority, signed):
    start = signed.index(b"C2PA") + 8
    end = signed.index(b"c2pa.signature", start)
    for position in range(signed.index(b"c2pa.actions", start), end, 97):
        data = bytearray(signed)
        data[position] ^= 0xFF
        found = read_bytes(bytes(data), authority)
        # Only padding and the ids of boxes are not signed; what they hold then reads the same.
        assert found.state == "invalid" or found == read_bytes(signed, authority)


@pytest.mark.parametrize("suffix", [*MIME, "ogg", "rf64"])
def test_an_unsigned_file_has_none(authority, sounds, suffix):
    found = read(sounds[suffix], authority.anchors_pem)
    assert found == provenance.Manifest(state="absent")


def test_another_install_is_valid_but_not_trusted(authority, stranger, claim, sounds, tmp_path):
    sign(stranger, claim, sounds["wav"], tmp_path / "x.wav")
    for anchors in (authority.anchors_pem, ""):
        found = read(tmp_path / "x.wav", anchors)
        assert found.state == "valid"
        assert "signingCredential.untrusted" in found.problems
        assert found.fingerprint == stranger.fingerprint != authority.fingerprint
    both = authority.anchors_pem + stranger.anchors_pem
    assert read(tmp_path / "x.wav", both).state == "trusted"


@pytest.mark.parametrize("suffix", ["ogg", "rf64", "wav", "mp3", "flac", "m4a"])
def test_a_sidecar_vouches_for_every_byte(authority, claim, sounds, suffix):
    record = sign_sidecar(authority, claim, sounds[suffix])
    data = sounds[suffix].read_bytes()
    found = read(sounds[suffix], authority.anchors_pem, record)
    assert (found.state, found.recipe) == ("trusted", RECIPE)
    assert found.fingerprint == authority.fingerprint
    changed = data[:-100] + bytes([data[-100] ^ 1]) + data[-99:]
    assert read_bytes(changed, authority, sidecar=record).state == "invalid"
    assert read_bytes(data + b"x", authority, sidecar=record).state == "invalid"


def test_a_sidecar_of_bare_samples(authority, claim, tmp_path):
    (tmp_path / "a.pcm").write_bytes(random.Random(4).randbytes(3_001))
    record = sign_sidecar(authority, claim, tmp_path / "a.pcm")
    assert read(tmp_path / "a.pcm", authority.anchors_pem, record).state == "trusted"


@pytest.mark.parametrize("record", [b"", b"\0", b"junk" * 100, bytes(5000)])
def test_a_broken_sidecar(authority, sounds, record):
    found = read_bytes(sounds["ogg"].read_bytes(), authority, sidecar=record)
    assert found.state in {"absent", "invalid"}
    assert found.recipe is None
    assert found.problems


def test_the_name_of_a_sidecar(tmp_path):
    assert sidecar_path(tmp_path / "a.b.ogg") == tmp_path / "a.b.ogg.c2pa"


@pytest.mark.parametrize(
    ("payload", "actions", "mark", "read_payload"),
    [
        (b"\1\2\3", ["c2pa.created", "c2pa.watermarked.bound"], MARK, b"\1\2\3"),
        (b"", ["c2pa.created", "c2pa.watermarked.unbound"], MARK, b""),
        (None, ["c2pa.created"], None, None),
    ],
    ids=["marked", "presence only", "off"],
)
def test_the_record_says_how_the_sound_is_marked(
    authority, claim, sounds, tmp_path, *, payload, actions, mark, read_payload
):
    claim = dataclasses.replace(claim, payload=payload, source="trained")
    sign(authority, claim, sounds["wav"], tmp_path / "x.wav")
    with c2pa.Reader(tmp_path / "x.wav") as reader:
        content = json.loads(reader.detailed_json())
    (entry,) = content["manifests"].values()
    store = entry["assertion_store"]
    done = store["c2pa.actions.v2"]
    assert [action["action"] for action in done["actions"]] == actions
    assert done["allActionsIncluded"] is True
    created = done["actions"][0]
    assert created["digitalSourceType"].endswith("/digitalsourcetype/trainedAlgorithmicMedia")
    assert created["softwareAgent"] == {"name": "formant voice", "version": "1.2"}
    assert created["when"] == "2026-11-20T10:00:00Z"
    assert ("c2pa.soft-binding" in store) == bool(payload)
    assert entry["claim"].get("gathered_assertions", []) == []
    found = read(tmp_path / "x.wav", authority.anchors_pem)
    assert (found.mark, found.payload) == (mark, read_payload)
    assert found.source_type == "trained"


@pytest.mark.parametrize("characters", [0, 60_000, 800_000])
def test_long_recipes(authority, claim, sounds, tmp_path, characters):
    recipe = {"text": "a" * characters}
    claim = dataclasses.replace(claim, recipe=recipe)
    sign(authority, claim, sounds["wav"], tmp_path / "x.wav")
    found = read(tmp_path / "x.wav", authority.anchors_pem)
    assert (found.state, found.recipe) == ("trusted", recipe)


@pytest.mark.parametrize("title", ["a", "ab"])
@pytest.mark.parametrize("frames", [0, 1, 7, 8])
def test_wav_of_any_length(authority, claim, tmp_path, frames, title):
    soundfile.write(tmp_path / "a.wav", np.zeros(frames), 8000, subtype="PCM_U8")
    claim = dataclasses.replace(claim, title=title)
    record = sign(authority, claim, tmp_path / "a.wav", tmp_path / "b.wav")
    data = (tmp_path / "b.wav").read_bytes()
    assert data.endswith(record + bytes(len(record) & 1))  # chunks of RIFF end on even bytes
    assert struct.unpack("<I", data[4:8])[0] + 8 == len(data)
    assert soundfile.info(tmp_path / "b.wav").frames == frames
    assert read_bytes(data, authority).state == "trusted"


def test_a_record_is_replaced_by_the_next(authority, stranger, claim, signed, tmp_path):
    (tmp_path / "a.wav").write_bytes(signed)
    sign(stranger, claim, tmp_path / "a.wav", tmp_path / "b.wav")
    found = read(tmp_path / "b.wav", stranger.anchors_pem)
    assert (found.state, found.fingerprint) == ("trusted", stranger.fingerprint)
    assert (tmp_path / "b.wav").read_bytes().count(b"jumdc2pa\0") == 1


def test_signing_a_long_wav_takes_little_memory(authority, claim, tmp_path):
    size = 64 * 2**20
    with (tmp_path / "a.wav").open("wb") as file:
        form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, RATE, 2 * RATE, 2, 16)
        file.write(struct.pack("<4sI4s", b"RIFF", size + 36, b"WAVE") + form)
        file.write(struct.pack("<4sI", b"data", size))
        file.truncate(size + 44)
    tracemalloc.start()
    try:
        sign(authority, claim, tmp_path / "a.wav", tmp_path / "b.wav")
        sign_sidecar(authority, claim, tmp_path / "a.wav")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 8 * 2**20
    assert read(tmp_path / "b.wav", authority.anchors_pem).state == "trusted"


def test_wav_ends_at_four_gigabytes(authority, claim, tmp_path):
    size = 2**32 - 2_000
    with (tmp_path / "a.wav").open("wb") as file:
        form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, RATE, 2 * RATE, 2, 16)
        file.write(struct.pack("<4sI4s", b"RIFF", size - 8, b"WAVE") + form)
        file.write(struct.pack("<4sI", b"data", size - 44))
        file.truncate(size)
    with pytest.raises(InvalidAudio, match="4 GB"):
        sign(authority, claim, tmp_path / "a.wav", tmp_path / "b.wav")
    assert not (tmp_path / "b.wav").exists()


def alter(data, position, replacement):
    return data[:position] + replacement + data[position + len(replacement) :]


def at_chunk(data):
    return data.index(b"C2PA")


HOSTILE = {
    "empty": (lambda _: b"", "absent"),
    "a word": (lambda _: b"RIFF", "absent"),
    "noise": (lambda _: random.Random(1).randbytes(5000), "absent"),
    "cut before the record": (lambda data: data[: at_chunk(data) - 100], "absent"),
    "cut in its head": (lambda data: data[: at_chunk(data) + 4], "absent"),
    "cut after its head": (lambda data: data[: at_chunk(data) + 8], "invalid"),
    "cut in the record": (lambda data: data[:-1000], "invalid"),
    "no record in the chunk": (
        lambda data: alter(data, at_chunk(data) + 4, struct.pack("<I", 0)),
        "absent",
    ),
    "a record of 2 GB, it says": (
        lambda data: alter(data, at_chunk(data) + 4, struct.pack("<I", 2**31 - 1)),
        "invalid",
    ),
    "a record of 60 MB, it says": (
        lambda data: alter(data, at_chunk(data) + 4, struct.pack("<I", 60_000_000)),
        "invalid",
    ),
    "two records": (
        lambda data: (
            alter(data, 4, struct.pack("<I", 2 * len(data) - at_chunk(data) - 8))
            + data[at_chunk(data) :]
        ),
        "invalid",
    ),
    "noise for a record": (
        lambda data: alter(data, at_chunk(data) + 8, random.Random(2).randbytes(1000)),
        "invalid",
    ),
    "nested boxes": (
        lambda data: alter(data, at_chunk(data) + 8, struct.pack(">I4s", 8, b"jumb") * 100),
        "invalid",
    ),
    "an endless ID3 tag": (lambda data: b"ID3\4\0\0\x7f\x7f\x7f\x7f" + data, "absent"),
    "a huge ID3 tag": (
        lambda data: b"ID3\4\0\0\x7f\x7f\x7f\x7fGEOB\0application/c2pa\0" + data,
        "invalid",
    ),
    "an MP4 box in itself": (lambda _: b"\0\0\0\x08ftyp" * 1000, "absent"),
    "an MP4 box of no size": (lambda data: b"\0\0\0\x08ftyp\0\0\0\4uuid" + data, "absent"),
    "an MP4 record of noise": (
        lambda data: (
            b"\0\0\0\x08ftyp\0\0\1\0uuid"
            + bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
            + data[:300]
        ),
        "invalid",
    ),
    "an MP4 record of 2^63": (
        lambda _: (
            b"\0\0\0\x08ftyp\0\0\0\1uuid"
            + struct.pack(">Q", 2**63)
            + bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
        ),
        "invalid",
    ),
    "an MP4 box past the end": (
        lambda data: b"\0\0\0\x08ftyp\0\0\0\1free" + struct.pack(">Q", 2**63) + data,
        "absent",
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files(authority, signed, name):
    make, state = HOSTILE[name]
    found = read_bytes(make(signed), authority)
    assert found.state == state
    assert found.recipe is None
    assert found.issuer is None
    assert all("\n" not in problem and len(problem) <= 200 for problem in found.problems)


def test_a_record_of_absurd_size_is_not_read(authority, signed, tmp_path, monkeypatch):
    start = at_chunk(signed)
    size = 100 * 2**20
    with (tmp_path / "bomb.wav").open("wb") as file:
        file.write(alter(signed[:start], 4, struct.pack("<I", start + size)))
        file.write(struct.pack("<4sI", b"C2PA", size))
        file.truncate(start + 8 + size)

    def refuse(*_, **__):
        raise AssertionError("the library was called")

    monkeypatch.setattr(c2pa, "Reader", refuse)
    found = read(tmp_path / "bomb.wav", authority.anchors_pem)
    assert found.state == "invalid"
    assert "104857600 bytes" in found.problems[0]


def test_noise_in_the_record_never_raises_nor_convinces(authority, signed):
    chance = random.Random(3)
    start = at_chunk(signed)
    original = read_bytes(signed, authority)
    for _ in range(300):
        data = bytearray(signed)
        for _ in range(chance.randint(1, 6)):
            data[chance.randrange(start, len(data))] = chance.randrange(256)
        found = read_bytes(bytes(data), authority)
        assert (
            found.state in {"invalid", "absent"}
            or dataclasses.replace(found, fingerprint=original.fingerprint) == original
        )
        assert found.fingerprint in {None, original.fingerprint}


def entry(data, label=manifest.RECIPE_LABEL):
    return {"label": label, "kind": "Json", "data": data}


def binding(algorithm, value):
    data = {"alg": algorithm, "blocks": [{"scope": {}, "value": value}]}
    return {"label": "c2pa.soft-binding", "data": data}


DEEP = json.loads("[" * 60 + "]" * 60)


@pytest.mark.parametrize(
    ("assertions", "expected"),
    [
        ([], {"recipe": None, "take_id": None, "mark": None, "problems": ()}),
        ([entry({"recipe": {"a": 1}})], {"recipe": {"a": 1}, "take_id": None}),
        ([entry({"recipe": {"deep": DEEP}})], {"recipe": {"deep": DEEP}}),
        (
            [entry({"take": "0123456789ab", "recipe": 5})],
            {"recipe": None, "take_id": "0123456789ab"},
        ),
        ([entry({"take": "0123456789AB", "recipe": {}})], {"recipe": {}, "take_id": None}),
        ([entry({"take": ["x"], "recipe": []})], {"recipe": None, "take_id": None}),
        ([entry({"recipe": "x"})], {"problems": ("the recipe is not a table",)}),
        ([entry("x")], {"problems": ("the recipe is not a table",)}),
        ([entry(None)], {"problems": ("the recipe is not a table",)}),
        (
            [entry({"recipe": {"a": "x" * 950_000}})],
            {"recipe": None, "problems": ("a recipe over 900000 bytes is not read",)},
        ),
        ([entry({"mark": "evil\n\x1b[2J" * 99, "recipe": {}})], {"mark": ("evil[2J" * 99)[:200]}),
        ([binding("m", "AQI=")], {"mark": "m", "payload": b"\1\2"}),
        ([binding("m", "!")], {"mark": "m", "payload": None}),
        ([binding("m", "é")], {"mark": "m", "payload": None}),
        ([binding("m", [1, 2])], {"mark": "m", "payload": b"\1\2"}),
        ([binding("m", "A" * 9000)], {"mark": "m", "payload": None}),
    ],
)
def test_hostile_assertions(authority, sounds, assertions, expected):
    title = "to\u202etal\x00ly\n" + "x" * 1000
    data = embed(authority, assertions, sounds["wav"], title=title)
    found = read_bytes(data, authority)
    assert found.state == "trusted"
    assert {name: getattr(found, name) for name in expected} == expected
    assert found.title == ("totally" + "x" * 1000)[:200]
    assert found.generator is not None
    assert len(found.generator) == 200
    assert found.generator.isprintable()
    assert found.source_type == "http://example.test/made"
    assert found.created is None


@pytest.mark.parametrize(
    ("make", "purpose"),
    [
        (lambda: ec.generate_private_key(ec.SECP256R1()), EMAIL),
        (lambda: ec.generate_private_key(ec.SECP256R1()), DOCUMENTS),
        (lambda: ec.generate_private_key(ec.SECP256R1()), C2PA),
        (lambda: ec.generate_private_key(ec.SECP384R1()), EMAIL),
        (lambda: ec.generate_private_key(ec.SECP521R1()), EMAIL),
        (ed25519.Ed25519PrivateKey.generate, EMAIL),
        (lambda: rsa.generate_private_key(65537, 2048), EMAIL),
    ],
    ids=["P-256", "documents", "claims", "P-384", "P-521", "Ed25519", "RSA"],
)
def test_configured_identities_sign(authority, claim, sounds, tmp_path, *, make, purpose):
    key = make()
    (tmp_path / "chain").write_bytes(certificate(key, purpose=purpose) + ROOT)
    (tmp_path / "key").write_bytes(pem(key))
    settings = Settings(
        home=tmp_path, signing_cert=tmp_path / "chain", signing_key=tmp_path / "key"
    )
    own = Authority.open(settings)
    for suffix in ("wav", "flac"):
        claim = dataclasses.replace(claim, mime=MIME[suffix])
        sign(own, claim, sounds[suffix], tmp_path / "x")
        found = read(tmp_path / "x", own.anchors_pem)
        assert (found.state, found.problems) == ("trusted", ())
        assert (found.issuer, found.fingerprint) == ("signer", own.fingerprint)
        assert read(tmp_path / "x", authority.anchors_pem).state == "valid"


def test_threads_sign_at_once(authority, claim, sounds, tmp_path):
    def work(number):
        path = tmp_path / f"{number}.wav"
        sign(authority, dataclasses.replace(claim, title=str(number)), sounds["wav"], path)
        found = read(path, authority.anchors_pem)
        return found.state, found.title

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(work, range(64))) == [("trusted", str(n)) for n in range(64)]


@contextlib.contextmanager
def listening():
    """The address of a server that hangs up, and the list of who called."""
    callers = []

    def answer():
        while True:
            try:
                connection, caller = server.accept()
            except OSError:
                return
            callers.append(caller)
            connection.close()

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=answer)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.getsockname()[1]}/record.c2pa", callers
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join()


def test_reading_never_opens_a_connection(authority, sounds):
    record = sign_sidecar(authority, provenance_claim(), sounds["ogg"])
    with listening() as (address, callers):
        elsewhere = embed(authority, [], sounds["wav"], remote=address)
        with pytest.raises(c2pa.C2paError):
            c2pa.Reader("audio/wav", io.BytesIO(elsewhere))
        assert callers  # the library does call out when left to itself
        callers.clear()
        assert read_bytes(elsewhere, authority).state == "absent"
        found = manifest._verify(io.BytesIO(elsewhere), authority.anchors_pem, None)
        assert found.state == "absent"
        assert address in found.problems[0]
        assert read_bytes(elsewhere, authority, sidecar=record).state == "invalid"
        assert callers == []


def provenance_claim():
    return Claim(
        title="",
        mime="audio/ogg",
        source="composite",
        recipe={},
        take_id="0" * 12,
        engine="x",
        made_at="2026-01-01T00:00:00Z",
        payload=None,
    )


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({}, None),
        ({"title": "\n\n"}, None),
        ({"source": "human"}, InvalidInput),
        ({"take_id": "abc"}, InvalidInput),
        ({"take_id": "0123456789AB"}, InvalidInput),
        ({"made_at": "yesterday"}, InvalidInput),
        ({"made_at": "2026-01-01T00:00:00"}, InvalidInput),
        ({"recipe": {"x": float("nan")}}, InvalidRecipe),
        ({"recipe": {"x": b"bytes"}}, InvalidRecipe),
        ({"recipe": {"x": "a" * 900_000}}, InvalidRecipe),
    ],
)
def test_claims_check_themselves(authority, sounds, change, error):
    if error is None:
        claim = dataclasses.replace(provenance_claim(), **change)
        record = sign_sidecar(authority, claim, sounds["ogg"])
        found = read(sounds["ogg"], authority.anchors_pem, record)
        assert (found.state, found.title) == ("trusted", "0" * 12)
        assert (found.source_type, found.mark) == ("composite", None)
        return
    with pytest.raises(error) as caught:
        dataclasses.replace(provenance_claim(), **change)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("source", "mime", "error", "message"),
    [
        ("wav", "audio/ogg", InvalidInput, "cannot hold a record: sign a sidecar"),
        ("rf64", "audio/wav", InvalidAudio, "sign a sidecar"),
        ("ogg", "audio/wav", InvalidAudio, "sign a sidecar"),
        ("wav", "audio/mp4", InvalidAudio, "sign a sidecar"),
        ("missing", "audio/wav", StorageFailed, "missing"),
    ],
)
def test_files_that_cannot_be_signed(
    authority, claim, sounds, tmp_path, *, source, mime, error, message
):
    path = sounds.get(source, tmp_path / "missing")
    with pytest.raises(error, match=message) as caught:
        sign(authority, dataclasses.replace(claim, mime=mime), path, tmp_path / "out")
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "out").exists()


def test_a_wav_that_does_not_state_its_size(authority, claim, sounds, tmp_path):
    data = sounds["wav"].read_bytes()
    (tmp_path / "a.wav").write_bytes(alter(data, 4, b"\xff" * 4))
    with pytest.raises(InvalidAudio, match="sign a sidecar"):
        sign(authority, claim, tmp_path / "a.wav", tmp_path / "b.wav")
    record = sign_sidecar(authority, claim, tmp_path / "a.wav")
    found = read(tmp_path / "a.wav", authority.anchors_pem, record)
    assert found.state == "trusted"


def test_a_failure_leaves_no_file(authority, claim, sounds, tmp_path, monkeypatch):
    with pytest.raises(InvalidInput, match="another path"):
        sign(authority, claim, sounds["wav"], sounds["wav"])
    with pytest.raises(StorageFailed, match="nowhere"):
        sign(authority, claim, sounds["wav"], tmp_path / "nowhere" / "x.wav")
    (tmp_path / "kept.wav").write_bytes(b"kept")
    with pytest.raises(StorageFailed):
        sign(authority, claim, tmp_path / "missing", tmp_path / "kept.wav")
    assert (tmp_path / "kept.wav").read_bytes() == b"kept"

    def fill(_, destination, __):
        destination.write(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(provenance, "write_wav", fill)
    with pytest.raises(StorageFailed, match="No space left"):
        sign(authority, claim, sounds["wav"], tmp_path / "x.wav")
    assert not (tmp_path / "x.wav").exists()


def test_a_full_disk_is_reported_as_such(authority, claim, sounds, tmp_path, monkeypatch):
    class Full(io.BytesIO):
        def write(self, _):
            raise OSError(28, "No space left on device")

    @contextlib.contextmanager
    def fresh(path):
        yield Full()

    monkeypatch.setattr(provenance, "_fresh", fresh)
    for suffix, mime in MIME.items():
        with pytest.raises(StorageFailed, match="No space left"):
            sign(authority, dataclasses.replace(claim, mime=mime), sounds[suffix], tmp_path / "x")


def test_an_identity_that_cannot_sign(authority, claim, sounds, tmp_path):
    broken = dataclasses.replace(authority, key_pem="junk")
    with pytest.raises(EngineFailed, match="could not be signed"):
        sign(broken, claim, sounds["wav"], tmp_path / "x.wav")
    assert not (tmp_path / "x.wav").exists()


def test_what_cannot_be_read(authority, tmp_path):
    with pytest.raises(NotFound, match="there is no file"):
        read(tmp_path / "missing", authority.anchors_pem)
    with pytest.raises(InvalidInput, match="cannot read"):
        read(tmp_path, authority.anchors_pem)
    with pytest.raises(InvalidAudio, match="seekable"):
        read(Pipe(), authority.anchors_pem)


class Pipe(io.RawIOBase):
    def seekable(self):
        return False


def test_a_box_walk_ends():
    boxes = b"RIFF\0\0\0\0WAVE" + b"junk\0\0\0\0" * 50_000 + b"C2PA\4\0\0\0abcd"
    assert containers.find_record(io.BytesIO(boxes)) is None
    few = b"RIFF\0\0\0\0WAVE" + b"junk\0\0\0\0" * 50 + b"C2PA\4\0\0\0abcd"
    assert containers.find_record(io.BytesIO(few)) == 4
