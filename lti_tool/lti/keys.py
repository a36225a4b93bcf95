"""The tool's own RSA keys: all are published, the newest signs.

A folder of `0001.pem`, `0002.pem` …: rotating means adding a file and, when no platform holds the old key set any longer,
removing the oldest. A key's id is its RFC 7638 thumbprint, so that the id says which key it is and needs no storing.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from jwcrypto.jwk import JWK

from lti_tool.base.keys import read_or_make

_BITS = 2048


@dataclass(frozen=True, slots=True)
class ToolKey:
    """One key pair as PEM text, and its `kid`."""

    kid: str
    private_pem: str
    public_pem: str

    def jwk(self) -> dict[str, Any]:
        """The public half as published (RFC 7517)."""
        public: dict[str, Any] = JWK.from_pem(self.public_pem.encode()).export_public(as_dict=True)
        return {**public, "kid": self.kid, "alg": "RS256", "use": "sig"}


class ToolKeys:
    """The keys in `folder`; a key added by another process is seen at the next use."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._names: tuple[str, ...] = ()
        self._keys: tuple[ToolKey, ...] = ()
        if not self._listed():
            read_or_make(folder / "0001.pem", _new_pem)

    def published(self) -> dict[str, Any]:
        """The key set at /lti/jwks, newest first."""
        return {"keys": [key.jwk() for key in reversed(self._current())]}

    def signing(self) -> ToolKey:
        """The key that signs from now on."""
        return self._current()[-1]

    def add(self) -> ToolKey:
        """Make the next key, which signs from now on; the older ones stay published."""
        last = int(self._listed()[-1].removesuffix(".pem"))
        read_or_make(self._folder / f"{last + 1:04}.pem", _new_pem)
        return self.signing()

    def _listed(self) -> tuple[str, ...]:
        return tuple(sorted(path.name for path in self._folder.glob("[0-9]*.pem")))

    def _current(self) -> tuple[ToolKey, ...]:
        names = self._listed()
        if names != self._names:
            self._keys = tuple(_key((self._folder / name).read_bytes()) for name in names)
            self._names = names
        return self._keys


def _new_pem() -> bytes:
    key = rsa.generate_private_key(public_exponent=65537, key_size=_BITS)
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _key(pem: bytes) -> ToolKey:
    jwk = JWK.from_pem(pem)
    return ToolKey(kid=jwk.thumbprint(), private_pem=pem.decode(), public_pem=jwk.export_to_pem().decode())
