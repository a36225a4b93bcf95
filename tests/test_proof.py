"""A proof passes only by what it really counted."""

import pytest

from tests.proof.proofs import PROOFS

SQLITE = {"database": "sqlite", "kills": 200}
POSTGRESQL = {"database": "postgresql", "kills": 200}


@pytest.mark.parametrize(
    ("runs", "failed", "passes"),
    [
        ([SQLITE, POSTGRESQL], 0, True),
        ([SQLITE, POSTGRESQL], 1, False),
        ([SQLITE], 0, False),
        ([POSTGRESQL], 0, False),
        ([], 0, False),
        ([SQLITE, {**POSTGRESQL, "kills": 199}], 0, False),
    ],
)
def test_the_store_is_proved_against_kills_only_on_both_databases_and_by_the_full_count(runs, failed, passes):
    assert PROOFS["lrs-kill"].passed({"runs": runs, "failed": failed}) is passes
