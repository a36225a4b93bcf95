"""Who is behind the pseudonyms of the record store (DONGHANH_PSEUDONYMOUS): both ways, and in the words of the people room.

Everything in this room is told by real actor keys; the record store has others. Where one asks the other, keys pass through here.
Without the mode the table is empty and every key is its own. Whoever switches it on or off has people under both: what decides
about anybody asks for both.
"""

from collections.abc import Collection, Mapping

import orjson
from sqlalchemy import Column, Connection, select

from lti_tool.base.database import insert
from lti_tool.people.tables import pseudonym as table
from xapi import evidence
from xapi.many import one_of
from xapi.pseudonyms import Behind

_AT_ONCE = 500
Agent = dict[str, object]


def keep(connection: Connection, behind: Behind) -> None:
    """Remember who is behind these pseudonyms, once."""
    rows = [{"actor_key": key, "real_key": behind[key][0], "ifi": behind[key][1]} for key in sorted(behind)]
    connection.execute(insert(connection, table).on_conflict_do_nothing(), rows)


def real(connection: Connection, keys: Collection[str]) -> dict[str, str]:
    """Each of these keys of the record store → whose it really is."""
    return {key: key for key in keys} | _pairs(connection, keys, table.c.actor_key, table.c.real_key)


def stored(connection: Connection, keys: Collection[str]) -> dict[str, str]:
    """Each of these real keys → the one under which the record store has it."""
    return {key: key for key in keys} | _pairs(connection, keys, table.c.real_key, table.c.actor_key)


def stored_as(connection: Connection, keys: Collection[str]) -> dict[str, tuple[str, ...]]:
    """Each of these real keys → every key under which the record store may have it: its own, and the one that stands for it."""
    there = stored(connection, keys)
    return {key: (key,) if there[key] == key else (key, there[key]) for key in keys}


def _pairs(
    connection: Connection, keys: Collection[str], by: Column[str], wanted: Column[str]
) -> dict[str, str]:
    found: dict[str, str] = {}
    names = sorted(set(keys))
    for start in range(0, len(names), _AT_ONCE):
        query = select(by, wanted).where(one_of(by, names[start : start + _AT_ONCE]))
        found |= {row[0]: row[1] for row in connection.execute(query)}
    return found


def agent(connection: Connection, real_key: str) -> Agent | None:
    """The identifier behind a real key, as an Agent without a name."""
    known = connection.execute(select(table.c.ifi).where(table.c.real_key == real_key)).scalar()
    return evidence.agent(connection, real_key) if known is None else orjson.loads(known)


def heard(connection: Connection, keys: Collection[str]) -> Mapping[str, list[tuple[str, Agent]]]:
    """`evidence.heard` by real keys and of real agents."""
    there = stored_as(connection, keys)
    heard_of = evidence.heard(connection, {name for names in there.values() for name in names})
    behind = _behind(connection, [key for key, names in there.items() if len(names) > 1])
    found: dict[str, list[tuple[str, Agent]]] = {}
    for key, names in there.items():
        said = dict(pair for name in names for pair in heard_of.get(name, ()))
        if said:
            found[key] = [(source, behind.get(key, one)) for source, one in said.items()]
    return found


def _behind(connection: Connection, keys: Collection[str]) -> dict[str, Agent]:
    """The identifier of each of these real keys."""
    found = _pairs(connection, keys, table.c.real_key, table.c.ifi)
    return {key: orjson.loads(ifi) for key, ifi in found.items()}
