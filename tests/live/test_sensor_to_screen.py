"""A reading on its way from a device to the dashboard's poll."""

from __future__ import annotations

import asyncio
import json
import time

import pytest

from belvedere.simulator.api import Api, make_basic_auth
from belvedere.simulator.mqtt import Publisher, RefusedError
from tests.live.server import SITE, House

pytestmark = pytest.mark.live

BEHIND_SECONDS = 5.0  # of a cluster's web processes, which are asked by turns, one may know a value a moment later


def _body(ts_ms: int, **values: float) -> bytes:
    return json.dumps({"ts": ts_ms, "values": values}).encode()


async def test_an_acknowledged_reading_is_in_the_next_snapshot_with_the_devices_time(
    house: House, device: str, publisher: Publisher
) -> None:
    now = int(time.time() * 1000) - 1234
    await publisher.publish(f"belvedere/v1/{device}/readings", _body(now, temperature=21.5, humidity=60))
    house.until_latest(device, {"temperature": (now, 21.5), "humidity": (now, 60)})


async def test_a_delta_holds_only_what_changed_and_an_unchanged_snapshot_is_304(
    house: House, device: str, publisher: Publisher
) -> None:
    topic = f"belvedere/v1/{device}/readings"
    now = int(time.time() * 1000)
    await publisher.publish(topic, _body(now, temperature=20, humidity=60))
    house.until_latest(device, {"temperature": (now, 20), "humidity": (now, 60)})
    cursor = house.api.get(f"sites/{SITE}/snapshot")["cursor"]
    await publisher.publish(topic, _body(now + 1, humidity=61))
    house.until_latest(device, {"temperature": (now, 20), "humidity": (now + 1, 61)})
    delta = house.api.get(f"sites/{SITE}/snapshot?since={cursor}")
    assert delta["series"] == [[house.series_of(device)["humidity"], now + 1, 61]]
    path = f"/api/v1/sites/{SITE}/snapshot"
    status, body, end = 0, b"", time.monotonic() + BEHIND_SECONDS
    while status != 304 and time.monotonic() < end:
        _, _, headers = house.api.raw("GET", path)
        status, body, _ = house.api.raw("GET", path, headers={"If-None-Match": headers["etag"]})
    assert (status, body) == (304, b"")


async def test_a_cursor_of_another_server_gets_a_full_answer(house: House, device: str, publisher: Publisher) -> None:
    await publisher.publish(f"belvedere/v1/{device}/readings", b'{"temperature": 20}')
    assert house.api.get(f"sites/{SITE}/snapshot?since=0000.7")["full"] is True


def test_http_ingest_stores_once_and_says_so(house: House, device: str) -> None:
    now = int(time.time() * 1000)
    auth = make_basic_auth(device, house.secrets[device])
    answers = [house.api.raw("POST", "/api/v1/ingest", _body(now, temperature=1), auth) for _ in range(2)]
    assert [status for status, _, _ in answers] == [200, 200]
    first, second = (json.loads(body) for _, body, _ in answers)
    assert (first["stored"], first["duplicate"]) == (1, 0)
    # `stored` counts what of this body is in the store now, `duplicate` what of that was there before.
    assert (second["stored"], second["duplicate"]) == (1, 1)


async def test_a_device_cannot_write_as_another(house: House, device: str, publisher: Publisher) -> None:
    house.add_device(device + "-other")
    # 3.1.1 has no refusal of one message: it is acknowledged or the connection ends, and nothing is stored.
    publisher.send(f"belvedere/v1/{device}-other/readings", b'{"temperature": 99}', lambda: None)
    await asyncio.sleep(0.5)
    assert house.latest(device + "-other") == {}
    assert house.latest(device) == {}


@pytest.mark.parametrize("kind", ["wrong secret", "unknown device", "another's secret"])
async def test_a_wrong_credential_is_refused_over_mqtt_and_http(house: House, device: str, kind: str) -> None:
    name, secret = {
        "wrong secret": (device, "wrong"),
        "unknown device": ("nobody", "wrong"),
        "another's secret": (device, house.add_device(device + "-neighbour")),
    }[kind]
    with pytest.raises((RefusedError, ConnectionError)):
        await Publisher.connect("127.0.0.1", house.server.mqtt_port, name, secret)
    status, _, _ = house.api.raw("POST", "/api/v1/ingest", b'{"temperature":1}', make_basic_auth(name, secret))
    assert status == 401


def test_nobody_reads_a_site_without_signing_in(house: House) -> None:
    stranger = Api(house.server.url)
    for path in (f"sites/{SITE}/snapshot", f"sites/{SITE}/series", f"alerts?site={SITE}", "devices"):
        status, _, _ = stranger.raw("GET", "/api/v1/" + path)
        assert status in (401, 403), path


async def test_what_was_refused_is_on_the_devices_page_and_the_rest_of_the_batch_is_stored(
    house: House, device: str, publisher: Publisher
) -> None:
    now = int(time.time() * 1000)
    readings = [{"ts": now, "values": {"temperature": 20}}, {"ts": now + 3_600_000, "values": {"temperature": 99}}]
    await publisher.publish(f"belvedere/v1/{device}/readings", json.dumps({"readings": readings}).encode())
    house.until_latest(device, {"temperature": (now, 20)})
    kept = house.api.get(f"devices/{device}/quarantine")
    assert [row["reason"] for row in kept["results"]] == ["future"]
    assert json.loads(kept["results"][0]["body"])["readings"] == readings


async def test_the_export_holds_every_reading_of_the_range_in_order(
    house: House, device: str, publisher: Publisher
) -> None:
    base = int(time.time() * 1000) - 500_000
    for first in range(0, 500, 50):
        readings = [{"ts": base + n * 1000, "values": {"t": n / 2}} for n in range(first, first + 50)]
        await publisher.publish(f"belvedere/v1/{device}/readings", json.dumps({"readings": readings}).encode())
    series = house.series_of(device)["t"]
    assert house.csv(series, base, base + 500_000) == [(base + n * 1000, n / 2) for n in range(500)]
    assert house.csv(series, base + 10_000, base + 12_000) == [(base + n * 1000, n / 2) for n in (10, 11, 12)]


async def test_history_of_a_short_range_is_raw_and_of_a_long_one_a_tier(
    house: House, device: str, publisher: Publisher
) -> None:
    now = int(time.time() * 1000)
    for day in range(0, 28, 4):
        readings = [{"ts": now - day * 86_400_000 - n * 60_000, "values": {"t": float(n)}} for n in range(200)]
        await publisher.publish(f"belvedere/v1/{device}/readings", json.dumps({"readings": readings}).encode())
    series = house.series_of(device)["t"]
    raw = house.api.get(f"series/{series}/history?from={now - 3_600_000}&to={now}&points=500")
    assert raw["tier"] == "raw"
    assert len(raw["t"]) == len(raw["v"]) == 61
    tier = house.api.get(f"series/{series}/history?from={now - 28 * 86_400_000}&to={now}&points=100")
    assert tier["tier"] != "raw"
    assert 10 <= len(tier["t"]) <= 101
    assert len({len(tier[column]) for column in ("t", "min", "max", "avg", "n")}) == 1
    assert (min(tier["min"]), max(tier["max"]), sum(tier["n"])) == (0, 199, 1400)
