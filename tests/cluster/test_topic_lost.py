"""Kafka does not have the records that come next: workers stop, say what is lost, and go on when a person says so."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient, NewPartitions

from belvedere.pipeline.stream.kafka.clients import TOPIC, prepare_topics
from tests.cluster.driving import body, now_ms, open_cluster, publish_all, read_stored, until
from tests.cluster.roles import end_leases, find_partition, find_roles, kill_roles
from tests.cluster.stack import Stack
from tests.live.server import PROGRAM, House

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(300)]

KAFKA_SECONDS = 30.0
HOUR_MS = 3_600_000


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A cluster of this file's own: what is done to its topic would disturb others."""
    with open_cluster(tmp_path_factory.mktemp("topic")) as house:
        yield house


@pytest.fixture
def admin(stack: Stack) -> AdminClient:
    return AdminClient({"bootstrap.servers": stack.kafka.address})


def belvedere(house: House, stack: Stack, *arguments: str, answer: str = "", **settings: str) -> tuple[int, str]:
    """Run a command as an operator does; its exit code, and what it said."""
    environment = {**os.environ, **stack.environment, **settings}
    command = [str(PROGRAM), *arguments, "--data-dir", str(house.server.data)]
    ran = subprocess.run(command, env=environment, input=answer, capture_output=True, text=True, timeout=120)
    return ran.returncode, ran.stdout + ran.stderr


def count_told(house: House, words: str) -> int:
    """How often workers have said so in their log."""
    return house.server.log.count(words)


async def store_ten(house: House, stack: Stack, device: str, bodies: list[bytes]) -> tuple[int, int]:
    """Send ten readings and wait until they are stored; gives their partition, and the offset of what follows."""
    await publish_all(house, device, bodies)
    await until(lambda: len(read_stored(house, device, now_ms() - HOUR_MS)) == len(bodies), "stored")
    partition = find_partition(stack, device)
    ((position,),) = stack.fetch(f"SELECT next_offset FROM readings_fence WHERE part={partition}")
    return partition, position


def stop_workers(house: House) -> list[int]:
    """They hang from now on; gives which."""
    workers = find_roles(house.server.pid, "worker")
    for worker in workers:
        os.kill(worker, signal.SIGSTOP)
    return workers


async def test_another_number_of_partitions_than_was_set_up_is_refused(
    house: House, stack: Stack, device: str, admin: AdminClient, tmp_path: Path
) -> None:
    partitions = int(stack.environment["BELVEDERE_PARTITIONS"])
    code, said = await asyncio.to_thread(
        belvedere, house, stack, "worker", "--port", "0", BELVEDERE_PARTITIONS=str(partitions + 1)
    )
    assert code == 2
    assert f"The readings are in {partitions} partitions" in said
    admin.create_partitions([NewPartitions(TOPIC, partitions + 1)])[TOPIC].result(KAFKA_SECONDS)
    code, said = await asyncio.to_thread(belvedere, house, stack, "migrate")
    assert code == 1
    assert f"has {partitions + 1} partitions, and {partitions} are set up" in said
    # Whoever runs already counts by the number that was set up, and goes on.
    start = now_ms() - 60_000
    readings = [(start + n, float(n)) for n in range(20)]
    await publish_all(house, device, [body(ts_ms, temperature=value) for ts_ms, value in readings])
    await until(lambda: read_stored(house, device, start) == readings, "all are stored")


async def test_records_that_retention_deleted_stop_their_partition_until_a_person_gives_them_up(
    house: House, stack: Stack, device: str, admin: AdminClient
) -> None:
    await make_anew_as_set_up(house, stack, admin)
    start = now_ms() - 60_000
    bodies = [body(start + n, temperature=float(n)) for n in range(30)]
    partition, position = await store_ten(house, stack, device, bodies[:10])
    workers = stop_workers(house)
    await publish_all(house, device, bodies[10:20])
    for answer in admin.delete_records([TopicPartition(TOPIC, partition, position + 6)]).values():
        answer.result(KAFKA_SECONDS)
    for worker in workers:
        os.kill(worker, signal.SIGKILL)
    sentence = f"6 records of partition {partition} (offsets {position} to {position + 5}) were deleted"
    await until(lambda: count_told(house, sentence) > 0, "the worker says what is lost")
    code, said = await asyncio.to_thread(belvedere, house, stack, "doctor")
    assert (code, f"Kafka: NOT WELL. {sentence}" in said) == (1, True)
    code, said = await asyncio.to_thread(belvedere, house, stack, "resume", answer="no\n")
    assert (code, sentence in said, "Nothing was changed." in said) == (1, True, True)
    assert stack.fetch(f"SELECT next_offset FROM readings_fence WHERE part={partition}") == [(position,)]
    code, said = await asyncio.to_thread(belvedere, house, stack, "resume", answer="yes\n")
    assert (code, "Given up." in said) == (0, True)
    expected = [(start + n, float(n)) for n in (*range(10), *range(16, 20))]
    await until(lambda: read_stored(house, device, start) == expected, "it goes on with what is there")
    code, said = await asyncio.to_thread(belvedere, house, stack, "resume")
    assert (code, said) == (0, "Nothing is lost: every partition goes on where it stands.\n")


async def test_retention_may_delete_the_last_record_that_was_stored(
    house: House, stack: Stack, device: str, admin: AdminClient
) -> None:
    start = now_ms() - 60_000
    readings = [(start + n, float(n)) for n in range(20)]
    bodies = [body(ts_ms, temperature=value) for ts_ms, value in readings]
    partition, position = await store_ten(house, stack, device, bodies[:10])
    for answer in admin.delete_records([TopicPartition(TOPIC, partition, position)]).values():
        answer.result(KAFKA_SECONDS)
    told = count_told(house, "of Kafka") + count_told(house, "Kafka refused to give")
    kill_roles(house.server.pid, "worker")
    await publish_all(house, device, bodies[10:])
    await until(lambda: read_stored(house, device, start) == readings, "the next worker goes on")
    assert count_told(house, "of Kafka") + count_told(house, "Kafka refused to give") == told


async def test_a_topic_that_was_made_anew_is_not_taken_for_the_one_before(
    house: House, stack: Stack, device: str, admin: AdminClient
) -> None:
    start = now_ms() - 60_000
    await publish_all(house, device, [body(start + n, temperature=float(n)) for n in range(10)])
    await until(lambda: len(read_stored(house, device, start)) == 10, "stored")
    told = count_told(house, "Kafka's topic was made anew")
    await asyncio.to_thread(delete_topic, admin)
    await asyncio.to_thread(prepare_topics, [stack.kafka.address], int(stack.environment["BELVEDERE_PARTITIONS"]))
    # More than were in the old one: an offset alone would tell nothing.
    more = [(start + 100 + n, float(n)) for n in range(30)]
    await publish_all(house, device, [body(ts_ms, temperature=value) for ts_ms, value in more])
    await until(lambda: count_told(house, "Kafka's topic was made anew") > told, "the worker says so")
    code, said = await asyncio.to_thread(belvedere, house, stack, "doctor")
    assert (code, "made anew" in said) == (1, True)
    code, said = await asyncio.to_thread(belvedere, house, stack, "resume", "--yes")
    assert code == 0, said
    expected = [*[(start + n, float(n)) for n in range(10)], *more]
    await until(lambda: read_stored(house, device, start) == expected, "the new one is read from its beginning")


@pytest.mark.parametrize(
    ("refilled", "sentence"),
    [
        (0, "Partition {part} of Kafka ends at {end}, and {position} was stored"),
        (20, "Partition {part} of Kafka has another record at {last} than the one that was stored"),
    ],
)
async def test_a_log_that_lost_what_was_stored_stops_its_partition_also_once_it_is_filled_again(
    house: House, stack: Stack, device: str, refilled: int, sentence: str
) -> None:
    start = now_ms() - 60_000
    readings = [(start + n, float(n)) for n in range(30)]
    bodies = [body(ts_ms, temperature=value) for ts_ms, value in readings]
    partition, position = await store_ten(house, stack, device, bodies[:10])
    workers = stop_workers(house)
    stack.kafka.kill()
    stack.kafka.cut_off(TOPIC, partition, position - 4)
    await asyncio.to_thread(stack.kafka.start)
    await publish_all(house, device, bodies[10 : 10 + refilled])
    for worker in workers:
        os.kill(worker, signal.SIGKILL)
    sentence = sentence.format(part=partition, position=position, end=position - 4, last=position - 1)
    await until(lambda: count_told(house, sentence) > 0, "the worker says so")
    code, said = await asyncio.to_thread(belvedere, house, stack, "doctor")
    assert (code, f"Kafka: NOT WELL. {sentence}" in said) == (1, True)
    assert stack.fetch(f"SELECT next_offset FROM readings_fence WHERE part={partition}") == [(position,)]
    code, said = await asyncio.to_thread(belvedere, house, stack, "resume", "--yes")
    assert (code, sentence in said) == (0, True), said
    await publish_all(house, device, bodies[10 + refilled :])
    await until(lambda: read_stored(house, device, start) == readings, "all that Kafka has taken since is stored once")
    code, said = await asyncio.to_thread(belvedere, house, stack, "resume")
    assert (code, said) == (0, "Nothing is lost: every partition goes on where it stands.\n")


async def make_anew_as_set_up(house: House, stack: Stack, admin: AdminClient) -> None:
    """Kafka cannot take partitions back."""
    await asyncio.to_thread(delete_topic, admin)
    await asyncio.to_thread(prepare_topics, [stack.kafka.address], int(stack.environment["BELVEDERE_PARTITIONS"]))
    code, said = await asyncio.to_thread(belvedere, house, stack, "resume", "--yes")
    assert code == 0, said
    await asyncio.to_thread(end_leases, stack)


def delete_topic(admin: AdminClient) -> None:
    admin.delete_topics([TOPIC])[TOPIC].result(KAFKA_SECONDS)
    deadline = time.monotonic() + KAFKA_SECONDS
    topics: dict[str, Any] = admin.list_topics(timeout=KAFKA_SECONDS).topics
    while TOPIC in topics:
        assert time.monotonic() < deadline
        time.sleep(0.05)
        topics = admin.list_topics(timeout=KAFKA_SECONDS).topics
