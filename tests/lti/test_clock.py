"""How far a platform's clock is from ours."""

from datetime import UTC, datetime, timedelta

import pytest

from lti_tool.base.outbound import Outbound
from lti_tool.lti.clock import difference
from tests.lti.fake_platform import serving


@pytest.mark.parametrize("ahead", [timedelta(0), timedelta(minutes=5), timedelta(days=-1)])
def test_a_platforms_clock_is_read_from_its_answer(ahead):
    with serving() as served:
        found = difference(
            Outbound(loopback=True).session, served.url("/jwks"), lambda: datetime.now(UTC) - ahead
        )
    assert abs(found - ahead) < timedelta(seconds=5)
