"""How many answers were given and how long they took."""

import os
import time

from flask import g, request
from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.multiprocess import MultiProcessCollector
from werkzeug.wrappers import Response

# prometheus_client's own name, read when it is imported: the folder in which several processes keep figures that each tells for all.
TOGETHER = "PROMETHEUS_MULTIPROC_DIR"

_BUCKETS = (0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"})


class Meter:
    """Stands around every request of the application; `registry` gets its two series, those of its neighbours included."""

    def __init__(self, registry: CollectorRegistry) -> None:
        own: CollectorRegistry | None = registry
        if TOGETHER in os.environ:
            MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
            own = None
        self._answers = Counter("donghanh_requests", "Answers given", ["endpoint", "status"], registry=own)
        self._seconds = Histogram(
            "donghanh_request_seconds",
            "How long answers took",
            ["endpoint", "method", "status"],
            registry=own,
            buckets=_BUCKETS,
        )

    def begin(self) -> None:
        """Before a request."""
        g.request_began = time.perf_counter()

    def count(self, response: Response) -> Response:
        """After it. A client's own word for a method makes no series."""
        endpoint, status = request.endpoint or "none", str(response.status_code)
        self._answers.labels(endpoint, status).inc()
        method = request.method if request.method in _METHODS else "other"
        if (began := g.pop("request_began", None)) is not None:
            self._seconds.labels(endpoint, method, status).observe(time.perf_counter() - began)
        return response
