"""The tables `readings_rule_state` and `readings_rule_history`: where each rule stands on each series."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence

from pymysql.cursors import Cursor

from belvedere.readings.store.cluster.mysql import MySql
from belvedere.readings.store.port import SavedState

_ROWS = 500  # a statement


def load_states(mysql: MySql, part: int) -> list[SavedState]:
    """Load all of a partition, as last committed."""
    rows = mysql.fetch("SELECT rule, series, state FROM readings_rule_state WHERE part=%s", (part,))
    return [SavedState(*row) for row in rows]


def load_history(mysql: MySql, part: int, rule: int, series: int) -> list[tuple[int, float]]:
    """Load (effective time, value) that a `rate` rule looks back on, oldest first."""
    rows = mysql.fetch(
        "SELECT data FROM readings_rule_history WHERE part=%s AND rule=%s AND series=%s", (part, rule, series)
    )
    return _unpack(rows[0][0]) if rows else []


def save_states(cursor: Cursor, part: int, states: Mapping[tuple[int, int], bytes | None]) -> None:
    """Store states by (rule, series) in the transaction that is open; None deletes one with its history."""
    _put(
        cursor,
        "readings_rule_state(part, rule, series, state)",
        "state",
        [(part, *key, state) for key, state in states.items() if state is not None],
    )
    for rule, series in (key for key, state in states.items() if state is None):
        for table in ("readings_rule_state", "readings_rule_history"):
            cursor.execute(f"DELETE FROM {table} WHERE part=%s AND rule=%s AND series=%s", (part, rule, series))  # noqa: S608  (constants)


def save_histories(cursor: Cursor, part: int, histories: Mapping[tuple[int, int], Sequence[tuple[int, float]]]) -> None:
    """Store what `rate` rules look back on, in the transaction that is open."""
    _put(
        cursor,
        "readings_rule_history(part, rule, series, data)",
        "data",
        [(part, *key, _pack(history)) for key, history in histories.items()],
    )


def _put(cursor: Cursor, table: str, column: str, rows: list[tuple[int, int, int, bytes]]) -> None:
    for at in range(0, len(rows), _ROWS):
        some = rows[at : at + _ROWS]
        cursor.execute(
            f"INSERT INTO {table} VALUES {','.join(['(%s,%s,%s,%s)'] * len(some))}"  # noqa: S608  (constants)
            f" ON DUPLICATE KEY UPDATE {column}=VALUES({column})",
            [cell for row in some for cell in row],
        )


def _pack(history: Iterable[tuple[int, float]]) -> bytes:
    """Encode times (i64), then values (double)."""
    times, values = zip(*history, strict=True)
    return array("q", times).tobytes() + array("d", values).tobytes()


def _unpack(data: bytes) -> list[tuple[int, float]]:
    times, values = array("q"), array("d")
    times.frombytes(data[: len(data) // 2])
    values.frombytes(data[len(data) // 2 :])
    return list(zip(times, values, strict=True))
