"""Where the stream of each partition goes on, and in which topic: an offset of one means nothing in another."""

from __future__ import annotations

from typing import NamedTuple

from belvedere.readings.store.cluster.mysql import MySql


class Place(NamedTuple):
    """Of one partition. next_offset: None before the first record. topic_id: "" before a worker has opened it.

    epoch: of the record before `next_offset`; None where it is not known.
    """

    partition: int
    version: int
    next_offset: int | None
    epoch: int | None
    topic_id: str


def load_places(mysql: MySql) -> list[Place]:
    """Return all partitions in order. Raises StoreUnavailable or StoreBroken."""
    return [
        Place(*row)
        for row in mysql.fetch("SELECT part, version, next_offset, epoch, topic_id FROM readings_fence ORDER BY part")
    ]


def claim_topic(mysql: MySql, part: int, topic_id: str) -> bool:
    """Note the topic of a partition that has none yet; return whether its topic is this one."""
    mysql.execute("UPDATE readings_fence SET topic_id=%s WHERE part=%s AND topic_id=''", (topic_id, part))
    return mysql.fetch("SELECT topic_id FROM readings_fence WHERE part=%s", (part,)) == [(topic_id,)]


def move(mysql: MySql, place: Place, next_offset: int, topic_id: str) -> bool:
    """Let a partition go on elsewhere; return False, with nothing changed, where it has moved since `place` was read.

    Whoever holds the partition finds another version, throws away what it has of it, and opens it there.
    """
    return bool(
        mysql.execute(
            "UPDATE readings_fence SET version=version+1, next_offset=%s, epoch=NULL, topic_id=%s, attempts=0"
            " WHERE part=%s AND version=%s",
            (next_offset, topic_id, place.partition, place.version),
        )
    )
