"""Secrets of other systems in our database: sealed, so that a copy of the database alone opens none of them."""

import base64
import hmac
from dataclasses import dataclass
from hashlib import sha256

from cryptography.fernet import Fernet, InvalidToken


class Unsealable(Exception):
    """It was sealed under another secret: the installation's key was lost or changed."""


@dataclass(frozen=True, slots=True)
class Seal:
    """`secret`: the installation's."""

    secret: bytes

    def close(self, text: str) -> str:
        return self._fernet().encrypt(text.encode()).decode()

    def open(self, sealed: str) -> str:
        """Raises Unsealable."""
        try:
            return self._fernet().decrypt(sealed).decode()
        except InvalidToken as error:
            raise Unsealable("sealed under another DONGHANH_SECRET_KEY: give the secret anew") from error

    def key(self, purpose: str) -> bytes:
        """32 bytes for one purpose alone: they open nothing that is sealed, nor stand for another purpose."""
        return hmac.digest(self.secret, f"key|{purpose}".encode(), "sha256")

    def _fernet(self) -> Fernet:
        return Fernet(base64.urlsafe_b64encode(sha256(b"seal|" + self.secret).digest()))
