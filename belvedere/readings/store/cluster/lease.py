"""Which worker is to process a partition, by the database's time. For efficiency alone: the fence keeps it safe."""

from __future__ import annotations

from collections.abc import Sequence

import pymysql
from pymysql.constants import ER

from belvedere.readings.store.cluster.mysql import MySql
from belvedere.readings.store.port import StoreUnavailable

# What a lock that another transaction has is told as: by MariaDB, and by MySQL (ER_LOCK_NOWAIT).
_LOCKED = (ER.LOCK_WAIT_TIMEOUT, 3572)
RENEW_AT = 0.75
# A lease that reaches further than any is taken for has ended too: the database's clock was set back meanwhile.
_LOOK = (
    "SELECT lease_owner=%s, lease_until IS NULL OR lease_until NOT BETWEEN NOW(3) AND NOW(3) + INTERVAL 5 MINUTE"
    " FROM readings_fence WHERE part=%s"
)
_HELD = (
    "SELECT part, version, TIMESTAMPDIFF(MICROSECOND, NOW(3), lease_until) FROM readings_fence"
    " WHERE lease_owner=%s AND part IN %s"
)
_WRITE = (
    "UPDATE readings_fence SET lease_owner=%s, lease_until=NOW(3) + INTERVAL %s MICROSECOND"
    " WHERE part=%s AND (lease_owner=%s OR lease_until IS NULL"
    " OR lease_until NOT BETWEEN NOW(3) AND NOW(3) + INTERVAL 5 MINUTE)"
)


def take(mysql: MySql, part: int, owner: str, seconds: float) -> bool:
    """Take or renew the lease; return whether `owner` has it.

    The row of one that has ended may still be locked by whoever had it and hangs in a transaction: then it is left to
    a later try, for whoever waits for it here holds up the partitions that it has.
    """
    rows = mysql.fetch(_LOOK, (owner, part))
    is_owner, has_ended = rows[0] if rows else (False, False)
    arguments = (owner, int(seconds * 1_000_000), part, owner)
    if is_owner:
        return bool(mysql.execute(_WRITE, arguments))
    if not has_ended:
        return False
    try:
        with mysql.transaction() as cursor:
            cursor.execute("SELECT 1 FROM readings_fence WHERE part=%s FOR UPDATE NOWAIT", (part,))
            return bool(cursor.execute(_WRITE, arguments))
    except StoreUnavailable as error:
        if isinstance(error.__cause__, pymysql.Error) and error.__cause__.args[0] in _LOCKED:
            return False
        raise


def renew(mysql: MySql, parts: Sequence[int], owner: str, seconds: float) -> dict[int, int]:
    """Renew those of the leases that `owner` has; return these, each with the version of its fence.

    They are written once less than RENEW_AT of the time is left, or more than the whole: most calls only read.
    """
    if not parts:
        return {}
    rows = mysql.fetch(_HELD, (owner, parts))
    whole = seconds * 1_000_000
    if any(not RENEW_AT * whole <= left <= whole for _, _, left in rows):
        found = mysql.execute(
            "UPDATE readings_fence SET lease_until=NOW(3) + INTERVAL %s MICROSECOND"
            " WHERE lease_owner=%s AND part IN %s",
            (int(whole), owner, parts),
        )
        if found < len(rows):  # another worker has taken one in between
            rows = mysql.fetch(_HELD, (owner, parts))
    return {part: version for part, version, _ in rows}


def release(mysql: MySql, parts: Sequence[int], owner: str) -> None:
    """Give them back."""
    if parts:
        mysql.execute(
            "UPDATE readings_fence SET lease_owner='', lease_until=NULL WHERE lease_owner=%s AND part IN %s",
            (owner, parts),
        )


def raise_attempts(mysql: MySql, part: int) -> int:
    """Count an attempt at the records that wait; return how many there were, with this one.

    Before they are processed: what kills the process cannot be counted afterwards.
    """
    with mysql.transaction() as cursor:
        cursor.execute("UPDATE readings_fence SET attempts=attempts+1 WHERE part=%s", (part,))
        cursor.execute("SELECT attempts FROM readings_fence WHERE part=%s", (part,))
        return int(cursor.fetchall()[0][0])


def take_back_attempt(mysql: MySql, part: int, attempts: int) -> None:
    """The last attempt says nothing about these records, unless another worker has begun with them since."""
    mysql.execute("UPDATE readings_fence SET attempts=attempts-1 WHERE part=%s AND attempts=%s", (part, attempts))


def clear_attempts(mysql: MySql, part: int) -> None:
    """These records are processed."""
    mysql.execute("UPDATE readings_fence SET attempts=0 WHERE part=%s AND attempts<>0", (part,))
