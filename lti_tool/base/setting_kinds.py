"""What the value of one setting must be. Each check gives the value, or raises SettingsError naming the variable and what was wanted."""

from ipaddress import ip_address, ip_network
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

_SHORTEST_SECRET = 32


class SettingsError(Exception):
    """`variable` is wrong; `wanted` says what it should be."""

    def __init__(self, variable: str, wanted: str) -> None:
        super().__init__(f"{variable}: {wanted}")
        self.variable = variable
        self.wanted = wanted


def is_loopback(host: str) -> bool:
    """Whether a host name or address can only be this machine."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def base_url(text: str) -> str:
    """An origin without a slash at its end; https anywhere but on this machine."""
    name = "DONGHANH_BASE_URL"
    parts = _address(name, text, "the tool's public address, like https://tool.example.vn")
    if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
        raise SettingsError(name, "https: browsers send no cookie of ours inside an LMS page over plain http")
    if parts.path.rstrip("/"):
        raise SettingsError(name, "an address without a path: give the tool a host name of its own")
    return f"{parts.scheme}://{parts.netloc}"


def lrs_url(text: str) -> str:
    """The endpoint of an external record store, without a slash at its end."""
    name = "DONGHANH_LRS_URL"
    _address(
        name,
        text,
        "the LRS's xAPI endpoint, like https://lrs.example.vn/xapi, with no password in it (DONGHANH_LRS_KEY and _SECRET hold it)",
    )
    return text.rstrip("/")


def _address(name: str, text: str, wanted: str) -> SplitResult:
    """An http(s) address without credentials, query or fragment, whose host and port could be asked."""
    got = "" if "@" in text else f" (got {text!r})"  # what stands before an @ may be a password
    try:
        parts = urlsplit(text)
        whole = bool(parts.hostname) and parts.port != 0
    except ValueError:
        raise SettingsError(name, f"{wanted}{got}") from None
    beside = parts.query or parts.fragment or "@" in parts.netloc
    if parts.scheme not in {"http", "https"} or not whole or beside or len(text.split()) != 1:
        raise SettingsError(name, f"{wanted}{got}")
    return parts


def database_url(text: str) -> str:
    """A database that outlives the process and is the same for every process."""
    try:
        url = make_url(text)
        backend, file = url.get_backend_name(), url.database
    except (ArgumentError, ValueError):
        backend, file = "", None
    if backend not in {"sqlite", "postgresql", "postgres"} or (
        backend == "sqlite" and file in {None, "", ":memory:"}
    ):
        raise SettingsError(
            "DONGHANH_DATABASE_URL", "sqlite:///path/to/file.db or postgresql://name:password@host/database"
        )
    return text


def read_database_url(text: str | None, database: str) -> str | None:
    """A replica is PostgreSQL's, of a PostgreSQL."""
    wanted = "postgresql://name:password@host/database, a replica of the PostgreSQL of DONGHANH_DATABASE_URL"
    try:
        backends = {make_url(one).get_backend_name() for one in (text, database)} if text else set()
    except (ArgumentError, ValueError):
        backends = {""}
    if backends - {"postgresql", "postgres"}:
        raise SettingsError("DONGHANH_READ_DATABASE_URL", wanted)
    return text


def outbound(text: str) -> tuple[str, ...]:
    """Host names and networks, separated by commas."""
    found = tuple(part.strip() for part in text.split(",") if part.strip())
    for one in found:
        if "/" in one and not _is_network(one):
            raise SettingsError(
                "DONGHANH_OUTBOUND_ALLOW",
                f"host names and networks like lms.internal,10.20.0.0/16 (got {one!r})",
            )
    return found


def _is_network(text: str) -> bool:
    try:
        ip_network(text, strict=False)
    except ValueError:
        return False
    return True


def secret_key(text: str | None) -> bytes | None:
    """Bytes to sign with, None where none is given."""
    if text is not None and len(text) < _SHORTEST_SECRET:
        raise SettingsError(
            "DONGHANH_SECRET_KEY",
            f"at least {_SHORTEST_SECRET} characters (leave it out: one is made and kept)",
        )
    return text.encode() if text else None


def content(name: str, path: Path) -> str:
    """The text of a file that the variable `name` names."""
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise SettingsError(name, f"a file that can be read ({error.strerror}: {path})") from error
    except UnicodeDecodeError as error:
        raise SettingsError(name, f"a file of text in UTF-8 ({path} is none)") from error


def count(name: str, text: str) -> int:
    """A whole number."""
    if not text.isdecimal():
        raise SettingsError(name, f"a whole number (got {text!r})")
    return int(text)


def readable(name: str, path: Path | None) -> Path | None:
    """A file that is there, None where none is named."""
    if path is not None and not path.is_file():
        raise SettingsError(name, f"a file that can be read (there is none at {path})")
    return path


def yes(name: str, text: str) -> bool:
    """1 or 0."""
    if text not in {"0", "1"}:
        raise SettingsError(name, f"1 or 0 (got {text!r})")
    return text == "1"


def log_level(text: str) -> str:
    """In capitals."""
    if text.upper() not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
        raise SettingsError("DONGHANH_LOG_LEVEL", f"DEBUG, INFO, WARNING or ERROR (got {text!r})")
    return text.upper()
