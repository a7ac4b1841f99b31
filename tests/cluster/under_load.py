"""Devices that send 500 messages a second while parts of the cluster fail."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import pymysql
from confluent_kafka import KafkaException

from tests.cluster.driving import PATIENCE_SECONDS
from tests.cluster.log_copy import LogCopy
from tests.cluster.pages import Pages
from tests.cluster.share import Share
from tests.cluster.stack import Stack
from tests.faults.traffic import Recorder
from tests.live.alert_socket import AlertSocket
from tests.live.server import House

DEVICES = 5
BURST, PAUSE_SECONDS = 10, 0.1  # 100 messages a second of each device
RATE = DEVICES * BURST / PAUSE_SECONDS
LEAST_RATE = 0.8 * RATE  # acknowledged, while nothing fails
LEAST_QUIET_SECONDS, LEAST_FREE = 3.0, 0.5  # of the times in which nothing failed: enough to judge the rate
UNKNOWN_LAG = 1 << 30
HOLD_SECONDS = 3.5  # so long nothing lags: a worker that hears of no task any more ends its turn of 2 s first
LAG_SECONDS = 15.0  # after a part is back; of a machine that others leave alone (share.py)


@dataclass
class Quiet:
    """The times in which nothing failed. free: as in share.py."""

    passed: float = 0.0
    free: float = 0.0
    sent: int = 0
    acknowledged: int = 0

    @property
    def rate(self) -> float:
        """Messages a second that were sent, and acknowledged."""
        return min(self.sent, self.acknowledged) / self.passed if self.passed else 0.0


@dataclass
class Load:
    """Devices that send, with two rules each, and a socket and a page at each web process.

    ports: of the endpoints. back_seconds: of each return, until no lag; (all, those of a free machine).
    """

    house: House
    stack: Stack
    recorders: list[Recorder]
    rules: list[int]
    silences: set[int]
    sockets: list[AlertSocket]
    first_seq: int
    log_copy: LogCopy
    pages: Pages
    quiet: Quiet = field(default_factory=Quiet)
    back_seconds: list[tuple[float, float]] = field(default_factory=list)
    _is_quiet: bool = True

    @property
    def ports(self) -> list[int]:
        """Of the endpoints."""
        return [int(address.rpartition(":")[2]) for address in self.house.server.endpoints.values()]

    async def processed(self, more: int) -> None:
        """Wait until so many more records are stored."""
        share, sent, acknowledged = Share(), self.count_sent(), self._count_acknowledged()
        target = await asyncio.to_thread(self._count_processed) + more
        await self._until(lambda: self._count_processed() >= target, "nothing is processed")
        if self._is_quiet:
            self.quiet.passed += share.passed()
            self.quiet.free += share.free()
            self.quiet.sent += self.count_sent() - sent
            self.quiet.acknowledged += self._count_acknowledged() - acknowledged
            self._is_quiet = False  # what follows fails something

    async def acknowledged(self, more: int) -> None:
        """Wait until so many more are acknowledged."""
        target = self._count_acknowledged() + more
        await self._until(lambda: self._count_acknowledged() >= target, "nothing is acknowledged")

    async def caught_up(self) -> None:
        """Wait, from the moment on in which a part is back, until nothing lags: no more waits than comes in a second.

        What devices have not been acknowledged waits too, and each must have been acknowledged something that it sent
        since.
        """
        share, lags, back = Share(), [0], (0.0, 0.0)
        awaited = [one.sent for one in self.recorders]

        def is_heard() -> bool:
            return all(number in one.acknowledged for one, number in zip(self.recorders, awaited, strict=True))

        while share.passed() < back[0] + HOLD_SECONDS:
            if (lag := await asyncio.to_thread(self.find_lag)) > RATE or not is_heard():
                lags.append(lag)
                back = (share.passed(), share.free())
                assert back[1] < LAG_SECONDS, (
                    f"After {back[0]:.0f} s, {back[1]:.0f} of them free, it lags: {lags[:: len(lags) // 20 + 1]}"
                )
            await asyncio.sleep(0.1)
        self.back_seconds.append(back)
        self._is_quiet = True

    def find_lag(self) -> int:
        """How many messages are sent and not stored; more than any while the servers do not say yet."""
        try:
            return self.stack.find_lag() + sum(one.waiting for one in self.recorders)
        except (KafkaException, pymysql.MySQLError):
            return UNKNOWN_LAG

    def count_sent(self) -> int:
        """Messages of all devices."""
        return sum(one.sent for one in self.recorders)

    def report(self) -> str:
        """What was measured."""
        share = self.quiet.free / self.quiet.passed if self.quiet.passed else 1.0
        back = ", ".join(f"{passed:.1f} ({free:.1f})" for passed, free in self.back_seconds)
        return (
            f"{self.count_sent()} messages; {self.quiet.rate:.0f} a second in {self.quiet.passed:.0f} s in which"
            f" nothing failed, {share:.0%} of the machine free; seconds until no lag (of a free machine): {back}"
        )

    def check_rate(self) -> None:
        """The load is what it says; not judged where nothing failed for a moment only, or others have the machine."""
        quiet = self.quiet
        if quiet.passed < LEAST_QUIET_SECONDS or quiet.free < LEAST_FREE * quiet.passed:
            print("The rate of this load was not judged.")
        else:
            assert quiet.rate >= LEAST_RATE, self.report()

    async def _until(self, done: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not await asyncio.to_thread(done):
            assert time.monotonic() < deadline, what
            await asyncio.sleep(0.02)

    def _count_acknowledged(self) -> int:
        return sum(len(recorder.acknowledged) for recorder in self.recorders)

    def _count_processed(self) -> int:
        """0 while the database is away."""
        try:
            return int(self.stack.fetch("SELECT COALESCE(SUM(next_offset), 0) FROM readings_fence")[0][0])
        except pymysql.MySQLError:
            return 0
