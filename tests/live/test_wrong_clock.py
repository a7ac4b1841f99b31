"""A server whose clock is wrong, set by hand under the running program (a dead battery, NTP that comes late)."""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from belvedere.simulator.api import Api, make_basic_auth
from tests.live.machine import Machine
from tests.live.server import PROGRAM, SITE, House, Server, set_up

pytestmark = [
    pytest.mark.live,
    pytest.mark.embedded("readings.db is looked into; tests/cluster/test_wrong_date.py has the machines of a cluster"),
]
DAY_SECONDS = 86_400
MINUTE_MS = 60_000


def clock_remark(server: Server) -> str | None:
    status, body = server.readyz()
    assert status == 200, "a restart would not mend a wrong clock"
    remark: str | None = json.loads(body).get("clock")
    return remark


def figure(house: House, name: str) -> float:
    _, body, _ = house.api.raw("GET", "/metrics")
    return next(float(line.split()[-1]) for line in body.decode().splitlines() if line.startswith(f"belvedere_{name} "))


def wait_for(condition: Any) -> None:
    for _ in range(300):
        if condition():
            return
        time.sleep(0.1)
    pytest.fail("it did not happen within 30 s")


def chunks_hold(server: Server) -> int:
    """How many readings were moved to where retention finds them."""
    with contextlib.closing(sqlite3.connect(f"file:{server.data / 'readings.db'}?mode=ro", uri=True)) as db:
        return int(db.execute("SELECT coalesce(sum(n), 0) FROM chunk").fetchone()[0])


class Sender:
    """The device d0, which sends what was measured at these instants."""

    def __init__(self, server: Server, secret: str) -> None:
        self._server, self._who = server, make_basic_auth("d0", secret)

    def send(self, *times: int) -> dict[str, Any]:
        body = {"readings": [{"ts": ts, "values": {"temperature": 20}} for ts in times]}
        answer: dict[str, Any] = Api(self._server.url).call("POST", "ingest", body, self._who)
        return answer


def send_while_ahead(house: House, machine: Machine, sender: Sender) -> list[int]:
    """Ten readings under a clock that is over a year ahead; their true times. None is refused, and the page is told."""
    remark = clock_remark(house.server)
    assert remark is not None
    assert "over a day after it last ran" in remark
    assert figure(house, "clock_untrusted") == figure(house, "retention_paused") == 1
    honest_ms = int(time.time() * 1000)
    for n in range(10):  # each gives retention a turn: the first to plan, five to delete
        machine.let_pass(1)
        answer = sender.send(honest_ms + n)
        assert (answer["stored"], answer["rejected"]) == (1, [])
    told = house.api.get(f"sites/{SITE}/snapshot")["clock"]
    assert told["doubt"] == "ahead"
    assert told["shown_ms"] - told["expected_ms"] > 399 * DAY_SECONDS * 1000
    return [honest_ms + n for n in range(10)]


def test_one_start_with_a_wrong_date_deletes_nothing_and_refuses_nothing(tmp_path: Path) -> None:
    (tmp_path / "machine").mkdir()
    machine = Machine(tmp_path / "machine")
    with Server(tmp_path / "data", environment=machine.environment) as server:
        house = set_up(server)
        sender = Sender(server, house.secrets["d0"])
        first_ms = int((time.time() - 3 * DAY_SECONDS) * 1000)
        times = [first_ms + n * MINUTE_MS for n in range(400)]
        sender.send(*times)
        series = house.series_of("d0")["temperature"]
        machine.let_pass(301)
        wait_for(lambda: chunks_hold(server) == 400)
        server.stop()

        machine.set_clock(400 * DAY_SECONDS)
        server.start()
        times += send_while_ahead(house, machine, sender)
        server.stop()

        machine.set_clock(-400 * DAY_SECONDS)
        server.start()
        assert clock_remark(server) is None
        assert [ts for ts, _ in house.csv(series, first_ms, times[-1] + 1)] == times

        machine.set_clock(7_200)
        wait_for(lambda: clock_remark(server) is not None)
        command = [str(PROGRAM), "clock", "confirm", "--data-dir", str(server.data)]
        subprocess.run(command, check=True, timeout=60, env={**os.environ, **server.environment})
        wait_for(lambda: clock_remark(server) is None)
        assert "clock" not in house.api.get(f"sites/{SITE}/snapshot")
