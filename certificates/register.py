"""The register: who was awarded what, under which number, and the document's bytes, stored once.

Every function works inside the caller's transaction: an award and the work it causes are one.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from sqlalchemy import case, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from certificates import names
from certificates import number as numbers
from certificates.certificate import Certificate, DocumentState, Facts, Revocation, Status
from certificates.design import LANDSCAPE
from certificates.tables import certificate, document

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from sqlalchemy import Connection, Row, Table

PDF = "pdf"
ERASED = "erased"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TRIES = 5


class RegisterError(Exception):
    """An act that the register refuses; the message says why."""


def award(
    connection: Connection,
    *,
    holder: str,
    programme: str,
    edition: str,
    facts: Facts,
    now: datetime,
    make_number: Callable[[], str] = numbers.make,
) -> Certificate:
    """Return the certificate of this holder, programme and edition, registering it when there is none.

    However many triggers come at once, one row is made (the partial unique index decides). A revoked certificate is returned
    as it is: what a person took back, no recomputation gives again (a reissue will be an act of its own).
    A name that is missing or cannot be printed does not stop the award: the document waits, with the reason.
    """
    facts = facts.named(facts.holder_name)
    for _ in range(_TRIES):
        found = _of(connection, holder, programme, edition, facts.rehearsal)
        if found:
            return found
        row = {
            "number": make_number(),
            "holder": holder,
            "programme": programme,
            "edition": edition,
            "rehearsal": facts.rehearsal,
            "design": LANDSCAPE.version,
            "awarded_at": _micro(now),
            "status": Status.VALID,
        }
        # Without a conflict target both the one valid certificate and an (improbable) equal number end here.
        values = row | _facts_columns(facts)
        connection.execute(_insert(connection, certificate).values(values).on_conflict_do_nothing())
    raise RegisterError("no certificate could be registered")


def find(connection: Connection, number: str) -> Certificate | None:
    """Return the certificate of *number* (as printed), or None."""
    row = connection.execute(select(certificate).where(certificate.c.number == number)).one_or_none()
    return _certificate(row) if row else None


def of_holder(connection: Connection, holder: str) -> list[Certificate]:
    """Return every certificate of *holder*, newest first, revoked ones too."""
    query = (
        select(certificate).where(certificate.c.holder == holder).order_by(certificate.c.awarded_at.desc())
    )
    return [_certificate(row) for row in connection.execute(query)]


def holders(connection: Connection, among: Collection[str]) -> set[str]:
    """Return those of *among* who hold any certificate, revoked ones included."""
    query = select(certificate.c.holder).where(certificate.c.holder.in_(sorted(among))).distinct()
    return set(connection.execute(query).scalars())


def waiting(connection: Connection, limit: int = 1000) -> list[Certificate]:
    """Return valid certificates whose document waits for a person, oldest first."""
    return [one for one in _in_state(connection, DocumentState.WAITING, limit) if not one.erased]


def due(connection: Connection, limit: int = 1000) -> list[Certificate]:
    """Return valid certificates whose document can be composed and is not stored yet, oldest first."""
    return _in_state(connection, DocumentState.DUE, limit)


def set_name(connection: Connection, number: str, name: str) -> Certificate:
    """Set the holder's name before the document is stored; the document becomes due when the name can be printed.

    Raises RegisterError for an unknown number and once the document is stored: its bytes never change.
    """
    held = find(connection, number)
    if held is None:
        raise RegisterError("unknown number")
    still_open = certificate.c.document != DocumentState.ISSUED
    values = _facts_columns(held.facts.named(name))
    changed = connection.execute(
        update(certificate).where(certificate.c.number == number, still_open).values(values)
    )
    if changed.rowcount != 1:
        raise RegisterError("the document is issued: its name is part of signed bytes")
    return _known(connection, number)


def store(
    connection: Connection, number: str, content: bytes, now: datetime, facts: Facts | None = None
) -> bytes | None:
    """Store the signed PDF once; return the bytes that are stored, which may be those of an earlier call.

    None, and nothing is stored, when the document waits for a name or no longer says what was composed: *facts* are those
    that *content* was made of, and the name may have been corrected meanwhile.
    """
    due = (certificate.c.number == number) & (certificate.c.document == DocumentState.DUE)
    if facts:
        due &= certificate.c.facts == _text(facts)
    values = {
        "number": number,
        "kind": PDF,
        "sha256": sha256(content).hexdigest(),
        "bytes": content,
        "stored_at": _micro(now),
    }
    # The row's lock, held until the end of the transaction, keeps `set_name` out between the two statements.
    changed = connection.execute(update(certificate).where(due).values(document=DocumentState.ISSUED))
    if changed.rowcount == 1:
        connection.execute(_insert(connection, document).values(values).on_conflict_do_nothing())
    return _document(connection, number, PDF)


def document_of(connection: Connection, number: str, kind: str = PDF) -> bytes | None:
    """Return the stored bytes, or None while the document is not issued.

    Raises RegisterError when the bytes no longer have the digest they were stored under.
    """
    return _document(connection, number, kind)


def revoke(connection: Connection, number: str, reason: str, now: datetime) -> bool:
    """Take the certificate back; return whether this call did (False: unknown, or revoked already)."""
    valid = (certificate.c.number == number) & (certificate.c.status == Status.VALID)
    values = {"status": Status.REVOKED, "revoked_at": _micro(now), "revoked_reason": reason}
    return connection.execute(update(certificate).where(valid).values(values)).rowcount == 1


def erase(connection: Connection, holder: str) -> int:
    """Take the holder's name out of the register and its documents away; number, date and status stay. Gives how many it was.

    What was printed or downloaded is out of reach: its number still says that it was awarded, and no longer to whom.
    """
    held = of_holder(connection, holder)
    for one in held:
        connection.execute(delete(document).where(document.c.number == one.number))
        values: dict[str, str | None] = {
            "facts": _text(replace(one.facts, holder_name=None, unit=None)),
            "document": DocumentState.WAITING,
        }
        values |= {"waiting_code": ERASED, "waiting_missing": None}
        connection.execute(update(certificate).where(certificate.c.number == one.number).values(values))
    return len(held)


def _of(
    connection: Connection, holder: str, programme: str, edition: str, rehearsal: bool
) -> Certificate | None:
    query = (
        select(certificate)
        .where(certificate.c.holder == holder)
        .where(certificate.c.programme == programme, certificate.c.edition == edition)
        .where(certificate.c.rehearsal == rehearsal)
        .order_by(case((certificate.c.status == Status.VALID, 0), else_=1), certificate.c.awarded_at.desc())
        .limit(1)
    )
    row = connection.execute(query).one_or_none()
    return _certificate(row) if row else None


def _known(connection: Connection, number: str) -> Certificate:
    return _certificate(connection.execute(select(certificate).where(certificate.c.number == number)).one())


def _in_state(connection: Connection, state: DocumentState, limit: int) -> list[Certificate]:
    query = select(certificate).where(certificate.c.document == state, certificate.c.status == Status.VALID)
    rows = connection.execute(query.order_by(certificate.c.awarded_at, certificate.c.number).limit(limit))
    return [_certificate(row) for row in rows]


def _facts_columns(facts: Facts) -> dict[str, Any]:
    problem = names.problem(facts.holder_name)
    return {
        "facts": _text(facts),
        "document": DocumentState.WAITING if problem else DocumentState.DUE,
        "waiting_code": problem.code if problem else None,
        "waiting_missing": problem.missing if problem else None,
    }


def _text(facts: Facts) -> str:
    return json.dumps(facts.to_plain(), ensure_ascii=False)


def _document(connection: Connection, number: str, kind: str) -> bytes | None:
    wanted = (document.c.number == number) & (document.c.kind == kind)
    row = connection.execute(select(document.c.bytes, document.c.sha256).where(wanted)).one_or_none()
    if row is None:
        return None
    if sha256(row.bytes).hexdigest() != row.sha256:
        raise RegisterError("the stored document was changed")
    return bytes(row.bytes)


def _certificate(row: Row[Any]) -> Certificate:
    problem = names.Problem(row.waiting_code, row.waiting_missing or "") if row.waiting_code else None
    revoked = row.status == Status.REVOKED
    return Certificate(
        number=row.number,
        holder=row.holder,
        programme=row.programme,
        edition=row.edition,
        facts=Facts.from_plain(json.loads(row.facts)),
        design=row.design,
        awarded_at=_moment(row.awarded_at),
        status=Status(row.status),
        document=DocumentState(row.document),
        waiting=problem,
        revocation=Revocation(_moment(row.revoked_at), row.revoked_reason) if revoked else None,
    )


def _insert(connection: Connection, table: Table) -> Any:
    return (sqlite if connection.dialect.name == "sqlite" else postgresql).insert(table)


def _micro(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1)


def _moment(micro: int) -> datetime:
    return _EPOCH + timedelta(microseconds=micro)
