"""Certificates as a person might configure them, good and bad."""

from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

EMAIL = ExtendedKeyUsageOID.EMAIL_PROTECTION
DOCUMENTS = x509.ObjectIdentifier("1.3.6.1.5.5.7.3.36")
C2PA = x509.ObjectIdentifier("1.3.6.1.4.1.62558.2.1")
SERVER = x509.ObjectIdentifier("1.3.6.1.5.5.7.3.1")
ANY = x509.ObjectIdentifier("2.5.29.37.0")
TIME_STAMPS = x509.ObjectIdentifier("1.3.6.1.5.5.7.3.8")
ISSUER = ec.generate_private_key(ec.SECP256R1())


def pem(key, encryption=None):
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        encryption or serialization.NoEncryption(),
    )


def certificate(
    key, subject="signer", issuer="root", *, purpose=EMAIL, days=(-1, 9), ca=False, signs=True
):
    def name(text):
        return x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, text)])

    now = datetime.now(UTC)
    public = key.public_key()
    issuer_id = x509.AuthorityKeyIdentifier.from_issuer_public_key(ISSUER.public_key())
    usage = x509.KeyUsage(signs, False, False, False, False, ca, False, False, False)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name(subject))
        .issuer_name(name(issuer))
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + timedelta(days=days[0]))
        .not_valid_after(now + timedelta(days=days[1]))
        .add_extension(x509.BasicConstraints(ca, None), True)
        .add_extension(usage, True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), False)
        .add_extension(issuer_id, False)
    )
    if purpose is not None:
        builder = builder.add_extension(x509.ExtendedKeyUsage([purpose]), False)
    return builder.sign(ISSUER, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


ROOT = certificate(ISSUER, "root", "root", purpose=None, ca=True)
