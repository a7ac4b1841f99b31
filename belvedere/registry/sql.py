# ruff: noqa: S608  (names come from the models; every value is bound)
"""Plain SQL beside Django's ORM, where a statement runs for each new series or alert.

The ORM builds the SQL of a query anew each time, which takes ten times as long as running it (ADR 11 has the
figures). Names of tables and columns come from the models; SQLite and MariaDB both understand the statements.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from enum import Enum
from functools import cache
from typing import Any

import msgspec
from django.db import connection
from django.db.models import JSONField, Model
from django.db.models.constants import OnConflict


def fetch_all(statement: str, values: Sequence[Any] = ()) -> list[Any]:
    """All rows of a query."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())


def execute(statement: str, values: Sequence[Any]) -> int:
    """Run a statement and return how many rows it has found."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return int(cursor.rowcount)


def wait_for_answers(seconds: float | None) -> None:
    """From its next connection on, this thread takes a server that says nothing for so long for lost. None: never.

    A host that has lost its power closes no connection. SQLite's file has no such thing.
    """
    if connection.vendor == "mysql":
        limits = dict.fromkeys(("read_timeout", "write_timeout"), seconds)
        options = {**connection.settings_dict["OPTIONS"], **limits}
        connection.settings_dict = {**connection.settings_dict, "OPTIONS": options}


def checkpoint() -> None:
    """Copy what is committed from SQLite's log into its file, so that no commit has to. Nothing with another database.

    Nobody waits for it: others read and commit meanwhile.
    """
    if connection.vendor == "sqlite":
        fetch_all("PRAGMA wal_checkpoint(PASSIVE)")


def placeholders(values: Collection[Any]) -> str:
    """The inside of `IN (...)`, which finds nothing where there are no values."""
    return ", ".join(["%s"] * len(values)) or "NULL"


def insert(row: Model) -> None:
    """Like `row.save(force_insert=True)`, for a row with a key of the database's making."""
    names, columns = columns_of(type(row))
    values = _read_columns(row, names[1:])
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {row._meta.db_table} ({', '.join(columns[1:])}) VALUES ({placeholders(values)})", values
        )
        row.pk = cursor.lastrowid
    row._state.adding, row._state.db = False, connection.alias


def insert_all(rows: Sequence[Model], *, ignore_conflicts: bool = False) -> None:
    """Insert rows of one table whose new keys nobody asks for; `ignore_conflicts` leaves out those that are there."""
    if not rows:
        return
    names, columns = columns_of(type(rows[0]))
    values = [_read_columns(row, names[1:]) for row in rows]
    into = connection.ops.insert_statement(OnConflict.IGNORE if ignore_conflicts else None)
    with connection.cursor() as cursor:
        cursor.executemany(
            f"{into} {rows[0]._meta.db_table} ({', '.join(columns[1:])}) VALUES ({placeholders(values[0])})", values
        )


def update(row: Model, names: Sequence[str]) -> None:
    """Like `row.save(update_fields=...)`, with the attributes' names (`..._id` for relations)."""
    execute(_make_update(type(row), tuple(names)), [*_read_columns(row, names), row.pk])


@cache
def _make_update(model: type[Model], names: tuple[str, ...]) -> str:
    sets = ", ".join(f"{connection.ops.quote_name(name)} = %s" for name in names)
    return f"UPDATE {model._meta.db_table} SET {sets} WHERE id = %s"


@cache
def columns_of(model: type[Model]) -> tuple[list[str], list[str]]:
    """Attributes and quoted columns of a model, the key first."""
    fields = model._meta.concrete_fields
    return [field.attname for field in fields], [connection.ops.quote_name(str(field.column)) for field in fields]


@cache
def _find_json_names(model: type[Model]) -> frozenset[str]:
    return frozenset(field.attname for field in model._meta.concrete_fields if isinstance(field, JSONField))


def _read_columns(row: Model, names: Sequence[str]) -> list[Any]:
    """The values of a row's attributes as the database takes them."""
    json_names = _find_json_names(type(row))
    values = [(name, getattr(row, name)) for name in names]
    texts = [msgspec.json.encode(value).decode() if name in json_names else value for name, value in values]
    return [value.value if isinstance(value, Enum) else value for value in texts]
