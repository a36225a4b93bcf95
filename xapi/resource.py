"""The Statement and About resources over HTTP (xAPI 1.0.3, part 3). The only file here that knows Flask."""

import re
from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, request
from sqlalchemy.exc import InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from werkzeug.exceptions import HTTPException
from werkzeug.http import http_date

from xapi import access, exact, formats, intake, query, rendering
from xapi.access import Credential
from xapi.embedded import EmbeddedLrs, Transaction
from xapi.errors import Refused, bad, forbidden, missing
from xapi.formats import from_micros, written
from xapi.intake import IntakePolicy
from xapi.lrs import Found, Page
from xapi.query import Query
from xapi.saving import Clock
from xapi.shape import Wrong
from xapi.statement import check

PolicyFor = Callable[[Credential], IntakePolicy | None]

VERSION = "1.0.3"
BODY_LIMIT = 32 * 1024 * 1024  # a thousand statements of Moodle are four megabytes
BATCH_LIMIT = 10_000
RETRY_SECONDS = 5
_ACCEPTED = re.compile(r"1\.0(\.\d+)?", re.ASCII)
_NO_DATABASE = (OperationalError, InterfaceError, InternalError, PoolTimeoutError)


def create_blueprint(
    *, lrs: EmbeddedLrs, begin: Transaction, read: Transaction, policy_for: PolicyFor, clock: Clock
) -> Blueprint:
    """The routes under /xapi. `policy_for` says what is special about the platform a host credential is bound to.

    `begin` and `clock` are for what the next issue adds (documents, last use of credentials).
    """
    del begin, clock
    blueprint = Blueprint("xapi", __name__, url_prefix="/xapi")
    view = _Statements(lrs, read, policy_for)
    blueprint.add_url_rule("/statements", "post", view.post, methods=["POST"])
    blueprint.add_url_rule("/statements", "put", view.put, methods=["PUT"])
    blueprint.add_url_rule("/statements", "get", view.get, methods=["GET"])
    blueprint.add_url_rule("/about", "about", _about, methods=["GET"])
    blueprint.register_error_handler(Refused, _refused)
    blueprint.register_error_handler(HTTPException, _http_error)
    for error in _NO_DATABASE:
        blueprint.register_error_handler(error, _no_database)
    blueprint.after_request(_with_version)
    return blueprint


class _Statements:
    """PUT, POST, GET and HEAD of statements."""

    def __init__(self, lrs: EmbeddedLrs, read: Transaction, policy_for: PolicyFor) -> None:
        self._lrs = lrs
        self._read = read
        self._policy_for = policy_for

    def post(self) -> Response:
        """200 and the ids, in the order sent."""
        credential = self._writer()
        if credential.host_intake:
            return self._received(credential, None)
        _speaks_our_version()
        if request.args:
            raise bad("POST takes no parameters", field=min(request.args)[:60])
        statements = _statements(_json_body())
        return _json(exact.dumps(self._lrs.save(statements, credential.sender()).ids))

    def put(self) -> Response:
        """204. A repetition of the same statement is accepted, another one with its id is a 409."""
        credential = self._writer()
        named = request.args.get("statementId", "")
        if credential.host_intake:
            return self._received(credential, named if _is_uuid(named) else None)
        _speaks_our_version()
        statement = _named(_json_body(), named)
        self._lrs.save([statement], credential.sender())
        return Response(status=HTTPStatus.NO_CONTENT)

    def get(self) -> Response:
        """One statement, or a page of them; HEAD is the same without a body."""
        credential = self._authenticated()
        if not credential.may_read:
            raise forbidden("this credential may not read statements")
        _speaks_our_version()
        asked = query.parse(request.args.items(multi=True))
        mine = None if credential.reads_all else credential.authority_key
        through = self._lrs.consistent_through()  # before the search: what is seen later may only be more
        response = self._answer(asked, mine)
        response.headers["X-Experience-API-Consistent-Through"] = written(through)
        return response

    def _answer(self, asked: Query, mine: str | None) -> Response:
        languages = list(request.accept_languages.values())
        if asked.statement_id:
            return _single(self._lrs.get(asked.statement_id, mine=mine), asked, languages)
        if asked.voided_statement_id:
            return _single(self._lrs.get(asked.voided_statement_id, voided=True, mine=mine), asked, languages)
        return _page(self._lrs.query(asked, mine=mine), asked, languages)

    def _received(self, credential: Credential, named: str | None) -> Response:
        """A platform is told 200 whatever it sent: the bad is kept and shown to an administrator.

        200 for PUT too, though the standard's own answer is 204: Moodle's sender counts nothing but 200 as delivered, Open
        edX's (tincan) any 2xx, so one answer serves both. The ids are those of the stored statements, in order.
        """
        policy = self._policy_for(credential) or IntakePolicy(credential.source or "")
        reading = intake.read(_body(), statement_id=named)
        return _json(exact.dumps(self._lrs.receive(reading, credential.sender(), policy).ids))

    def _writer(self) -> Credential:
        credential = self._authenticated()
        if not credential.may_write:
            raise forbidden("this credential may not write statements")
        return credential

    def _authenticated(self) -> Credential:
        sent = request.authorization
        if sent is not None and sent.type == "basic":
            with self._read() as connection:
                found = access.authenticate(connection, sent.username or "", sent.password or "")
            if found is not None:
                return found
        raise Refused(HTTPStatus.UNAUTHORIZED, "a key and its secret are wanted as Basic authentication")


def _body() -> bytes:
    request.max_content_length = BODY_LIMIT
    return request.get_data(cache=False)


def _json_body() -> Any:
    media = request.mimetype
    if media != "application/json":
        raise bad(f"application/json is wanted, not {media[:60] or 'nothing'}", field="Content-Type")
    try:
        return exact.loads(_body())
    except ValueError as error:
        raise bad(f"JSON is wanted: {error}") from None


def _statements(value: Any) -> list[dict[str, Any]]:
    """The statements of a POST, each valid: "If any Statement is rejected, the LRS MUST reject all" (part 3, 3.2)."""
    found = value if isinstance(value, list) else [value]
    if len(found) > BATCH_LIMIT:
        raise Refused(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"at most {BATCH_LIMIT} statements are wanted in a request"
        )
    for index, statement in enumerate(found):
        try:
            check(statement)
        except Wrong as wrong:
            raise bad(wrong.reason, index=index, field=wrong.path) from None
    return found


def _named(value: Any, named: str) -> dict[str, Any]:
    """The statement of a PUT: "the LRS MUST reject ... if the statementId and the id of the statement differ"."""
    if set(request.args) != {"statementId"}:
        raise bad("PUT takes the parameter statementId and no other", field="statementId")
    if not _is_uuid(named):
        raise bad("a UUID is wanted", field="statementId")
    if not isinstance(value, dict):
        raise bad("one statement is wanted")
    (statement,) = _statements({"id": named, **value})
    if statement["id"].lower() != named.lower():
        raise bad("differs from the parameter statementId", index=0, field="id")
    return statement


def _is_uuid(text: str) -> bool:
    try:
        formats.uuid(text)
    except Wrong:
        return False
    return True


def _speaks_our_version() -> None:
    """The standard: "The LRS MUST reject ... requests with a version header of anything but 1.0.x", and those without one (part 3, 3.3)."""
    sent = request.headers.get("X-Experience-API-Version", "")
    if not _ACCEPTED.fullmatch(sent):
        raise bad("a version of xAPI 1.0 is wanted, as 1.0.3", field="X-Experience-API-Version")


def _single(found: Found | None, asked: Query, languages: Sequence[str]) -> Response:
    if found is None:
        raise missing("no such statement")
    response = _json(rendering.render(found.payload, asked.format, languages))
    response.headers["Last-Modified"] = http_date(from_micros(found.stored))
    return response


def _page(page: Page, asked: Query, languages: Sequence[str]) -> Response:
    shown = b",".join(rendering.render(payload, asked.format, languages) for payload in page.payloads)
    more = f"{request.path}?more={page.more}" if page.more else ""
    return _json(b'{"statements":[%s],"more":%s}' % (shown, exact.dumps(more)))


def _about() -> Response:
    """The standard: "Returns JSON Object containing information about this LRS, including the xAPI version supported"; open to anyone."""
    return _json(exact.dumps({"version": [VERSION]}))


def _json(body: bytes) -> Response:
    return Response(body, mimetype="application/json")


def _with_version(response: Response) -> Response:
    response.headers["X-Experience-API-Version"] = VERSION
    return response


def _refused(error: Refused) -> Response:
    """RFC 9457, with the place in the batch and the field as members of their own."""
    found: dict[str, Any] = {
        "title": error.status.phrase,
        "status": int(error.status),
        "detail": error.detail,
    }
    if error.index is not None:
        found["index"] = error.index
    if error.field is not None:
        found["field"] = error.field
    response = _problem(found)
    if error.status == HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = 'Basic realm="xAPI", charset="UTF-8"'
    return response


def _http_error(error: HTTPException) -> Response:
    status = HTTPStatus(error.code or 500)
    return _problem({"title": status.phrase, "status": int(status), "detail": error.description or ""})


def _no_database(_error: Exception) -> Response:
    """Nothing was acknowledged and nothing is half there: the sender may come again."""
    status = HTTPStatus.SERVICE_UNAVAILABLE
    response = _problem(
        {"title": status.phrase, "status": int(status), "detail": "the store cannot be written or read now"}
    )
    response.headers["Retry-After"] = str(RETRY_SECONDS)
    return response


def _problem(found: dict[str, Any]) -> Response:
    body = exact.dumps({"type": "about:blank", **found})
    return Response(body, status=found["status"], mimetype="application/problem+json")
