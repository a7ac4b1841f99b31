"""What Kafka does not have any more although no worker had stored it, and where a partition goes on without it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from typing import NamedTuple

REMEDY = "`belvedere resume` goes on without them."


class Loss(NamedTuple):
    """Why a partition cannot go on. sentence: what is lost. next_offset: where it goes on once that is given up.

    None: where its log was cut off, which `find_cut` finds; what was written since stands from there on.
    """

    sentence: str
    next_offset: int | None


def find_loss(
    partition: int, position: int | None, first: int, end: int, *, is_same_topic: bool, is_cut: bool = False
) -> Loss | None:
    """Compare where the store stands with the offsets that Kafka has; None where nothing is missing between them.

    position: the next record to process, None before the first one. first, end: what Kafka has is from `first` up to
    the one before `end`. is_same_topic: whether Kafka's topic is the one that `position` was counted in. is_cut:
    whether another record has taken the place of the last one that was stored.
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
            None,
        )
    if is_cut:
        return Loss(
            f"Partition {partition} of Kafka has another record at {position - 1} than the one that was stored: Kafka"
            " has lost its last records and taken new ones in their place, and others that followed them may be lost.",
            None,
        )
    return None


def find_cut(read_epoch: Callable[[int], int], first: int, end: int, stored: int | None) -> int:
    """Return the first offset of what a partition got after its log had been cut off; `end` where it got nothing.

    Each leader of a partition has a greater epoch than the ones before, and puts it on the records that it takes.
    read_epoch: offset -> of that record. first, end: what to search. stored: of the last record that was stored;
    where it is not known, all may be new.
    """
    # Where even the newest is an older one, nothing tells what is new: Kafka may have forgotten its epochs too.
    if stored is None or first >= end or read_epoch(end - 1) < stored:
        return first
    return first + bisect_right(range(first, end), stored, key=read_epoch)
