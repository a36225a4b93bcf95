"""A condition "is one of these values", whose SQL on PostgreSQL is the same however many values there are.

SQLAlchemy's own `in_` writes one parameter a value: a statement for each number of values, made, parsed and planned anew each time,
which on the way of a review cost more than what was asked. SQLite, which has no round trips, plans best by the values themselves.
"""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Boolean, ColumnElement, Text, bindparam
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.sql.operators import OperatorType


def one_of(column: ColumnElement[str], values: Iterable[str]) -> ColumnElement[bool]:
    """True where the column is one of these strings; never where there are none."""
    wanted = sorted(set(values))
    return _OneOf(column.in_(wanted), column, bindparam(None, wanted, type_=ARRAY(Text())))


class _OneOf(FunctionElement[bool]):
    """As a list of values, and as a column and an array."""

    type = Boolean()
    inherit_cache = True

    def self_group(self, against: OperatorType | None = None) -> "_OneOf":  # noqa: ARG002 - SQLAlchemy's signature
        """As it is: SQLAlchemy would ask SQLite whether it "= 1", and no index is found by that."""
        return self


@compiles(_OneOf)
def _as_list(element: _OneOf, compiler: SQLCompiler, **how: Any) -> str:
    listed, _column, _values = element.clauses
    return f"({compiler.process(listed, **how)})"


@compiles(_OneOf, "postgresql")
def _as_array(element: _OneOf, compiler: SQLCompiler, **how: Any) -> str:
    _listed, column, values = element.clauses
    return f"({compiler.process(column, **how)} = ANY ({compiler.process(values, **how)}))"
