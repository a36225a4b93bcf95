"""PostgreSQL asked through its own library: one blocking call a round trip.

psycopg waits for an answer in Python, and between the steps of waiting the process's other threads want their turn: with four threads
that store single statements the six round trips of a transaction cost 740 µs of the processor that way, and 100 µs this way. The
connection stays psycopg's, which sees by its state that a transaction is open, and ends it.
"""

from collections.abc import Callable, MutableMapping, Sequence
from struct import pack
from typing import Any

import psycopg
from psycopg.errors import error_from_result
from psycopg.pq import ConnStatus, ExecStatus, Format, TransactionStatus
from psycopg.pq.abc import PGconn, PGresult

Value = str | int | bytes  # a text, a bigint, what is in PostgreSQL's binary form already (see `arrays`)
_PREPARED = "xapi.libpq"
_GOOD = frozenset({ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK})

_READ: dict[int, Callable[[bytes], Any]] = {  # by the number of PostgreSQL's type
    16: lambda raw: raw == b"\1",
    20: lambda raw: int.from_bytes(raw, "big", signed=True),
    25: bytes.decode,
    1043: bytes.decode,
}


def rows(
    line: "psycopg.Connection[Any]",
    kept: MutableMapping[Any, Any] | None,
    statement: str,
    values: Sequence[Value],
) -> list[tuple[Any, ...]]:
    """The rows of a statement with `$1`, `$2` … in it, none for one that gives none; begins a transaction as psycopg does.

    `kept`: lives as long as the connection does, for what is prepared on it; None: nothing is, it is planned by its values.
    Columns are bigint, text or boolean. Raises psycopg.Error.
    """
    pgconn = line.pgconn
    if not line.autocommit and pgconn.transaction_status == TransactionStatus.IDLE:
        run(pgconn, b"BEGIN")
    sent = [_binary(value) for value in values]
    formats = [Format.BINARY] * len(sent)
    if kept is None:
        result = pgconn.exec_params(statement.encode(), sent, None, formats, Format.BINARY)
    else:
        name = _prepared(pgconn, kept.setdefault(_PREPARED, {}), statement)
        result = pgconn.exec_prepared(name, sent, formats, Format.BINARY)
    return _read(_checked(pgconn, result))


def begin(
    line: "psycopg.Connection[Any]", kept: MutableMapping[Any, Any], begin: bytes, statement: str, values: str
) -> str:
    """Begin a transaction and give the one text that a statement finds, in one round trip.

    `begin`: commands without parameters; `values`: of the statement's parameters as SQL writes them, nobody's words among them.
    Raises psycopg.Error.
    """
    name = _prepared(line.pgconn, kept.setdefault(_PREPARED, {}), statement)
    command = b"%b; EXECUTE %b(%b)" % (begin, name, values.encode())
    ((found,),) = _read(_checked(line.pgconn, line.pgconn.exec_(command)))
    return str(found)


def run(pgconn: PGconn, command: bytes) -> bytes | None:
    """Run a command without parameters; gives what PostgreSQL says it did. Raises psycopg.Error."""
    return _checked(pgconn, pgconn.exec_(command)).command_status


def _prepared(pgconn: PGconn, known: dict[str, bytes], statement: str) -> bytes:
    name = known.get(statement)
    if name is None:
        name = b"xapi_%d" % len(known)
        _checked(pgconn, pgconn.prepare(name, statement.encode()))
        known[statement] = name
    return name


def _binary(value: Value) -> bytes:
    if isinstance(value, bytes):
        return value
    return value.encode() if isinstance(value, str) else pack("!q", value)


def _read(result: PGresult) -> list[tuple[Any, ...]]:
    columns = range(result.nfields)
    reads = [_READ[result.ftype(column)] for column in columns]
    return [
        tuple(
            None if (raw := result.get_value(row, column)) is None else reads[column](raw)
            for column in columns
        )
        for row in range(result.ntuples)
    ]


def _checked(pgconn: PGconn, result: PGresult) -> PGresult:
    if result.status in _GOOD:
        return result
    if pgconn.status == ConnStatus.BAD:
        raise psycopg.OperationalError(pgconn.get_error_message())
    raise error_from_result(result)
