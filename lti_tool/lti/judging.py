"""A platform's answer about scores and results, or its silence, as a value that says truthfully what came of the request."""

from datetime import timedelta
from email.utils import parsedate_to_datetime

import requests

from lti_tool.base.outbound import OutboundRefused
from lti_tool.hosts import host
from lti_tool.lti.connector import Connector
from lti_tool.lti.platforms import Platform
from lti_tool.lti.scores import Accepted, AlreadyThere, Later, Refused, Result, Sent, Uncertain, Unreadable

_LONGEST_WAIT = 86_400


def judged(platform: Platform, connector: Connector, error: Exception | None) -> Sent:
    """What came of posting a score; `error`: what the connector raised."""
    answer = connector.watched.last
    if connector.stage == "token":
        return _token_failed(answer, error)
    if answer is None:
        return _unanswered(error)
    status = answer.status_code
    if (
        requests.codes.ok <= status < requests.codes.multiple_choices
    ):  # a body that is no JSON takes nothing back
        return Accepted()
    if status == requests.codes.conflict or host(platform.kind).ags.already_there(status, answer.text):
        return AlreadyThere()
    return _by_status(status, answer)


def _token_failed(answer: requests.Response | None, error: Exception | None) -> Later:
    """Without a token nothing was sent. A refusal may heal (a key fetched late, a registration activated), so it is tried again."""
    if isinstance(error, OutboundRefused):
        return Later("address-refused")
    if answer is None:
        return Later("unreachable")
    return Later(f"token-refused-{answer.status_code}", _retry_after(answer))


def _unanswered(error: Exception | None) -> Sent:
    if isinstance(error, OutboundRefused):
        return Later("address-refused")
    if isinstance(error, requests.ConnectTimeout):
        return Later("unreachable")
    return Uncertain("no-answer")


def _by_status(status: int, answer: requests.Response) -> Sent:
    codes = requests.codes
    if status == codes.unauthorized:
        return Later("token-expired")
    if status in {codes.too_many_requests, codes.service_unavailable}:
        return Later(f"busy-{status}", _retry_after(answer))
    if status == codes.request_timeout or status >= codes.server_error:
        return Uncertain(f"server-error-{status}")
    known = {codes.not_found: "line-item-gone", codes.gone: "line-item-gone", codes.forbidden: "not-allowed"}
    return Refused(known.get(status, f"not-taken-{status}"))


def http_reason(connector: Connector) -> str:
    """Why a result could not be read."""
    answer = connector.watched.last
    if answer is None:
        return "unreachable"
    if connector.stage == "token":
        return f"token-refused-{answer.status_code}"
    return (
        "token-expired" if answer.status_code == requests.codes.unauthorized else f"http-{answer.status_code}"
    )


def result(body: object, sub: str) -> Result | Unreadable | None:
    """Find the person among the results: some platforms answer with everybody's."""
    if not isinstance(body, list):
        return Unreadable("no-list")
    for one in body:
        if isinstance(one, dict) and str(one.get("userId")) == sub:
            return Result(_number(one.get("resultScore")), _number(one.get("resultMaximum")))
    return None


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _retry_after(answer: requests.Response) -> timedelta | None:
    """RFC 9110, 10.2.3: a number of seconds, or a date."""
    said = answer.headers.get("Retry-After", "").strip()
    if said.isascii() and said.isdigit():
        return timedelta(seconds=min(int(said), _LONGEST_WAIT))
    try:
        sent = parsedate_to_datetime(answer.headers.get("Date", ""))
        return min(max(parsedate_to_datetime(said) - sent, timedelta()), timedelta(seconds=_LONGEST_WAIT))
    except (ValueError, TypeError):
        return None
