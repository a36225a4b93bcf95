"""Signatures that a certificate's key made (RFC 7518, 3.3: RSASSA-PKCS1-v1_5)."""

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

_HASHES: dict[str, hashes.HashAlgorithm] = {
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}


def signed_by(certificate: bytes, hash_name: str, signed: bytes, signature: bytes) -> bool:
    """Did the RSA key of this certificate (DER) sign these bytes? False for a certificate that cannot be read, or of another kind.

    Whether the certificate itself is to be trusted is not asked: xAPI wants "validate the signature against that certificate".
    """
    try:
        key = x509.load_der_x509_certificate(certificate).public_key()
    except (ValueError, TypeError, UnsupportedAlgorithm, x509.InvalidVersion):
        return False
    if not isinstance(key, rsa.RSAPublicKey):
        return False
    try:
        key.verify(signature, signed, padding.PKCS1v15(), _HASHES[hash_name])
    except (InvalidSignature, ValueError):
        return False
    return True
