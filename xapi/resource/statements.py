"""PUT, POST, GET and HEAD of statements (xAPI 1.0.3, part 3, 2.1)."""

from collections.abc import Callable
from http import HTTPStatus

from flask import Response, request

from xapi import exact, intake, query, versions
from xapi.access import Credential
from xapi.embedded import EmbeddedLrs
from xapi.errors import bad
from xapi.formats import written
from xapi.intake import IntakePolicy
from xapi.query import Query
from xapi.reading import Reader
from xapi.resource import alternate, answers, horizon, requests, tongue
from xapi.resource.door import Door
from xapi.resource.horizon import Horizon
from xapi.resource.writer import Writer
from xapi.signatures import RsaCheck
from xapi.versions import Version
from xapi.within import Within

PolicyFor = Callable[[Credential], IntakePolicy | None]


class Statements:
    """PUT, POST, GET and HEAD of statements."""

    def __init__(
        self,
        lrs: EmbeddedLrs,
        door: Door,
        policy_for: PolicyFor,
        rsa: RsaCheck,
        horizon: Horizon,
    ) -> None:
        self._lrs = lrs
        self._rsa = rsa
        self._horizon = horizon
        self._door = door
        self._policy_for = policy_for

    def post(self) -> Response:
        """200 and the ids, in the order sent."""
        credential = self._door.poster()
        if credential.host_intake:
            return self._received(credential, None)
        version = requests.speaks_our_version()
        if request.args:
            reason = request.environ.get(alternate.FAULT, "POST takes no parameters")
            raise bad(reason, field=min(request.args)[:60])
        came = requests.sent()
        statements = credential.admit(requests.statements(came, version, self._rsa))
        saved = self._lrs.save(statements, credential.sender(confirm=True), came.contents)
        return answers.json(exact.dumps(saved.ids))

    def put(self) -> Response:
        """204. A repetition of the same statement is accepted, another one with its id is a 409."""
        credential = self._door.writer()
        named = request.args.get("statementId", "")
        if credential.host_intake:
            return self._received(credential, named if requests.is_uuid(named) else None)
        version, came = requests.speaks_our_version(), requests.sent()
        statement = requests.named(came, named, version, self._rsa)
        self._lrs.save([statement], credential.sender(confirm=True), came.contents)
        return Response(status=HTTPStatus.NO_CONTENT)

    def get(self) -> Response:
        """One statement, or a page of them; HEAD is the same without a body."""
        credential = self._door.reader()
        requests.speaks_our_version()
        asked = query.parse(request.args.items(multi=True))
        mine = None if credential.reads_all else credential.authority_key
        # Until when is asked before the search: what is seen later may only be more.
        with self._lrs.view([credential.key]) as (reader, through):
            self._horizon.note(through)
            response = self._answer(reader, asked, mine, self._door.within(credential))
        response.headers[horizon.NAME] = written(through)
        return response

    def _answer(self, reader: Reader, asked: Query, mine: str | None, within: Within) -> Response:
        writer = Writer(asked, list(request.accept_languages.values()), reader)
        if asked.statement_id:
            return writer.single(reader.get(asked.statement_id, mine=mine, within=within))
        if asked.voided_statement_id:
            found = reader.get(asked.voided_statement_id, voided=True, mine=mine, within=within)
            return writer.single(found)
        return writer.page(reader.query(asked, mine=mine, within=within))

    def _received(self, credential: Credential, named: str | None) -> Response:
        """A platform is told 200 whatever it sent: the bad is kept and shown to an administrator.

        200 for PUT too, though the standard's own answer is 204: Moodle's sender counts nothing but 200 as delivered, Open
        edX's (tincan) any 2xx, so one answer serves both. The ids are those of the stored statements, in order.
        """
        policy = self._policy_for(credential) or IntakePolicy(credential.source or "")
        version = versions.spoken(request.headers.get(tongue.NAME, "")) or Version.V1
        reading = intake.read(requests.body(), statement_id=named, version=version)
        return answers.json(
            exact.dumps(self._lrs.receive(reading, credential.sender(confirm=True), policy).ids)
        )
