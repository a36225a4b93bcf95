"""A SELECT put into the database's own words once and asked with other values each time.

SQLAlchemy's way of every statement sent costs several times what a look-up by a key does: a page of statements, which asks four
times, took 6 ms of the processor that way.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Dialect, SelectBase
from sqlalchemy.dialects import postgresql, sqlite

from xapi import arrays, sql


@dataclass(frozen=True, slots=True)
class Ready:
    """`text`: in the words of one database; `values`: the names of its parameters in order, each with what stands there unless given.

    `by_keys`: it finds its rows by keys, so that PostgreSQL may keep its plan. What is asked in many ways at once is planned by
    its values: how rare they are decides which index to read.
    """

    text: str
    values: tuple[tuple[str, Any], ...]
    columns: tuple[str, ...]
    by_keys: bool

    def rows(self, connection: Connection, given: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """The rows, as tuples in the order of the columns; a truth may be 0 or 1. Raises SQLAlchemy's errors."""
        values = [given.get(name, value) for name, value in self.values]
        return sql.rows(connection, self.text, values, plan_kept=self.by_keys)


def ready(wanted: SelectBase, *, on_sqlite: bool, by_keys: bool = False) -> Ready:
    """Parameters that others give are its `bindparam`s by name: texts and whole numbers."""
    speaks: Callable[..., Dialect] = sqlite.dialect if on_sqlite else postgresql.dialect
    dialect = speaks(paramstyle="qmark" if on_sqlite else "numeric_dollar")
    compiled = wanted.compile(dialect=dialect, compile_kwargs={"render_postcompile": True})
    values = compiled.params
    named = tuple((name, _value(values[name])) for name in compiled.positiontup or ())
    return Ready(str(compiled), named, tuple(wanted.selected_columns.keys()), by_keys)


def _value(held: Any) -> Any:
    """A list is one value of PostgreSQL's (see `many`)."""
    return arrays.texts(held) if isinstance(held, list) else held
