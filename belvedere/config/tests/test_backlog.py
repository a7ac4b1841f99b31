"""What is said of records that wait for a worker."""

from belvedere.config.wiring.backlog import LATE_SECONDS, Waiting, describe_late, describe_unheld
from belvedere.readings.store.cluster.lag import PartitionLag


def test_records_that_wait_for_long_are_counted_with_the_age_and_the_partition_of_the_oldest() -> None:
    waiting = {0: Waiting(3, 40.0), 1: Waiting(0, 0.0), 2: Waiting(1_200, 75.4), 3: Waiting(9, 1.0)}
    told = describe_late(waiting)
    assert told is not None
    assert told.startswith("1,203 records wait for a worker, the oldest for 75 s (partition 2)")


def test_what_waits_for_a_turn_or_for_a_time_that_is_not_known_is_no_delay() -> None:
    assert describe_late({0: Waiting(100, LATE_SECONDS), 1: Waiting(5, None)}) is None
    assert describe_late({}) is None


def leases(*owners: str) -> list[PartitionLag]:
    return [PartitionLag(partition, 1, None, 0, 0, 0, owner) for partition, owner in enumerate(owners)]


def test_partitions_that_no_worker_has_are_named_also_where_nothing_waits() -> None:
    assert describe_unheld(leases("worker-1", "worker-2")) is None
    assert (describe_unheld(leases("worker-1", "")) or "").startswith("No worker has partition 1: ")
    assert (describe_unheld(leases("", "a", "")) or "").startswith("No worker has partitions 0, 2: ")
    assert (describe_unheld(leases("", "")) or "").startswith("No worker has any partition: ")
    assert "0, 1, 2, 3, 4, 5, 6, 7 and 4 others:" in (describe_unheld(leases(*[""] * 12, "a")) or "")
