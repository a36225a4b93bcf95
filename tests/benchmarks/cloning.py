"""A large store in little time: what the product stored, again and again under new ids and numbers, by the database itself."""

from sqlalchemy import Connection, text

from lti_tool.base.database import Database

_COLUMNS = (
    "source, credential_key, authority, actor_key, verb, object_id, registration, ref_id, "
    '"timestamp", content_hash, flag'
)
_LINKS = {"xapi_activity_link": "activity_key", "xapi_agent_link": "actor_key"}


def multiply(database: Database, times: int) -> None:
    """Make the store `times` as large: every row of a statement is copied, its JSON keeps the old id."""
    with database.transaction() as connection:
        last = int(connection.execute(text("SELECT max(seq) FROM xapi_statement")).scalar_one())
        for copy in range(1, times):
            _copy(connection, last, copy * last, sqlite=database.is_sqlite)
        if not database.is_sqlite:
            connection.execute(text(f"SELECT setval('xapi_statement_seq_seq', {times * last})"))


def _copy(connection: Connection, last: int, shift: int, *, sqlite: bool) -> None:
    number = f"printf('%012x', seq + {shift})" if sqlite else f"lpad(to_hex(seq + {shift}), 12, '0')"
    connection.execute(
        text(
            f"INSERT INTO xapi_statement (seq, last_seq, stored, id, {_COLUMNS})"
            f" SELECT seq + {shift}, last_seq + {shift}, stored + {shift}, substr(id, 1, 24) || {number}, {_COLUMNS}"
            f" FROM xapi_statement WHERE seq <= {last}"
        )
    )
    connection.execute(
        text(
            f"INSERT INTO xapi_payload (seq, payload) SELECT seq + {shift}, payload FROM xapi_payload WHERE seq <= {last}"
        )
    )
    for table, key in _LINKS.items():
        connection.execute(
            text(
                f"INSERT INTO {table} ({key}, seq, direct)"
                f" SELECT {key}, seq + {shift}, direct FROM {table} WHERE seq <= {last}"
            )
        )


def settle(database: Database) -> None:
    """What a database does by itself in quiet hours."""
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE" if database.is_sqlite else "VACUUM ANALYZE"))
