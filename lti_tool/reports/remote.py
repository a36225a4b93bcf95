"""A learning record store read over HTTP with tincan's RemoteLRS, on a timed and guarded session."""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
from tincan.http_request import HTTPRequest
from tincan.lrs_response import LRSResponse
from tincan.remote_lrs import RemoteLRS

from xapi import exact

_SECONDS = (5.0, 60.0)  # to connect, to answer: a page of an external store may be slow
_NOT_FOUND = 404


class LrsUnanswered(Exception):  # noqa: N818 - it says what happened
    """The store gave no usable answer; the text says which."""


class TimedRemoteLRS(RemoteLRS):  # type: ignore[misc] # tincan ships no types
    """RemoteLRS as it is, but for how it sends: tincan's own connections never time out and go wherever a URL leads.

    `endpoint` as xAPI clients are given it, with or without its last slash.
    """

    _props = (*RemoteLRS._props, "session")  # noqa: SLF001 - tincan lets nothing else be kept

    def __init__(self, session: requests.Session, endpoint: str, key: str, secret: str) -> None:
        super().__init__(version="1.0.3", endpoint=endpoint, username=key, password=secret)
        self._session = session

    def _send_request(self, request: HTTPRequest) -> LRSResponse:
        headers = {"X-Experience-API-Version": self.version, "Authorization": self.auth, **request.headers}
        url = urljoin(self.endpoint, request.resource)
        params = {name: str(value) for name, value in request.query_params.items()}
        try:
            answer = self._session.request(
                request.method, url, params=params, headers=headers, data=request.content, timeout=_SECONDS
            )
        except requests.RequestException as error:
            raise LrsUnanswered(
                f"the LRS at {self.endpoint} cannot be reached ({type(error).__name__})"
            ) from error
        # `response` would have to be http.client's; the status stands in `content`, which RemoteLRS overwrites on success.
        return LRSResponse(
            success=answer.ok,
            request=request,
            data=answer.content.decode(errors="replace"),
            content=answer.status_code,
        )

    def statements(self, query: Mapping[str, str]) -> Iterator[dict[str, Any]]:
        """Every statement of a query, page after page, as JSON: tincan's models would lose what they do not expect."""
        request = HTTPRequest(method="GET", resource="statements", query_params=dict(query))
        while True:
            page = self._json(self._send_request(request))
            yield from page["statements"]
            if not page.get("more"):
                return
            # "more": a relative IRL from the host on (xAPI 1.0.3 Data 2.5, Statement Result Object).
            request = HTTPRequest(method="GET", resource=self._next(page["more"]))

    def voided(self, statement_id: str) -> dict[str, Any] | None:
        """A voided statement, None when the store does not have it (or it is not voided)."""
        request = HTTPRequest(
            method="GET", resource="statements", query_params={"voidedStatementId": statement_id}
        )
        answer = self._send_request(request)
        return None if answer.content == _NOT_FOUND else self._json(answer)

    def _next(self, more: str) -> str:
        """Our key goes nowhere but to the host we were given."""
        url: str = urljoin(self.endpoint, more)
        if urlsplit(url)[:2] != urlsplit(self.endpoint)[:2]:
            raise LrsUnanswered(f"the LRS at {self.endpoint} sends its next page to another host")
        return url

    def _json(self, answer: LRSResponse) -> dict[str, Any]:
        if not answer.success:
            raise LrsUnanswered(f"the LRS at {self.endpoint} answered {answer.content}")
        try:
            found = exact.loads(answer.data.encode())
        except ValueError as error:
            raise LrsUnanswered(f"the LRS at {self.endpoint} did not answer JSON") from error
        if not isinstance(found, dict):
            raise LrsUnanswered(f"the LRS at {self.endpoint} did not answer an object")
        return found
