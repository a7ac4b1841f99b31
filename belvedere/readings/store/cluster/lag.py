"""How far each partition is processed, for operators."""

from __future__ import annotations

from typing import NamedTuple

from belvedere.readings.store.cluster.mysql import MySql


class PartitionLag(NamedTuple):
    """One partition. next_offset: of the stream, None before the first record. log_rows: batches not yet in MongoDB.

    lease_owner: '' where nobody has it at the moment.
    """

    partition: int
    version: int
    next_offset: int | None
    log_rows: int
    outbox_rows: int
    attempts: int
    lease_owner: str


def count_lag(mysql: MySql) -> list[PartitionLag]:
    """Return all partitions in order. Raises StoreUnavailable or StoreBroken."""
    rows = mysql.fetch(
        "SELECT part, version, next_offset, (SELECT COUNT(*) FROM readings_log l WHERE l.part=f.part),"
        " (SELECT COUNT(*) FROM readings_outbox o WHERE o.part=f.part), attempts,"
        " IF(lease_until>=NOW(3), lease_owner, '') FROM readings_fence f ORDER BY part"
    )
    return [PartitionLag(*row) for row in rows]
