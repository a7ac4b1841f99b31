"""Stand-ins for what surrounds ingest: a stream that commits when told to, devices, and a presence with a diary."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from belvedere.domain.changes import Change, ChangeKind
from belvedere.domain.reading import Outcome, Reading, Rejection
from belvedere.domain.trouble import TroubleCode
from belvedere.pipeline.stream.port import DeviceHandle, Receipt, Record, Sink, StreamFull

NOW_MS = 1_763_900_000_000


class FakeDevice:
    def __init__(self, device_id: str, data_key: str = "") -> None:
        self.id = device_id
        self.site_id = 1
        self.data_key = data_key or f":{device_id}"
        self.digest = "0" * 64
        self.gone = False
        self.series: dict[str, int] = {}
        self.binary: set[str] = set()
        self.valueless: set[str] = set()
        self.last_stamp_ms = self.stamped_at_ms = 0


class FakeDirectory:
    """Devices d0 and d1; the secret of each is "secret"."""

    def __init__(self) -> None:
        self.devices = {name: FakeDevice(name) for name in ("d0", "d1")}
        self.followers: list[Callable[[Change], object]] = []

    def authenticate(self, device_id: str, secret: str) -> FakeDevice | None:
        return self.devices.get(device_id) if secret == "secret" else None

    def get(self, device_id: str) -> FakeDevice | None:
        return self.devices.get(device_id)

    def revoke(self, device_id: str) -> None:
        self.devices.pop(device_id).gone = True
        self.tell(ChangeKind.DEVICE_DELETED, device_id)

    def tell(self, kind: ChangeKind, device_id: str) -> None:
        """As the registry's log does. Any thread."""
        for follower in self.followers:
            follower(Change(1, kind, device_id, {}))


class OtherProcess:
    """Makes a device, of which the directory hears when it catches up; a stranger asks for that in vain."""

    def __init__(self, directory: FakeDirectory, device_id: str) -> None:
        self._directory = directory
        self._device = FakeDevice(device_id)
        self.asked: list[asyncio.Future[None]] = []

    def catch_up(self) -> asyncio.Future[None]:
        """Nothing happens until `answer`."""
        self.asked.append(asyncio.get_running_loop().create_future())
        return self.asked[-1]

    def answer(self) -> None:
        """The directory has caught up."""
        self._directory.devices[self._device.id] = self._device
        for future in self.asked:
            future.set_result(None)


class FakePresence:
    """Behaves as devices/presence.py does, and keeps a diary."""

    def __init__(self) -> None:
        self.number = 0
        self.online: dict[str, int] = {}
        self.protocols: dict[str, str] = {}
        self.diary: list[str] = []
        self.skews: list[int] = []
        self.seen_at: list[int] = []

    def mark_connected(self, device_id: str, protocol: str) -> int:
        self.number += 1
        self.online[device_id] = self.number
        self.protocols[device_id] = protocol
        self.diary.append(f"{device_id} online")
        return self.number

    def mark_disconnected(self, device_id: str, connection: int) -> None:
        if self.online.get(device_id) == connection:
            del self.online[device_id]
            self.diary.append(f"{device_id} offline")

    def mark_seen(self, device_id: str, now_ms: int) -> None:
        self.seen_at.append(now_ms)

    def mark_posted(self, device_id: str, now_ms: int) -> None:
        self.protocols[device_id] = "http"
        self.seen_at.append(now_ms)

    def set_clock_skew(self, device_id: str, skew_ms: int) -> None:
        self.skews.append(skew_ms)


class FakeTroubles:
    """What was told: (device, code, detail). strangers: (id, host)."""

    def __init__(self) -> None:
        self.told: list[tuple[str, TroubleCode, str]] = []
        self.strangers: list[tuple[str, str]] = []

    def tell(self, device: DeviceHandle, code: TroubleCode, detail: str) -> None:
        self.told.append((device.id, code, detail))

    def tell_stranger(self, claimed_id: str, host: str) -> None:
        self.strangers.append((claimed_id, host))


class FakeStream:
    """Commits by itself a moment later, or, while `frozen`, when `commit` is called."""

    def __init__(self) -> None:
        self.frozen = False
        self.full = False
        self.stalled: str | None = None
        self.pending: list[tuple[Record, Receipt]] = []
        self.stored: list[Record] = []
        self.waiting: list[Callable[[], None]] = []

    @property
    def readings(self) -> list[Reading]:
        return [reading for record in self.stored for reading in record.readings]

    @property
    def rejected(self) -> list[Rejection]:
        return [rejection for record in self.stored for rejection in record.rejected]

    def submit(self, record: Record, receipt: Receipt) -> None:
        if self.full:
            raise StreamFull("full")
        self.pending.append((record, receipt))
        if not self.frozen and len(self.pending) == 1:
            asyncio.get_running_loop().call_soon(self.commit)

    def has_room(self) -> bool:
        return not self.full

    def when_room(self, callback: Callable[[], None]) -> None:
        self.waiting.append(callback)

    def give_up(self, callback: Callable[[], None]) -> None:
        self.waiting.remove(callback)

    def fail(self) -> None:
        """An error of ours in the oldest."""
        _, receipt = self.pending.pop(0)
        assert receipt.sink
        receipt.sink.failed(receipt.token)

    def make_room(self) -> None:
        self.full = False
        waiting, self.waiting = self.waiting, []
        for callback in waiting:
            callback()

    def commit(self, count: int | None = None) -> None:
        """Store the oldest `count` records, or all, and tell their sinks."""
        batch, self.pending = self.pending[:count], self.pending[len(self.pending[:count]) :]
        self.stored += [record for record, _ in batch]
        told: dict[Sink, tuple[list[int], list[Outcome]]] = {}
        for record, receipt in batch:
            if receipt.sink is not None:
                outcome = Outcome(len(record.readings), 0, record.rejected)
                tokens, outcomes = told.setdefault(receipt.sink, ([], []))
                tokens.append(receipt.token)
                outcomes.append(outcome)
        for sink, settled in told.items():
            sink.settle(*settled)
