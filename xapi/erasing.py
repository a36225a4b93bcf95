"""One person taken out of everything that is stored: payloads rewritten, keys and links with them, in one transaction."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, delete, exists, select, update

from xapi import attachments, equality, exact, identity, quarantine, sql, tables
from xapi.document_tables import document
from xapi.links import links
from xapi.masking import Json, erased, masked, without_registration
from xapi.signatures import SIGNATURE

_statement = tables.statement
_AT_ONCE = 500


def count(connection: Connection, actor_keys: Collection[str]) -> dict[str, int]:
    """What `erase` would touch, by kind."""
    found: Counter[str] = Counter(statements=len(_numbers(connection, actor_keys)))
    for part in _parts(actor_keys):
        for name, table in (
            ("documents", document),
            ("tokens", tables.token),
            ("quarantined", tables.quarantine),
        ):
            found[name] += len(
                connection.execute(select(table.c.actor_key).where(table.c.actor_key.in_(part))).all()
            )
    return dict(found)


def erase(
    connection: Connection, actor_keys: Collection[str], account: str, words: Collection[str] = ()
) -> dict[str, int]:
    """Replace these actors by `account` everywhere; `words`: what else names the person in bodies that are no statements.

    Their documents, tokens and quarantined statements go. Keeps other writers out until the transaction ends (see `erased` for
    those that come after). Gives how much was touched, by kind.
    """
    sql.alone(connection)
    found = count(connection, actor_keys)
    numbers = _numbers(connection, actor_keys)
    keys = frozenset(actor_keys)
    for start in range(0, len(numbers), _AT_ONCE):
        some = numbers[start : start + _AT_ONCE]
        _drop_contents(connection, some, keys)
        _rewrite(connection, some, keys, account)
    for part in _parts(actor_keys):
        for table in (tables.agent, tables.agent_link, document, tables.token, tables.quarantine):
            connection.execute(delete(table).where(table.c.actor_key.in_(part)))
    found["bodies"] = _blacken(connection, [word.encode() for word in words], account)
    return found


def _numbers(connection: Connection, actor_keys: Collection[str]) -> list[int]:
    """Of the statements that name any of these."""
    found: set[int] = set()
    for part in _parts(actor_keys):
        for row in (_statement.c, tables.agent_link.c):
            found |= set(connection.execute(select(row.seq).where(row.actor_key.in_(part))).scalars())
    return sorted(found)


def _rewrite(connection: Connection, numbers: Sequence[int], keys: frozenset[str], account: str) -> None:
    whole = erased(account)

    def mask(agent: Json) -> Json:
        if identity.key(agent) not in keys:
            return agent
        return {**{name: agent[name] for name in ("objectType", "member") if name in agent}, **whole}

    row, kept = _statement.c, tables.payload.c
    held = select(row.seq, kept.payload, row.content_hash).select_from(tables.whole)
    rows = connection.execute(held.where(row.seq.in_(numbers)).order_by(row.id))
    changes, linked = [], []
    for seq, payload, content_hash in rows.all():
        before = exact.loads(payload.encode())
        after = masked(before, mask)
        changes.append(_row(seq, before, after, content_hash))
        linked.append((seq, links(after).agents))
    for table, names in ((_statement, ("actor_key", "content_hash")), (tables.payload, ("payload",))):
        change = update(table).where(table.c.seq == bindparam("number"))
        values: Json = {name: bindparam(f"new_{name}") for name in names}
        if changes:
            connection.execute(change.values(values), changes)
    _link(connection, whole, linked)
    instead = identity.key(whole) or ""
    _forget(connection, numbers, keys, instead)
    _unlink_own(connection, numbers, instead)


def _forget(connection: Connection, numbers: Sequence[int], keys: frozenset[str], instead: str) -> None:
    """Of statements whose payload was dropped, only whose they were and the mark of their content are left."""
    row = _statement.c
    bare = row.seq.in_(numbers) & ~exists().where(tables.payload.c.seq == row.seq)
    connection.execute(update(_statement).where(bare).values(content_hash=equality.FORGOTTEN))
    connection.execute(update(_statement).where(bare, row.actor_key.in_(keys)).values(actor_key=instead))


def _unlink_own(connection: Connection, numbers: Sequence[int], actor_key: str) -> None:
    """Who is a statement's own actor now, and was only named in it before."""
    link = tables.agent_link.c
    own = exists().where(_statement.c.seq == link.seq, _statement.c.actor_key == link.actor_key)
    named = delete(tables.agent_link).where(link.actor_key == actor_key, link.seq.in_(numbers))
    connection.execute(named.where(own))


def _drop_contents(connection: Connection, numbers: Sequence[int], keys: frozenset[str]) -> None:
    """What the person attached, and every signature: it holds the statement as it was signed, names and all."""
    row, use, part = _statement.c, tables.attachment_use, tables.attachment
    gone: list[tuple[int, str]] = []
    whole = select(row.seq, tables.payload.c.payload, row.actor_key).select_from(tables.whole)
    attached = whole.where(row.seq.in_(numbers))
    for seq, payload, actor_key in connection.execute(attached.where(row.seq.in_(select(use.c.seq)))):
        for _, one in attachments.every(exact.loads(payload.encode())):
            if actor_key in keys or one["usageType"] == SIGNATURE:
                gone.append((seq, one["sha2"].lower()))
    for seq, sha2 in gone:
        connection.execute(delete(use).where(use.c.seq == seq, use.c.sha2 == sha2))
    unused = part.c.sha2.in_({sha2 for _, sha2 in gone}) & part.c.sha2.not_in(select(use.c.sha2))
    connection.execute(delete(part).where(unused))


def _row(seq: int, before: Json, after: Json, content_hash: str) -> dict[str, Any]:
    whole = equality.fingerprint(before) == content_hash
    return {
        "number": seq,
        "new_payload": exact.dumps(after).decode(),
        "new_actor_key": identity.key(after["actor"]),
        "new_content_hash": equality.fingerprint(after if whole else without_registration(after)),
    }


def _link(connection: Connection, whole: Json, linked: Sequence[tuple[int, dict[str, bool]]]) -> None:
    key = identity.key(whole)
    agents = sql.insert(connection, tables.agent).on_conflict_do_nothing()
    connection.execute(agents, [{"actor_key": key, "ifi": exact.dumps(whole).decode()}])
    rows = [
        {"actor_key": key, "seq": seq, "direct": found[key]} for seq, found in linked if key and key in found
    ]
    if rows:
        adding = sql.insert(connection, tables.agent_link)
        direct = {"direct": adding.excluded.direct}
        connection.execute(
            adding.on_conflict_do_update(index_elements=["actor_key", "seq"], set_=direct), rows
        )


def _blacken(connection: Connection, words: Collection[bytes], account: str) -> int:
    """Bodies that nobody could read as statements hold many people: only the person's own words go."""
    after, changed = 0, 0
    while page := quarantine.list_(connection, after=after):
        after = page[-1].id
        for one in page:
            raw = one.raw
            for word in words:
                raw = raw.replace(word, account.encode())
            if raw != one.raw:
                quarantine.replace_raw(connection, one.id, raw)
                changed += 1
    return changed


def _parts(actor_keys: Collection[str]) -> Iterator[list[str]]:
    keys = sorted(set(actor_keys))
    return (keys[start : start + _AT_ONCE] for start in range(0, len(keys), _AT_ONCE))
