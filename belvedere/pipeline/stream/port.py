"""The port between ingest and processing: what was decoded goes in, an outcome comes back.

Implemented by: stream/memory.py (embedded; the outcome follows the commit in readings.db) and
stream/kafka.py (cluster; it follows Kafka's delivery report).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Protocol

from belvedere.domain.reading import Outcome, Reading, Rejection


class NotStored(Exception):
    """Nothing of a submission is stored; the sender has to send it again. Never permanent."""

    permanent = False


class StreamFull(NotStored):
    """The stream holds as many bytes as it may; the sender has to wait."""


class DeviceHandle(Protocol):
    """The one device that a connection or request has proved to be.

    data_key: what the store knows it by, never used again. gone: it was deleted meanwhile.
    series: metric -> series id, for the series known so far; the pipeline adds to it.
    binary: metrics whose series takes 0 and 1 alone, beside those that do so by their name. valueless: metrics whose
    series had no value so far.
    last_stamp_ms: the last time the server stamped on a reading of this device. stamped_at_ms: its clock then, which
    is behind that time where many readings come within a millisecond.
    """

    id: str
    site_id: int
    data_key: str
    gone: bool
    series: dict[str, int]
    binary: set[str]
    valueless: set[str]
    last_stamp_ms: int
    stamped_at_ms: int


class Sink(Protocol):
    """Who is to be told what became of submissions: a connection or an HTTP request."""

    def settle(self, outcomes: list[tuple[int, Outcome]]) -> None:
        """Called on the event loop after the commit, with (token, outcome) in order of submission."""

    def failed(self, token: int) -> None:
        """Called on the event loop after an error of ours: the sender has to send it again."""


class Submission:
    """One decoded body on its way to the store.

    body: the bytes as received, kept for quarantine when something in them was rejected.
    received_ms: server time of receipt. size: bytes this submission counts against the limits.
    token: the sink's own number for it (an MQTT packet id).
    stamped_ms: the first time that the server put on one of its readings, 0 for none.
    """

    __slots__ = ("body", "device", "readings", "received_ms", "rejected", "sink", "size", "stamped_ms", "token")
    from_quarantine: ClassVar[bool] = False

    def __init__(
        self,
        device: DeviceHandle,
        readings: list[Reading],
        rejected: list[Rejection],
        received_ms: int,
        body: bytes,
        sink: Sink | None,
        token: int,
        stamped_ms: int = 0,
    ) -> None:
        self.device = device
        self.readings = readings
        self.rejected = rejected
        self.received_ms = received_ms
        self.body = body
        self.size = len(body)
        self.sink = sink
        self.token = token
        self.stamped_ms = stamped_ms


class Resubmission(Submission):
    """A body out of quarantine; what is refused of it again is there already and is not kept once more."""

    __slots__ = ()
    from_quarantine = True


class Stream(Protocol):
    """Takes submissions on the event loop, in order for each device."""

    def submit(self, submission: Submission) -> None:
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
