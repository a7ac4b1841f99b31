"""What one process of workers does: the partitions of the slots that it holds, for some seconds at a time.

A turn is a Celery task, `advance(slot)`. It carries no truth: a lost task comes again within a second, a doubled one
finds the slot held. Leases keep two workers from doing the same work; the store's fence keeps it from counting twice.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import NamedTuple, Protocol

import structlog
from django.db import Error as RegistryError

from belvedere.domain.changes import Change
from belvedere.pipeline.partition import PartitionWorker
from belvedere.readings.store.port import Fenced, StoreUnavailable

log = structlog.get_logger(__name__)

TURN_SECONDS = 2.0
LEASE_SECONDS = 6  # so long a killed worker's partitions wait for another
LOOK_SECONDS = 1.0
IDLE_SECONDS = 0.05  # how long to wait for a record before time is looked at again
CHAIN_SECONDS = 5.0  # a successor that has not come by then is lost
BACK_OFF_SECONDS = 1.0
LONG_BACK_OFF_SECONDS = 10.0  # where a person has to do something


class Leases(Protocol):
    """Who works on which partition (store/cluster/lease.py), by the database's time."""

    def take(self, partition: int, seconds: int) -> bool:
        """Take or renew it for this process; False where another has it."""

    def renew(self, partitions: Sequence[int], seconds: int) -> Mapping[int, int]:
        """Renew those of these that this process has; each with its version, which commits of anybody raise."""

    def release(self, partitions: Sequence[int]) -> None:
        """Give them back."""


class Feed(Protocol):
    """Fetches for all partitions (stream/kafka/feed.py)."""

    def fetch(self, timeout_seconds: float) -> bool:
        """Wait for records of any; whether some came."""


class Held(NamedTuple):
    """A partition that is open. worker: its turns. nudge: its stream need not wait. after: when it had a turn.

    stale: whether another process has committed to it, by the version that it has now. close: forget it.
    """

    worker: PartitionWorker
    nudge: Callable[[], None]
    after: Callable[[], None]
    stale: Callable[[int], bool]
    close: Callable[[], None]


class Marks(Protocol):
    """Tells open partitions how far their devices have been heard."""

    def look(self, partitions: Sequence[int]) -> int | None:
        """Read the marks of endpoints and where the partitions end; since when all are heard, ms, None for unknown."""


class StandBy(Protocol):
    """How workers without a slot make themselves known."""

    def announce(self) -> None:
        """This process has nothing to do."""

    def wanted(self) -> bool:
        """Whether another one has; it is told once."""


class Turns:
    """One thread, Celery's. open_partition: raises what its store or its stream raises.

    after_round: called when all partitions had their turn, e.g. to send what they published. follow_time: suspends
    rules outside their schedules; whether any changed.
    """

    def __init__(
        self,
        open_partition: Callable[[int], Held],
        feed: Feed,
        leases: Leases,
        marks: Marks,
        standby: StandBy,
        partitions: int,
        slots: int,
        after_round: Callable[[], None],
        follow_time: Callable[[], bool],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._open_partition = open_partition
        self._feed = feed
        self._leases = leases
        self._marks = marks
        self._standby = standby
        self._partitions = partitions
        self._slots = slots
        self._after_round = after_round
        self._follow_time = follow_time
        self._monotonic = monotonic
        self._held: dict[int, Held] = {}
        self._chained: dict[int, float] = {}  # slot -> when its last turn ended
        self._back_off: dict[int, float] = {}  # partition -> not before
        self._next_look = 0.0
        self._heard_since_ms: int | None = None
        self._begun = self._ended = monotonic()  # the last task
        self._is_busy = False
        self._is_ending = False
        self.conflicts = 0  # how often another process was found to have committed meanwhile
        self.waiting: dict[int, str] = {}  # partition -> why it does not go on

    @property
    def held(self) -> list[int]:
        """The partitions that are open."""
        return sorted(self._held)

    @property
    def idle_seconds(self) -> float:
        """How long no task has come; 0 within one, which may take long where a server is slow."""
        return 0.0 if self._is_busy else self._monotonic() - self._ended

    @property
    def busy_seconds(self) -> float:
        """How long the task has lasted that runs; 0 between two."""
        return self._monotonic() - self._begun if self._is_busy else 0.0

    def advance(self, slot: int, *, chained: bool) -> bool:
        """One turn; whether a successor is due. chained: the task is such a successor, and not one of the beat."""
        self._begun, self._is_busy = self._monotonic(), True
        try:
            return self._advance(slot, chained)
        finally:
            self._is_busy = False
            self._ended = self._monotonic()

    def _advance(self, slot: int, chained: bool) -> bool:
        if self._is_ending:
            return False
        if not chained and self._monotonic() - self._chained.get(slot, -CHAIN_SECONDS) < CHAIN_SECONDS:
            return False  # its own successor is on its way
        try:
            if slot not in self._chained and not self._keep(slot, {}):
                if not self._chained:
                    self._standby.announce()
                return False
            self._chained[slot] = self._monotonic()
            self._run(TURN_SECONDS / len(self._chained))
            if slot not in self._chained:
                return False  # another worker has it
        except (StoreUnavailable, RegistryError) as error:
            log.warning("turn_failed", slot=slot, reason=str(error))
            self._feed.fetch(BACK_OFF_SECONDS)  # its records wait here
            self._chained[slot] = self._monotonic()
        if self._is_ending:
            return False
        if len(self._chained) > 1 and self._standby.wanted():
            self._release_slot(slot)
            return False
        self._chained[slot] = self._monotonic()
        return True

    def apply(self, changes: Sequence[Change]) -> None:
        """The registry changed."""
        for held in list(self._held.values()):
            held.worker.apply(changes)

    def load(self) -> None:
        """The registry was read anew."""
        for held in list(self._held.values()):
            held.worker.load()

    def end_soon(self) -> None:
        """End the turn that runs, after the partition that it is at, and take no other. From a signal handler, too."""
        self._is_ending = True

    def close(self) -> None:
        """Give everything back, so that others need not wait for the leases to end."""
        for slot in list(self._chained):
            self._release_slot(slot)

    # --- slots --------------------------------------------------------------------------------------

    def _list_partitions(self, slot: int) -> list[int]:
        return list(range(slot, self._partitions, self._slots))

    def _keep(self, slot: int, had: Mapping[int, int]) -> bool:
        """Have its partitions open, those `had` and those that can be taken. All of a slot go with its first one."""
        first, *others = self._list_partitions(slot)
        if not self._keep_or_take(first, had):
            self._drop_slot(slot)
            return False
        for partition in [first, *[other for other in others if self._keep_or_take(other, had)]]:
            self._open(partition)
        return True

    def _keep_or_take(self, partition: int, had: Mapping[int, int]) -> bool:
        if partition in had:
            return True
        self._drop(partition)  # another worker may have had it in between
        return self._leases.take(partition, LEASE_SECONDS)

    def _release_slot(self, slot: int) -> None:
        self._drop_slot(slot)
        self._leases.release(self._list_partitions(slot))

    def _drop_slot(self, slot: int) -> None:
        self._chained.pop(slot, None)
        for partition in self._list_partitions(slot):
            self._drop(partition)

    # --- partitions ---------------------------------------------------------------------------------

    def _open(self, partition: int) -> None:
        if partition not in self._held and self._monotonic() >= self._back_off.get(partition, 0.0):
            self._guard(partition, lambda: self._put(partition, self._open_partition(partition)))

    def _put(self, partition: int, held: Held) -> None:
        if self._heard_since_ms is not None:
            held.worker.wait_anew(self._heard_since_ms)
        self._held[partition] = held
        held.worker.load()  # the registry may have changed while it was opened
        self.waiting.pop(partition, None)

    def _drop(self, partition: int) -> None:
        held = self._held.pop(partition, None)
        if held is not None:
            held.close()

    def _guard(self, partition: int, step: Callable[[], None]) -> None:
        """Run a step of a partition; where it fails, nothing that is known of the partition can be relied on."""
        try:
            step()
        except Fenced:
            log.warning("partition_fenced", partition=partition)
            self.conflicts += 1
            self._give_up(partition, 0.0)
        except (StoreUnavailable, RegistryError) as error:
            log.warning("partition_waits", partition=partition, reason=str(error))
            self._give_up(partition, BACK_OFF_SECONDS)
            self.waiting[partition] = str(error)
        except Exception as error:  # the other partitions must go on
            if getattr(error, "permanent", False):
                log.critical("partition_broken", partition=partition, reason=str(error))
            else:
                log.exception("partition_failed", partition=partition)
            self._give_up(partition, LONG_BACK_OFF_SECONDS)
            self.waiting[partition] = str(error) or repr(error)

    def _give_up(self, partition: int, seconds: float) -> None:
        self._drop(partition)
        self._back_off[partition] = self._monotonic() + seconds

    # --- a turn -------------------------------------------------------------------------------------

    def _run(self, seconds: float) -> None:
        until = self._monotonic() + seconds
        while True:
            if self._monotonic() >= self._next_look:
                self._look()
            for partition, held in list(self._held.items()):
                if not self._is_ending:
                    self._guard(partition, partial(self._turn, held))
            self._after_round()
            left = until - self._monotonic()
            if left <= 0 or self._is_ending:
                return
            self._feed.fetch(min(left, IDLE_SECONDS))

    @staticmethod
    def _turn(held: Held) -> None:
        held.nudge()  # it has waited for all partitions together
        held.worker.turn()
        held.after()

    def _look(self) -> None:
        """Each second: leases, partitions that another worker has moved on, schedules, how far devices were heard."""
        had = self._leases.renew([one for slot in self._chained for one in self._list_partitions(slot)], LEASE_SECONDS)
        self._next_look = self._monotonic() + LOOK_SECONDS  # where it fails, no partition has a turn before it is tried
        for slot in list(self._chained):
            self._keep(slot, had)
        for partition, held in list(self._held.items()):
            if partition in had and held.stale(had[partition]):
                self._drop(partition)
                self._open(partition)
        if self._follow_time():
            self.load()
        since_ms = self._marks.look(self.held)
        if since_ms is not None and since_ms != self._heard_since_ms:
            self._heard_since_ms = since_ms
            for held in self._held.values():
                held.worker.wait_anew(since_ms)
