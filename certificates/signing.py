"""Sign documents with a local key (PAdES B-B) and check signatures.

ETSI EN 319 142-1, 6.3: a B-B signature is a CMS in ``ETSI.CAdES.detached`` form that carries the signer's certificate under
the signed attributes. The key is made at first start; an organisation with a certificate of its own puts its key and
certificate into the same file.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from io import BytesIO
from typing import TYPE_CHECKING

from asn1crypto import keys as asn1_keys
from asn1crypto import pem as asn1_pem
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, SimpleSigner
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

if TYPE_CHECKING:
    from pyhanko.pdf_utils.writer import BasePdfFileWriter
    from pyhanko.sign.signers.pdf_signer import PdfSigningSession
    from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
    from pyhanko.sign.validation.status import PdfSignatureStatus

LIFETIME = timedelta(days=3650)
FIELD = "DongHanh"
RESERVED = 8192
"""Bytes kept for the signature: ours needs about 1,100; an organisation's own RSA key fits too."""


@dataclass(frozen=True, slots=True)
class Genuine:
    """The signature is whole, covers the entire file and was made with our key."""


@dataclass(frozen=True, slots=True)
class Invalid:
    """Why the document cannot be trusted; the reason is for a log, not for a page."""

    reason: str


class Signer:
    """Signs and checks with one key and its certificate, both read from one PEM file."""

    def __init__(self, pem: bytes) -> None:
        """Take the PEM text of a private key and its certificate, as ``make_pem`` makes it."""
        blocks = {kind: der for kind, _, der in asn1_pem.unarmor(pem, multiple=True)}
        self._certificate = asn1_x509.Certificate.load(blocks["CERTIFICATE"])
        registry = SimpleCertificateStore()  # type: ignore[no-untyped-call]
        registry.register(self._certificate)
        key = asn1_keys.PrivateKeyInfo.load(blocks["PRIVATE KEY"])
        self._signer = SimpleSigner(self._certificate, key, registry)

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the certificate in hexadecimal: what an organisation publishes."""
        return bytes(self._certificate.sha256).hex()

    def sign(self, pdf: bytes, *, reason: str, now: datetime) -> bytes:
        """Return *pdf* with one signature over the whole file; *now* becomes the signature's time."""
        metadata = PdfSignatureMetadata(
            field_name=FIELD, md_algorithm="sha256", subfilter=SigSeedSubFilter.PADES, reason=reason
        )
        signed = BytesIO()
        _TimedSigner(metadata, self._signer, now).sign_pdf(
            IncrementalPdfFileWriter(BytesIO(pdf)), bytes_reserved=RESERVED, output=signed
        )
        return signed.getvalue()

    def verify(self, pdf: bytes, *, now: datetime) -> Genuine | Invalid:
        """Say whether *pdf* bears exactly one signature, ours, that covers every byte and holds at *now*."""
        context = ValidationContext(trust_roots=[self._certificate], moment=now, allow_fetching=False)
        try:
            signatures = PdfFileReader(BytesIO(pdf)).embedded_signatures
            if len(signatures) != 1:
                return Invalid(f"{len(signatures)} signatures")
            if _end_of_signed(signatures[0]) != len(pdf):
                return Invalid("bytes after the signed ones")
            status = validate_pdf_signature(signatures[0], context)
        except (PdfError, SignatureValidationError, SigningError, ValueError) as error:
            return Invalid(str(error) or type(error).__name__)
        return self._judge(status)

    def _judge(self, status: PdfSignatureStatus) -> Genuine | Invalid:
        if status.signing_cert.dump() != self._certificate.dump():
            return Invalid("signed by another certificate")
        return Genuine() if status.bottom_line else Invalid(status.summary())


def _end_of_signed(signature: EmbeddedPdfSignature) -> int:
    """ISO 32000-2, 12.8.1: ByteRange holds pairs of offset and length."""
    offset, length = list(signature.byte_range)[-2:]
    return int(offset) + int(length)


class _TimedSigner(PdfSigner):
    """PdfSigner whose signature bears the time it is given; the library would read the machine's clock."""

    def __init__(self, metadata: PdfSignatureMetadata, signer: SimpleSigner, now: datetime) -> None:
        super().__init__(metadata, signer)
        self._now = now

    def init_signing_session(
        self, pdf_out: BasePdfFileWriter, existing_fields_only: bool = False
    ) -> PdfSigningSession:
        session = super().init_signing_session(pdf_out, existing_fields_only)
        session.system_time = self._now
        return session


def make_pem(organisation: str, now: datetime) -> bytes:
    """Return a new key (ECDSA on P-256: a signature takes a millisecond) and its self-signed certificate, as PEM text."""
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = _certificate(key, organisation, now)
    plain = serialization.NoEncryption()
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    return private + certificate.public_bytes(serialization.Encoding.PEM)


def _certificate(key: ec.EllipticCurvePrivateKey, organisation: str, now: datetime) -> x509.Certificate:
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation[:64]),
            x509.NameAttribute(NameOID.COMMON_NAME, "Đồng hành – ký giấy chứng nhận"),
        ]
    )
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - timedelta(hours=1)).not_valid_after(now + LIFETIME)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    builder = builder.add_extension(_usage(), critical=True)
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    return builder.add_extension(identifier, critical=False).sign(key, hashes.SHA256())


def _usage() -> x509.KeyUsage:
    """Digital signature and content commitment only (RFC 5280, 4.2.1.3)."""
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=True,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
