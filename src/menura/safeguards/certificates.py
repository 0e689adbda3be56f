"""Certificates that sign manifests: issued for this install, or checked when somebody brings one.

What C2PA asks of a signing certificate: technical specification 2.2, section 14.5.1.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from menura.errors import InvalidInput

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
    from cryptography.x509 import Certificate

LIFETIME: Final = timedelta(days=20 * 365)
MAX_CERTIFICATES: Final = 256
# Purposes (EKU) with which a certificate may sign a manifest, from the specification and from the
# list that comes with c2pa-rs (valid_eku_oids.cfg), less time stamps and OCSP: email protection,
# document signing, Microsoft's C2PA signing, C2PA claim signing.
SIGNING_PURPOSES: Final = (
    "1.3.6.1.5.5.7.3.4",
    "1.3.6.1.5.5.7.3.36",
    "1.3.6.1.4.1.311.76.59.1.9",
    "1.3.6.1.4.1.62558.2.1",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """A certificate that can sign, with its key.

    Attributes:
        chain_pem: the signing certificate, then its issuers.
        issuers_pem: the issuers alone; empty if the chain is only the signing certificate.
        key_pem: the private key, PKCS8.
        algorithm: its signature algorithm in C2PA's spelling, such as `es256`.
        name: the organisation (else the common name) that the certificate is for.
        fingerprint: SHA-256 of the signing certificate (DER), 64 hex digits.
    """

    chain_pem: str
    issuers_pem: str
    key_pem: str = field(repr=False)
    algorithm: str
    name: str
    fingerprint: str


def generate() -> tuple[bytes, bytes, bytes]:
    """Returns a new authority's certificate, a chain it issued, and the key of that chain's leaf.

    All PEM; ECDSA on P-256 with SHA-256. The authority's private key is in none of them and dies
    with this call, so the leaf stays the only certificate the authority ever signs.
    """
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    ca_key = ec.generate_private_key(ec.SECP256R1())
    leaf_key = ec.generate_private_key(ec.SECP256R1())
    short_id = x509.SubjectKeyIdentifier.from_public_key(ca_key.public_key()).digest.hex()[:8]
    authority = f"menura local authority {short_id}"
    # A day back, because the clocks of machines that check each other's files differ.
    start = datetime.now(UTC).replace(microsecond=0) - timedelta(days=1)

    def name(common: str) -> x509.Name:
        # Readers of manifests show the organisation of the leaf as the issuer.
        organisation = x509.NameAttribute(NameOID.ORGANIZATION_NAME, authority)
        return x509.Name([organisation, x509.NameAttribute(NameOID.COMMON_NAME, common)])

    def certify(common: str, public_key: ec.EllipticCurvePublicKey, *, ca: bool) -> bytes:
        usage = x509.KeyUsage(
            digital_signature=not ca,
            key_cert_sign=ca,
            content_commitment=False,
            key_encipherment=False,
            data_encipherment=False,
            key_agreement=False,
            crl_sign=False,
            encipher_only=False,
            decipher_only=False,
        )
        issuer_key = x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key())
        builder = (
            x509.CertificateBuilder()
            .subject_name(name(common))
            .issuer_name(name(authority))
            .public_key(public_key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(start)
            .not_valid_after(start + LIFETIME)
            .add_extension(x509.BasicConstraints(ca=ca, path_length=0 if ca else None), True)
            .add_extension(usage, True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), False)
            .add_extension(issuer_key, False)
        )
        if not ca:
            purpose = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION])
            builder = builder.add_extension(purpose, False)
        return _to_pem(builder.sign(ca_key, hashes.SHA256())).encode()

    ca_pem = certify(authority, ca_key.public_key(), ca=True)
    leaf_pem = certify(f"menura {short_id}", leaf_key.public_key(), ca=False)
    key_pem = leaf_key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return ca_pem, leaf_pem + ca_pem, key_pem


def check_credential(chain_pem: bytes, key_pem: bytes) -> Credential:
    """Returns the credential that a chain (leaf first) and a key make.

    Raises:
        InvalidInput: if one cannot be parsed, they do not belong together, or manifests signed
            with them would be refused: expired, not made for signing, self-signed, out of order.
    """
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import serialization

    chain = _parse(chain_pem, "the chain")
    try:
        key = serialization.load_pem_private_key(key_pem, password=None)
    except TypeError as error:
        raise InvalidInput("the key is encrypted: store it without a pass phrase") from error
    except (ValueError, UnsupportedAlgorithm) as error:
        raise InvalidInput("the key is not a private key in PEM") from error
    leaf = chain[0]
    algorithm = _algorithm(key)
    spki = (serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    if key.public_key().public_bytes(*spki) != leaf.public_key().public_bytes(*spki):
        raise InvalidInput("the key is not that of the first certificate in the chain")
    _check_leaf(leaf)
    _check_order(chain)
    pkcs8 = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return Credential(
        chain_pem="".join(map(_to_pem, chain)),
        issuers_pem="".join(map(_to_pem, chain[1:])),
        key_pem=pkcs8.decode(),
        algorithm=algorithm,
        name=_name(leaf),
        fingerprint=hashlib.sha256(leaf.public_bytes(serialization.Encoding.DER)).hexdigest(),
    )


def check_anchors(pem: bytes) -> str:
    """Returns the certificates in `pem`, without whatever stands between them.

    Raises:
        InvalidInput: if it holds no certificate, or something that is not one.
    """
    return "".join(map(_to_pem, _parse(pem, "the list of anchors")))


def _parse(pem: bytes, what: str) -> list[Certificate]:
    from cryptography import x509

    try:
        found = x509.load_pem_x509_certificates(pem)
    except ValueError as error:
        raise InvalidInput(f"{what} holds no certificate in PEM") from error
    if len(found) > MAX_CERTIFICATES:
        raise InvalidInput(f"{what} holds more than {MAX_CERTIFICATES} certificates")
    return found


def _algorithm(key: PrivateKeyTypes) -> str:
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

    if isinstance(key, ec.EllipticCurvePrivateKey):
        curves = {"secp256r1": "es256", "secp384r1": "es384", "secp521r1": "es512"}
        if key.curve.name in curves:
            return curves[key.curve.name]
    elif isinstance(key, ed25519.Ed25519PrivateKey):
        return "ed25519"
    elif isinstance(key, rsa.RSAPrivateKey) and key.key_size >= 2048:
        return "ps256"
    raise InvalidInput("the key must be ECDSA (P-256, P-384, P-521), Ed25519, or RSA from 2048 bit")


def _check_leaf(leaf: Certificate) -> None:
    from cryptography import x509

    now = datetime.now(UTC)
    if now > leaf.not_valid_after_utc:
        raise InvalidInput(f"the certificate expired on {leaf.not_valid_after_utc:%Y-%m-%d}")
    if now < leaf.not_valid_before_utc:
        day = f"{leaf.not_valid_before_utc:%Y-%m-%d}"
        raise InvalidInput(f"the certificate is not valid before {day}: is the clock right?")
    if leaf.issuer == leaf.subject:
        raise InvalidInput("the certificate is self-signed: have an authority sign one")
    try:
        extensions = leaf.extensions
        purposes = extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        usage = extensions.get_extension_for_class(x509.KeyUsage).value
        extensions.get_extension_for_class(x509.AuthorityKeyIdentifier)
    except (x509.ExtensionNotFound, x509.DuplicateExtension, ValueError) as error:
        raise InvalidInput(
            "the certificate needs a key usage, an extended key usage and an authority key id"
        ) from error
    if not usage.digital_signature:
        raise InvalidInput("the certificate is not for digital signatures")
    if not any(purpose.dotted_string in SIGNING_PURPOSES for purpose in purposes):
        raise InvalidInput("the certificate's purpose is not email protection or C2PA signing")
    try:
        is_ca = extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        is_ca = False
    if is_ca:
        raise InvalidInput("the certificate belongs to an authority: sign with one it issued")


def _check_order(chain: list[Certificate]) -> None:
    from cryptography.exceptions import InvalidSignature

    for certificate, issuer in pairwise(chain):
        try:
            certificate.verify_directly_issued_by(issuer)
        except (ValueError, TypeError, InvalidSignature) as error:
            raise InvalidInput(
                "the chain is out of order: leaf first, then the issuer of each"
            ) from error


def _name(certificate: Certificate) -> str:
    from cryptography.x509.oid import NameOID

    for kind in (NameOID.ORGANIZATION_NAME, NameOID.COMMON_NAME):
        for attribute in certificate.subject.get_attributes_for_oid(kind):
            return str(attribute.value)
    return ""


def _to_pem(certificate: Certificate) -> str:
    from cryptography.hazmat.primitives import serialization

    return certificate.public_bytes(serialization.Encoding.PEM).decode()
