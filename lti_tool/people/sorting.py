"""Sorting out whose actors are: what reading alone tells of them, and what whoever holds the writer's turn decides.

Nearly every statement is about somebody who is known by (issuer, sub): of these a review only looks, while others write.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from lti_tool.base.database import insert
from lti_tool.people import claims, identity, mailboxes, tables
from lti_tool.people.identity import Identifier
from xapi.many import one_of

Agent = Mapping[str, Any]

# What was heard of actor keys: each source that sent one, with the agent behind it; keys never heard of are left out.
Heard = Callable[[Collection[str]], Mapping[str, Iterable[tuple[str, Agent]]]]


@dataclass(frozen=True, slots=True)
class Looked:
    """`learners`: by key, whose evidence it is (canonical ids); `early`: who waits for a learner that has not arrived, by key.

    `undecided`: keys of which only `sort_out` can tell: several claim them, or an e-mail names them.
    """

    learners: Mapping[str, frozenset[str]]
    early: Mapping[str, frozenset[Identifier]]
    undecided: frozenset[str]


def look(connection: Connection, actor_keys: Collection[str], heard: Heard) -> Looked:
    """What can be told of these actors without deciding anything. Reads only."""
    keys = set(actor_keys)
    sole, contested = identity.exact(connection, keys)
    joined = identity.joined(connection, keys)
    waiting = _waiting(connection, keys)
    learners: dict[str, set[str]] = {key: set() for key in keys}
    for identifier, learner_id in [*sole.items(), *((one, found[0]) for one, found in joined.items())]:
        learners[identifier[1]].add(learner_id)
    loose = keys - {key for _, key in (*sole, *contested)} - claims.nobody_keys()
    by_mail, early = _heard_early(heard(sorted(loose)) if loose else {}, waiting | joined.keys())
    undecided = (
        {key for _, key in (*contested, *(waiting & sole.keys()))} | by_mail | _forms(connection, loose)
    )
    return Looked({key: frozenset(found) for key, found in learners.items()}, early, frozenset(undecided))


def _heard_early(
    heard: Mapping[str, Iterable[tuple[str, Agent]]], known: Collection[Identifier]
) -> tuple[set[str], dict[str, frozenset[Identifier]]]:
    """Keys that an e-mail names, and actors of whom nothing is known yet."""
    by_mail: set[str] = set()
    early: dict[str, frozenset[Identifier]] = {}
    for key, said in heard.items():
        if any("mbox" in agent or "mbox_sha1sum" in agent for _, agent in said):
            by_mail.add(key)
        else:
            early[key] = frozenset((source, key) for source, _ in said if (source, key) not in known)
    return by_mail, early


def sort_out(connection: Connection, actor_keys: Collection[str], heard: Heard, now: datetime) -> set[str]:
    """Decide whose these actors are, as far as can be known now, and give every learner whose evidence that may change.

    The caller holds the marks of these keys. `heard` is asked only for keys that are no learner's by (issuer, sub) or `xapi_actor`.
    """
    sole, contested = identity.exact(connection, actor_keys)
    exact = {actor_key for _, actor_key in (*sole, *contested)}
    concerned = {*sole.values(), *(learner for rivals in contested.values() for learner in rivals)}
    unowned = contested.keys() - identity.owners(connection, exact).keys() if contested else ()
    for source, actor_key in sorted(unowned):
        mailboxes.wait(connection, source, actor_key, mailboxes.TWO_LEARNERS, now)
    for source, actor_key in sorted(_waiting(connection, exact) & set(sole)):
        mailboxes.resolved(connection, source, actor_key)
    loose = sorted(set(actor_keys) - exact - claims.nobody_keys())
    boxes = _listen(connection, heard(loose), now) | _boxes(connection, loose) if loose else set()
    concerned |= mailboxes.settle(connection, boxes, now)
    return concerned | set(identity.owners(connection, actor_keys).values())


def _listen(
    connection: Connection, heard: Mapping[str, Iterable[tuple[str, Agent]]], now: datetime
) -> set[mailboxes.Box]:
    """Note actors heard of; gives the mailboxes they name."""
    boxes: set[mailboxes.Box] = set()
    waiting = _waiting(connection, heard.keys()) if heard else set()
    for actor_key, said in heard.items():
        for source, agent in said:
            mail = claims.mail_of(agent.get("mbox"))
            if mail or "mbox_sha1sum" in agent:
                _note(connection, source, actor_key, mail, now)
            if mail:
                boxes.add((source, mail))
            elif (source, actor_key) not in waiting:
                early = mailboxes.NO_LEARNER if "mbox_sha1sum" in agent else mailboxes.NOT_ARRIVED
                mailboxes.wait_early(connection, source, actor_key, early, now)
    return boxes


def _note(connection: Connection, source: str, actor_key: str, mail: str | None, now: datetime) -> None:
    row = {"source": source, "actor_key": actor_key, "mail": mail, "heard_at": now}
    adding = insert(connection, tables.actor).values(**row)
    connection.execute(adding.on_conflict_do_nothing(index_elements=["source", "actor_key"]))


def _boxes(connection: Connection, actor_keys: Collection[str]) -> set[tuple[str, str]]:
    """The mailboxes whose forms these keys are: a launch marks them all when it brings an e-mail."""
    if not actor_keys:
        return set()
    row = tables.claim
    wanted = select(row.c.source, row.c.mail).where(
        one_of(row.c.actor_key, actor_keys), row.c.how == claims.MAIL
    )
    return {(found.source, found.mail) for found in connection.execute(wanted.distinct())}


def _forms(connection: Connection, actor_keys: Collection[str]) -> set[str]:
    """Those of these keys that some learner's e-mail may be written as."""
    if not actor_keys:
        return set()
    row = tables.claim
    wanted = select(row.c.actor_key).where(one_of(row.c.actor_key, actor_keys), row.c.how == claims.MAIL)
    return set(connection.execute(wanted).scalars())


def _waiting(connection: Connection, actor_keys: Collection[str]) -> set[Identifier]:
    if not actor_keys:
        return set()
    row = tables.pending
    wanted = select(row.c.source, row.c.actor_key).where(one_of(row.c.actor_key, actor_keys))
    return {(found.source, found.actor_key) for found in connection.execute(wanted)}


def resolve(connection: Connection, source: str, actor_key: str, agent: Agent, now: datetime) -> str | None:
    """The learner this actor is on this platform, joined now if a rule allows it; None when it is nobody or waits in the queue."""
    sort_out(connection, [actor_key], lambda keys: {key: [(source, agent)] for key in keys}, now)
    return identity.owners(connection, [actor_key]).get((source, actor_key))
