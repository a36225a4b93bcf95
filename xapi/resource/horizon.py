"""Until when the store surely knows everything, said on every answer of the Statement resource (part 3, 2.1.3; 2.0, 4.1.6.1)."""

from collections.abc import Callable
from datetime import datetime, timedelta
from http import HTTPStatus

from flask import Response, request
from sqlalchemy.exc import SQLAlchemyError

from xapi.formats import written

NAME = "X-Experience-API-Consistent-Through"
_FRESH = timedelta(seconds=1)


class Horizon:
    """Asks the store for each reader, and at most once a second for everybody else.

    A moment that was true stays true: the answer to a write says one that may be a second old, and costs no round trip.
    """

    def __init__(self, ask: Callable[[], datetime], clock: Callable[[], datetime]) -> None:
        self._ask = ask
        self._clock = clock
        self._last: tuple[datetime, datetime] | None = None  # when it was asked, and the answer

    def note(self, found: datetime) -> None:
        """What the store said just now."""
        self._last = self._clock(), found

    def add(self, response: Response) -> Response:
        """The header on an answer that has none yet."""
        if NAME not in response.headers and request.path.endswith("/statements"):
            found = self._recent(may_ask=response.status_code < HTTPStatus.INTERNAL_SERVER_ERROR)
            if found is not None:
                response.headers[NAME] = written(found)
        return response

    def _recent(self, *, may_ask: bool) -> datetime | None:
        last = self._last
        if last is not None and self._clock() - last[0] < _FRESH:
            return last[1]
        try:
            if may_ask:
                self.note(self._ask())
        except SQLAlchemyError:  # the request itself was answered: this must not turn it into a fault
            pass
        return self._last and self._last[1]
