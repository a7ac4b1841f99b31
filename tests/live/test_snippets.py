"""The code that the page offers to copy, run as a person would run it."""

from __future__ import annotations

import asyncio
import base64
import re
import sys
import time
from pathlib import Path

import pytest

from tests.live.server import SITE, House

SNIPPETS = Path(__file__).parents[2] / "web/src/features/devices/snippets"
PATIENCE_SECONDS = 60.0

pytestmark = pytest.mark.live


def filled(name: str, house: House, device: str) -> str:
    """As web/src/features/devices/snippets.ts fills it in, without TLS."""
    values = {
        "host": "127.0.0.1",
        "mqtt_port": str(house.server.mqtt_port),
        "http": house.server.url,
        "id": device,
        "secret": house.secrets[device],
        "basic": base64.b64encode(f"{device}:{house.secrets[device]}".encode()).decode(),
    }
    lines = (SNIPPETS / f"{name}.txt").read_text().splitlines()
    kept = [line.removeprefix("[plain]") for line in lines if not line.startswith("[tls]")]
    return re.sub(r"\{\{(\w+)\}\}", lambda found: values[found[1]], "\n".join(kept))


async def wait_for_series(house: House, device: str, process: asyncio.subprocess.Process) -> set[str]:
    """The metrics of the device, as soon as there are any."""
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until and process.returncode in (None, 0):
        rows = house.api.get(f"sites/{SITE}/series?device={device}")
        if rows:
            return {row["metric"] for row in rows}
        await asyncio.sleep(0.1)
    assert process.stdout is not None
    raise AssertionError((await process.stdout.read(4000)).decode())


@pytest.mark.parametrize("name", ["python", "curl"])
async def test_the_code_that_is_offered_sends_a_first_reading(house: House, device: str, name: str) -> None:
    command = [sys.executable, "-c"] if name == "python" else ["/bin/sh", "-c"]
    process = await asyncio.create_subprocess_exec(
        *command,
        filled(name, house, device),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        assert await wait_for_series(house, device, process) == {"temperature", "humidity"}
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


def test_the_tasmota_rule_is_a_request_that_the_server_takes(house: House, device: str) -> None:
    """Cut as WebQuery cuts it: address, method, headers in brackets with bars between them, then the body."""
    rule, *_ = filled("tasmota", house, device).splitlines()
    parts = re.fullmatch(r"Rule1 ON \S+#Temperature DO WebQuery (\S+) (\S+) \[([^]]+)\](.+) ENDON", rule)
    assert parts
    address, method, told, body = parts.groups()
    headers = dict(header.split(":", 1) for header in told.split("|"))
    path = address.removeprefix(house.server.url)
    status, answer, _ = house.api.raw(method, path, body.replace("%value%", "22.5").encode(), headers)
    assert status == 200, answer
    assert set(house.series_of(device)) == {"temperature"}
