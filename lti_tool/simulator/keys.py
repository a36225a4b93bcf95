"""A face's own signing key, kept under its data directory, and what it signs."""

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa


@dataclass(frozen=True, slots=True)
class SigningKey:
    private: rsa.RSAPrivateKey
    kid: str

    def sign(self, claims: Mapping[str, Any]) -> str:
        """A compact RS256 JWT."""
        return jwt.encode(dict(claims), self.private, algorithm="RS256", headers={"kid": self.kid})

    def read(self, token: str) -> dict[str, Any]:
        """The claims of a token that this key signed, whatever its age; raises jwt.PyJWTError otherwise."""
        # Ages are judged by the face's clock, which a test moves.
        unchecked: Any = {"verify_aud": False, "verify_exp": False, "verify_iat": False}
        return jwt.decode(token, self.private.public_key(), algorithms=["RS256"], options=unchecked)

    def jwks(self) -> dict[str, Any]:
        public = jwt.algorithms.RSAAlgorithm.to_jwk(self.private.public_key(), as_dict=True)
        return {
            "keys": [
                {
                    "kty": "RSA",
                    "alg": "RS256",
                    "kid": self.kid,
                    "e": public["e"],
                    "n": public["n"],
                    "use": "sig",
                }
            ]
        }


def read_or_make(path: Path) -> SigningKey:
    """The key in `path` (PEM), made there at the first start, readable by its owner only."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        _write(path, rsa.generate_private_key(public_exponent=65537, key_size=2048))
    # Skipping the check of primes saves most of a start's time; the file is our own.
    private = serialization.load_pem_private_key(path.read_bytes(), None, unsafe_skip_rsa_key_validation=True)
    if not isinstance(private, rsa.RSAPrivateKey):
        raise TypeError(f"{path} holds no RSA key")
    modulus = private.public_key().public_numbers().n
    return SigningKey(private, hashlib.sha256(str(modulus).encode()).hexdigest()[:20])


def _write(path: Path, key: rsa.RSAPrivateKey) -> None:
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:  # noqa: PTH123 -- the mode counts
        file.write(pem)
