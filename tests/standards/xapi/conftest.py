"""The store as the conformance tests meet it: one client for each version of the standard, with a credential that may do everything."""

import pytest

from tests.standards.xapi.client import Client
from tests.xapi.conftest import (  # noqa: F401 - fixtures
    database,
    database_url,
    desk,
    heard,
    lrs,
    policies,
    postgres_url,
    xapi_clock,
)
from tests.xapi.support import Clock, Desk


@pytest.fixture(params=["1.0.3", "2.0.0"])
def client(desk: Desk, xapi_clock: Clock, request: pytest.FixtureRequest) -> Client:  # noqa: F811 - pytest's way
    return Client(desk, request.param, xapi_clock)
