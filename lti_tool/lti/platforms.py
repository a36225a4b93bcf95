"""Platform registrations: which learning platforms may launch, under which client ids and deployments.

LTI Core 1.3, 3.1.3: a deployment is identified by issuer, client_id and deployment_id; one issuer may have many client_ids
(Open edX makes one per block) and one client_id many deployments.
"""

import dataclasses
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from sqlalchemy import Connection, RowMapping, Select, delete, select, update

from lti_tool.base import sessions
from lti_tool.base.database import insert
from lti_tool.hosts import KINDS
from lti_tool.lti import tables

_LONGEST = 255
_HOST = re.compile(r"[a-z0-9._-]+|\[[0-9a-f:.]+\]")
_LONGEST_NAME = 120


class PlatformError(Exception):
    """A registration that cannot be taken. `field` names the wrong value, `wanted` says what it should be."""

    def __init__(self, field: str, wanted: str) -> None:
        super().__init__(f"{field}: {wanted}")
        self.field = field
        self.wanted = wanted


@dataclass(frozen=True, slots=True)
class Draft:
    """A registration as an administrator or a platform gives it; `deployments` may be empty until one is known."""

    name: str
    issuer: str
    client_id: str
    auth_login_url: str
    token_url: str
    jwks_url: str
    kind: str = "standard"
    deployments: tuple[str, ...] = ()
    frame_origins: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Platform:
    """A stored registration. One that is not `approved` has no right at all."""

    id: int
    name: str
    issuer: str
    client_id: str
    deployments: tuple[str, ...]
    auth_login_url: str
    token_url: str
    jwks_url: str
    kind: str
    frame_origins: tuple[str, ...]
    approved: bool

    @property
    def frame_ancestors(self) -> tuple[str, ...]:
        """Origins whose pages may frame this platform's launches: its own, and those the administrator named.

        CSP checks every ancestor, and Open edX's learning pages and Studio live on other origins than its issuer.
        """
        return tuple(dict.fromkeys((origin(self.issuer), *self.frame_origins)))

    @property
    def origins(self) -> frozenset[str]:
        """Where this platform is at home: what was approved of it, and what the administrator named.

        Some keep their services on another host than their issuer's.
        """
        registered = (self.issuer, self.auth_login_url, self.token_url, self.jwks_url)
        return frozenset((*map(origin, registered), *self.frame_origins))


def origin(url: str) -> str:
    """Scheme, host and, when it is not the scheme's own, port of a URL. ValueError for one that has none of them."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username:
        raise ValueError(f"not an http(s) address: {url!r}")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname.encode("idna").decode()
    # It goes into headers, where a space or a semicolon would begin something else.
    if not _HOST.fullmatch(host):
        raise ValueError(f"not an http(s) address: {url!r}")
    port = parts.port if parts.port != {"http": 80, "https": 443}[parts.scheme] else None
    return f"{parts.scheme}://{host}" + (f":{port}" if port else "")


def add(connection: Connection, draft: Draft, now: datetime, *, approved: bool = True) -> Platform:
    """Store a registration. PlatformError for a wrong value, or where name or (issuer, client_id) exist already."""
    draft = _checked(draft)
    if find(connection, draft.issuer, draft.client_id):
        raise PlatformError("client_id", "one that is not registered yet for this issuer")
    if by_name(connection, draft.name):
        raise PlatformError("name", "one that no other platform has")
    values = _row(draft) | {"name": draft.name, "approved": approved, "created_at": now}
    added = connection.execute(tables.platform.insert().values(values)).inserted_primary_key
    platform_id = int(added[0]) if added else 0
    for one in draft.deployments:
        add_deployment(connection, platform_id, one)
    return _one(connection, select(tables.platform).where(tables.platform.c.id == platform_id))


def upsert(connection: Connection, draft: Draft, now: datetime) -> Platform:
    """Store what a platform registered by itself: not approved when new, and again not approved when an address changed.

    Moodle's "update" of a registration keeps client_id and deployment_id; what an administrator approved stays approved
    as long as keys and endpoints are the ones approved.
    """
    existing = find(connection, draft.issuer, draft.client_id)
    if existing is None:
        return add(
            connection,
            dataclasses.replace(draft, name=_free_name(connection, draft.name)),
            now,
            approved=False,
        )
    values = _row(_checked(draft))
    same = all(getattr(existing, key) == values[key] for key in ("auth_login_url", "token_url", "jwks_url"))
    del values["frame_origins"], values["kind"]  # the administrator's own
    connection.execute(
        update(tables.platform)
        .where(tables.platform.c.id == existing.id)
        .values(**values, approved=existing.approved and same)
    )
    for one in draft.deployments:
        add_deployment(connection, existing.id, one)
    return _one(connection, select(tables.platform).where(tables.platform.c.id == existing.id))


def add_deployment(connection: Connection, platform_id: int, deployment_id: str) -> None:
    """Accept launches of one more deployment; nothing happens when it is accepted already."""
    if not 0 < len(deployment_id) <= _LONGEST:
        raise PlatformError("deployment_id", "1 to 255 characters")
    connection.execute(
        insert(connection, tables.deployment)
        .values(platform_id=platform_id, deployment_id=deployment_id)
        .on_conflict_do_nothing()
    )


def remove(connection: Connection, platform_id: int) -> bool:
    """Forget a registration and its deployments; its open launches end. False when there was none."""
    sessions.end_all(connection, platform_id)
    connection.execute(delete(tables.deployment).where(tables.deployment.c.platform_id == platform_id))
    return (
        connection.execute(delete(tables.platform).where(tables.platform.c.id == platform_id)).rowcount == 1
    )


def approve(connection: Connection, platform_id: int, *, approved: bool = True) -> bool:
    """Give a registration its rights, or take them back, which ends its open launches; False when there is none."""
    if not approved:
        sessions.end_all(connection, platform_id)
    statement = update(tables.platform).where(tables.platform.c.id == platform_id).values(approved=approved)
    return connection.execute(statement).rowcount == 1


def frame(connection: Connection, platform_id: int, origins: Iterable[str]) -> bool:
    """Name the further origins whose pages may frame this platform's launches."""
    text = " ".join(_origin(one) for one in origins)
    statement = update(tables.platform).where(tables.platform.c.id == platform_id).values(frame_origins=text)
    return connection.execute(statement).rowcount == 1


def find(connection: Connection, issuer: str, client_id: str) -> Platform | None:
    """The registration of a client id at an issuer."""
    table = tables.platform
    found = _all(connection, select(table).where(table.c.issuer == issuer, table.c.client_id == client_id))
    return found[0] if found else None


def by_id(connection: Connection, platform_id: int) -> Platform | None:
    found = _all(connection, select(tables.platform).where(tables.platform.c.id == platform_id))
    return found[0] if found else None


def by_name(connection: Connection, name: str) -> Platform | None:
    found = _all(connection, select(tables.platform).where(tables.platform.c.name == name))
    return found[0] if found else None


def kind_of(connection: Connection, issuer: str) -> str | None:
    """What the platform at an issuer is; None for an unknown one. Asked at every request that brings statements."""
    table = tables.platform
    found: str | None = connection.execute(
        select(table.c.kind).where(table.c.issuer == issuer).order_by(table.c.id).limit(1)
    ).scalar()
    return found


def by_issuer(connection: Connection, issuer: str) -> tuple[Platform, ...]:
    """Every registration at one issuer, oldest first."""
    return _all(connection, select(tables.platform).where(tables.platform.c.issuer == issuer))


def list_(connection: Connection) -> tuple[Platform, ...]:
    """Every registration, oldest first."""
    return _all(connection, select(tables.platform))


def _one(connection: Connection, query: Select[tuple[object, ...]]) -> Platform:
    return _all(connection, query)[0]


def _all(connection: Connection, query: Select[tuple[object, ...]]) -> tuple[Platform, ...]:
    rows = connection.execute(query.order_by(tables.platform.c.id)).mappings().all()
    if not rows:
        return ()
    table = tables.deployment
    held: dict[int, list[str]] = {row["id"]: [] for row in rows}
    wanted = select(table).where(table.c.platform_id.in_(held)).order_by(table.c.deployment_id)
    for one in connection.execute(wanted).mappings():
        held[one["platform_id"]].append(one["deployment_id"])
    return tuple(_platform(row, held[row["id"]]) for row in rows)


def _platform(row: RowMapping, deployments: list[str]) -> Platform:
    same = {
        key: row[key] for key in Platform.__dataclass_fields__ if key not in {"deployments", "frame_origins"}
    }
    return Platform(**same, deployments=tuple(deployments), frame_origins=tuple(row["frame_origins"].split()))


def _row(draft: Draft) -> dict[str, object]:
    return {
        "issuer": draft.issuer,
        "client_id": draft.client_id,
        "auth_login_url": draft.auth_login_url,
        "token_url": draft.token_url,
        "jwks_url": draft.jwks_url,
        "kind": draft.kind,
        "frame_origins": " ".join(draft.frame_origins),
    }


def _checked(draft: Draft) -> Draft:
    for field in ("issuer", "auth_login_url", "token_url", "jwks_url"):
        try:
            origin(getattr(draft, field))
        except ValueError as error:
            raise PlatformError(field, "an address like https://lms.example.vn") from error
    if len(draft.issuer) > _LONGEST:
        raise PlatformError("issuer", "at most 255 characters")
    if not 0 < len(draft.client_id) <= _LONGEST:
        raise PlatformError("client_id", "1 to 255 characters")
    if not 0 < len(draft.name.strip()) <= _LONGEST_NAME:
        raise PlatformError("name", "1 to 120 characters")
    if draft.kind not in KINDS:
        raise PlatformError("kind", " or ".join(KINDS))
    return dataclasses.replace(
        draft, name=draft.name.strip(), frame_origins=tuple(_origin(one) for one in draft.frame_origins)
    )


def _origin(text: str) -> str:
    try:
        return origin(text)
    except ValueError as error:
        raise PlatformError("frame_origin", "an origin like https://apps.lms.example.vn") from error


def _free_name(connection: Connection, wished: str) -> str:
    name, number = wished[:_LONGEST_NAME], 1
    while by_name(connection, name):
        number += 1
        name = f"{wished[: _LONGEST_NAME - 8]} ({number})"
    return name
