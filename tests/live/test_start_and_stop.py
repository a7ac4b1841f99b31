"""Starting, stopping and starting again keeps everything; how long it may take is measured by bench/start.py."""

from __future__ import annotations

import asyncio
import json
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from belvedere.simulator.api import Api
from belvedere.simulator.mqtt import Publisher
from tests.live.alert_socket import AlertSocket
from tests.live.server import SITE, Server, set_up

pytestmark = pytest.mark.live


async def test_a_restart_keeps_readings_latest_values_open_alerts_and_log(tmp_path: Path) -> None:
    with Server(tmp_path / "data") as server:
        house = set_up(server)
        house.add_rule()
        now = int(time.time() * 1000)
        device = await Publisher.connect("127.0.0.1", server.mqtt_port, "d0", house.secrets["d0"])
        await device.publish(
            "belvedere/v1/d0/readings", json.dumps({"ts": now, "values": {"temperature": 40}}).encode()
        )
        socket = await AlertSocket(server.url, house.api.token).open()
        await socket.wait_for(1)
        hello = socket.hello
        server.stop()
        assert server.process
        assert server.process.returncode == 0, "it did not end by itself"
        assert await socket.wait_closed() in (1001, 1012)
        server.start()
        house.until_latest("d0", {"temperature": (now, 40)})
        await socket.open()
        assert socket.hello["log_id"] == hello["log_id"]
        device = await Publisher.connect("127.0.0.1", server.mqtt_port, "d0", house.secrets["d0"])
        cooler = json.dumps({"ts": now + 5000, "values": {"temperature": 20}}).encode()
        await device.publish("belvedere/v1/d0/readings", cooler)
        events = await socket.wait_for(2)
        assert [event["kind"] for event in events] == ["opened", "resolved"], "the alert was opened again, or forgotten"
        await device.close()
        await socket.close()


async def test_a_stop_under_load_is_graceful_and_everything_acknowledged_is_there(tmp_path: Path) -> None:
    with Server(tmp_path / "data") as server:
        house = set_up(server)
        device = await Publisher.connect("127.0.0.1", server.mqtt_port, "d0", house.secrets["d0"], window=500)
        base, acknowledged = int(time.time() * 1000) - 1_000_000, set[int]()

        async def send() -> None:
            n = 0
            while not device.closed.done():
                await device.wait_for_room()
                ts = base + n
                body = b'{"ts":%d,"values":{"t":%d}}' % (ts, n)
                device.send("belvedere/v1/d0/readings", body, lambda ts=ts: acknowledged.add(ts))  # type: ignore[misc]  # its own ts
                n += 1
                if n % 100 == 0:
                    await asyncio.sleep(0.005)

        sending = asyncio.create_task(send())
        await asyncio.sleep(1.5)
        await asyncio.to_thread(server.stop)
        await sending
        assert server.process
        assert server.process.returncode == 0, "it did not end by itself"
        server.start()
        stored = {ts for ts, _ in house.csv(house.series_of("d0")["t"], base, base + 1_000_000)}
        assert len(acknowledged) > 500
        assert acknowledged <= stored


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server on a folder that was not there; its own address is allowed to cameras."""
    environment = {"BELVEDERE_CAMERA_ALLOW": "127.0.0.1/32"}
    with Server(tmp_path_factory.mktemp("fresh") / "data", environment=environment, from_empty=True) as server:
        yield server


def test_a_fresh_server_is_alive_and_ready_and_asks_to_be_set_up(fresh: Server) -> None:
    assert fresh.readyz()[0] == 200
    api = Api(fresh.url)
    assert api.raw("GET", "/livez")[0] == 200
    assert api.raw("GET", "/metrics")[0] == 200
    assert api.get("setup") == {"needed": True}
    assert api.raw("GET", f"/api/v1/sites/{SITE}/snapshot")[0] in (401, 403)


async def test_the_figures_count_what_came_what_was_refused_and_who_listens(tmp_path: Path) -> None:
    with Server(tmp_path / "data") as server:
        house = set_up(server)
        house.add_rule()
        device = await Publisher.connect("127.0.0.1", server.mqtt_port, "d0", house.secrets["d0"])
        socket = await AlertSocket(server.url, house.api.token).open()
        await device.publish("belvedere/v1/d0/readings", b'{"temperature":40,"humidity":60}')
        await device.publish("belvedere/v1/d0/readings", b'{"temperature":"warm"}')
        await socket.wait_for(1)
        house.api.get(f"sites/{SITE}/snapshot")
        metrics = server.metrics()
        seen = _add_up(metrics)
        rejected = [value for name, value in seen.items() if name.startswith("belvedere_readings_rejected_total{")]
        assert rejected == [1]
        wanted = {"mqtt_connections": 1, "mqtt_published_total": 2, "readings_stored_total": 2, "sockets": 1}
        wanted |= {"queue_bytes": 0, "oldest_unacknowledged_seconds": 0, "stalled": 0, "alert_events_total": 1}
        assert {name: seen[f"belvedere_{name}"] for name in wanted} == wanted
        positive = ("polls_total", "poll_bytes_total", "commits_total", "commit_p99_seconds", "alert_p99_seconds")
        assert all(seen[f"belvedere_{name}"] > 0 for name in positive)
        assert "# TYPE belvedere_cameras gauge" in metrics
        await socket.close()
        await device.close()


def _add_up(metrics: str) -> dict[str, float]:
    """Each figure; of a cluster the sum of what its roles say."""
    seen: dict[str, float] = defaultdict(float)
    for line in metrics.splitlines():
        if line and not line.startswith("#"):
            name, value = line.rsplit(" ", 1)
            seen[name] += float(value)
    return seen


def test_the_figures_are_for_this_machine_also_behind_a_proxy_on_it(fresh: Server) -> None:
    api = Api(fresh.url)
    assert api.raw("GET", "/metrics")[0] == 200
    assert api.raw("GET", "/metrics", headers={"X-Forwarded-For": "203.0.113.7"})[0] == 401


@pytest.mark.embedded("a cluster's keys and databases are not in its data folder")
def test_the_keys_and_databases_are_for_the_owner_only(fresh: Server) -> None:
    files = [path for path in fresh.data.rglob("*") if path.is_file()]
    assert {"belvedere.db", "readings.db", "secret-key", "encryption-key"} <= {path.name for path in files}
    assert [path.name for path in files if path.stat().st_mode & 0o077] == []


def test_a_camera_cannot_be_at_the_servers_own_ports_which_were_free_ones(fresh: Server) -> None:
    api = set_up(fresh).api
    for name, port in (("web", fresh.port), ("mqtt", fresh.mqtt_port)):
        camera = {"site": SITE, "id": name, "name": name, "source": {"url": f"rtsp://127.0.0.1:{port}/1"}}
        status, body, _ = api.raw("POST", "/api/v1/cameras", json.dumps(camera).encode())
        assert (status, json.loads(body)["code"]) == (400, "own_address")
