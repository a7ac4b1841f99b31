"""The table `readings_horizon`: up to when each series is deleted, committed before anything of it is deleted."""

from __future__ import annotations

from pymysql.cursors import Cursor

from belvedere.readings.store.horizon import Horizon


def load_horizons(cursor: Cursor, part: int) -> dict[int, Horizon]:
    """Load series -> horizon, for the series of a partition that have one."""
    cursor.execute("SELECT series, raw_ms, tier_ms FROM readings_horizon WHERE part=%s", (part,))
    return {series: Horizon(*rest) for series, *rest in cursor.fetchall()}


def save_horizon(cursor: Cursor, part: int, series: int, horizon: Horizon) -> None:
    """Store it in the transaction that is open."""
    cursor.execute(
        "INSERT INTO readings_horizon VALUES (%s,%s,%s,%s) ON DUPLICATE KEY UPDATE raw_ms=VALUES(raw_ms),"
        " tier_ms=VALUES(tier_ms)",
        (part, series, horizon.raw_ms, horizon.tier_ms),
    )
