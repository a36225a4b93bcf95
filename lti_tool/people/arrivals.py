"""A validated launch becomes a learner."""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, delete, or_, select, update

from lti_tool.base import sessions
from lti_tool.base.database import insert
from lti_tool.people import claims, names, tables
from lti_tool.people.making import create, remember
from lti_tool.people.oneness import Mark, canonical, members, merge

if TYPE_CHECKING:
    from lti_tool.lti.launch import ValidLaunch


def arrive(connection: Connection, launch: "ValidLaunch", now: datetime, *, mark: Mark) -> str:
    """The learner of a validated launch, created at the first one; (issuer, sub) is the login.

    What the launch newly says about the login is marked for review first, in this transaction, so that statements that
    came earlier are looked at again. First, because a reviewer holds the marks while it waits for learners, never the other way.
    """
    issuer, sub, profile = launch.platform.issuer, launch.sub, launch.profile
    said = claims.of_login(
        issuer, sub, email=names.tidy(profile.email), xapi_actor=names.tidy(launch.xapi_actor)
    )
    known = connection.execute(select(tables.login).where(_is(issuer, sub))).mappings().first()
    new = _unheard(connection, known["learner_id"] if known else None, said)
    mark(connection, {claim.actor_key for claim in new} | {said[0].actor_key})
    values = {
        "family_name": names.tidy(profile.family_name),
        "given_name": names.tidy(profile.given_name),
        "name": names.tidy(profile.name),
        "email": names.tidy(profile.email),
        "username": names.tidy(profile.username),
        "sourcedid": names.tidy(profile.sourcedid),
        "xapi_actor": names.tidy(launch.xapi_actor),
        "last_seen": now,
    }
    learner_id = _stored(connection, issuer, sub, values, now)
    remember(connection, learner_id, new)
    return canonical(
        connection, _by_roster(connection, issuer, sub, names.tidy(profile.username), mark) or learner_id
    )


def _unheard(
    connection: Connection, learner_id: str | None, said: Iterable[claims.Claim]
) -> list[claims.Claim]:
    if learner_id is None:
        return list(said)
    mine = select(tables.claim.c.actor_key, tables.claim.c.how, tables.claim.c.source)
    heard = {tuple(row) for row in connection.execute(mine.where(tables.claim.c.learner_id == learner_id))}
    return [claim for claim in said if (claim.actor_key, claim.how, claim.source) not in heard]


def _stored(connection: Connection, issuer: str, sub: str, values: dict[str, Any], now: datetime) -> str:
    """Two first launches of one login at once make one learner: the second waits at the key and finds the first's."""
    found = learner_of(connection, issuer, sub)
    if found is None:
        found = expected(connection, issuer, sub) or create(connection, now)
        row = {"issuer": issuer, "sub": sub, "learner_id": found, "first_seen": now, **values}
        adding = (
            insert(connection, tables.login)
            .values(**row)
            .on_conflict_do_nothing(index_elements=["issuer", "sub"])
        )
        if connection.execute(adding).rowcount == 1:
            return found
        found = learner_of(connection, issuer, sub)
    connection.execute(update(tables.login).where(_is(issuer, sub)).values(**values))
    if found is None:  # pragma: no cover - a login is never deleted while launches run
        raise LookupError("the login vanished while it was being stored")
    return found


def learner_of(connection: Connection, issuer: str, sub: str) -> str | None:
    found: str | None = connection.execute(select(tables.login.c.learner_id).where(_is(issuer, sub))).scalar()
    return found


def _is(issuer: str, sub: str) -> Any:
    return (tables.login.c.issuer == issuer) & (tables.login.c.sub == sub)


def expected(connection: Connection, issuer: str, sub: str) -> str | None:
    """The learner the roster keeps ready for this login."""
    entry, row = tables.roster_login, tables.roster
    named = (entry.c.issuer == issuer) & (entry.c.by == "sub") & (entry.c.value == sub)
    found: str | None = connection.execute(
        select(row.c.learner_id).join(entry, entry.c.code == row.c.code).where(named)
    ).scalar()
    return found


def _by_roster(connection: Connection, issuer: str, sub: str, username: str | None, mark: Mark) -> str | None:
    """A login the roster names belongs to the roster's learner, whichever came first."""
    entry = tables.roster_login
    named = [(entry.c.by == "sub") & (entry.c.value == sub)]
    if username:
        named.append((entry.c.by == "username") & (entry.c.value == username))
    code = connection.execute(
        select(entry.c.code).where(entry.c.issuer == issuer, or_(*named)).order_by(entry.c.by).limit(1)
    ).scalar()
    return None if code is None else link(connection, code, issuer, sub, mark)


def link(connection: Connection, code: str, issuer: str, sub: str, mark: Mark) -> str | None:
    """Make the login's learner and the roster row's learner one. None when the row already has another login of that platform."""
    owner = connection.execute(
        select(tables.roster.c.learner_id).where(tables.roster.c.code == code)
    ).scalar()
    mine = learner_of(connection, issuer, sub)
    if mine is None or owner is None:
        return None
    root = canonical(connection, owner)
    if canonical(connection, mine) == root:
        return root
    rival = select(tables.login.c.sub).where(
        tables.login.c.issuer == issuer, tables.login.c.learner_id.in_(members(connection, root))
    )
    if connection.execute(rival.limit(1)).first():
        return None
    merge(connection, mine, root, mark)
    return root


def separate(connection: Connection, owner: str, issuer: str, sub: str, now: datetime) -> None:
    """Part a login from the roster row's learner `owner`: from now on it is a learner of its own again.

    The caller has marked every key of `owner`. Open launches of the login end: they were opened as the other learner's.
    """
    sessions.end_login(connection, issuer, sub)
    found = connection.execute(select(tables.login).where(_is(issuer, sub))).mappings().first()
    own = found is not None and found["learner_id"] == owner
    said = {"email": found["email"], "xapi_actor": found["xapi_actor"]} if found and own else {}
    parted = claims.of_login(issuer, sub, **said)
    claim, row = tables.claim, tables.learner
    keys = [one.actor_key for one in parted]
    connection.execute(
        delete(claim).where(
            claim.c.learner_id == owner, claim.c.source == issuer, claim.c.actor_key.in_(keys)
        )
    )
    if found and not own:
        mine = row.c.id == found["learner_id"]
        connection.execute(update(row).where(mine).values(merged_into=None))
    if own:
        fresh = create(connection, now)
        connection.execute(update(tables.login).where(_is(issuer, sub)).values(learner_id=fresh))
        remember(connection, fresh, parted)
