"""Assignment and Grade Services 2.0: post one score, read one result back, and say truthfully what came of it.

The requests are made by PyLTI1p3's ServiceConnector, over our guarded and timed session and with a token cache that knows
when tokens expire (the library's own keeps them for ever). Answers become values; no exception of the network leaves here.
"""

import json
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Protocol
from urllib.parse import quote, urlencode, urlsplit, urlunsplit

import requests
from pylti1p3.exception import LtiServiceException
from pylti1p3.service_connector import ServiceConnector

from lti_tool.base.outbound import OutboundRefused
from lti_tool.hosts import host
from lti_tool.lti.keys import ToolKey
from lti_tool.lti.platforms import Platform
from lti_tool.lti.pylti import registration

SCORE_SCOPE = "https://purl.imsglobal.org/spec/lti-ags/scope/score"
RESULT_SCOPE = "https://purl.imsglobal.org/spec/lti-ags/scope/result.readonly"
SCORE_TYPE = "application/vnd.ims.lis.v1.score+json"
RESULTS_TYPE = "application/vnd.ims.lis.v2.resultcontainer+json"

_DEFAULT_LIFETIME = 3600
_MARGIN = timedelta(seconds=60)
_LONGEST_WAIT = 86_400


@dataclass(frozen=True, slots=True)
class Score:
    """What a learner is to have. `at`: aware, whole seconds, never in the future.

    Every field is always sent: Moodle clears grade and comment when scoreGiven is missing or grading is not FullyGraded.
    """

    sub: str
    given: float
    maximum: float
    at: datetime
    comment: str
    activity_progress: str = "Completed"

    def body(self) -> str:
        """AGS 2.0, 3.4 (score publish service). The timestamp has "sub-second precision", which hosts compare in whole seconds."""
        return json.dumps(
            {
                "userId": self.sub,
                "scoreGiven": _plain(self.given),
                "scoreMaximum": _plain(self.maximum),
                "comment": self.comment,
                "timestamp": self.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
                "activityProgress": self.activity_progress,
                "gradingProgress": "FullyGraded",
            }
        )


@dataclass(frozen=True, slots=True)
class Accepted:
    """The platform said yes; whether the result is ours, only reading it back tells (an override also says yes)."""


@dataclass(frozen=True, slots=True)
class AlreadyThere:
    """The platform holds a score with this timestamp or a later one: perhaps ours, perhaps not."""


@dataclass(frozen=True, slots=True)
class Later:
    """Nothing was taken; trying again makes sense. `retry_after`: how long the platform asked us to wait."""

    reason: str
    retry_after: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """Nothing was taken, and the same score will be refused again."""

    reason: str


@dataclass(frozen=True, slots=True)
class Uncertain:
    """The score may have been taken: send it again with the same timestamp."""

    reason: str


Sent = Accepted | AlreadyThere | Later | Refused | Uncertain


@dataclass(frozen=True, slots=True)
class Result:
    """What stands in the gradebook; `score` None: the row exists without a grade."""

    score: float | None
    maximum: float | None


@dataclass(frozen=True, slots=True)
class Unreadable:
    """The platform did not say what stands there."""

    reason: str


@dataclass(frozen=True, slots=True)
class _Token:
    value: str
    good_until: datetime


class Session(Protocol):
    """What the connector needs of requests.Session."""

    def post(self, url: str, *args: Any, **kwargs: Any) -> requests.Response: ...
    def get(self, url: str, *args: Any, **kwargs: Any) -> requests.Response: ...


class Ags:
    """Speaks to every platform; one per process. Safe for threads.

    `keys`: gives the tool's signing key at the moment of use. `session`: makes a guarded session (`base.outbound.Outbound.session`).
    """

    def __init__(
        self,
        *,
        keys: Callable[[], ToolKey],
        session: Callable[[], Session],
        clock: Callable[[], datetime],
    ) -> None:
        self._keys, self._session, self._clock = keys, session, clock
        self._tokens: dict[tuple[str, ...], _Token] = {}
        self._lock = threading.Lock()
        self._of_thread = threading.local()

    def send(self, platform: Platform, lineitem: str, score: Score) -> Sent:
        """Post one score to a line item. A refused token is dropped and asked for once more.

        Open edX answers 403, not 401, to a token that has expired: a 403 is believed only with a fresh token.
        """
        sent = self._send(platform, lineitem, score)
        if sent in {Later("token-expired"), Refused("not-allowed")}:
            self._forget(platform)
            sent = self._send(platform, lineitem, score)
        return sent

    def read_result(self, platform: Platform, lineitem: str, sub: str) -> Result | Unreadable | None:
        """Return one person's result, or None when the line item holds none. Never asks with `limit`: Moodle's answer breaks."""
        found = self._read(platform, lineitem, sub)
        if found in (Unreadable("token-expired"), Unreadable("http-403")):
            self._forget(platform)
            found = self._read(platform, lineitem, sub)
        return found

    def _send(self, platform: Platform, lineitem: str, score: Score) -> Sent:
        connector = self._connector(platform)
        try:
            connector.make_service_request(
                [SCORE_SCOPE],
                beneath(lineitem, "scores"),
                is_post=True,
                data=score.body(),
                content_type=SCORE_TYPE,
                accept=SCORE_TYPE,
            )
        except (LtiServiceException, requests.RequestException, ValueError, KeyError) as error:
            return _judged(platform, connector, error)
        return _judged(platform, connector, None)

    def _read(self, platform: Platform, lineitem: str, sub: str) -> Result | Unreadable | None:
        connector = self._connector(platform)
        url = _result_url(lineitem, sub, by_path=host(platform.kind).ags.result_by_path)
        try:
            answer = connector.make_service_request([RESULT_SCOPE], url, accept=RESULTS_TYPE)
            return _result(answer["body"], sub)
        except LtiServiceException:
            return Unreadable(_http_reason(connector))
        except (requests.RequestException, ValueError, KeyError, TypeError):
            return Unreadable("unreachable")

    def _connector(self, platform: Platform) -> "_Connector":
        """A connector of this thread's session, which keeps its connections to the platforms open."""
        if not hasattr(self._of_thread, "session"):
            self._of_thread.session = self._session()
        return _Connector(self, platform, self._keys(), _Watched(self._of_thread.session))

    def _forget(self, platform: Platform) -> None:
        with self._lock:
            for known in [one for one in self._tokens if one[:2] == (platform.token_url, platform.client_id)]:
                del self._tokens[known]

    def known_token(self, wanted: tuple[str, ...]) -> str | None:
        """A token that will still be good in a minute."""
        with self._lock:
            token = self._tokens.get(wanted)
        return token.value if token and self._clock() < token.good_until else None

    def keep_token(self, wanted: tuple[str, ...], value: str, lifetime: int) -> None:
        """Remember a token until a minute before it expires."""
        with self._lock:
            self._tokens[wanted] = _Token(value, self._clock() + timedelta(seconds=lifetime) - _MARGIN)


class _Watched:
    """Hands requests on and keeps the last answer: the connector throws away its status and the token's lifetime."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.last: requests.Response | None = None

    def post(self, url: str, **kwargs: Any) -> requests.Response:
        return self._kept(self._session.post, url, kwargs)

    def get(self, url: str, **kwargs: Any) -> requests.Response:
        return self._kept(self._session.get, url, kwargs)

    def _kept(
        self, ask: Callable[..., requests.Response], url: str, kwargs: dict[str, Any]
    ) -> requests.Response:
        self.last = None
        self.last = ask(url, **kwargs)
        return self.last


class _Connector(ServiceConnector):  # type: ignore[misc]
    """PyLTI1p3's connector with tokens that expire. `stage` says how far it came."""

    def __init__(self, tokens: Ags, platform: Platform, key: ToolKey, watched: _Watched) -> None:
        super().__init__(registration(platform, key), watched)
        self._tokens, self._platform, self.watched = tokens, platform, watched
        self.stage = "token"

    def get_access_token(self, scopes: Sequence[str]) -> str:
        wanted = (self._platform.token_url, self._platform.client_id, *sorted(scopes))
        token = self._tokens.known_token(wanted)
        if token is None:
            token = str(super().get_access_token(scopes))
            self._tokens.keep_token(wanted, token, _lifetime(self.watched.last))
        self.stage = "service"
        self.watched.last = None
        return token


def beneath(lineitem: str, end: str) -> str:
    """Append to a line item's path, keeping its query (AGS 2.0, 3.4.1: Moodle's line items have `?type_id=`)."""
    parts = urlsplit(lineitem)
    return urlunsplit(parts._replace(path=f"{parts.path.rstrip('/')}/{end}"))


def _result_url(lineitem: str, sub: str, *, by_path: bool) -> str:
    if by_path:
        return beneath(lineitem, f"results/{quote(sub, safe='')}")
    url = beneath(lineitem, "results")
    return f"{url}{'&' if urlsplit(url).query else '?'}{urlencode({'user_id': sub})}"


def _judged(platform: Platform, connector: _Connector, error: Exception | None) -> Sent:
    answer = connector.watched.last
    if connector.stage == "token":
        return _token_failed(answer, error)
    if answer is None:
        return _unanswered(error)
    status = answer.status_code
    if 200 <= status < 300:  # noqa: PLR2004 - a body that is no JSON takes nothing back
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


def _http_reason(connector: _Connector) -> str:
    answer = connector.watched.last
    if answer is None:
        return "unreachable"
    if connector.stage == "token":
        return f"token-refused-{answer.status_code}"
    return (
        "token-expired" if answer.status_code == requests.codes.unauthorized else f"http-{answer.status_code}"
    )


def _result(body: object, sub: str) -> Result | Unreadable | None:
    """Find the person among the results: some platforms answer with everybody's."""
    if not isinstance(body, list):
        return Unreadable("no-list")
    for one in body:
        if isinstance(one, dict) and str(one.get("userId")) == sub:
            return Result(_number(one.get("resultScore")), _number(one.get("resultMaximum")))
    return None


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _plain(value: float) -> float | int:
    """A whole number is written without a fraction: Open edX refuses 100.0 as a maximum."""
    return int(value) if value == int(value) else value


def _lifetime(answer: requests.Response | None) -> int:
    """RFC 6749, 5.1: `expires_in` is recommended, so it may be missing."""
    try:
        return min(int(answer.json()["expires_in"]), 86_400) if answer is not None else _DEFAULT_LIFETIME
    except (ValueError, KeyError, TypeError):
        return _DEFAULT_LIFETIME


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
