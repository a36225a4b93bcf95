"""How far a platform's clock is from ours: beyond a minute its launches are refused, and `doctor` says so before they are."""

from collections.abc import Callable
from datetime import UTC, timedelta
from email.utils import parsedate_to_datetime

import requests

from lti_tool.base.clock import Clock


def difference(session: Callable[[], requests.Session], url: str, clock: Clock) -> timedelta | None:
    """Their time minus ours, to about a second, by the Date header (RFC 9110, 6.6.1); None when the answer has none.

    Raises requests.RequestException when the platform cannot be reached.
    """
    with session() as asking:
        asked = clock()
        said = asking.get(url).headers.get("Date")
        answered = clock()
    try:
        theirs = parsedate_to_datetime(said or "")
    except ValueError:
        return None
    middle = asked + (answered - asked) / 2
    return (theirs if theirs.tzinfo else theirs.replace(tzinfo=UTC)) - middle
