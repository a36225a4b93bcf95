"""The state of everything as Prometheus's gauges."""

import threading
from collections.abc import Iterable, Mapping

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError

from lti_tool.base.clock import Clock
from lti_tool.base.database import Database
from lti_tool.reports import state, store


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
