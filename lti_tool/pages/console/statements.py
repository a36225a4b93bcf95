"""The statements of the record store, found by the filters of its API, readable and raw. Looking is recorded.

Searches go by POST, page by page: what is asked for is mostly a person's address or account, and no address of ours may hold one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

import orjson
from flask import abort, g, request
from sqlalchemy import Connection

from lti_tool.ledger import bearing
from lti_tool.ledger.rulebook import Rulebooks
from lti_tool.lti import platforms
from lti_tool.pages.console import scope
from lti_tool.pages.console.door import Door, Page, Visit, page
from lti_tool.people import pseudonyms
from lti_tool.people.staff import EVERYWHERE, Right
from xapi import exact, find, holding, lrs
from xapi.errors import Refused
from xapi.holding import Holding
from xapi.query import Query, parse
from xapi.telling import Told, party, tell

_PAGE = "25"
_TEXTS = ("verb", "activity", "registration", "since", "until")
_FLAGS = ("related_activities", "related_agents", "ascending")
FIELDS = ("agent", *_TEXTS)


@dataclass(frozen=True, slots=True)
class Line:
    """One statement of a list."""

    held: Holding
    told: Told
    learner_id: str | None


def register(door: Door) -> None:
    """Add the section."""
    view = Statements(Rulebooks())
    door.page("/statements", Right.STATEMENTS, view.show)
    door.act("/statements", Right.STATEMENTS, view.search)
    door.page("/statements/<statement_id>", Right.STATEMENTS, view.one)


class Statements:
    """The pages; one of these lives as long as its process and keeps the rulebook."""

    __module__ = __name__

    def __init__(self, rulebooks: Rulebooks) -> None:
        self._rulebooks = rulebooks

    def show(self, _visit: Visit) -> Page:
        """The form; nothing is listed unasked."""
        return _form(None, {})

    def search(self, visit: Visit) -> Page:
        """One page of what meets the filters."""
        form = request.form
        try:
            asked = parse([("more", form["more"])]) if form.get("more") else parse(_wanted(form))
        except Refused as refused:
            return _form(None, form, refused)
        with visit.bench.lrs.view() as (reader, _):
            found, held = reader.ask(lambda where: _search(where, asked))
        with visit.bench.database.transaction() as connection:
            lines = _lines(connection, visit, held)
            filters = sorted({name for name, _ in asked.sent} - {"limit"})
            visit.record(
                connection, "statements.search", "statement:search", found=len(lines), filters=filters
            )
            names = _platforms(connection)
        return _form(lines, _sent(asked) if form.get("more") else form, more=found.more, names=names)

    def one(self, visit: Visit, statement_id: str) -> Page:
        """One statement whole, voided or not; the log keeps who looked."""
        with visit.bench.database.transaction() as connection:
            held = _held(connection, statement_id) or abort(404)
            learner_id = bearing.owner(connection, held)
            if not _may_see(connection, visit, learner_id):
                abort(404)
            visit.record(connection, "statement.show", f"statement:{held.id}")
            bearings = bearing.bearings(connection, held, learner_id, self._rulebooks.current(connection))
            names = _platforms(connection)
        statement = exact.loads(held.payload.encode())
        return page(
            "statement.html",
            held=held,
            told=tell(statement, _languages()),
            authority=party(statement.get("authority", {})),
            raw=exact.pretty(held.payload),
            learner_id=learner_id,
            bearings=bearings,
            names=names,
        )


def _form(
    lines: list[Line] | None,
    form: Mapping[str, str],
    refused: Refused | None = None,
    *,
    more: str = "",
    names: Mapping[str, str] | None = None,
) -> Page:
    response = page(
        "statements.html",
        lines=lines,
        form=form,
        fields=FIELDS,
        flags=_FLAGS,
        refused=refused,
        more=more,
        names=names or {},
    )
    response.status_code = 422 if refused else 200
    return response


def _wanted(form: Mapping[str, str]) -> list[tuple[str, str]]:
    """The form as parameters of the API, checked there like any client's."""
    pairs = [(name, form[name].strip()) for name in _TEXTS if form.get(name, "").strip()]
    pairs = [(name, _moment(value) if name in {"since", "until"} else value) for name, value in pairs]
    if form.get("agent", "").strip():
        pairs.append(("agent", _agent(form["agent"].strip())))
    return [*pairs, *((name, "true") for name in _FLAGS if form.get(name)), ("limit", _PAGE)]


def _agent(text: str) -> str:
    """An e-mail, an account as "name homePage", or an Agent as JSON."""
    name, _, home = text.partition(" ")
    if text.startswith("{"):
        return text
    if home:
        return orjson.dumps({"account": {"homePage": home.strip(), "name": name}}).decode()
    return orjson.dumps({"mbox": f"mailto:{text.removeprefix('mailto:')}"}).decode()


def _moment(text: str) -> str:
    """Without an offset it is meant in the zone the console shows."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return text  # refused by the API's own check, which names it
    return (at if at.tzinfo else at.replace(tzinfo=g.console_zone)).isoformat()


def _search(connection: Connection, asked: Query) -> tuple[lrs.Page, list[Holding]]:
    """A page, from a replica where there is one; who may see what of it is for the database itself to say."""
    found = find.page(connection, _stored(connection, asked))
    return found, holding.of_payloads(connection, found.payloads)


def _stored(connection: Connection, asked: Query) -> Query:
    """In pseudonymous mode the store has other keys than those who ask."""
    if asked.agent is None:
        return asked
    return replace(asked, agent=pseudonyms.stored(connection, [asked.agent])[asked.agent])


def _sent(asked: Query) -> dict[str, str]:
    return {name: value for name, value in asked.sent if name != "limit"}


def _held(connection: Connection, statement_id: str) -> Holding | None:
    try:
        wanted = str(UUID(statement_id))
    except ValueError:
        return None
    return holding.of_ids(connection, [wanted]).get(wanted)


def _lines(connection: Connection, visit: Visit, found: list[Holding]) -> list[Line]:
    lines = [
        Line(one, tell(exact.loads(one.payload.encode()), _languages()), bearing.owner(connection, one))
        for one in found
    ]
    return [line for line in lines if _may_see(connection, visit, line.learner_id)]


def _may_see(connection: Connection, visit: Visit, learner_id: str | None) -> bool:
    """Whoever sees some units only sees no statement of whom nobody knows the unit."""
    if visit.person.units == EVERYWHERE:
        return True
    return learner_id is not None and scope.sees(connection, visit.person, learner_id)


def _languages() -> list[str]:
    return [g.language, "vi", "en"]


def _platforms(connection: Connection) -> dict[str, str]:
    return {platform.issuer: platform.name for platform in reversed(platforms.list_(connection))}
