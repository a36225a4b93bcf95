"""One learner: found by search, shown with standing, logins, identifiers and evidence ids. Looking is recorded.

Purpose limits: practice answers, study hours and risk signs are not here.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import abort, g, request
from sqlalchemy import Connection

from certificates import register as certificate_register
from lti_tool.ledger import deliveries, outcomes
from lti_tool.ledger.outcomes import Reviewed
from lti_tool.pages.console import scope
from lti_tool.pages.console.door import Door, Page, Visit, page
from lti_tool.people import identity, learners, pseudonyms
from lti_tool.people.staff import Right
from lti_tool.programmes import versions
from rules.programme import Programme


@dataclass(frozen=True, slots=True)
class Known:
    """An identifier of the learner, as the platform says it."""

    source: str
    actor: str


@dataclass(frozen=True, slots=True)
class Titles:
    """What a programme calls itself, its sets and its topics, by key, in the reader's language."""

    programme: str
    sets: Mapping[str, str]
    topics: Mapping[str, str]


def register(door: Door) -> None:
    """Add the section."""
    door.page("/learners", Right.LEARNERS, show)
    door.act("/learners", Right.LEARNERS, search)
    door.page("/learners/<learner_id>", Right.LEARNERS, one)


def show(_visit: Visit) -> Page:
    """The form; nothing is listed unasked."""
    return page("learners.html", found=[], wanted="")


def search(visit: Visit) -> Page:
    """Who was meant. By POST: what is asked for is mostly a name, and no address may hold one."""
    wanted = request.form.get("q", "")
    with visit.bench.database.transaction() as connection:
        sees = scope.viewer(connection, visit.person)
        ids = [found for found in learners.search(connection, wanted) if sees(found)]
        found = [(one, learners.name_of(connection, one), learners.unit_of(connection, one)) for one in ids]
        if wanted:
            visit.record(connection, "learner.search", "learner:search", found=len(found))
    return page("learners.html", found=found, wanted=wanted)


def one(visit: Visit, learner_id: str) -> Page:
    """One learner; the log keeps who looked."""
    with visit.bench.database.transaction() as connection:
        if not learners.exists(connection, learner_id) or not scope.sees(
            connection, visit.person, learner_id
        ):
            abort(404)
        visit.record(connection, "learner.show", f"learner:{learner_id}")
        return page(
            "learner.html",
            learner_id=learner_id,
            name=learners.name_of(connection, learner_id),
            unit=learners.unit_of(connection, learner_id),
            logins=learners.logins(connection, learner_id),
            identifiers=[_known(connection, found) for found in identity.identifiers(connection, learner_id)],
            joins=identity.joins(connection, learner_id),
            outcomes=_outcomes(connection, learner_id),
            titles={found.key: titles_of(found, g.language) for found in versions.current(connection)},
            certificates=certificate_register.of_holder(connection, learner_id),
            deliveries=deliveries.of_learner(connection, learner_id),
        )


def _known(connection: Connection, identifier: identity.Identifier) -> Known:
    source, actor_key = identifier
    agent = pseudonyms.agent(connection, actor_key) or {}
    account = agent.get("account")
    said = (
        account.get("name") if isinstance(account, dict) else agent.get("mbox") or agent.get("mbox_sha1sum")
    )
    return Known(source, str(said or actor_key))


def titles_of(programme: Programme, language: str) -> Titles:
    """What to call a programme and its parts."""

    def said(titles: Mapping[str, str]) -> str:
        return titles.get(language) or next(iter(titles.values()))

    return Titles(
        said(programme.titles),
        {one.key: said(one.titles) for one in programme.sets},
        {one.key: f"{one.number}. {said(one.titles)}" for one in programme.topics},
    )


def _outcomes(connection: Connection, learner_id: str) -> list[Reviewed]:
    found = (outcomes.of(connection, learner_id, programme.key) for programme in versions.current(connection))
    return [one for one in found if one]
