"""Which files one reading goes through, from its bytes to the body of the poll: what a reader of the code has to open.

A file counts where one of its functions holds the reading in a local variable, in whatever shape. Counted for the
second reading of a connected device. Doubles stand for the registry: who may connect, who may poll.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

import belvedere
from belvedere.accounts.models import Role
from belvedere.accounts.rights import Rights
from belvedere.domain.reading import Reading
from belvedere.pipeline.ingest.judge import Decoded
from belvedere.pipeline.ingest.mqtt.endpoint import MqttEndpoint
from belvedere.pipeline.ingest.mqtt.limits import Limits
from belvedere.pipeline.ingest.mqtt.packets import Publish
from belvedere.pipeline.ingest.mqtt.tests import wire
from belvedere.pipeline.ingest.tests.fakes import FakeDirectory, FakePresence
from belvedere.pipeline.stream.port import Record, Taken
from belvedere.pipeline.tests.conftest import NOW, Pipeline
from belvedere.readings.latest.port import TICK_SECONDS, State
from belvedere.readings.snapshot import Numbers, SnapshotApp
from belvedere.readings.store.batch import Batch

ROOT = f"{Path(belvedere.__file__).parent}/"
THE_WAY = [
    "pipeline/ingest/mqtt/channel.py",
    "pipeline/ingest/mqtt/codec.py",
    "pipeline/ingest/mqtt/inbound.py",
    "pipeline/ingest/decode.py",
    "pipeline/stream/memory.py",
    "pipeline/flow.py",
    "readings/store/batch.py",
    "readings/store/sqlite/store.py",
    "readings/latest/memory.py",
    "readings/snapshot.py",
]
# Where it is handed to as well, and does not come back from: the skew of the device's clock, the id of a QoS 1 message,
# the states of rules (none watches this series), figures, and the memtable, which charts are drawn from.
BESIDE = {
    "pipeline/ingest/skew.py",
    "pipeline/ingest/mqtt/window.py",
    "pipeline/rulebook.py",
    "pipeline/figures.py",
    "readings/store/memtable.py",
}
SHAPES = (Publish, Decoded, Reading, Record, Taken, Batch, State)


def holds(frame: FrameType, value: float) -> bool:
    """Whether a reading of this value is among the locals, as bytes, as one of its shapes or as the mere number."""
    text = json.dumps(value).encode()
    return any(
        isinstance(held, SHAPES) or (type(held) is bytes and text in held) or (type(held) is float and held == value)
        for held in frame.f_locals.values()
    )


@contextmanager
def watch_files(value: float) -> Iterator[list[str]]:
    """The files of the program that hold a reading of this value meanwhile."""
    seen: set[str] = set()

    def note(frame: FrameType, event: str, _: object) -> None:
        path = frame.f_code.co_filename
        if event == "return" and path.startswith(ROOT) and holds(frame, value):
            seen.add(path.removeprefix(ROOT))

    found: list[str] = []
    sys.setprofile(note)
    try:
        yield found
    finally:
        sys.setprofile(None)
        found += [name for name in seen if "/tests/" not in name]


class RightsOfAlice:
    """Everybody is Alice."""

    def peek(self, _headers: object) -> Rights:
        return Rights(1, "alice", {"farm": Role.OWNER}, {"farm": 1})

    async def find(self, headers: object) -> Rights:
        return self.peek(headers)


class Program:
    """Endpoint, stream, pipeline, store, latest values and poll; the pipeline's turns are made by hand."""

    def __init__(self, path: Path) -> None:
        self.pipeline = Pipeline(path)
        directory = FakeDirectory()
        directory.devices["d0"].series["temperature"] = 1
        self.endpoint = MqttEndpoint(self.pipeline.stream, directory, FakePresence(), Limits(), lambda: NOW)
        self.app = SnapshotApp(self.pipeline.latest, RightsOfAlice(), Numbers(*3 * [lambda _site: 0]))

    async def connect(self) -> None:
        self.pipeline.worker.restore()
        port = await self.endpoint.start("127.0.0.1", 0)
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", port)
        self._writer.write(wire.connect())
        await self._reader.readexactly(4)

    async def publish(self, packet: bytes) -> None:
        """Send a reading, and wait until it is acknowledged."""
        published = self.endpoint.counters.published
        self._writer.write(packet)
        async with asyncio.timeout(30):
            while self.endpoint.counters.published == published:
                await asyncio.sleep(0.001)
            self.pipeline.worker.turn()
            await self._reader.readexactly(4)

    async def poll(self, value: float) -> None:
        """Ask until the value is shown."""
        body: list[bytes] = []

        async def send(message: dict[str, Any]) -> None:
            body.append(message.get("body", b""))

        async def receive() -> dict[str, Any]:
            return {"type": "http.request"}

        path = "/api/v1/sites/farm/snapshot"
        scope = {"type": "http", "path": path, "method": "GET", "query_string": b"", "headers": []}
        async with asyncio.timeout(30):
            while not any(row[2] == value for row in json.loads(body[-1] if body else b'{"series": []}')["series"]):
                await asyncio.sleep(TICK_SECONDS / 10)
                await self.app(scope, receive, send)

    async def close(self) -> None:
        self._writer.close()
        await self.endpoint.stop(settle_seconds=0.0)
        self.pipeline.store.close()


@pytest.fixture
async def program(tmp_path: Path) -> AsyncIterator[Program]:
    program = Program(tmp_path / "readings.db")
    await program.connect()
    yield program
    await program.close()


def encode_reading(value: float, packet_id: int) -> bytes:
    body = {"ts": NOW - 1000 + packet_id, "values": {"temperature": value}}
    return wire.publish("belvedere/v1/d0/readings", json.dumps(body).encode(), 1, packet_id)


async def test_a_reading_goes_through_ten_files(program: Program) -> None:
    first, second = encode_reading(20.0, packet_id=1), encode_reading(21.0, packet_id=2)
    await program.publish(first)
    await program.poll(20.0)
    with watch_files(21.0) as files:
        await program.publish(second)
        await program.poll(21.0)
    assert set(files) - BESIDE == set(THE_WAY)
    assert len(THE_WAY) == 10


def test_the_architecture_page_leads_through_these_files() -> None:
    page = (Path(ROOT).parent / "docs/architecture.md").read_text()
    chapter = page.partition("## Follow one reading")[2].partition("\n## ")[0]
    places = [chapter.find(f"`{name}`") for name in THE_WAY]
    assert -1 not in places
    assert places == sorted(places)
