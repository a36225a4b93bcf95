"""The Person of an Agent: every value it is known by (xAPI 1.0.3, part 3, 2.4).

Only the identifier that was asked with is told: which others belong to the same person, this package does not know.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, select

from xapi import exact
from xapi.agents import IDENTIFIERS
from xapi.tables import payload, statement, whole

Json = dict[str, Any]
_LOOKED_AT = 20  # the last statements: whoever is called otherwise now was so too


def person(agent: Json, names: Sequence[str]) -> Json:
    """The standard: "All array properties", though each holds one value here; names only where there is one."""
    found: Json = {"objectType": "Person"}
    known = list(dict.fromkeys([*([agent["name"]] if "name" in agent else []), *names]))
    if known:
        found["name"] = known
    return {**found, **{kind: [agent[kind]] for kind in IDENTIFIERS if kind in agent}}


def names(connection: Connection, actor_key: str, *, mine: str | None = None) -> list[str]:
    """What its latest statements call it, the latest first; `mine`: only statements of this authority."""
    about = (statement.c.actor_key == actor_key, statement.c.voided_by.is_(None))
    query = select(payload.c.payload).select_from(whole).where(*about)
    if mine is not None:
        query = query.where(statement.c.authority == mine)
    rows = connection.execute(query.order_by(statement.c.seq.desc()).limit(_LOOKED_AT)).scalars()
    found = (exact.loads(one.encode())["actor"].get("name") for one in rows)
    return list(dict.fromkeys(name for name in found if name))
