"""Is it alive, is it ready, what are its figures: /healthz, /readyz, /metrics.

A stopped worker is no reason to send learners or statements away: its heartbeat is a figure, not a part of readiness.
"""

import hmac
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from flask import Blueprint, Response, jsonify, request
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from lti_tool.base import migrate
from lti_tool.base.clock import Clock
from lti_tool.base.database import Database
from lti_tool.base.doors import Audience, declare
from lti_tool.pages.gauges import StateCollector
from lti_tool.pages.metering import Meter

Check = Callable[[], str | None]  # None: well; else what is wrong, in words


def create_blueprint(
    *,
    database: Database,
    clock: Clock,
    checks: Mapping[str, Check],
    metrics_token: str | None,
    on_loopback: bool,
) -> Blueprint:
    """The three addresses. `checks` are what readiness depends on, by name; see `readiness`."""
    registry = CollectorRegistry()
    meter = Meter(registry)
    registry.register(StateCollector(database, clock))
    pages = _Pages(checks, registry, metrics_token, on_loopback)
    blueprint = Blueprint("health", __name__)
    for view in (pages.healthz, pages.readyz, pages.metrics):
        blueprint.add_url_rule(f"/{view.__name__}", view.__name__, view)
    blueprint.before_app_request(meter.begin)
    blueprint.after_app_request(meter.count)
    return declare(blueprint, Audience.OPERATIONS)


@dataclass(frozen=True, slots=True)
class _Pages:
    checks: Mapping[str, Check]
    registry: CollectorRegistry
    token: str | None
    on_loopback: bool

    def healthz(self) -> Response:
        """The process answers."""
        return jsonify(status="alive")

    def readyz(self) -> tuple[Response, int]:
        """Whether requests may be sent here; 503 with what is wrong."""
        failed = {name: wrong for name, check in self.checks.items() if (wrong := check()) is not None}
        return jsonify(status="not ready" if failed else "ready", failed=failed), 503 if failed else 200

    def metrics(self) -> Response:
        """The figures, in Prometheus's text format."""
        if not self._may_read():
            return Response(
                "a bearer token (DONGHANH_METRICS_TOKEN) is needed\n", 401, {"WWW-Authenticate": "Bearer"}
            )
        return Response(generate_latest(self.registry), content_type=CONTENT_TYPE_PLAIN_0_0_4)

    def _may_read(self) -> bool:
        if self.token is None:
            return self.on_loopback
        said = request.headers.get("Authorization", "").encode()
        return hmac.compare_digest(said, f"Bearer {self.token}".encode())


def readiness(database: Database, key_files: Iterable[Path]) -> dict[str, Check]:
    """What must be well before requests are sent here: the database, its shape, our keys."""
    head = migrate.head()
    return {
        "database": lambda: database_answers(database),
        "migrations": lambda: migrations_at_head(database, head),
        "keys": lambda: keys_readable(key_files),
    }


def database_answers(database: Database) -> str | None:
    """Whether a query comes back."""
    try:
        with database.reading() as connection:
            connection.execute(text("SELECT 1"))
    except SQLAlchemyError as error:
        return f"no answer ({type(error).__name__})"
    return None


def migrations_at_head(database: Database, wanted: str | None = None) -> str | None:
    """Whether the database has this release's shape (`wanted`: its revision, so that a probe need not look it up)."""
    try:
        with database.reading() as connection:
            current = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    except SQLAlchemyError:
        current = None  # no such table, or no database: the check beside this one says which
    wanted = wanted or migrate.head()
    return (
        None if current == wanted else f"at {current or 'nothing'}, wanted {wanted}: run `donghanh migrate`"
    )


def keys_readable(files: Iterable[Path]) -> str | None:
    """Whether every key file is there and can be read."""
    for file in files:
        try:
            with file.open("rb"):
                pass
        except OSError as error:
            return f"{file.name}: {error.strerror}"
    return None
