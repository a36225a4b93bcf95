"""Requests in the alternate syntax of 1.0.3: everything in a form, for browsers of old (part 3, 1.3). 2.0 has it no more."""

import io
from collections.abc import Iterable
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wsgi import get_input_stream

from xapi.shape import Wrong
from xapi.versions import Version, spoken

FAULT: Final = "xapi.alternate_fault"
"""Of the WSGI environment: why a request that looks like one in this syntax is none."""

_METHODS = frozenset({"GET", "HEAD", "PUT", "POST", "DELETE"})
_VERSION = "HTTP_X_EXPERIENCE_API_VERSION"
# "The LRS MUST treat the listed form parameters as header parameters"; the length is that of the content anyway.
_HEADERS = {
    "authorization": "HTTP_AUTHORIZATION",
    "x-experience-api-version": _VERSION,
    "content-type": "CONTENT_TYPE",
    "content-length": "xapi.length",
    "if-match": "HTTP_IF_MATCH",
    "if-none-match": "HTTP_IF_NONE_MATCH",
}
_MOST_FIELDS = 100
FORM_LIMIT = 4 * 1024 * 1024  # read before anybody is asked who they are


class AlternateSyntax:
    """Turns such a request into the one it stands for, before anybody else sees it."""

    def __init__(self, application: Any, prefix: str) -> None:
        self._application = application
        self._prefix = prefix

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        query = environ.get("QUERY_STRING", "")
        if (
            environ["REQUEST_METHOD"] == "POST"
            and "method=" in query
            and environ.get("PATH_INFO", "").startswith(self._prefix + "/")
            and spoken(environ.get(_VERSION, "")) is not Version.V2
        ):
            _rewrite(environ, parse_qsl(query, keep_blank_values=True))
        found: Iterable[bytes] = self._application(environ, start_response)
        return found


def _rewrite(environ: dict[str, Any], query: list[tuple[str, str]]) -> None:
    """In place; a request that cannot be read so stays as it is, with the reason beside it."""
    body = b""
    try:
        body = get_input_stream(environ, max_content_length=FORM_LIMIT).read()
        environ.update(_request(query, body))
    except RequestEntityTooLarge:
        environ[FAULT] = f"in the alternate syntax at most {FORM_LIMIT} bytes are wanted"
    except Wrong as wrong:
        environ.update({FAULT: str(wrong), "wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body))})


def _request(query: list[tuple[str, str]], body: bytes) -> dict[str, Any]:
    """The environment of the request it stands for, where it differs. Raises `Wrong`."""
    if [name for name, _ in query] != ["method"] or query[0][1] not in _METHODS:
        raise Wrong("in the alternate syntax the parameter method stands alone: GET, PUT, POST or DELETE")
    form = _form(body)
    headers = {_HEADERS[name.lower()]: value for name, value in form if name.lower() in _HEADERS}
    if spoken(headers.get(_VERSION, "")) is Version.V2:
        raise Wrong("version 2.0 has no alternate request syntax")
    content = "".join(value for name, value in form if name == "content").encode()
    rest = [(name, value) for name, value in form if name != "content" and name.lower() not in _HEADERS]
    return {
        "CONTENT_TYPE": "application/json",
        **headers,
        "REQUEST_METHOD": query[0][1],
        "QUERY_STRING": urlencode(rest),
        "CONTENT_LENGTH": str(len(content)),
        "HTTP_TRANSFER_ENCODING": "",
        "wsgi.input": io.BytesIO(content),
    }


def _form(body: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=_MOST_FIELDS)
    except ValueError:
        raise Wrong(
            "in the alternate syntax the body is a form (application/x-www-form-urlencoded)"
        ) from None
