"""Every imported mapping of every platform. The newest of a (programme, platform) is the one in force."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, RowMapping, select

from lti_tool.base import audit
from lti_tool.base.database import insert
from lti_tool.programmes import mapping_reader, tables, versions
from lti_tool.programmes.mapping_reader import MappingFile, read_mapping
from lti_tool.programmes.versions import MarkAll
from rules import evidence
from rules.programme import Programme


@dataclass(frozen=True, slots=True)
class Imported:
    """One imported mapping. `new`: this call made it; else the same content was in force already."""

    programme: str
    source: str
    version: int
    sha256: str
    loaded_at: datetime
    new: bool = False


def import_(
    connection: Connection,
    text: str,
    filename: str,
    now: datetime,
    *,
    mark_all: MarkAll,
    who: str = "command",
) -> Imported:
    """Put a mapping file in force for its programme and platform; nothing changes when it is in force already.

    `mark_all(connection)` as in `versions.load`. Raises ProgrammeError for a bad file or a programme that is not loaded.
    """
    read = read_mapping(text, filename, lambda key: _topics(connection, key))
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    known = _newest(connection, read.programme, read.mapping.source)
    if known and known["sha256"] == sha256:
        return _imported(known)
    made = Imported(
        read.programme, read.mapping.source, known["version"] + 1 if known else 1, sha256, now, True
    )
    _insert(connection, made, text, read)
    details = {"platform": made.source, "version": made.version, "sha256": sha256}
    subject = f"programme:{made.programme}"
    audit.record(connection, who=who, act="mapping.import", subject=subject, details=details, at=now)
    mark_all(connection)
    return made


def current(connection: Connection, programme_key: str) -> dict[str, evidence.Mapping]:
    """The mappings in force by source, and the default under `rules.evidence.ANY_SOURCE` for every other platform.

    Empty when the programme is not loaded.
    """
    programme = versions.current(connection, programme_key)
    if programme is None:
        return {}
    topics = programme.topic_keys
    found = {evidence.ANY_SOURCE: mapping_reader.default(topics)}
    for row in _all_newest(connection, programme_key):
        found[row["source"]] = mapping_reader.restore(json.loads(row["plain"]), topics, row["version"])
    return found


def listed(connection: Connection, programme_key: str) -> tuple[Imported, ...]:
    """The imported mappings in force for a programme, by platform."""
    return tuple(_imported(row) for row in _all_newest(connection, programme_key))


def text_of(connection: Connection, programme_key: str, source: str) -> str | None:
    """The newest mapping file of a platform as it was imported."""
    row = _newest(connection, programme_key, source)
    return row["text"] if row else None


def unmapped(
    programme: Programme, mappings: Mapping[str, evidence.Mapping], sources: Iterable[str] = ()
) -> dict[str, tuple[str, ...]]:
    """For each platform the topics that none of its activities can complete; platforms that map every topic are left out.

    `sources`: issuers of the known platforms; those without a mapping of their own have the default, which maps every topic.
    """
    found: dict[str, tuple[str, ...]] = {}
    for source in sorted({*sources, *mappings} - {evidence.ANY_SOURCE}):
        mapping = mappings.get(source) or mappings.get(evidence.ANY_SOURCE)
        mapped = mapping.topics if mapping else {}
        if missing := tuple(key for key in programme.topic_keys if key not in mapped):
            found[source] = missing
    return found


def _topics(connection: Connection, key: str) -> tuple[str, ...] | None:
    programme = versions.current(connection, key)
    return programme.topic_keys if programme else None


def _newest(connection: Connection, programme: str, source: str) -> RowMapping | None:
    table = tables.mapping.c
    rows = select(tables.mapping).where(table.programme == programme, table.source == source)
    return connection.execute(rows.order_by(table.version.desc()).limit(1)).mappings().first()


def _all_newest(connection: Connection, programme: str) -> tuple[RowMapping, ...]:
    table = tables.mapping.c
    sources = select(table.source).where(table.programme == programme).distinct()
    found = (_newest(connection, programme, source) for source in sorted(connection.scalars(sources)))
    return tuple(row for row in found if row)


def _insert(connection: Connection, made: Imported, text: str, read: MappingFile) -> None:
    row = {
        "programme": made.programme,
        "source": made.source,
        "version": made.version,
        "sha256": made.sha256,
        "text": text,
        "plain": json.dumps(read.plain, ensure_ascii=False),
        "loaded_at": made.loaded_at,
    }
    connection.execute(insert(connection, tables.mapping).values(row))


def _imported(row: RowMapping) -> Imported:
    return Imported(row["programme"], row["source"], row["version"], row["sha256"], row["loaded_at"])
