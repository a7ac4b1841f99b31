"""A full disk: nothing is acknowledged, the server says why, and goes on by itself when there is room."""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from belvedere.simulator.api import make_basic_auth
from tests.faults.ledger import Verdict, compare_readings
from tests.faults.traffic import Recorder
from tests.live.server import Server, set_up

pytestmark = [
    pytest.mark.faults,
    pytest.mark.live,
    pytest.mark.embedded("it fills the disk under readings.db; a cluster's disks are those of its servers"),
]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 64 MB of its own."""
    if os.geteuid() != 0:
        pytest.skip("needs root to mount a small file system")
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", folder], capture_output=True, text=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"may not mount a small file system here: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def _fill(folder: Path) -> Path:
    """Take all room that is left, to the last block."""
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as file:
        for size in (1 << 20, 1 << 12, 1):
            with contextlib.suppress(OSError):
                while file.write(b"\0" * size) == size:
                    pass
    return ballast


async def _ready(server: Server, wanted: int, timeout_seconds: float) -> str:
    end = time.monotonic() + timeout_seconds
    while True:
        status, body = await asyncio.to_thread(server.readyz)
        if status == wanted:
            return body
        assert time.monotonic() < end, f"/readyz answers {status}: {body}"
        await asyncio.sleep(0.2)


async def test_a_full_disk_stops_acknowledgements_is_told_and_heals_by_itself(small_disk: Path) -> None:
    with Server(small_disk / "data") as server:
        house = set_up(server)
        recorder = Recorder("d0", house.secrets["d0"], int(time.time() * 1000) - 10_000_000)
        sending = asyncio.create_task(recorder.run(lambda: server.mqtt_port))
        await asyncio.sleep(1)
        assert await _ready(server, 200, 60)
        ballast = _fill(small_disk)
        while True:  # what fits into blocks that were already there is still stored
            before = len(recorder.acknowledged)
            await asyncio.sleep(2)
            if len(recorder.acknowledged) == before:
                break
        reason = await _ready(server, 503, 60)
        assert "disk" in reason.lower() or "full" in reason.lower(), reason
        status, _, headers = await asyncio.to_thread(
            house.api.raw, "POST", "/api/v1/ingest", b'{"temperature":1}', make_basic_auth("d0", house.secrets["d0"])
        )
        assert status == 503
        assert "retry-after" in headers
        stalled = len(recorder.acknowledged)
        await asyncio.sleep(1)
        assert len(recorder.acknowledged) == stalled
        assert recorder.sent > stalled, "the device had nothing to wait for"
        ballast.unlink()
        await _ready(server, 200, 60)
        await asyncio.sleep(1)
        recorder.burst = 0
        await recorder.settled(60)
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
        assert len(recorder.acknowledged) > stalled
        verdict, _ = compare_readings(house, recorder)
        assert verdict == Verdict(0, 0, 0, 0)


async def test_what_was_acknowledged_before_a_kill_on_a_full_disk_is_there_after_it(small_disk: Path) -> None:
    with Server(small_disk / "data") as server:
        house = set_up(server)
        recorder = Recorder("d0", house.secrets["d0"], int(time.time() * 1000) - 10_000_000)
        sending = asyncio.create_task(recorder.run(lambda: server.mqtt_port))
        async with asyncio.timeout(60):
            while len(recorder.acknowledged) < 500:
                await asyncio.sleep(0.05)
        before = len(recorder.acknowledged)
        ballast = _fill(small_disk)
        await _ready(server, 503, 60)
        server.kill()
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
        acknowledged = len(recorder.acknowledged)
        assert before <= acknowledged < recorder.sent, "nothing was on its way when the disk was full"
        ballast.unlink()
        server.start()
        verdict, stored = compare_readings(house, recorder)
        assert verdict == Verdict(0, 0, 0, 0)
        assert len(stored) >= acknowledged
        sending = asyncio.create_task(recorder.run(lambda: server.mqtt_port))
        recorder.burst = 0
        await recorder.settled(60)
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
        verdict, stored = compare_readings(house, recorder)
        assert verdict == Verdict(0, 0, 0, 0)
        assert len(stored) == recorder.sent
