"""Assignment and Grade Services 2.0: post one score, read one result back.

The requests are made by PyLTI1p3's ServiceConnector (`connector`). Answers become values (`scores`, `judging`); no exception of the
network leaves here.
"""

import threading
from collections.abc import Callable
from datetime import datetime
from urllib.parse import quote, urlencode, urlsplit, urlunsplit

import requests
from pylti1p3.exception import LtiServiceException

from lti_tool.hosts import host
from lti_tool.lti.connector import Connector, Session, Tokens, Watched
from lti_tool.lti.judging import http_reason, judged, result
from lti_tool.lti.keys import ToolKey
from lti_tool.lti.platforms import Platform
from lti_tool.lti.scores import Later, Refused, Result, Score, Sent, Unreadable

SCORE_SCOPE = "https://purl.imsglobal.org/spec/lti-ags/scope/score"
RESULT_SCOPE = "https://purl.imsglobal.org/spec/lti-ags/scope/result.readonly"
SCORE_TYPE = "application/vnd.ims.lis.v1.score+json"
RESULTS_TYPE = "application/vnd.ims.lis.v2.resultcontainer+json"


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
        self._keys, self._session = keys, session
        self._tokens = Tokens(clock)
        self._of_thread = threading.local()

    def send(self, platform: Platform, lineitem: str, score: Score) -> Sent:
        """Post one score to a line item. A refused token is dropped and asked for once more.

        Open edX answers 403, not 401, to a token that has expired: a 403 is believed only with a fresh token.
        """
        sent = self._send(platform, lineitem, score)
        if sent in {Later("token-expired"), Refused("not-allowed")}:
            self._tokens.forget(platform)
            sent = self._send(platform, lineitem, score)
        return sent

    def read_result(self, platform: Platform, lineitem: str, sub: str) -> Result | Unreadable | None:
        """Return one person's result, or None when the line item holds none. Never asks with `limit`: Moodle's answer breaks."""
        found = self._read(platform, lineitem, sub)
        if found in (Unreadable("token-expired"), Unreadable("http-403")):
            self._tokens.forget(platform)
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
            return judged(platform, connector, error)
        return judged(platform, connector, None)

    def _read(self, platform: Platform, lineitem: str, sub: str) -> Result | Unreadable | None:
        connector = self._connector(platform)
        url = _result_url(lineitem, sub, by_path=host(platform.kind).ags.result_by_path)
        try:
            answer = connector.make_service_request([RESULT_SCOPE], url, accept=RESULTS_TYPE)
            return result(answer["body"], sub)
        except LtiServiceException:
            return Unreadable(http_reason(connector))
        except (requests.RequestException, ValueError, KeyError, TypeError):
            return Unreadable("unreachable")

    def _connector(self, platform: Platform) -> Connector:
        """A connector of this thread's session, which keeps its connections to the platforms open."""
        if not hasattr(self._of_thread, "session"):
            self._of_thread.session = self._session()
        return Connector(self._tokens, platform, self._keys(), Watched(self._of_thread.session))


def beneath(lineitem: str, end: str) -> str:
    """Append to a line item's path, keeping its query (AGS 2.0, 3.4.1: Moodle's line items have `?type_id=`)."""
    parts = urlsplit(lineitem)
    return urlunsplit(parts._replace(path=f"{parts.path.rstrip('/')}/{end}"))


def _result_url(lineitem: str, sub: str, *, by_path: bool) -> str:
    if by_path:
        return beneath(lineitem, f"results/{quote(sub, safe='')}")
    url = beneath(lineitem, "results")
    return f"{url}{'&' if urlsplit(url).query else '?'}{urlencode({'user_id': sub})}"
