"""Tell a camera that pauses from one that is gone, and when it is to be sent something. Pure."""

from __future__ import annotations

from enum import Enum

FIRST_PACKET_SECONDS = 20.0  # after PLAY; some cameras need 10
SILENCE_SECONDS = 4.0  # without a packet: then the camera is asked whether it is there
ASKED_SECONDS = 4.0  # for its answer
MAX_SILENCE_SECONDS = 60.0  # a camera that answers and sends nothing is connected to anew
REPORT_SECONDS = 5.0  # RFC 3550 §6.2


class Act(Enum):
    """What to do now."""

    WAIT = "wait"
    ASK = "ask"
    REPORT = "report"
    GIVE_UP = "give up"


class Liveness:
    """Of one connection. A live camera answers a keep-alive, however seldom it sends pictures."""

    def __init__(self, now: float) -> None:
        self._packet_at = now
        self._heard_at = now
        self._has_packet = False
        self._asked_at: float | None = None
        self._every = SILENCE_SECONDS
        self._ask_at = now
        self._report_at = now

    def begin(self, now: float) -> None:
        """The first packet is awaited from now on."""
        self._packet_at = self._heard_at = now

    def keep_alive_every(self, seconds: float, now: float) -> None:
        """Ask at this distance, whatever the camera sends."""
        self._every = seconds
        self._ask_at = now + seconds
        self._report_at = now + REPORT_SECONDS

    def hear_packet(self, now: float) -> None:
        """A packet of the stream has come."""
        self._packet_at = self._heard_at = now
        self._has_packet, self._asked_at = True, None

    def hear_answer(self, now: float) -> None:
        """The camera has answered, or reported."""
        self._heard_at = now
        self._asked_at = None

    def next_act(self, now: float) -> Act:
        """Return what is due; it counts as done. After WAIT, ask again at `wakes_at`."""
        if now >= self._gives_up_at():
            return Act.GIVE_UP
        if now >= min(self._ask_at, self._doubts_at()):
            self._ask_at = now + self._every
            self._asked_at = self._asked_at or now
            return Act.ASK
        if now >= self._report_at:
            self._report_at = now + REPORT_SECONDS
            return Act.REPORT
        return Act.WAIT

    def wakes_at(self) -> float:
        """Return when the next act is due."""
        return min(self._gives_up_at(), self._ask_at, self._doubts_at(), self._report_at)

    def _doubts_at(self) -> float:
        """When to ask because nothing has come; not while an answer is awaited."""
        if self._asked_at is not None or not self._has_packet:
            return float("inf")
        return self._heard_at + SILENCE_SECONDS

    def _gives_up_at(self) -> float:
        if not self._has_packet:
            return self._packet_at + FIRST_PACKET_SECONDS
        if self._asked_at is None:
            return self._packet_at + MAX_SILENCE_SECONDS
        return max(self._asked_at, self._packet_at + SILENCE_SECONDS) + ASKED_SECONDS
