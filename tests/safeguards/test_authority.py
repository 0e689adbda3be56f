import hmac
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
from credentials import (
    ANY,
    C2PA,
    DOCUMENTS,
    EMAIL,
    ISSUER,
    ROOT,
    SERVER,
    TIME_STAMPS,
    certificate,
    pem,
)
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from menura.errors import InvalidInput, StorageFailed
from menura.safeguards import authority as module
from menura.safeguards.authority import Authority
from menura.settings import Settings

FILES = {"ca.pem", "chain.pem", "identity.key", "leaf.key"}
RSA = rsa.generate_private_key(65537, 2048)


def install(path):
    return Authority.open(Settings(home=path))


def test_first_use_makes_an_identity_that_stays(tmp_path):
    first = install(tmp_path / "deep" / "home")
    assert install(tmp_path / "deep" / "home") == first
    folder = tmp_path / "deep" / "home" / "authority"
    assert {path.name for path in folder.iterdir()} == FILES
    assert [path.name for path in folder.parent.iterdir()] == ["authority"]  # no draft left
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}


def test_certificates_are_what_c2pa_asks_for(tmp_path):
    authority = install(tmp_path)
    leaf, ca = x509.load_pem_x509_certificates(authority.chain_pem.encode())
    leaf.verify_directly_issued_by(ca)
    assert leaf.extensions.get_extension_for_class(x509.BasicConstraints).value.ca is False
    assert ca.extensions.get_extension_for_class(x509.BasicConstraints).value.ca is True
    usage = leaf.extensions.get_extension_for_class(x509.KeyUsage).value
    assert usage.digital_signature
    assert not usage.key_cert_sign
    assert list(leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value) == [EMAIL]
    assert isinstance(leaf.public_key().curve, ec.SECP256R1)
    assert authority.algorithm == "es256"
    assert authority.fingerprint == leaf.fingerprint(hashes.SHA256()).hex()
    assert authority.issuer.startswith("menura local authority ")
    assert timedelta(days=19 * 365) < leaf.not_valid_after_utc - datetime.now(UTC)
    assert leaf.not_valid_after_utc <= ca.not_valid_after_utc


def test_the_key_of_the_ca_is_nowhere(tmp_path):
    install(tmp_path)
    folder = tmp_path / "authority"
    holders = [path for path in folder.iterdir() if b"PRIVATE KEY" in path.read_bytes()]
    assert [path.name for path in holders] == ["leaf.key"]
    key = serialization.load_pem_private_key(holders[0].read_bytes(), None)
    ca = x509.load_pem_x509_certificate((folder / "ca.pem").read_bytes())
    assert key.public_key() != ca.public_key()


def test_nothing_secret_is_printed(tmp_path):
    authority = install(tmp_path)
    assert "PRIVATE" not in repr(authority)
    assert (tmp_path / "authority" / "identity.key").read_bytes().hex() not in repr(authority)
    assert "_identity" not in repr(authority)


def test_take_ids_belong_to_recipe_and_install(tmp_path):
    here, there = install(tmp_path / "a"), install(tmp_path / "b")
    assert here.take_id(b"recipe") == install(tmp_path / "a").take_id(b"recipe")
    ids = {here.take_id(b"recipe"), here.take_id(b"recipe2"), there.take_id(b"recipe")}
    assert len(ids) == 3
    assert all(len(bytes.fromhex(take_id)) == 6 for take_id in ids)
    # Ids are kept for years: what they are made of may not change.
    secret = (tmp_path / "a" / "authority" / "identity.key").read_bytes()
    assert here.take_id(b"recipe") == hmac.digest(secret, b"take\0recipe", "sha256").hex()[:12]


def test_eight_processes_agree(tmp_path):
    code = (
        "import sys, time\n"
        "from pathlib import Path\n"
        "import cryptography.x509\n"
        "from menura.safeguards.authority import Authority\n"
        "from menura.settings import Settings\n"
        "home = Path(sys.argv[1])\n"
        "(home / f'ready{sys.argv[2]}').touch()\n"
        "while not (home / 'go').exists(): time.sleep(0.001)\n"
        "made = Authority.open(Settings(home=home / 'home'))\n"
        "print(made.fingerprint, made.take_id(b'x'))\n"
    )
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path), str(number)],
            stdout=subprocess.PIPE,
            text=True,
            env={"PYTHONPATH": os.pathsep.join(sys.path), "PATH": os.defpath},
        )
        for number in range(8)
    ]
    try:
        while len(list(tmp_path.glob("ready*"))) < 8:
            assert all(racer.poll() is None for racer in racers)
        (tmp_path / "go").touch()
        answers = [racer.communicate(timeout=60)[0] for racer in racers]
    finally:
        for racer in racers:
            racer.kill()
            racer.wait()
    assert len(set(answers)) == 1
    assert len(answers[0].split()) == 2
    assert [path.name for path in (tmp_path / "home").iterdir()] == ["authority"]


def test_the_second_to_arrive_takes_the_first_one(tmp_path):
    first = install(tmp_path)
    module._make(tmp_path / "authority")
    assert install(tmp_path) == first
    assert [path.name for path in tmp_path.iterdir()] == ["authority"]


def test_an_empty_folder_is_filled(tmp_path):
    (tmp_path / "authority").mkdir()
    assert install(tmp_path) == install(tmp_path)


def test_rights_of_others_are_taken_back(tmp_path):
    install(tmp_path)
    folder = tmp_path / "authority"
    folder.chmod(0o755)
    for path in folder.iterdir():
        path.chmod(0o644)
    install(tmp_path)
    assert folder.stat().st_mode & 0o077 == 0
    assert all(path.stat().st_mode & 0o077 == 0 for path in folder.iterdir())


def cut(path):
    path.write_bytes(path.read_bytes()[:20])


def exchange_key(path):
    path.write_bytes(pem(ec.generate_private_key(ec.SECP256R1())))


def expire(path):
    key = serialization.load_pem_private_key((path.parent / "leaf.key").read_bytes(), None)
    path.write_bytes(certificate(key, days=(-9, -1)) + ROOT)


@pytest.mark.parametrize(
    ("name", "damage", "message"),
    [
        *[(name, os.unlink, f"{name} is missing") for name in sorted(FILES)],
        ("ca.pem", cut, "no certificate"),
        ("chain.pem", cut, "no certificate"),
        ("leaf.key", cut, "not a private key"),
        ("identity.key", cut, "not 32 bytes"),
        ("leaf.key", exchange_key, "not that of the first certificate"),
        ("chain.pem", expire, "expired on"),
    ],
)
def test_a_damaged_identity_is_reported_not_replaced(tmp_path, name, damage, message):
    install(tmp_path)
    folder = tmp_path / "authority"
    damage(folder / name)
    before = {path: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(StorageFailed, match=message) as caught:
        install(tmp_path)
    assert "backup" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert {path: path.read_bytes() for path in folder.iterdir()} == before


def test_a_home_that_cannot_be_written(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(StorageFailed, match=r"(?s)^cannot .*$") as caught:
        install(tmp_path / "file" / "home")
    assert "None" not in str(caught.value)


def test_a_read_only_home(tmp_path, monkeypatch):
    def refuse(**_):
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(module.tempfile, "mkdtemp", refuse)
    with pytest.raises(StorageFailed, match="Read-only file system; make that folder writable"):
        install(tmp_path)


def test_a_full_disk_leaves_nothing(tmp_path, monkeypatch):
    def fail(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module.os, "fsync", fail)
    with pytest.raises(StorageFailed, match="No space left"):
        install(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_clock_that_was_never_set(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "_EARLIEST", datetime.now(UTC) + timedelta(days=1))
    with pytest.raises(StorageFailed, match="clock"):
        install(tmp_path)
    assert list(tmp_path.iterdir()) == []


P256 = ec.generate_private_key(ec.SECP256R1())
OTHER = ec.generate_private_key(ec.SECP256R1())
P384 = ec.generate_private_key(ec.SECP384R1())
P521 = ec.generate_private_key(ec.SECP521R1())
ED25519 = ed25519.Ed25519PrivateKey.generate()
SEALED = pem(P256, serialization.BestAvailableEncryption(b"secret"))


def refused(message):
    return InvalidInput(message)


# What stands at signing_cert and signing_key -> the algorithm, or why not. The keys are new every
# time, so the rows are named: their content would not do as the name of a test.
CONFIGURED = {
    "P-256": (certificate(P256) + ROOT, pem(P256), "es256"),
    "no issuer": (certificate(P256), pem(P256), "es256"),
    "P-384": (certificate(P384) + ROOT, pem(P384), "es384"),
    "P-521": (certificate(P521) + ROOT, pem(P521), "es512"),
    "Ed25519": (certificate(ED25519) + ROOT, pem(ED25519), "ed25519"),
    "RSA": (certificate(RSA) + ROOT, pem(RSA), "ps256"),
    "documents": (certificate(P256, purpose=DOCUMENTS) + ROOT, pem(P256), "es256"),
    "c2pa": (certificate(P256, purpose=C2PA) + ROOT, pem(P256), "es256"),
    "server": (certificate(P256, purpose=SERVER), pem(P256), refused("purpose is not")),
    "any": (certificate(P256, purpose=ANY), pem(P256), refused("purpose is not")),
    "time": (certificate(P256, purpose=TIME_STAMPS), pem(P256), refused("purpose is not")),
    "no purpose": (certificate(P256, purpose=None), pem(P256), refused("extended key usage")),
    "expired": (certificate(P256, days=(-9, -1)), pem(P256), refused("expired on")),
    "future": (certificate(P256, days=(2, 9)), pem(P256), refused("not valid before")),
    "self-signed": (certificate(P256, "root"), pem(P256), refused("self-signed")),
    "authority": (certificate(P256, ca=True), pem(P256), refused("belongs to an authority")),
    "no signing": (certificate(P256, signs=False), pem(P256), refused("not for digital sig")),
    "wrong key": (certificate(P256) + ROOT, pem(OTHER), refused("not that of the first")),
    "root first": (ROOT + certificate(P256), pem(ISSUER), refused("self-signed")),
    "order": (certificate(P256) + certificate(OTHER) + ROOT, pem(P256), refused("out of order")),
    "empty": (b"", pem(P256), refused("no certificate")),
    "cut": (certificate(P256)[:200], pem(P256), refused("no certificate")),
    "junk key": (certificate(P256), b"junk", refused("not a private key")),
    "sealed key": (certificate(P256), SEALED, refused("pass phrase")),
}


@pytest.mark.parametrize("name", CONFIGURED)
def test_configured_certificates(tmp_path, name):
    chain, key, expected = CONFIGURED[name]
    (tmp_path / "chain").write_bytes(chain)
    (tmp_path / "key").write_bytes(key)
    settings = Settings(
        home=tmp_path, signing_cert=tmp_path / "chain", signing_key=tmp_path / "key"
    )
    if isinstance(expected, InvalidInput):
        with pytest.raises(InvalidInput, match=str(expected)) as caught:
            Authority.open(settings)
        assert "\n" not in str(caught.value)
        return
    authority = Authority.open(settings)
    assert (authority.algorithm, authority.issuer) == (expected, "signer")
    own = install(tmp_path)
    assert authority.take_id(b"x") == own.take_id(b"x")
    assert own.anchors_pem in authority.anchors_pem
    assert (ROOT.decode() in authority.anchors_pem) == (ROOT in chain)


def test_keys_in_other_forms_become_pkcs8(tmp_path):
    sec1 = P256.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
    (tmp_path / "chain").write_bytes(certificate(P256) + ROOT)
    (tmp_path / "key").write_bytes(sec1)
    settings = Settings(
        home=tmp_path, signing_cert=tmp_path / "chain", signing_key=tmp_path / "key"
    )
    assert Authority.open(settings).key_pem == pem(P256).decode()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a comment\n" + ROOT, None),
        (b"nothing", "no certificate"),
        (ROOT[:100], "no certificate"),
        (None, "cannot read trust_anchors"),
    ],
    ids=["good", "text", "cut", "missing"],
)
def test_configured_anchors(tmp_path, content, message):
    path = tmp_path / "anchors"
    if content is not None:
        path.write_bytes(content)
    settings = Settings(home=tmp_path, trust_anchors=path)
    if message is None:
        anchors = Authority.open(settings).anchors_pem
        assert anchors == install(tmp_path).anchors_pem + ROOT.decode()
        return
    with pytest.raises(InvalidInput, match=message):
        Authority.open(settings)
