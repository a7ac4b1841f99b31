"""Which worker is to process a partition, by the database's time. For efficiency alone: the fence keeps it safe."""

from __future__ import annotations

from belvedere.readings.store.cluster.mysql import MySql


def take(mysql: MySql, part: int, owner: str, seconds: float) -> bool:
    """Take or renew the lease; return whether `owner` has it."""
    microseconds = int(seconds * 1_000_000)
    return bool(
        mysql.execute(
            "UPDATE readings_fence SET lease_owner=%s, lease_until=NOW(3) + INTERVAL %s MICROSECOND"
            " WHERE part=%s AND (lease_owner=%s OR lease_until IS NULL OR lease_until<NOW(3))",
            (owner, microseconds, part, owner),
        )
    )


def release(mysql: MySql, part: int, owner: str) -> None:
    """Give it back."""
    mysql.execute(
        "UPDATE readings_fence SET lease_owner='', lease_until=NULL WHERE part=%s AND lease_owner=%s", (part, owner)
    )


def raise_attempts(mysql: MySql, part: int) -> int:
    """Count an attempt at the records that wait; return how many there were, with this one.

    Before they are processed: what kills the process cannot be counted afterwards.
    """
    with mysql.transaction() as cursor:
        cursor.execute("UPDATE readings_fence SET attempts=attempts+1 WHERE part=%s", (part,))
        cursor.execute("SELECT attempts FROM readings_fence WHERE part=%s", (part,))
        return int(cursor.fetchall()[0][0])


def clear_attempts(mysql: MySql, part: int) -> None:
    """These records are processed."""
    mysql.execute("UPDATE readings_fence SET attempts=0 WHERE part=%s AND attempts<>0", (part,))
