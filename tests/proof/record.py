"""Run a proof and write down what it found: commit, command, counts, machine."""

import json
import os
import platform
import sqlite3
import subprocess
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, text

from lti_tool.base.database import normalised
from tests.proof.proofs import Proof

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "docs" / "proof"


def commit() -> str:
    """The last commit of anything but results. With changes in the working tree, a name that no result can have."""
    watched = (".", ":!docs/proof")
    found = _git("log", "-1", "--format=%H", "--", *watched)
    return (
        f"{found}+changes" if _git("status", "--porcelain", "--untracked-files=no", "--", *watched) else found
    )


def proved(name: str, at: str) -> bool:
    """Whether this very commit has passed already; never said of a tree with changes."""
    path = RESULTS / f"{name}.json"
    known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return "+" not in at and (known.get("commit"), known.get("result")) == (at, "passed")


def prove(name: str, proof: Proof, at: str) -> dict[str, Any]:
    """Run it, showing what it prints, and keep the result."""
    print(f"{name}: {' '.join(proof.command)}", flush=True)
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix=f"donghanh-proof-{name}-") as folder:
        code, output = _run(proof, folder)
        counts = proof.read(Path(folder), output)
        passed = code == 0 and proof.passed(counts)
    found = {
        "name": name,
        "commit": at,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": " ".join(
            [*(f"{key}={value}" for key, value in proof.environ.items()), "python", *proof.command[1:]]
        ),
        "counts": counts,
        "seconds": round(time.monotonic() - begun, 1),
        "machine": machine(),
        "result": "passed" if passed else "failed",
    }
    RESULTS.mkdir(parents=True, exist_ok=True)
    (RESULTS / f"{name}.json").write_text(
        json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
    )
    print(f"{name}: {found['result']} in {found['seconds']:.0f} s", flush=True)
    return found


def _run(proof: Proof, folder: str) -> tuple[int, str]:
    filled = [word.replace("{folder}", folder) for word in proof.command]
    environ = {name: value.replace("{folder}", folder) for name, value in proof.environ.items()}
    lines = []
    with subprocess.Popen(
        filled,
        cwd=ROOT,
        env={**os.environ, **environ},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        for line in process.stdout or ():
            print(line, end="", flush=True)
            lines.append(line)
    return process.returncode, "".join(lines)


def machine() -> dict[str, Any]:
    """What a figure is worth depends on it. No name of the machine."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "cpus": len(os.sched_getaffinity(0)),
        "memory_gb": round(memory / 2**30, 1),
        "load": [round(one, 1) for one in os.getloadavg()],
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "postgresql": _postgresql(),
    }


def _postgresql() -> str | None:
    url = os.environ.get("DONGHANH_TEST_POSTGRES")
    if not url:
        return None
    engine = create_engine(normalised(url))
    with engine.connect() as connection:
        found = str(connection.execute(text("SHOW server_version")).scalar())
    engine.dispose()
    return found


def _git(*words: str) -> str:
    return subprocess.run(
        ["git", *words], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.strip()
