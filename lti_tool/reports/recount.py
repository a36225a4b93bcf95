"""The figures once more, from nothing but what a learning record store answers: the statements, read by their authority.

What the Statement API does not say is taken from our own books: whose an identifier is, which platform a credential
belongs to, in which order equal moments arrived, and since when a statement waited in quarantine.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from lti_tool.ledger.evidence import fact_of
from lti_tool.ledger.rulebook import Edition, Rulebooks
from lti_tool.people import identity, pseudonyms
from lti_tool.reports.figures import Standing
from rules.completion import Met, Pending, assess
from rules.evidence import Fact
from rules.progress import progress
from xapi import access, authorities, formats, intake
from xapi.access import AUTHORITY_HOME, Credential
from xapi.authorities import Authority
from xapi.evidence import CAME, Stored
from xapi.external import TimedRemoteLRS
from xapi.identity import key as actor_key
from xapi.intake import IntakePolicy
from xapi.masking import STAND_INS
from xapi.resends import RESEND
from xapi.statement import VOIDED
from xapi.tables import statement as statement_table

PolicyOf = Callable[[str], IntakePolicy]  # by the platform's issuer
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Recount:
    """`read`: how many statements came; `standings` by programme key, then learner id."""

    read: int
    standings: Mapping[str, Mapping[str, Standing]]


def recount(connection: Connection, lrs: TimedRemoteLRS, policy_of: PolicyOf, now: datetime) -> Recount:
    """Page through the store and decide anew for everyone."""
    editions = Rulebooks().current(connection).editions
    verbs = {verb for edition in editions for verb in edition.verbs}
    credentials = {one.key: one for one in access.list_(connection)}
    reading = _Reading(credentials, authorities.trusted(connection), policy_of, verbs)
    for one in lrs.statements({"ascending": "true", "limit": "0"}):
        reading.take(one)
    reading.restore(lrs)
    facts = _facts(connection, reading.evidence)
    return Recount(
        reading.read,
        {edition.programme.key: dict(_stand(edition, facts, now)) for edition in editions},
    )


class _Reading:
    """Sorts statements as they come: evidence of trusted platforms, and voidings that may not take evidence back."""

    def __init__(
        self,
        credentials: Mapping[str, Credential],
        trusted: Mapping[str, Authority],
        policy_of: PolicyOf,
        verbs: Collection[str],
    ) -> None:
        self._credentials = credentials
        self._trusted = trusted
        self._policy_of = policy_of
        self._verbs = verbs
        self._voidings: list[dict[str, Any]] = []
        self.read = 0
        self.evidence: list[Stored] = []

    def take(self, one: dict[str, Any]) -> None:
        self.read += 1
        if one["verb"]["id"] == VOIDED:
            self._voidings.append(one)
        elif one["verb"]["id"] in self._verbs:
            self.evidence += self._stored(one, self.read)

    def restore(self, lrs: TimedRemoteLRS) -> None:
        """The store hides whatever was voided; evidence goes only by its own authority's word or scope `all`."""
        by: dict[str, list[dict[str, Any]]] = {}
        for one in self._voidings:
            by.setdefault(str(one["object"].get("id", "")).lower(), []).append(one)
        for target_id, voidings in by.items():
            if any(self._voids_all(one) for one in voidings):
                continue
            target = lrs.voided(target_id)
            if target is None or target["verb"]["id"] not in self._verbs:
                continue
            if all(one["authority"] != target["authority"] for one in voidings):
                self.evidence += self._stored(target, 0)

    def _voids_all(self, one: dict[str, Any]) -> bool:
        sender, tied = self._sender(one), self._tied(one)
        return (sender is not None and "all" in sender.scopes) or (tied is not None and tied.keeper)

    def _source(self, one: dict[str, Any]) -> str | None:
        """The platform whose word it is: by the credential of its host intake, or by an authority of another store."""
        sender, tied = self._sender(one), self._tied(one)
        if sender is not None:
            return sender.source if sender.host_intake else None
        return tied.source if tied is not None else None

    def _tied(self, one: dict[str, Any]) -> Authority | None:
        return self._trusted.get(authorities.key_of(one.get("authority")) or "")

    def _sender(self, one: dict[str, Any]) -> Credential | None:
        account = one.get("authority", {}).get("account", {})
        return (
            self._credentials.get(account.get("name", ""))
            if account.get("homePage") == AUTHORITY_HOME
            else None
        )

    def _stored(self, one: dict[str, Any], order: int) -> Iterator[Stored]:
        source, actor = self._source(one), actor_key(one["actor"])
        if source is None or actor is None:
            return
        if intake.flag(one["actor"], self._policy_of(source)) is not None:
            return
        at, stored = formats.moment(one["timestamp"]), formats.moment(one["stored"])
        yield Stored(one["id"], source, actor, order, at, stored, one)


def _facts(connection: Connection, evidence: list[Stored]) -> dict[str, list[Fact]]:
    """Facts by learner. Order among equal moments and arrival are the store's bookkeeping, which the API hides."""
    books = _books(connection, [one.id for one in evidence])
    evidence = [
        one for one in evidence if one.id not in books or not books[one.id].flag or not _was_replaced(one)
    ]
    evidence = [one for one in evidence if one.id not in books or books[one.id].flag != RESEND]
    owners = _owners(connection, {one.actor_key for one in evidence})
    found: dict[str, list[Fact]] = {}
    for one in evidence:
        fact, owner = fact_of(one), owners.get((one.source, one.actor_key))
        if fact is not None and owner is not None:
            book = books.get(one.id, _Book(fact.order, fact.arrived, None))
            found.setdefault(owner, []).append(replace(fact, order=book.order, arrived=book.arrived))
    return found


def _stand(
    edition: Edition, facts: Mapping[str, Iterable[Fact]], now: datetime
) -> Iterator[tuple[str, Standing]]:
    for learner_id, mine in facts.items():
        states = progress(edition.programme, edition.mappings, mine)
        outcome = assess(edition.programme, states, Pending(), now)
        done = frozenset(topic for topic, state in states.items() if state.done)
        begun = done | {topic for topic, state in states.items() if state.started}
        if begun:
            yield learner_id, Standing(learner_id, begun, done, isinstance(outcome, Met))


def _was_replaced(one: Stored) -> bool:
    """Of whom the statement was before, and whether that was somebody of its platform, only the flag still tells."""
    return bool(one.statement["actor"].get("account", {}).get("homePage") in STAND_INS)


@dataclass(frozen=True, slots=True)
class _Book:
    order: int
    arrived: datetime
    flag: str | None


def _books(connection: Connection, ids: list[str]) -> dict[str, _Book]:
    row = statement_table.c
    found: dict[str, _Book] = {}
    for start in range(0, len(ids), _AT_ONCE):
        wanted = select(row.id, row.last_seq, row.flag, CAME.label("came")).where(
            row.id.in_(ids[start : start + _AT_ONCE])
        )
        found |= {
            one.id: _Book(one.last_seq, formats.from_micros(one.came), one.flag)
            for one in connection.execute(wanted)
        }
    return found


def _owners(connection: Connection, actor_keys: Collection[str]) -> dict[identity.Identifier, str]:
    """By (source, actor key as the record store has it)."""
    keys = sorted(actor_keys)
    found: dict[identity.Identifier, str] = {}
    for start in range(0, len(keys), _AT_ONCE):
        real = pseudonyms.real(connection, keys[start : start + _AT_ONCE])
        there: dict[str, list[str]] = {}
        for name, key in real.items():
            there.setdefault(key, []).append(name)
        owners = identity.owners(connection, there.keys())
        found |= {(source, name): owner for (source, key), owner in owners.items() for name in there[key]}
    return found
