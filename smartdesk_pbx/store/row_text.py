"""Rows as lines of JSON and back: one object a row, columns in their order, nothing lost."""

from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import JSON, Column, Date, LargeBinary, Table, Uuid

from smartdesk_pbx.errors import RuleBroken
from smartdesk_pbx.store.chain import instant
from smartdesk_pbx.store.moment import Moment

_encode = msgspec.json.Encoder().encode


def to_line(row: Mapping[str, Any]) -> bytes:
    """A row as one line. Times are UTC with microseconds, ciphertext is base64."""
    return _encode({name: _written(value) for name, value in row.items()}) + b"\n"


def _written(value: Any) -> Any:
    if isinstance(value, datetime):
        return instant(value)
    if isinstance(value, bytes):
        return b64encode(value).decode()
    return value


class Reader:
    """Turns the lines of one table back into rows."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._read = {column.name: _reader(column) for column in table.columns}

    def row(self, line: bytes) -> dict[str, Any]:
        """The row of a line. Raises `RuleBroken` when it does not fit the table."""
        try:
            said: dict[str, Any] = msgspec.json.decode(line, type=dict[str, Any])
            return {name: None if said[name] is None else read(said[name]) for name, read in self._read.items()}
        except (KeyError, ValueError, TypeError, AttributeError, msgspec.MsgspecError) as error:
            raise RuleBroken(f"tables/{self._table.name}.jsonl: a line does not fit the table: {error!r}") from None


def kind_of(column: Column[Any]) -> str:
    """How a column is written, for the archive's description."""
    if isinstance(column.type, Moment):
        return "time, UTC, as 2026-11-22T03:00:00.000000Z"
    if isinstance(column.type, LargeBinary):
        return "ciphertext, base64"
    names = {Uuid: "UUID", Date: "date, as 2026-11-22", JSON: "JSON"}
    return next((name for type_, name in names.items() if isinstance(column.type, type_)), str(column.type).lower())


def _reader(column: Column[Any]) -> Callable[[Any], Any]:
    if isinstance(column.type, Moment):
        return datetime.fromisoformat
    if isinstance(column.type, LargeBinary):
        return lambda text: b64decode(text, validate=True)
    if isinstance(column.type, Uuid):
        return UUID
    if isinstance(column.type, Date):
        return date.fromisoformat
    return lambda value: value
