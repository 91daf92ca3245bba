"""Many rows in one statement, without the database library's work for each row: that was half of a batch (measured).

SQLite gets one prepared statement and plain tuples; PostgreSQL one array for each column, so that the server too
plans and runs one statement, whatever the number of rows. All statements are compiled once.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Any

import msgspec
from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Insert,
    Select,
    String,
    Table,
    Text,
    Update,
    any_,
    bindparam,
    func,
    insert,
    select,
    update,
)  # fmt: skip
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.compiler import SQLCompiler

Names = tuple[str, ...]
Rows = Sequence[Sequence[object]]
"""Each row's values in the order of the names."""


def insert_rows(connection: Connection, table: Table, names: Names, rows: Rows, *, ignore: bool = False) -> None:
    """Insert rows; with `ignore`, those that are there already are left out."""
    if rows and connection.dialect.name == "sqlite":
        text, bound = _sqlite_insert(table, names, ignore)
        connection.exec_driver_sql(text, bound(rows))
    elif rows:
        connection.execute(_postgres_insert(table, names, ignore), _arrays(names, rows))


def update_rows(connection: Connection, table: Table, names: Names, rows: Rows) -> None:
    """Update rows; the first name is the column that finds each of them, once."""
    if rows and connection.dialect.name == "sqlite":
        text, bound = _sqlite_update(table, names)
        connection.exec_driver_sql(text, bound(rows))
    elif rows:
        connection.execute(_postgres_update(table, names), _arrays(names, rows))


def rows_of(
    connection: Connection, table: Table, names: Names, values: Sequence[Any], *, lock: bool = False
) -> list[tuple[Any, ...]]:
    """The named columns of the rows whose first one is among `values`, in its order; `lock`: for the transaction.

    The values are one parameter: a list would be another statement, made and planned anew, each time.
    """
    if connection.dialect.name == "sqlite":
        text, bind, read = _sqlite_select(table, names)
        listed = msgspec.json.encode([bind(v) for v in values] if bind else values).decode()
        return read(connection.exec_driver_sql(text, (listed,)).all())
    return [tuple(row) for row in connection.execute(_postgres_select(table, names, lock), {_ARRAY: list(values)})]


# ---- SQLite -------------------------------------------------------------------------------------

_SQLITE = sqlite.dialect()
_FOUND_BY = "found_by"

Bind = Callable[[Any], Any]
Bound = Callable[[Rows], list[tuple[object, ...]]]


@cache
def _sqlite_insert(table: Table, names: Names, ignore: bool) -> tuple[str, Bound]:
    statement = sqlite.insert(table).on_conflict_do_nothing() if ignore else insert(table)
    return _compiled(statement, names)


@cache
def _sqlite_update(table: Table, names: Names) -> tuple[str, Bound]:
    return _compiled(update(table).where(table.c[names[0]] == bindparam(_FOUND_BY)), names)


@cache
def _sqlite_select(table: Table, names: Names) -> tuple[str, Bind | None, Callable[[Any], list[tuple[Any, ...]]]]:
    found_by = table.c[names[0]]
    among = select(func.json_each(bindparam(_FOUND_BY)).table_valued("value").c.value)
    statement = select(*(table.c[n] for n in names)).where(found_by.in_(among)).order_by(found_by)
    plan = [table.c[name].type.dialect_impl(_SQLITE).result_processor(_SQLITE, None) for name in names]

    def read(rows: Iterable[Any]) -> list[tuple[Any, ...]]:
        return [tuple([back(v) if back else v for v, back in zip(row, plan, strict=True)]) for row in rows]

    return str(statement.compile(dialect=_SQLITE)), _binder(found_by), read


def _compiled(statement: Insert | Update, names: Names) -> tuple[str, Bound]:
    """The statement's text, and what brings rows into the order and form that the driver takes."""
    keys = [n for n in names if isinstance(statement, Insert) or n != names[0]]
    compiled = statement.compile(dialect=_SQLITE, column_keys=keys)
    assert isinstance(compiled, SQLCompiler) and compiled.positiontup
    order = [names.index(names[0] if n == _FOUND_BY else n) for n in compiled.positiontup]
    plan = [(n, _binder(statement.table.c[names[n]])) for n in order]
    return str(compiled), lambda rows: [tuple([bind(row[n]) if bind else row[n] for n, bind in plan]) for row in rows]


def _binder(column: ColumnElement[Any]) -> Bind | None:
    """What turns a value of this column into what the driver takes; None: it takes it as it is."""
    return column.type.dialect_impl(_SQLITE).bind_processor(_SQLITE)


# ---- PostgreSQL ---------------------------------------------------------------------------------

_ARRAY = "all_"


@cache
def _postgres_select(table: Table, names: Names, lock: bool) -> Select[Any]:
    found_by = table.c[names[0]]
    among = found_by == any_(bindparam(_ARRAY, type_=postgresql.ARRAY(found_by.type)))
    statement = select(*(table.c[n] for n in names)).where(among).order_by(found_by)
    return statement.with_for_update() if lock else statement


@cache
def _postgres_insert(table: Table, names: Names, ignore: bool) -> postgresql.Insert:
    given = _unnested(table, names)
    # The compiler asks for defaults of key columns that a SELECT might leave out; ours names every column.
    statement = postgresql.insert(table).from_select(names, given, include_defaults=False)
    return statement.on_conflict_do_nothing() if ignore else statement


@cache
def _postgres_update(table: Table, names: Names) -> Update:
    given = _unnested(table, names).subquery("given")
    found = table.c[names[0]] == given.c[names[0]]
    return update(table).where(found).values({name: given.c[name] for name in names[1:]})


def _unnested(table: Table, names: Names) -> Select[Any]:
    """The rows that were given as one array for each column."""
    return select(*(_each(table.c[name]) for name in names))


def _each(column: Column[Any]) -> ColumnElement[Any]:
    # A cast to VARCHAR(40) would cut longer text off, silently; as TEXT it is refused, as it must be.
    kind = Text() if isinstance(column.type, String) else column.type
    # One dimension, said so: else a JSON value that is a list itself is taken for a dimension more.
    array = bindparam(_ARRAY + column.name, type_=postgresql.ARRAY(kind, dimensions=1))
    return func.unnest(array, type_=column.type).label(column.name)


def _arrays(names: Names, rows: Rows) -> dict[str, list[object]]:
    return {_ARRAY + name: [row[n] for row in rows] for n, name in enumerate(names)}
