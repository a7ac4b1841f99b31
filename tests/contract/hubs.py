"""Hubs on one channel layer, each as that of a process of its own, and sockets that listen at them."""

from __future__ import annotations

import asyncio

import pytest
from channels.layers import channel_layers

from belvedere.live import hub as hub_module
from belvedere.live.hub import Hub
from belvedere.live.tests.conftest import FARM, Client, MemoryLog, socket_of, until
from belvedere.live.tests.test_hub import Guard
from tests.contract.layers import Join


class Hubs:
    """join: gives the layer of one more process."""

    def __init__(self, join: Join, event_log: MemoryLog) -> None:
        self._join = join
        self._log = event_log
        self._started: list[Hub] = []

    async def start(self) -> Hub:
        """The hub of one more process."""
        channel_layers.set("default", self._join())
        hub = Hub(asyncio.get_running_loop(), self._log, Guard(), lambda: 0.0)
        self._started.append(hub)
        await hub.start()
        return hub

    async def stop(self) -> None:
        """All of them."""
        for hub in self._started:
            await hub.stop()


async def listen(hub: Hub) -> Client:
    client = Client()
    client.socket = socket_of(client, FARM, 0.0)
    await hub.join(client.socket, None)
    await until(lambda: client.got)
    return client


def leave_out_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test sees comes by messages, not by the look at the log."""
    monkeypatch.setattr(hub_module, "ROUND_SECONDS", 3_600.0)
