"""Signs statements in the tests of signed statements, and builds bodies of several parts."""

import base64
import json
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

Json = dict[str, Any]
BOUNDARY = "giữa".encode().hex()
HASHES = {"RS256": hashes.SHA256(), "RS384": hashes.SHA384(), "RS512": hashes.SHA512()}


@cache
def key(name: str) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@cache
def certificate(name: str) -> bytes:
    """Self-signed, as DER."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    built = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key(name).public_key())
    )
    built = built.serial_number(1).not_valid_before(datetime(2025, 1, 1, tzinfo=UTC))
    return (
        built.not_valid_after(datetime(2035, 1, 1, tzinfo=UTC))
        .sign(key(name), hashes.SHA256())
        .public_bytes(Encoding.DER)
    )


def jws(payload: bytes, algorithm: str = "RS256", *, shown: str | None = None, **header: Any) -> bytes:
    """Compact serialization; `shown`: the name whose certificate goes into x5c."""
    header["alg"] = algorithm
    if shown:
        header["x5c"] = [base64.b64encode(certificate(shown)).decode()]
    signed = b".".join((_url(json.dumps(header).encode()), _url(payload)))
    signature = key("an").sign(signed, padding.PKCS1v15(), HASHES.get(algorithm, hashes.SHA256()))
    return signed + b"." + _url(signature)


def with_signature(statement: Json, signature: bytes, **changes: Any) -> Json:
    about = {
        "usageType": "http://adlnet.gov/expapi/attachments/signature",
        "display": {"vi": "Chữ ký"},
        "contentType": "application/octet-stream",
        "length": len(signature),
        "sha2": sha256(signature).hexdigest(),
        **changes,
    }
    return {**statement, "attachments": [*statement.get("attachments", ()), about]}


def attachment(content: bytes, **changes: Any) -> Json:
    about = {
        "usageType": "https://example.vn/bài-làm",
        "display": {"vi": "Bài làm"},
        "contentType": "text/plain",
        "length": len(content),
        "sha2": sha256(content).hexdigest(),
        **changes,
    }
    return {name: value for name, value in about.items() if value is not None}


def part(content: bytes, **headers: str) -> bytes:
    lines = {
        "Content-Type": "application/json",
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    return (
        "".join(f"{name}: {value}\r\n" for name, value in lines.items() if value).encode() + b"\r\n" + content
    )


def enclosed(content: bytes, **headers: str) -> bytes:
    """A content as a part."""
    usual = {
        "Content_Type": "text/plain",
        "Content_Transfer_Encoding": "binary",
        "X_Experience_API_Hash": sha256(content).hexdigest(),
    }
    return part(content, **{**usual, **headers})


def mixed(statements: Any, *contents: bytes) -> bytes:
    """The body of a request: the statements and their contents."""
    return body(part(json.dumps(statements).encode()), *(enclosed(content) for content in contents))


def body(*parts: bytes) -> bytes:
    mark = f"--{BOUNDARY}".encode()
    return b"".join(mark + b"\r\n" + one + b"\r\n" for one in parts) + mark + b"--\r\n"


def _url(raw: bytes) -> bytes:
    return base64.urlsafe_b64encode(raw).rstrip(b"=")
