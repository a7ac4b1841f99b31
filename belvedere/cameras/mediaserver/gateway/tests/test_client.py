"""The gateway's process, as its client starts it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from belvedere.cameras.mediaserver.gateway.client import GatewayClient
from belvedere.cameras.mediaserver.gateway.process import GatewayProcess
from belvedere.cameras.mediaserver.port import CameraSource, Refused, Way
from belvedere.cameras.mediaserver.publishing import Target


@pytest.fixture
def starts(monkeypatch: pytest.MonkeyPatch) -> list[GatewayProcess]:
    """Who was started, each time."""
    started: list[GatewayProcess] = []
    start = GatewayProcess.start

    async def start_and_note(process: GatewayProcess) -> Path:
        started.append(process)
        return await start(process)

    monkeypatch.setattr(GatewayProcess, "start", start_and_note)
    return started


async def test_of_two_starts_at_once_one_starts_the_process_and_both_wait(starts: list[GatewayProcess]) -> None:
    client = GatewayClient()
    try:
        await asyncio.gather(client.start(), client.start())
        assert len(starts) == 1
        assert await client.statuses() == {}
    finally:
        await client.stop()


async def test_a_camera_that_publishes_is_told_what_it_needs() -> None:
    client = GatewayClient()
    try:
        await client.start()
        await client.apply([CameraSource("camera_yard", "", way=Way.PUSH)])
        status = (await client.statuses())["camera_yard"]
        assert (status.state, status.code) == ("offline", "needs_mediamtx")
        with pytest.raises(Refused) as caught:
            await client.publish("camera_yard", "offer", "secret")
        assert caught.value.refusal.code == "needs_mediamtx"
        # Behind a MediaMTX that somebody else runs, starting one would help nobody.
        client.target = Target("127.0.0.1", 8554, "", "")
        await client.apply([CameraSource("camera_yard", "", way=Way.PUSH)])
        assert (await client.statuses())["camera_yard"].code == "needs_own_mediamtx"
    finally:
        await client.stop()
