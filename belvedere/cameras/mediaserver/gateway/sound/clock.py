"""Puts the sound of a camera on the line of time of its pictures, however often it comes and goes. Pure."""

from __future__ import annotations

from belvedere.cameras.mediaserver.gateway.access_unit import CLOCK_RATE
from belvedere.cameras.mediaserver.gateway.rtsp.rtcp import SenderReport
from belvedere.cameras.mediaserver.gateway.timeline import Timeline

TOLERATED_SECONDS = 0.04  # by reports: less than anybody hears, and clocks of cheap cameras take minutes for it
TOLERATED_ARRIVAL_SECONDS = 1.0  # sound comes in bursts, and pictures do
MAX_APART_SECONDS = 1.0  # between both: reports that say more are of clocks that have nothing to do with each other
DOUBT_SECONDS = 5.0  # for so long reports that were true may seem wrong: a busy machine reads late what came in time
_NTP_SECOND = 1 << 32


class SoundClock:
    """Between frames the camera's steps count. Where a frame belongs, its sender reports say (RFC 3550 §6.4.1).

    A report tells which time stamp of a stream belongs to which moment of the camera, so one of the pictures and one of
    the sound tell which picture belongs to a sound. Before the first two, and where they cannot be true, sound belongs
    to the picture that comes at the same time.
    """

    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline
        self._rate = CLOCK_RATE
        self._offset: int | None = None
        self._last = 0
        self._reports: dict[str, SenderReport] = {}
        self._true_at: float | None = None  # when the reports last agreed with the arrival

    def begin(self, rate: int) -> None:
        """Forget the camera's clocks: a new connection. rate: of the sound's time stamps from now on."""
        self._last = self._last * rate // self._rate
        self._rate = rate
        self._offset = None
        self._reports = {}
        self._true_at = None

    def take_report(self, kind: str, report: SenderReport) -> None:
        """Take a report of the camera. kind: video or audio."""
        self._reports[kind] = report

    def map(self, ts: int, now: float) -> int | None:
        """Return where the sound lies on the line, in its own rate; always behind the last. now: seconds, monotonic.

        None for what is to be left out: there is no picture yet, or it belongs where other sound is already.
        """
        arrived = self._timeline.at(now)
        if arrived is None:
            return None
        reported = self._find_place(ts)
        if reported is not None and abs(reported - arrived) <= MAX_APART_SECONDS * CLOCK_RATE:
            self._true_at = now
            self._follow(ts, reported, TOLERATED_SECONDS)
        elif self._true_at is None or now - self._true_at > DOUBT_SECONDS:
            self._follow(ts, arrived, TOLERATED_ARRIVAL_SECONDS)
        assert self._offset is not None
        if ts + self._offset <= self._last:
            return None
        self._last = ts + self._offset
        return self._last

    def _follow(self, ts: int, place: int, tolerated_seconds: float) -> None:
        """Let sound of this time stamp lie at a place on the line, where it is not near it anyhow."""
        wanted = place * self._rate // CLOCK_RATE
        if self._offset is None or abs(ts + self._offset - wanted) > tolerated_seconds * self._rate:
            self._offset = wanted - ts

    def _find_place(self, ts: int) -> int | None:
        """Return where the sound lies on the line of the pictures by the reports; None without them."""
        picture, sound = self._reports.get("video"), self._reports.get("audio")
        if picture is None or sound is None:
            return None
        since_report = ((ts - sound.rtp + (1 << 31)) & 0xFFFFFFFF) - (1 << 31)
        between = (sound.ntp - picture.ntp) * CLOCK_RATE // _NTP_SECOND
        return self._timeline.locate(picture.rtp + between + since_report * CLOCK_RATE // self._rate)
