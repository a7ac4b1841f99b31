"""The MQTT endpoint and the stream without a store: what is taken is acknowledged at once.

argv: file with lines "id secret". Prints its port. Shows how much of the ingest figure the writer costs.
"""

from __future__ import annotations

import asyncio
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path

import uvloop

from belvedere.domain.reading import Outcome
from belvedere.pipeline.ingest.mqtt.endpoint import MqttEndpoint
from belvedere.pipeline.stream.memory import MemoryStream


@dataclass
class Handle:
    """A device."""

    id: str
    site_id: int = 1
    series: dict[str, int] = field(default_factory=dict)
    binary: set[str] = field(default_factory=set)
    valueless: set[str] = field(default_factory=set)
    last_stamp_ms: int = 0
    stamped_at_ms: int = 0
    data_key: str = ""
    digest: str = ""
    gone: bool = False


class Everybody:
    """Directory and presence in one, without state but the secrets."""

    def __init__(self, secrets: dict[str, str]) -> None:
        self._secrets = secrets

    def authenticate(self, device_id: str, secret: str) -> Handle | None:
        """The device, when the secret is its own."""
        return Handle(device_id) if self._secrets.get(device_id) == secret else None

    def get(self, device_id: str) -> Handle | None:
        """The device."""
        return Handle(device_id) if device_id in self._secrets else None

    def mark_connected(self, device_id: str, protocol: str) -> int:
        """All connections are number 1."""
        del device_id, protocol
        return 1

    def mark_disconnected(self, device_id: str, connection: int) -> None:
        """Nothing to keep."""

    def mark_seen(self, device_id: str, now_ms: int) -> None:
        """Nothing to keep."""

    def mark_posted(self, device_id: str, now_ms: int) -> None:
        """Nothing to keep."""

    def set_clock_skew(self, device_id: str, skew_ms: int) -> None:
        """Nothing to keep."""


def _settle(stream: MemoryStream) -> None:
    """In a thread, as the real worker."""
    while True:
        taken = stream.take(1.0)
        if taken.records:
            stream.settle(taken, [Outcome(len(record.readings), 0, record.rejected) for record in taken.records])


async def _serve(secrets: dict[str, str]) -> None:
    stream = MemoryStream(asyncio.get_running_loop())
    everybody = Everybody(secrets)
    endpoint = MqttEndpoint(stream, everybody, everybody)
    threading.Thread(target=_settle, args=(stream,), daemon=True).start()
    print(await endpoint.start("127.0.0.1", 0), flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    sys.setswitchinterval(0.0005)  # as config/serve.py
    lines = Path(sys.argv[1]).read_text().split("\n")
    uvloop.run(_serve(dict(line.split(" ") for line in lines if line)))
