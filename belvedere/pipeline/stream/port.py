"""The port between ingest and processing: records go in at the inlet, and come out at the outlet.

Those of one device come out in their order.

Implemented by: stream/memory.py (embedded; the receipt is settled after the commit in readings.db) and
stream/kafka/ (cluster; it is settled by Kafka's delivery report).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple, Protocol

from msgspec import Struct

from belvedere.domain.reading import Outcome, Reading, Rejection


class NotStored(Exception):
    """Nothing of a record is stored; the sender has to send it again. Never permanent."""

    permanent = False


class StreamFull(NotStored):
    """The stream holds as many bytes as it may; the sender has to wait."""


class RecordsLost(Exception):
    """Records that were acknowledged are not in the stream any more; the sentence says how many and what to do."""

    permanent = True


class DeviceHandle(Protocol):
    """The one device that a connection or request has proved to be.

    data_key: what the store knows it by, never used again. gone: it was deleted meanwhile.
    digest: of its secret, "" when revoked; another secret has another one.
    series: metric -> series id, for the series known so far; the pipeline adds to it.
    binary: metrics whose series takes 0 and 1 alone, beside those that do so by their name. valueless: metrics whose
    series had no value so far.
    last_stamp_ms: the last time the server stamped on a reading of this device. stamped_at_ms: its clock then, which
    is behind that time where many readings come within a millisecond.
    """

    id: str
    site_id: int
    data_key: str
    digest: str
    gone: bool
    series: dict[str, int]
    binary: set[str]
    valueless: set[str]
    last_stamp_ms: int
    stamped_at_ms: int


class Record(Struct, eq=False, gc=False):
    """A body on its way to the store, and what was decoded from it.

    Everything but the handle is plain data. readings and rejected follow from body, received_ms and stamped_ms alone,
    so that another process can decode them again.
    No garbage collector looks at it: thousands wait at once, and it is in no circle of references.
    body: the bytes as received, kept for quarantine when something in them was rejected.
    received_ms: server time of receipt. stamped_ms: the first time that the server put on one of its readings, 0 for
    none. from_quarantine: what is refused of it again is in quarantine already and is not kept once more.
    """

    device: DeviceHandle
    readings: list[Reading]
    rejected: list[Rejection]
    received_ms: int
    body: bytes
    stamped_ms: int = 0
    from_quarantine: bool = False

    def places_in_body(self) -> list[int]:
        """Where each of its readings stood in the body: those of which nothing was left were taken out."""
        gone = {rejection.index for rejection in self.rejected if rejection.whole}
        return [place for place in range(len(self.readings) + len(gone)) if place not in gone]


class Sink(Protocol):
    """Who is to be told what became of records: a connection or an HTTP request."""

    def settle(self, tokens: list[int], outcomes: list[Outcome]) -> None:
        """Called on the event loop after the commit, with an outcome for each token, in order of submission."""

    def failed(self, token: int) -> None:
        """Called on the event loop after an error of ours: the sender has to send it again."""


class Receipt(Struct, eq=False, gc=False):
    """Who waits for a record, None for nobody. It stays in the process. token: the sink's own number for the record.

    No garbage collector looks at it: a sink that keeps its own receipt has to drop it once it is settled or given up.
    wants_outcome: whether the sink does more with the outcome than to acknowledge the record.
    """

    sink: Sink | None
    token: int
    wants_outcome: bool = False


class Taken(NamedTuple):
    """Records in order, each with its receipt at the same place.

    position: where the stream goes on after them, for the store to keep with them; None if it has no such number.
    epoch: of the last of them, where the stream tells by it whether another one has taken the place of a record.
    """

    records: list[Record]
    receipts: list[Receipt]
    position: int | None = None
    epoch: int | None = None

    def singly(self) -> Iterator[Taken]:
        """The same, one record at a time; the last has the position."""
        last = len(self.records) - 1
        for at, (record, receipt) in enumerate(zip(self.records, self.receipts, strict=True)):
            yield Taken([record], [receipt], *((self.position, self.epoch) if at == last else ()))


class Inlet(Protocol):
    """Takes records on the event loop."""

    def submit(self, record: Record, receipt: Receipt) -> None:
        """Queue it. Raises StreamFull where it must wait; then nothing was taken."""

    def has_room(self) -> bool:
        """Whether submit would take something now."""

    def when_room(self, callback: Callable[[], None]) -> None:
        """Call back once, on the event loop, when there is room again."""

    def give_up(self, callback: Callable[[], None]) -> None:
        """Do not call back any more."""

    @property
    def stalled(self) -> str | None:
        """Why nothing can be stored just now (disk full, lock), or None."""


class Outlet(Protocol):
    """Gives records to the one thread that processes them.

    stalled: set by that thread while nothing can be stored.
    """

    stalled: str | None

    @property
    def pending(self) -> int:
        """Records that wait."""

    def take(self, timeout_seconds: float) -> Taken:
        """What waits, oldest first; empty after the timeout or a nudge."""

    def nudge(self) -> None:
        """End a wait in `take`. Any thread."""

    def settle(self, taken: Taken, outcomes: list[Outcome], before: Callable[[], None] | None = None) -> None:
        """The records are committed: tell each sink its outcome, on the event loop; `before` runs there first."""

    def fail(self, taken: Taken) -> Taken | None:
        """These cannot be processed. None where their senders are told so, on the event loop, and send again.

        Otherwise what is to be committed in their place: the same, refused as a whole, for senders who were told that
        they are safe.
        """

    def watermark_ms(self) -> int:
        """A time on the steady line; whatever arrived up to then has been taken."""

    def silence_ms(self, for_ms: int) -> int:
        """The same for a rule that waits so long for a silence: no later, and until then devices could be heard."""


class Backlog(Protocol):
    """What operators hear of a stream. Any thread."""

    @property
    def pending(self) -> int:
        """Records that wait."""

    @property
    def pending_bytes(self) -> int:
        """Bytes taken and not yet settled."""

    @property
    def stalled(self) -> str | None:
        """Why nothing can be stored just now, or None."""

    def waits_seconds(self) -> float:
        """How long the oldest record has waited, at most; 0 while none waits."""
