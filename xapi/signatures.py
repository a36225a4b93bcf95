"""Signed statements: is the signature well formed, and of this statement? (xAPI 1.0.3, part 2, 2.6; 2.0, 4.2.6; RFC 7515)."""

import base64
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from xapi import equality, exact
from xapi.attachments import Contents
from xapi.faults import Fault
from xapi.shape import Wrong
from xapi.statement import check
from xapi.versions import Version

Json = dict[str, Any]
SIGNATURE = "http://adlnet.gov/expapi/attachments/signature"
_MEDIA = "application/octet-stream"
_HASHES = {"RS256": "sha256", "RS384": "sha384", "RS512": "sha512"}
_BASE64 = re.compile(r"[A-Za-z0-9_-]*", re.ASCII)

RsaCheck = Callable[[bytes, str, bytes, bytes], bool]
"""(X.509 certificate as DER, hash as hashlib names it, signed bytes, signature) → does the certificate's key bear it out?

Handed in, for cryptography is none of this package's libraries.
"""


class Signatures:
    """The signatures of one request: each content is looked at once, however many statements name it.

    One of thirty megabytes that ten thousand small statements name would else keep the server busy for hours.
    """

    def __init__(self, contents: Contents, version: Version, rsa: RsaCheck) -> None:
        self._contents, self._version, self._rsa = contents, version, rsa
        self._signed: dict[str, _Said] = {}  # by sha2

    def verify(self, statement: Json) -> None:
        """Raises `Wrong` naming the attachment: "The LRS MUST reject requests to store Statements that contain malformed signatures"."""
        said = None
        for index, attachment in enumerate(statement.get("attachments", ())):
            if attachment["usageType"] == SIGNATURE:
                said = said or _said(_unsigned(statement))
                try:
                    self._verify(said, attachment)
                except Wrong as wrong:
                    raise wrong.within(f"attachments[{index}]") from None

    def _verify(self, said: "_Said", attachment: Json) -> None:
        """The standard: "Validate that the original Statement is logically equivalent to the received Statement"."""
        if attachment["contentType"] != _MEDIA:
            raise Wrong(f"a signature is {_MEDIA}").within("contentType")
        sha2 = attachment["sha2"].lower()
        content = self._contents.get(sha2)
        if content is None:
            raise Wrong("the content of a signature comes with its statement", Fault.CONTENT).within("sha2")
        if sha2 not in self._signed:
            self._signed[sha2] = self._read(content)
        if not said.same(self._signed[sha2]):
            raise Wrong("the JWS payload is another statement than this one")

    def _read(self, content: bytes) -> "_Said":
        header, payload, signature, signed = _taken_apart(content)
        hash_name = _HASHES.get(header["alg"]) if isinstance(header.get("alg"), str) else None
        if hash_name is None:
            raise Wrong("the JWS algorithm is RS256, RS384 or RS512")
        try:
            check(payload, version=self._version, contents=self._contents)
        except Wrong as wrong:
            raise Wrong(f"the JWS payload is the statement before it was signed ({wrong})") from None
        if "x5c" in header and not self._rsa(_certificate(header["x5c"]), hash_name, signed, signature):
            raise Wrong("the JWS signature does not fit the certificate in its x5c")
        return _said(payload)


@dataclass(frozen=True, slots=True)
class _Said:
    """What tells whether two statements are the same."""

    id: str | None
    time: int | None
    fingerprint: str

    def same(self, other: "_Said") -> bool:
        same_id = self.id is None or other.id is None or self.id == other.id
        same_time = equality.same_moment(self.time, other.time)
        return same_id and same_time and self.fingerprint == other.fingerprint


def _said(statement: Json) -> _Said:
    name = statement["id"].lower() if "id" in statement else None
    return _Said(name, equality.event_time(statement), equality.fingerprint(statement))


def _unsigned(statement: Json) -> Json:
    """The statement before it was signed."""
    found = {name: value for name, value in statement.items() if name != "attachments"}
    given = [one for one in statement["attachments"] if one["usageType"] != SIGNATURE]
    return found | {"attachments": given} if given else found


def _taken_apart(content: bytes) -> tuple[Json, Json, bytes, bytes]:
    """Header, payload, signature, and what was signed, of the compact serialization (RFC 7515, 7.1)."""
    try:
        header, payload, signature = content.split(b".")
    except ValueError:
        raise Wrong("a JWS in compact serialization has three pieces") from None
    signed = b".".join((header, payload))
    return _json(header, "header"), _json(payload, "payload"), _bytes(signature, "signature"), signed


def _json(piece: bytes, name: str) -> Json:
    try:
        found = exact.loads(_bytes(piece, name))
    except ValueError:
        raise Wrong(f"the JWS {name} is JSON") from None
    if not isinstance(found, dict):
        raise Wrong(f"the JWS {name} is a JSON object")
    return found


def _bytes(piece: bytes, name: str) -> bytes:
    text = piece.decode("latin-1")
    if not _BASE64.fullmatch(text) or len(text) % 4 == 1:
        raise Wrong(f"the JWS {name} is base64url without padding")
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _certificate(chain: Any) -> bytes:
    """The signer's own comes first (RFC 7515, 4.1.6); standard base64, not base64url."""
    try:
        return base64.b64decode(chain[0], validate=True)
    except (ValueError, TypeError, LookupError):
        raise Wrong("x5c is an array of certificates in base64") from None
