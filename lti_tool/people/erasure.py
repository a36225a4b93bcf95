"""One person taken out of the people room: what they are known by, first told, then forgotten.

The learner's id stays: it is random, means nothing outside, and the ledger's outcomes and the figures rest on it. So does the
province of a roster row. Everything else goes; evidence is joined from then on through the account that stands for the person.
"""

from collections.abc import Collection
from dataclasses import dataclass, field

from sqlalchemy import Connection, Table, delete, insert, or_, select, update

from lti_tool.people import identity, names, pseudonyms, tables
from lti_tool.people.claims import SUB
from lti_tool.people.oneness import members
from xapi.identity import key as actor_key
from xapi.masking import erased

_LEAST = 4  # letters: a shorter word stands in too many texts to be told from others


@dataclass(frozen=True, slots=True)
class Person:
    """`ids`: learner ids; `keys`: actor keys in statements; `sources`: platforms; `words`: what else names the person in texts.

    `logins`: (issuer, sub); `mails`: (source, e-mail); `codes`: of the roster; `shared`: e-mails another learner claims too, left
    as they are.
    """

    ids: tuple[str, ...]
    keys: frozenset[str]
    sources: frozenset[str]
    logins: frozenset[tuple[str, str]]
    mails: frozenset[tuple[str, str]]
    codes: tuple[str, ...]
    words: tuple[str, ...]
    shared: frozenset[str] = field(default=frozenset())


def person(connection: Connection, learner_id: str) -> Person:
    """Everything by which a learner is known."""
    ids = tuple(members(connection, learner_id))
    claim, join = tables.claim.c, tables.join.c
    claims = connection.execute(select(tables.claim).where(claim.learner_id.in_(ids))).all()
    others = _claimed_by_others(connection, ids, {one.actor_key for one in claims if one.mail})
    joined = connection.execute(
        select(join.source, join.actor_key).where(join.learner_id.in_(ids), join.undone_at.is_(None))
    ).all()
    mine = {(one.source, one.actor_key) for one in [*claims, *joined]} | set(
        identity.identifiers(connection, ids[0])
    )
    login = connection.execute(select(tables.login).where(tables.login.c.learner_id.in_(ids))).all()
    keys = {key for source, key in mine if (source, key) not in others}
    return Person(
        ids=ids,
        keys=frozenset(keys) | frozenset(pseudonyms.stored(connection, keys).values()),
        sources=frozenset(source for source, _ in mine) | {one.issuer for one in login},
        logins=frozenset((one.issuer, one.sub) for one in login),
        mails=frozenset(
            (one.source, one.mail) for one in claims if one.mail and (one.source, one.actor_key) not in others
        ),
        codes=tuple(
            connection.execute(
                select(tables.roster.c.code).where(tables.roster.c.learner_id.in_(ids))
            ).scalars()
        ),
        words=_words(connection, ids),
        shared=frozenset(one.mail for one in claims if (one.source, one.actor_key) in others),
    )


def _claimed_by_others(
    connection: Connection, ids: Collection[str], keys: Collection[str]
) -> set[tuple[str, str]]:
    row = tables.claim.c
    wanted = select(row.source, row.actor_key).where(
        row.actor_key.in_(sorted(keys)), row.learner_id.not_in(ids)
    )
    return {(found.source, found.actor_key) for found in connection.execute(wanted)}


def _words(connection: Connection, ids: Collection[str]) -> tuple[str, ...]:
    """Names, addresses and numbers of the person, the longest first."""
    login, learner, roster = tables.login.c, tables.learner.c, tables.roster.c
    texts: set[str | None] = set()
    for row in connection.execute(select(tables.login).where(login.learner_id.in_(ids))).mappings():
        texts |= {row[name] for name in ("sub", "name", "email", "username", "sourcedid", "xapi_actor")}
        texts |= _both(row["family_name"], row["given_name"])
    for said in connection.execute(
        select(learner.said_name, learner.said_instead_of).where(learner.id.in_(ids))
    ):
        texts |= set(said)
    for row in connection.execute(select(tables.roster).where(roster.learner_id.in_(ids))).mappings():
        texts |= {row["code"], row["phone"], row["email"], *_both(row["family_name"], row["given_name"])}
    found = {text for text in texts if text and len(text) >= _LEAST}
    return tuple(sorted(found, key=lambda text: (-len(text), text)))


def _both(family: str | None, given: str | None) -> set[str | None]:
    return {names.built(family, given, None), f"{given} {family}" if family and given else None}


def forget(connection: Connection, found: Person, account: str) -> dict[str, int]:
    """Forget the person; gives how many rows of each kind went or lost what named somebody."""
    rows = tables
    keys, ids = sorted(found.keys), list(found.ids)
    counts = {
        "joins": connection.execute(delete(rows.join).where(rows.join.c.learner_id.in_(ids))).rowcount,
        "claims": connection.execute(delete(rows.claim).where(rows.claim.c.learner_id.in_(ids))).rowcount,
        "logins": connection.execute(delete(rows.login).where(rows.login.c.learner_id.in_(ids))).rowcount,
        "actors": _where_keys(connection, rows.actor, keys) + _where_keys(connection, rows.pending, keys),
        "pseudonyms": _where_keys(connection, rows.pseudonym, keys),
        "mailboxes": _mailboxes(connection, found),
        "roster": _roster(connection, found, account),
    }
    said = {"said_name": None, "said_instead_of": None, "said_at": None}
    connection.execute(update(rows.learner).where(rows.learner.c.id.in_(ids)).values(**said))
    stands = actor_key(erased(account))
    claims = [
        {"source": source, "actor_key": stands, "learner_id": ids[0], "how": SUB}
        for source in sorted(found.sources)
    ]
    if claims:
        connection.execute(insert(rows.claim), claims)
    return counts


def _where_keys(connection: Connection, table: Table, keys: Collection[str]) -> int:
    return connection.execute(delete(table).where(table.c.actor_key.in_(keys))).rowcount


def _mailboxes(connection: Connection, found: Person) -> int:
    row = tables.mailbox.c
    mine = [(row.source == source) & (row.mail == mail) for source, mail in sorted(found.mails)]
    return connection.execute(delete(tables.mailbox).where(or_(*mine))).rowcount if mine else 0


def _roster(connection: Connection, found: Person, account: str) -> int:
    """Units stay, because figures by province do; the code goes, because it is the person's number elsewhere."""
    row = tables.roster
    nothing = dict.fromkeys(("family_name", "given_name", "phone", "email"))
    connection.execute(delete(tables.roster_login).where(tables.roster_login.c.code.in_(found.codes)))
    for number, code in enumerate(found.codes):
        values = {**nothing, "code": f"erased:{account}:{number}"}
        connection.execute(update(row).where(row.c.code == code).values(**values))
    return len(found.codes)
