"""Plain SQL beside Django's ORM, where a statement runs for each new series or alert.

The ORM builds the SQL of a query anew each time, which takes ten times as long as running it (ADR 11 has the
figures). Names of tables and columns come from the models; SQLite and MariaDB both understand the statements.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from django.db import connection


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


def placeholders(values: Collection[Any]) -> str:
    """The inside of `IN (...)`, which finds nothing where there are no values."""
    return ", ".join(["%s"] * len(values)) or "NULL"
