"""What a benchmark found: one readable line, one JSON line, and all of them in a file."""

import json
import os
import platform
import sqlite3
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any


@dataclass(frozen=True)
class Figure:
    """`name`: benchmark and case; `line`: for people; `values`: for programs."""

    name: str
    line: str
    values: dict[str, Any]

    def show(self) -> None:
        print(f"{self.name}: {self.line}", flush=True)
        print(json.dumps({"name": self.name, **self.values}), flush=True)


def rounded(value: float, digits: int = 3) -> float:
    """Three significant digits: the rest is noise."""
    return float(f"{value:.{digits}g}")


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that `share` of them do not exceed; nan of none."""
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, int(len(ranked) * share))] if ranked else float("nan")


def milliseconds(values: Sequence[float]) -> dict[str, float]:
    """p50, p95, p99 and max of seconds, in milliseconds."""
    wanted = {"p50_ms": 0.5, "p95_ms": 0.95, "p99_ms": 0.99, "max_ms": 1.0}
    return {name: rounded(percentile(values, share) * 1000) for name, share in wanted.items()}


def steady_milliseconds(values: Sequence[float], parts: int = 5) -> dict[str, float]:
    """The same of each of so many parts, in the order they came, and of each figure the middle one: a neighbour's burst disturbs one part."""
    size = -(-len(values) // parts)
    found = [milliseconds(values[start : start + size]) for start in range(0, len(values), size)]
    return {name: rounded(median(one[name] for one in found)) for name in found[0]}


def machine() -> dict[str, Any]:
    """Where and when: what a figure is worth without it is nothing."""
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": _output("git", "rev-parse", "--short", "HEAD"),
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)),
        "load_average": [round(one, 1) for one in os.getloadavg()],
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
    }


def save(file: Path, found: Sequence[Figure], before: dict[str, Any]) -> None:
    """All figures of a run with the machine they were taken on."""
    file.parent.mkdir(parents=True, exist_ok=True)
    whole = {
        "machine": before,
        "figures": [{"name": one.name, "line": one.line, **one.values} for one in found],
    }
    file.write_text(json.dumps(whole, indent=1, ensure_ascii=False) + "\n")


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "unknown")


def _output(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip() or "unknown"
