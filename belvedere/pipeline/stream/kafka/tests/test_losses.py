"""When a partition cannot go on, what is said to be lost, and where it goes on without that."""

from __future__ import annotations

import pytest

from belvedere.pipeline.stream.kafka.losses import Loss, find_cut, find_loss


@pytest.mark.parametrize(
    ("position", "first", "end"), [(None, 0, 0), (None, 0, 7), (0, 0, 7), (5, 0, 7), (7, 0, 7), (7, 7, 7), (5, 5, 7)]
)
def test_what_kafka_still_has_is_no_loss(position: int | None, first: int, end: int) -> None:
    assert find_loss(3, position, first, end, is_same_topic=True) is None


def find(position: int | None, first: int, end: int, *, is_same_topic: bool = True) -> Loss:
    loss = find_loss(3, position, first, end, is_same_topic=is_same_topic)
    assert loss is not None
    return loss


def test_records_that_retention_deleted_are_counted_and_named() -> None:
    loss = find(400, 520, 900)
    assert loss.sentence.startswith("120 records of partition 3 (offsets 400 to 519) were deleted by Kafka's retention")
    assert loss.next_offset == 520


def test_records_that_were_deleted_before_anybody_read_the_partition_are_lost_too() -> None:
    loss = find(None, 20, 20)
    assert loss.sentence.startswith("20 records of partition 3 (offsets 0 to 19)")
    assert loss.next_offset == 20


def test_a_partition_that_ends_before_what_was_stored_goes_on_where_it_was_cut_off() -> None:
    loss = find(50, 0, 30)
    assert "ends at 30, and 50 was stored" in loss.sentence
    assert loss.next_offset is None


def test_another_record_in_the_place_of_the_last_one_is_a_loss_however_long_the_partition_is() -> None:
    loss = find_loss(3, 1000, 0, 1005, is_same_topic=True, is_cut=True)
    assert loss is not None
    assert "has another record at 999 than the one that was stored" in loss.sentence
    assert loss.next_offset is None


@pytest.mark.parametrize("end", [0, 49, 50, 900])
def test_a_topic_that_was_made_anew_is_read_from_its_first_record_however_long_it_is(end: int) -> None:
    loss = find(50, 0, end, is_same_topic=False)
    assert "made anew" in loss.sentence
    assert "from offset 50" in loss.sentence
    assert loss.next_offset == 0


@pytest.mark.parametrize(
    ("epochs", "stored", "cut"),
    [
        ([3, 3, 5, 5, 6, 6, 9], 5, 4),  # written by two leaders since
        ([3, 3, 6, 6], 5, 2),  # nothing of that leader is left
        ([6, 6, 6], 5, 0),
        ([3, 3, 5], 5, 3),  # nothing was written since
        ([3, 3], 5, 0),  # old, or of a Kafka that counts anew: nothing of it is passed over
        ([3, 5, 1, 1], 5, 0),
        ([], 5, 0),
        ([3, 4], None, 0),
    ],
)
def test_what_was_written_since_a_log_was_cut_off_is_read(epochs: list[int], stored: int | None, cut: int) -> None:
    asked: list[int] = []

    def read_epoch(offset: int) -> int:
        asked.append(offset)
        return epochs[offset - 100]

    assert find_cut(read_epoch, 100, 100 + len(epochs), stored) == 100 + cut


def test_a_cut_is_found_by_few_reads() -> None:
    asked: list[int] = []

    def read_epoch(offset: int) -> int:
        asked.append(offset)
        return 7 if offset >= 1_234_567 else 4

    assert find_cut(read_epoch, 0, 10_000_000, 4) == 1_234_567
    assert len(asked) < 30
