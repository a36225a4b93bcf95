"""The settings, read once from the environment or a file. A wrong one stops the start, naming the variable and what was wanted."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import overload
from urllib.parse import urlsplit

from lti_tool.base import setting_kinds as kinds
from lti_tool.base.setting_kinds import SettingsError, is_loopback

__all__ = ["LrsAccess", "Settings", "SettingsError", "is_loopback", "load"]

_DEFAULT_BASE_URL = "http://127.0.0.1:8200"


@dataclass(frozen=True, slots=True)
class LrsAccess:
    """Where an external learning record store is, and the key and secret it gave us."""

    url: str
    key: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Settings:
    """`base_url` has no slash at its end; `secret_key` is None until the first start makes one under `home`.

    `read_database_url`: of a replica of the database, for those who only ask. `lrs`: an external record store that is followed;
    None: statements come to our own only.
    """

    base_url: str
    database_url: str
    read_database_url: str | None
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


def load(environ: Mapping[str, str], folder: Path) -> Settings:
    """Settings of `environ`, then of the file `DONGHANH_ENV_FILE` names, then the defaults. `folder`: what relative paths start from.

    Raises SettingsError for a value that is not what was wanted.
    """
    values = _Values({**_file(environ.get("DONGHANH_ENV_FILE"), folder), **environ}, folder)
    home = values.path("DONGHANH_HOME", folder / "instance")
    database = values.secret("DONGHANH_DATABASE_URL") or f"sqlite:///{home / 'donghanh.db'}"
    return Settings(
        base_url=kinds.base_url(values.text("DONGHANH_BASE_URL") or _DEFAULT_BASE_URL),
        database_url=kinds.database_url(database),
        read_database_url=kinds.read_database_url(values.secret("DONGHANH_READ_DATABASE_URL"), database),
        home=home,
        secret_key=kinds.secret_key(values.secret("DONGHANH_SECRET_KEY")),
        metrics_token=values.secret("DONGHANH_METRICS_TOKEN"),
        outbound_allow=kinds.outbound(values.text("DONGHANH_OUTBOUND_ALLOW") or ""),
        outbound_ca=kinds.readable("DONGHANH_OUTBOUND_CA", values.path("DONGHANH_OUTBOUND_CA", None)),
        trusted_proxies=kinds.count(
            "DONGHANH_TRUSTED_PROXIES", values.text("DONGHANH_TRUSTED_PROXIES") or "0"
        ),
        log_level=kinds.log_level(values.text("DONGHANH_LOG_LEVEL") or "INFO"),
        pseudonymous=kinds.yes("DONGHANH_PSEUDONYMOUS", values.text("DONGHANH_PSEUDONYMOUS") or "0"),
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
        return kinds.content(f"{name}_FILE", self.folder / file).strip() or None


_NAMES = frozenset(
    f"DONGHANH_{name}"
    for name in (
        "BASE_URL", "DATABASE_URL", "READ_DATABASE_URL", "HOME", "SECRET_KEY", "METRICS_TOKEN", "OUTBOUND_ALLOW", "OUTBOUND_CA", "TRUSTED_PROXIES",
        "LOG_LEVEL", "PSEUDONYMOUS", "LRS_URL", "LRS_KEY", "LRS_SECRET",
    )
)  # fmt: skip


def _file(name: str | None, folder: Path) -> dict[str, str]:
    """NAME=value lines. What is no name of ours is another program's, unless it begins like one: then it is a mistake."""
    if not name:
        return {}
    values = {}
    for number, line in enumerate(kinds.content("DONGHANH_ENV_FILE", folder / name).splitlines(), 1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        key, sign, value = (part.strip() for part in text.partition("="))
        if not sign:
            raise SettingsError("DONGHANH_ENV_FILE", f"NAME=value in line {number} of {name}")
        if key.startswith("DONGHANH_") and key.removesuffix("_FILE") not in _NAMES:
            near = get_close_matches(key, sorted(_NAMES), 1)
            wanted = f"{near[0]}, perhaps" if near else "a name that config/donghanh.example.env explains"
            raise SettingsError(key, f"{wanted} (line {number} of {name})")
        values[key] = value.strip('"')
    return values


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
    return LrsAccess(kinds.lrs_url(url), key, secret)
