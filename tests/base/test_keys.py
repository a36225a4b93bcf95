"""Secrets on disk."""

import secrets
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from lti_tool.base.keys import read_or_make


def test_a_secret_is_made_once_and_readable_by_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "secret"
    first = read_or_make(path, lambda: b"one")
    assert (first, read_or_make(path, lambda: b"two")) == (b"one", b"one")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(path.parent.iterdir()) == [path]


def test_starters_that_race_end_with_the_same_secret(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda _: read_or_make(path, lambda: secrets.token_bytes(32)), range(32)))
    assert len(found) == 1
