"""A site for looking at pages: every name is long and without a space, one alert is open, one body was refused."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from belvedere.simulator.api import Api, make_basic_auth
from tests.live.server import PASSWORD, SITE, House

LONG, EMPTY = "long", SITE
VIEWER = "charlie"


def long_name(first: str) -> str:
    """120 characters without a space, in no language."""
    return (first + "9Q7X" * 30)[:120]


@dataclass(frozen=True)
class Seed:
    """The ids of what was made, and the words that people chose, which no page translates."""

    url: str
    series: int
    device: str
    rule: int
    alert: int
    camera: str
    names: tuple[str, ...]


def seed(house: House) -> Seed:
    """Make the site, beside the empty one of the set-up."""
    api = house.api
    api.post("sites", {"slug": LONG, "name": long_name("S"), "address": long_name("A"), "timezone": "Asia/Ho_Chi_Minh"})
    zone, device = long_name("Z"), ("d" + "9q7x" * 16)[:64]
    secret = api.post("devices", {"site": LONG, "id": device, "name": long_name("D"), "zone": zone})["secret"]
    condition = {"kind": "above", "level": 8, "clear": 7.5, "for_seconds": 0}
    rule = api.post(
        "rules",
        {"site": LONG, "name": long_name("R"), "metric": "temperature", "severity": "critical", "condition": condition},
    )
    camera = {"site": LONG, "id": "9q7x", "name": long_name("C"), "zone": zone}
    source = {"url": "rtsp://192.0.2.1/" + "9q7x" * 40, "username": "u", "password": "p"}
    api.post("cameras", {**camera, "source": source})
    member = {"username": VIEWER, "name": long_name("P"), "password": PASSWORD, "role": "viewer"}
    api.post(f"sites/{LONG}/members", member)
    _send(api, device, secret, b'{"temperature": 9.5, "humidity": 61.25}', 200)
    _send(api, device, secret, b'{"temperature": "warm"}', 400)
    series = {row["metric"]: row["id"] for row in api.get(f"sites/{LONG}/series")}
    api.patch(f"series/{series['humidity']}", {"name": long_name("H")})
    names = ("Trang trại", "Alice", "alice", "AL", VIEWER, EMPTY, LONG, "tests", "“temperature”")
    return Seed(
        house.server.url, series["temperature"], device, rule["id"], _wait_for_alert(api)["id"], camera["id"], names
    )


def _send(api: Api, device: str, secret: str, body: bytes, expected: int) -> None:
    headers = {**make_basic_auth(device, secret), "Content-Type": "application/json"}
    status, answer, _ = api.raw("POST", "/api/v1/ingest", body, headers)
    assert status == expected, answer


def _wait_for_alert(api: Api) -> dict[str, Any]:
    end = time.monotonic() + 20
    while not (found := api.get(f"alerts?site={LONG}")["results"]):
        assert time.monotonic() < end, "no alert was raised"
        time.sleep(0.05)
    alert: dict[str, Any] = found[0]
    return alert
