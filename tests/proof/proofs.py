"""Which proofs there are: a command, its environment, and how its counts are read."""

import json
import re
import sys
import xml.etree.ElementTree as ET
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Counts = dict[str, Any]
_PYTEST = (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider")


@dataclass(frozen=True, slots=True)
class Proof:
    """`read(folder, output)`: the counts, from the files a command left in its folder and from what it printed.

    In `command` and `environ`, `{folder}` stands for that folder. `passed(counts)`: what must hold beside exit code 0.
    """

    command: tuple[str, ...]
    read: Callable[[Path, str], Counts]
    environ: Mapping[str, str] = field(default_factory=dict)
    passed: Callable[[Counts], bool] = lambda counts: not counts.get("failed")


def pytest(*words: str) -> tuple[str, ...]:
    return (*_PYTEST, "--junitxml={folder}/junit.xml", *words)


def tests(folder: Path, _output: str) -> Counts:
    """How many tests ran, failed and were left out."""
    path = folder / "junit.xml"
    if not path.exists():
        return {"tests": 0, "failed": 1, "left_out": 0}
    suite = next(ET.parse(path).getroot().iter("testsuite")).attrib
    failed = int(suite["failures"]) + int(suite["errors"])
    return {"tests": int(suite["tests"]), "failed": failed, "left_out": int(suite["skipped"])}


def journeys(folder: Path, output: str) -> Counts:
    path = folder / "counts.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return {**tests(folder, output), "runs": [json.loads(line) for line in lines]}


def properties(folder: Path, output: str) -> Counts:
    """The examples that hypothesis tried, beside the number of tests."""
    found = [int(number) for number in re.findall(r"(\d+) passing", output)]
    return {**tests(folder, output), "examples": sum(found)}


def fuzzed(folder: Path, output: str) -> Counts:
    """How many random requests each database was sent, beside the number of tests."""
    found = [int(number) for number in re.findall(r"fuzz: (\d+) requests", output)]
    return {**tests(folder, output), "requests": found}


def figures(folder: Path, _output: str) -> Counts:
    path = folder / "figures.json"
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else {"figures": []}


def in_time(counts: Counts) -> bool:
    """Issue 2, 5: from the statement's commit to the saved outcome, p95 under 2 s at 200 statements/s, which must really have come."""
    found = counts["figures"]
    return bool(found) and all(one["p95_ms"] < 2000 and one["statements_per_s"] >= 195 for one in found)


def killed(counts: Counts) -> bool:
    """Issue 3: "kill -9 of the server at 200 random points under load, on both databases"."""
    kills = {run["database"]: run["kills"] for run in counts["runs"]}
    return not counts["failed"] and all(kills.get(one, 0) >= 200 for one in ("sqlite", "postgresql"))


PROOFS: Mapping[str, Proof] = {
    "browser": Proof(
        pytest("-m", "browser", "tests/journeys", "tests/browser"),
        tests,
        passed=lambda counts: counts["tests"] > counts["left_out"] and not counts["failed"],
    ),
    "properties": Proof(
        pytest("-m", "hypothesis", "--timeout", "3600", "--hypothesis-show-statistics", "tests"),
        properties,
        {"DONGHANH_TEST_PROFILE": "proof"},
    ),
    "slow": Proof(
        pytest(
            "-m", "slow", "tests"
        ),  # every fault at every step of a delivery; the 2,000th launch's cookies
        tests,
        passed=lambda counts: counts["tests"] > counts["left_out"] and not counts["failed"],
    ),
    "delay": Proof(
        (sys.executable, "-m", "tests.benchmarks", "delay", "--json-file", "{folder}/figures.json"),
        figures,
        passed=in_time,
    ),
    "fuzz": Proof(
        pytest("-s", "--timeout", "7200", "tests/test_fuzz.py"),
        fuzzed,
        {"DONGHANH_FUZZ_REQUESTS": "100000"},
        lambda counts: (
            not counts["failed"] and len(counts["requests"]) > 1 and min(counts["requests"]) >= 100_000
        ),
    ),
    "kill": Proof(
        pytest("-s", "tests/journeys/test_kill.py"),
        journeys,
        {"DONGHANH_KILL_JOURNEYS": "200", "DONGHANH_PROOF_COUNTS": "{folder}/counts.jsonl"},
        lambda counts: not counts["failed"] and max(run["journeys"] for run in counts["runs"]) >= 200,
    ),
    "lrs-kill": Proof(
        pytest("-s", "tests/journeys/test_lrs_kill.py"),
        journeys,
        {"DONGHANH_LRS_KILLS": "200", "DONGHANH_PROOF_COUNTS": "{folder}/counts.jsonl"},
        killed,
    ),
}
