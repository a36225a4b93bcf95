"""Is it alive, is it ready, what are its figures: /healthz, /readyz, /metrics.

A stopped worker is no reason to send learners or statements away: its heartbeat is a figure, not a part of readiness.
"""

import hmac
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from flask import Blueprint, Response, g, jsonify, request
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.registry import Collector
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.wrappers import Response as AnyResponse

from lti_tool.base import migrate
from lti_tool.base.clock import Clock
from lti_tool.base.database import Database
from lti_tool.base.doors import Audience, declare
from lti_tool.reports import state, store

_BUCKETS = (0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"})
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
    blueprint = Blueprint("health", __name__)
    registry = CollectorRegistry()
    requests = Counter("donghanh_requests", "Answers given", ["endpoint", "status"], registry=registry)
    seconds = Histogram(
        "donghanh_request_seconds",
        "How long answers took",
        ["endpoint", "method", "status"],
        registry=registry,
        buckets=_BUCKETS,
    )
    registry.register(StateCollector(database, clock))

    def healthz() -> Response:
        return jsonify(status="alive")

    def readyz() -> tuple[Response, int]:
        failed = {name: wrong for name, check in checks.items() if (wrong := check()) is not None}
        return jsonify(status="not ready" if failed else "ready", failed=failed), 503 if failed else 200

    def metrics() -> Response:
        if not _may_read(metrics_token, on_loopback=on_loopback):
            return Response(
                "a bearer token (DONGHANH_METRICS_TOKEN) is needed\n", 401, {"WWW-Authenticate": "Bearer"}
            )
        return Response(generate_latest(registry), content_type=CONTENT_TYPE_PLAIN_0_0_4)

    def begin() -> None:
        g.request_began = time.perf_counter()

    def count(response: AnyResponse) -> AnyResponse:
        endpoint, status = request.endpoint or "none", str(response.status_code)
        requests.labels(endpoint, status).inc()
        method = (
            request.method if request.method in _METHODS else "other"
        )  # a client's own word makes no series
        if (began := g.pop("request_began", None)) is not None:
            seconds.labels(endpoint, method, status).observe(time.perf_counter() - began)
        return response

    for view in (healthz, readyz, metrics):
        blueprint.add_url_rule(f"/{view.__name__}", view.__name__, view)
    blueprint.before_app_request(begin)
    blueprint.after_app_request(count)
    return declare(blueprint, Audience.OPERATIONS)


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


def _may_read(token: str | None, *, on_loopback: bool) -> bool:
    if token is None:
        return on_loopback
    return hmac.compare_digest(request.headers.get("Authorization", "").encode(), f"Bearer {token}".encode())


class StateCollector(Collector):
    """Reads the state of everything at each scrape; without a database it says only that."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._tally = store.Tally()
        self._one_at_a_time = threading.Lock()

    def describe(self) -> Iterable[Metric]:
        """Nothing at registration: a start must not ask the database."""
        return ()

    def collect(self) -> Iterable[Metric]:
        """The gauges of now."""
        now = self._clock()
        try:
            with self._one_at_a_time, self._database.reading() as connection:
                stored = self._tally.by_kind(connection, now)
                found = state.look(connection, now, sum(stored.values()))
                held = store.look(connection, now)
        except SQLAlchemyError:
            yield GaugeMetricFamily("donghanh_database_up", "Whether the database answers", value=0)
            return
        yield GaugeMetricFamily("donghanh_database_up", "Whether the database answers", value=1)
        yield _labelled(
            "statements_stored", "Statements in the store, by the kind of their sender", "source", stored
        )
        yield from _gauges(found)
        yield from _store_gauges(held)


def _gauges(found: state.State) -> Iterable[Metric]:
    for name, what, value in (
        ("quarantined_statements", "Statements that wait for a person", found.quarantined),
        ("learners", "Learners known", found.learners),
        ("jobs_waiting", "Jobs that are waiting or running", found.jobs_waiting),
        ("jobs_parked", "Jobs that cannot go on by themselves", found.jobs_parked),
        ("deliveries_parked", "Scores that could not be delivered", found.deliveries_parked),
        ("identities_pending", "Actors whose learner is not known", found.identities_pending),
        ("documents_waiting", "Certificates whose document waits", found.documents_waiting),
        ("reviews_due", "Actors whose evidence waits for review", found.reviews_due),
    ):
        yield GaugeMetricFamily(f"donghanh_{name}", what, value=value)
    yield _ages(found)
    if found.worker_age is not None:
        yield GaugeMetricFamily(
            "donghanh_worker_heartbeat_age_seconds",
            "Since the worker was last heard",
            value=found.worker_age.total_seconds(),
        )


def _ages(found: state.State) -> Metric:
    family = GaugeMetricFamily(
        "donghanh_queue_age_seconds", "How long the oldest due job waits", labels=["kind"]
    )
    for kind, age in found.queue_ages.items():
        family.add_metric([kind], age.total_seconds())
    return family


def _store_gauges(held: store.Store) -> Iterable[Metric]:
    yield GaugeMetricFamily("donghanh_store_bytes", "The database's size on disk", value=held.size)
    for name, what, age in (
        ("quarantine_age_seconds", "How long the oldest statement in quarantine waits", held.quarantine_age),
        ("collect_silence_seconds", "Since the followed store answered", held.unanswered),
    ):
        if age is not None:
            yield GaugeMetricFamily(f"donghanh_{name}", what, value=age.total_seconds())
    yield _labelled(
        "forward_behind_statements", "Statements not yet looked at, by forwarding", "name", held.behind
    )
    yield _labelled("forward_parked_statements", "Statements the receiver refused", "name", held.parked)


def _labelled(name: str, what: str, label: str, values: Mapping[str, int]) -> Metric:
    family = GaugeMetricFamily(f"donghanh_{name}", what, labels=[label])
    for key, value in sorted(values.items()):
        family.add_metric([key], value)
    return family
