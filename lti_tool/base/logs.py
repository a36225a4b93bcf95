"""JSON log lines with the request's id. What is logged is chosen field by field: no body, query, cookie or name ever is."""

import logging
import os
import sys
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

import orjson

request_id: ContextVar[str] = ContextVar("request_id", default="-")


class JsonLines(logging.Formatter):
    """One JSON object a line: at, level, name, message, request, and the fields given as `extra={"fields": {...}}`."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "name": record.name,
            "message": record.getMessage(),
            "request": request_id.get(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info and record.exc_info[0]:
            line["error"] = record.exc_info[0].__name__
            line["where"] = _where(record)
        return orjson.dumps(line, default=str).decode()


def _where(record: logging.LogRecord) -> list[str]:
    """The places of a traceback without its values: an exception's message may quote what a person sent."""
    trace = record.exc_info[2] if record.exc_info else None
    places = []
    while trace is not None:
        code = trace.tb_frame.f_code
        places.append(f"{code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return places[-8:]


class _Lines(logging.Handler):
    """Each line whole, by one call to the system: processes that share a log do not mix theirs, and no thread waits for a lock."""

    def createLock(self) -> None:  # noqa: N802 - logging's own name
        self.lock = None

    def emit(self, record: logging.LogRecord) -> None:
        try:
            os.write(sys.stderr.fileno(), f"{self.format(record)}\n".encode(errors="backslashreplace"))
        except Exception:  # noqa: BLE001 - as every handler of logging: a line that cannot be written stops nobody
            self.handleError(record)


def to_stderr(level: str) -> None:
    """Send every logger of this process to standard error as JSON lines."""
    handler = _Lines()
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    quiet()


def for_library(name: str) -> dict[str, Any]:
    """A `dictConfig` that writes the lines of one library's logger as ours: for a server that sets up its own logging."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"lines": {"()": JsonLines}},
        "handlers": {"lines": {"()": _Lines, "formatter": "lines"}},
        "loggers": {name: {"handlers": ["lines"], "propagate": False}},
    }


def quiet() -> None:
    """Silence libraries that log whole addresses, at any level asked for: an address may hold a person's id at their platform."""
    for name in ("werkzeug", "urllib3"):
        logging.getLogger(name).setLevel(logging.ERROR)
