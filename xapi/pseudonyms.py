"""Pseudonymous mode: no statement is stored with who it is about, only with a keyed hash of that.

The application keeps who is behind a pseudonym (`Keep`, in the transaction of the statements); whoever has the tables of this
package alone can name nobody, nor test a guess without the key file. Free text and unreadable bodies are beyond it, see `masking`.
"""

import hmac
from collections.abc import Callable, Iterable, Mapping, Sequence

from sqlalchemy import Connection, func, or_, select, union

from xapi import exact, identity
from xapi.access import AUTHORITY_HOME
from xapi.erased import Erased
from xapi.masking import PSEUDONYM_HOME, STAND_INS, Json
from xapi.saving import Arrival
from xapi.tables import agent, agent_link, statement

_OURS = STAND_INS | {AUTHORITY_HOME}

# Pseudonym's actor key → (actor key, identifier as JSON) of who is behind it.
Behind = Mapping[str, tuple[str, str]]
Keep = Callable[[Connection, Behind], None]


def named(connection: Connection) -> int:
    """How many statements name somebody: they were stored before the mode was switched on, and nothing rewrites them."""
    ours = or_(*(agent.c.ifi.startswith(_beginning(home), autoescape=True) for home in _OURS))
    people = select(agent.c.actor_key).where(~ours)
    found = union(
        *(select(row.c.seq).where(row.c.actor_key.in_(people)) for row in (statement, agent_link))
    ).subquery()
    return connection.execute(select(func.count()).select_from(found)).scalar_one()


def _beginning(home: str) -> str:
    """How the identifier of an account of this home begins in its row."""
    return exact.dumps({"account": {"homePage": home}}).decode().removesuffix("}}")


class Pseudonyms(Erased):
    """Replaces everybody on the way in; those who were erased by what stands for them."""

    def __init__(self, erased: Erased, key: bytes, keep: Keep) -> None:
        self._erased = erased
        self._secret = key
        self._keep = keep

    def arrivals(self, connection: Connection, arrivals: Sequence[Arrival]) -> Sequence[Arrival]:
        """What arrived, with pseudonyms; who is behind them is kept."""
        gone = self._erased.mask(connection)
        behind: dict[str, tuple[str, str]] = {}

        def mask(agent: Json) -> Json:
            replaced = gone(agent) if gone else agent
            return self._replaced(agent, behind) if replaced is agent else replaced

        found = [one.masked(mask) for one in arrivals]
        if behind:
            self._keep(connection, behind)
        return found

    def key_of(self, actor_key: str) -> str:
        """The actor key under which an actor's statements are stored."""
        return identity.account_key(PSEUDONYM_HOME, self._name(actor_key))

    def asked(self, actor_key: str, sent: Iterable[tuple[str, str]]) -> str:
        """The key to look for: a reader may know an actor by name, or by the pseudonym an earlier answer gave."""
        stands_in = any(name == "agent" and home in value for name, value in sent for home in STAND_INS)
        return actor_key if stands_in else self.key_of(actor_key)

    def _name(self, actor_key: str) -> str:
        return hmac.digest(self._secret, f"pseudonym|{actor_key}".encode(), "sha256").hex()[:32]

    def _replaced(self, agent: Json, behind: dict[str, tuple[str, str]]) -> Json:
        """Keeps of an agent that it is one, and its members; of an anonymous Group all but its name."""
        kept: Json = {name: agent[name] for name in ("objectType", "member") if name in agent}
        told = identity.told(agent)
        if told is None:
            return kept
        whole, actor_key = told
        if "account" in whole and whole["account"]["homePage"] in _OURS:
            return agent
        behind[self.key_of(actor_key)] = (actor_key, exact.dumps(whole).decode())
        return {**kept, "account": {"homePage": PSEUDONYM_HOME, "name": self._name(actor_key)}}
