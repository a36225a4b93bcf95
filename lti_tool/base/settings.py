"""The settings, read once from the environment or a file. A wrong one stops the start, naming the variable and what was wanted."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import overload
from urllib.parse import urlsplit

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

_DEFAULT_BASE_URL = "http://127.0.0.1:8200"
_SHORTEST_SECRET = 32


class SettingsError(Exception):
    """`variable` is wrong; `wanted` says what it should be."""

    def __init__(self, variable: str, wanted: str) -> None:
        super().__init__(f"{variable}: {wanted}")
        self.variable = variable
        self.wanted = wanted


@dataclass(frozen=True, slots=True)
class LrsAccess:
    """Where an external learning record store is, and the key and secret it gave us."""

    url: str
    key: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Settings:
    """`base_url` has no slash at its end; `secret_key` is None until the first start makes one under `home`.

    `lrs`: an external record store that is followed; None: statements come to our own only.
    """

    base_url: str
    database_url: str
    home: Path
    secret_key: bytes | None
    metrics_token: str | None
    outbound_allow: tuple[str, ...]
    outbound_ca: Path | None
    trusted_proxies: int
    log_level: str
    pseudonymous: bool
    lrs: LrsAccess | None = None

    @property
    def keys(self) -> Path:
        return self.home / "keys"

    @property
    def host(self) -> str:
        """Host and, when it is not the scheme's own, port: what Moodle calls the tool's domain."""
        return urlsplit(self.base_url).netloc

    @property
    def on_loopback(self) -> bool:
        return is_loopback(urlsplit(self.base_url).hostname or "")


def is_loopback(host: str) -> bool:
    """Whether a host name or address can only be this machine."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def load(environ: Mapping[str, str], folder: Path) -> Settings:
    """Settings of `environ`, then of the file `DONGHANH_ENV_FILE` names, then the defaults. `folder`: what relative paths start from.

    Raises SettingsError for a value that is not what was wanted.
    """
    values = _Values({**_file(environ.get("DONGHANH_ENV_FILE"), folder), **environ}, folder)
    home = values.path("DONGHANH_HOME", folder / "instance")
    return Settings(
        base_url=_base_url(values.text("DONGHANH_BASE_URL") or _DEFAULT_BASE_URL),
        database_url=_database_url(
            values.secret("DONGHANH_DATABASE_URL") or f"sqlite:///{home / 'donghanh.db'}"
        ),
        home=home,
        secret_key=_secret_key(values.secret("DONGHANH_SECRET_KEY")),
        metrics_token=values.secret("DONGHANH_METRICS_TOKEN"),
        outbound_allow=tuple(
            part.strip() for part in (values.text("DONGHANH_OUTBOUND_ALLOW") or "").split(",") if part.strip()
        ),
        outbound_ca=_readable("DONGHANH_OUTBOUND_CA", values.path("DONGHANH_OUTBOUND_CA", None)),
        trusted_proxies=_count("DONGHANH_TRUSTED_PROXIES", values.text("DONGHANH_TRUSTED_PROXIES") or "0"),
        log_level=_log_level(values.text("DONGHANH_LOG_LEVEL") or "INFO"),
        pseudonymous=_yes("DONGHANH_PSEUDONYMOUS", values.text("DONGHANH_PSEUDONYMOUS") or "0"),
        lrs=_lrs(values),
    )


@dataclass(frozen=True, slots=True)
class _Values:
    found: Mapping[str, str]
    folder: Path

    def text(self, name: str) -> str | None:
        return self.found.get(name, "").strip() or None

    @overload
    def path(self, name: str, default: Path) -> Path: ...
    @overload
    def path(self, name: str, default: None) -> Path | None: ...
    def path(self, name: str, default: Path | None) -> Path | None:
        given = self.text(name)
        return (self.folder / given).resolve() if given else default

    def secret(self, name: str) -> str | None:
        """A secret is `NAME`, or the content of the file `NAME_FILE` names: it need not stand in the environment."""
        direct, file = self.text(name), self.text(f"{name}_FILE")
        if direct and file:
            raise SettingsError(name, f"give {name} or {name}_FILE, not both")
        if not file:
            return direct
        try:
            return (self.folder / file).read_text(encoding="utf-8").strip() or None
        except OSError as error:
            raise SettingsError(
                f"{name}_FILE", f"a file that can be read ({error.strerror}: {file})"
            ) from error


def _file(name: str | None, folder: Path) -> dict[str, str]:
    if not name:
        return {}
    try:
        lines = (folder / name).read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise SettingsError(
            "DONGHANH_ENV_FILE", f"a file that can be read ({error.strerror}: {name})"
        ) from error
    values = {}
    for number, line in enumerate(lines, 1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        key, sign, value = text.partition("=")
        if not sign:
            raise SettingsError("DONGHANH_ENV_FILE", f"NAME=value in line {number} of {name}")
        values[key.strip()] = value.strip().strip('"')
    return values


def _base_url(text: str) -> str:
    parts = urlsplit(text)
    host = parts.hostname or ""
    if parts.scheme not in {"http", "https"} or not host or parts.query or parts.fragment or parts.username:
        raise SettingsError(
            "DONGHANH_BASE_URL", f"the tool's public address, like https://tool.example.vn (got {text!r})"
        )
    if parts.scheme == "http" and not is_loopback(host):
        raise SettingsError(
            "DONGHANH_BASE_URL", "https: browsers send no cookie of ours inside an LMS page over plain http"
        )
    if parts.path.rstrip("/"):
        raise SettingsError(
            "DONGHANH_BASE_URL", "an address without a path: give the tool a host name of its own"
        )
    return f"{parts.scheme}://{parts.netloc}"


def _database_url(text: str) -> str:
    try:
        backend = make_url(text).get_backend_name()
    except ArgumentError:
        backend = ""
    if backend not in {"sqlite", "postgresql", "postgres"}:
        raise SettingsError(
            "DONGHANH_DATABASE_URL", "sqlite:///path/to/file.db or postgresql://name:password@host/database"
        )
    return text


def _secret_key(text: str | None) -> bytes | None:
    if text is not None and len(text) < _SHORTEST_SECRET:
        raise SettingsError(
            "DONGHANH_SECRET_KEY",
            f"at least {_SHORTEST_SECRET} characters (leave it out: one is made and kept)",
        )
    return text.encode() if text else None


def _lrs(values: _Values) -> LrsAccess | None:
    """All three or none: half an access would look like a store that refuses us."""
    url, names = values.text("DONGHANH_LRS_URL"), ("DONGHANH_LRS_KEY", "DONGHANH_LRS_SECRET")
    given = {name: values.secret(name) for name in names}
    if url is None:
        for name, value in given.items():
            if value:
                raise SettingsError(name, "DONGHANH_LRS_URL too: whose key is it?")
        return None
    for name, value in given.items():
        if not value:
            raise SettingsError(name, "what the LRS at DONGHANH_LRS_URL gave you for it")
    key, secret = (given[name] or "" for name in names)
    if ":" in key:
        raise SettingsError("DONGHANH_LRS_KEY", "a key without a colon: Basic authentication has none in it")
    return LrsAccess(_lrs_url(url), key, secret)


def _lrs_url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise SettingsError(
            "DONGHANH_LRS_URL", f"the LRS's xAPI endpoint, like https://lrs.example.vn/xapi (got {text!r})"
        )
    if parts.username or parts.password:
        raise SettingsError("DONGHANH_LRS_URL", "no password in it: DONGHANH_LRS_KEY and _SECRET hold it")
    return text.rstrip("/")


def _count(name: str, text: str) -> int:
    if not text.isdecimal():
        raise SettingsError(name, f"a whole number (got {text!r})")
    return int(text)


def _readable(name: str, path: Path | None) -> Path | None:
    if path is not None and not path.is_file():
        raise SettingsError(name, f"a file that can be read (there is none at {path})")
    return path


def _yes(name: str, text: str) -> bool:
    if text not in {"0", "1"}:
        raise SettingsError(name, f"1 or 0 (got {text!r})")
    return text == "1"


def _log_level(text: str) -> str:
    if text.upper() not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
        raise SettingsError("DONGHANH_LOG_LEVEL", f"DEBUG, INFO, WARNING or ERROR (got {text!r})")
    return text.upper()
