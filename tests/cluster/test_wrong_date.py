"""A machine of the cluster that starts with a wrong date: it refuses nothing, deletes nothing, and says so."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from belvedere.simulator.api import Api, make_basic_auth
from tests.cluster.driving import now_ms, until
from tests.cluster.roles import started
from tests.cluster.stack import Stack
from tests.live.machine import Machine
from tests.live.server import PROGRAM, House

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(300)]

DAY_SECONDS = 86_400


@pytest.fixture
def machine(tmp_path: Path, stack: Stack) -> Machine:
    """300 days behind. environment: of the programs on it."""
    (tmp_path / "machine").mkdir()
    machine = Machine(tmp_path / "machine")
    machine.environment = {**stack.environment, **machine.environment}
    machine.set_clock(-300 * DAY_SECONDS)
    return machine


@pytest.fixture
async def seen(house: House, device: str, stack: Stack) -> None:
    """The workers have noted the time, as they do every ten seconds."""

    def is_noted() -> bool:
        house.ingest(device, (now_ms(), {"temperature": time.monotonic()}))
        return stack.fetch("SELECT COUNT(*) FROM readings_fence WHERE seen IS NOT NULL") != [(0,)]

    await until(is_noted, "noted")


@pytest.fixture
def web(machine: Machine, tmp_path: Path, seen: None) -> Iterator[str]:
    with started("web", machine.environment, tmp_path) as url:
        yield url


@pytest.fixture
def worker(machine: Machine, tmp_path: Path, seen: None) -> Iterator[str]:
    with started("worker", machine.environment, tmp_path) as url:
        yield url


def remarks(url: str) -> Any:
    return json.loads(Api(url).raw("GET", "/readyz")[1])


async def test_a_worker_there_pauses_its_retention(worker: str) -> None:
    assert "nothing old is deleted" in remarks(worker)["clock"]
    _, figures, _ = Api(worker).raw("GET", "/metrics")
    assert b"belvedere_clock_untrusted 1.0" in figures


async def test_it_refuses_no_reading_until_somebody_confirms_its_date(
    house: House, device: str, machine: Machine, web: str
) -> None:
    assert "has seen" in remarks(web)["clock"]
    auth = make_basic_auth(device, house.secrets[device])
    answer = Api(web).call("POST", "ingest", {"ts": now_ms(), "temperature": 20.5}, auth)
    assert (answer["stored"], answer["rejected"]) == (1, [])
    environment = {**os.environ, **machine.environment}
    command = [str(PROGRAM), "clock", "confirm", "--profile", "cluster"]
    await asyncio.to_thread(subprocess.run, command, check=True, env=environment, timeout=60)
    await until(lambda: "clock" not in remarks(web), "the web process has heard it")
    status, body, _ = Api(web).raw("POST", "/api/v1/ingest", json.dumps({"ts": now_ms(), "t": 1}).encode(), auth)
    assert (status, json.loads(body)["rejected"][0]["reason"]) == (400, "future"), "now it goes by that date"
