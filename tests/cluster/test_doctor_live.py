"""`belvedere doctor` while each part of a running cluster is away in turn: it names that one, and what still works."""

from __future__ import annotations

import asyncio
from contextlib import AbstractContextManager

import pytest

from belvedere.simulator.api import Api
from tests.cluster.driving import until
from tests.cluster.roles import end_leases, find_roles, stopped
from tests.cluster.stack import Stack
from tests.cluster.test_doctor import run_doctor
from tests.live.server import SITE, House

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(300)]

PARTS = [
    "MySQL or MariaDB",
    "Kafka",
    "MongoDB",
    "Redis",
    "Endpoints",
    "Web processes",
    "Beat",
    "Workers",
    "Cameras",
]
TOLD_BY = {"MySQL or MariaDB": {"Endpoints", "Web processes", "Workers", "Cameras"}, "Redis": {"Beat"}}


def hung(house: House, *roles: str) -> AbstractContextManager[None]:
    """These do nothing; nobody starts others in their place."""
    found = [one for role in roles for one in find_roles(house.server.pid, role)]
    assert found
    return stopped(*found)


def examine(house: House, stack: Stack) -> tuple[int, dict[str, str]]:
    return run_doctor({**stack.environment, "BELVEDERE_DATA_DIR": str(house.server.data)})


@pytest.fixture(scope="module", autouse=True)
def camera(house: House) -> None:
    """One that is switched on: without any, nobody needs the role."""
    source = {"url": "rtsp://camera.invalid/live"}
    house.api.post("cameras", {"site": SITE, "id": "away", "name": "Away", "source": source})


async def until_well(house: House, stack: Stack) -> None:
    """Lost processes are told for a minute."""
    said: dict[str, str] = {}

    def is_well() -> bool:
        nonlocal said
        code, said = examine(house, stack)
        return code == 0

    await until(is_well, str(said))
    assert list(said) == PARTS
    assert all(sentence.startswith("well. ") for sentence in said.values()), said


async def check_away(house: House, stack: Stack, part: str, words: str, works: str) -> None:
    """It comes to say so of this part, and of no other that it is away."""
    said: dict[str, str] = {}

    def is_told() -> bool:
        nonlocal said
        code, said = examine(house, stack)
        return code == 1 and said[part].startswith(f"NOT WELL. {words}")

    await until(is_told, f"{part}: {words}")
    assert works in said[part]
    unknown = TOLD_BY.get(part, set())
    assert {one for one in PARTS if said[one].startswith("not known. ")} == unknown, said


@pytest.mark.parametrize(
    ("part", "roles", "words", "works"),
    [
        ("Endpoints", ("endpoint",), "None reports; the last was endpoint-", "readings over HTTP and pages work"),
        ("Web processes", ("web", "cameras"), "None reports; the last was ", "MQTT readings are taken"),
        ("Beat", ("beat",), "It has sent no task for ", "Workers go on with what they have"),
        ("Workers", ("worker",), "No worker has any partition: ", "safe in Kafka; pages, charts and open alerts work"),
        ("Cameras", ("cameras",), "None reports; the last was cameras-", "readings, pages, charts and alerts work"),
    ],
)
async def test_a_role_that_hangs_is_named_although_no_device_sends(
    house: House, stack: Stack, part: str, roles: tuple[str, ...], words: str, works: str
) -> None:
    await until_well(house, stack)
    with hung(house, *roles):
        await check_away(house, stack, part, words, works)
    await until_well(house, stack)


@pytest.mark.parametrize(
    ("part", "server", "works"),
    [
        ("MySQL or MariaDB", "mariadb", "MQTT readings are still taken into Kafka"),
        ("Kafka", "kafka", "pages, charts and open alerts work"),
        ("MongoDB", "mongo", "values and alerts are shown"),
        ("Redis", "redis", "pages show the databases' values; readings are taken into Kafka"),
    ],
)
async def test_a_server_that_is_away_is_named_and_all_others_are_told_that_can_be(
    house: House, stack: Stack, part: str, server: str, works: str
) -> None:
    await until_well(house, stack)
    running = getattr(stack, server)
    running.kill()
    try:
        await check_away(house, stack, part, "It does not answer (", works)
    finally:
        await asyncio.to_thread(running.start)
    await until_well(house, stack)


def tells(house: House, role: str, words: str) -> bool:
    """Whether its /readyz says so."""
    status, told, _ = Api(house.server.roles[role].rstrip("/")).raw("GET", "/readyz")
    return status == 503 and words in told.decode()


async def test_readiness_of_beat_tells_that_redis_is_away(house: House, stack: Stack) -> None:
    await until_well(house, stack)
    stack.redis.kill()
    try:
        await until(lambda: tells(house, "beat", "Redis does not answer: no worker is told"), "at once")
    finally:
        await asyncio.to_thread(stack.redis.start)
    await until_well(house, stack)


async def test_readiness_of_a_worker_tells_that_no_task_reaches_it(house: House, stack: Stack) -> None:
    await until_well(house, stack)
    # A worker that has partitions sends its next task itself. One that ends is not started again meanwhile.
    with hung(house, "beat"), stopped(house.server.pid):
        stack.execute("UPDATE readings_fence SET lease_owner='nobody', lease_until=NOW(3) + INTERVAL 4 MINUTE")
        await until(lambda: tells(house, "worker 1", "No task has come"), "it is told before the worker ends itself")
    await asyncio.to_thread(end_leases, stack)
    await until_well(house, stack)
