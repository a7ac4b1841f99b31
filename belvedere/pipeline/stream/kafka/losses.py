"""What Kafka does not have any more although no worker had stored it, and where a partition goes on without it."""

from __future__ import annotations

from typing import NamedTuple

REMEDY = "`belvedere resume` goes on without them."


class Loss(NamedTuple):
    """Why a partition cannot go on. sentence: what is lost. next_offset: where it goes on once that is given up."""

    sentence: str
    next_offset: int


def find_loss(partition: int, position: int | None, first: int, end: int, *, is_same_topic: bool) -> Loss | None:
    """Compare where the store stands with the offsets that Kafka has; None where nothing is missing between them.

    position: the next record to process, None before the first one. first, end: what Kafka has is from `first` up to
    the one before `end`. is_same_topic: whether Kafka's topic is the one that `position` was counted in.
    """
    position = position or 0
    if not is_same_topic:
        return Loss(
            f"Kafka's topic was made anew: the records of partition {partition} from offset {position} of the old one"
            " on are lost, if there were any.",
            first,
        )
    if position < first:
        return Loss(
            f"{first - position} records of partition {partition} (offsets {position} to {first - 1}) were deleted by"
            " Kafka's retention before a worker had stored them.",
            first,
        )
    if position > end:
        return Loss(
            f"Partition {partition} of Kafka ends at {end}, and {position} was stored: Kafka has lost the last records,"
            " and others that followed them may be lost.",
            end,
        )
    return None
