"""RTCP (RFC 3550 §6): what the camera reports, and the reports that it is sent. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from struct import pack, unpack_from

SENDER_REPORT, RECEIVER_REPORT, SOURCE_DESCRIPTION = 200, 201, 202
CNAME = b"belvedere"
SWITCH_PACKETS = 10  # of another source in a row, until it is taken for the stream
MAX_PARTS = 4  # of a compound packet that are looked at
_UNKNOWN = b""


@dataclass(frozen=True)
class SenderReport:
    """ntp: the camera's clock, 32.32 bits of seconds; rtp: the time stamp of the same moment."""

    ssrc: int
    ntp: int
    rtp: int


def parse_sender_report(payload: bytes) -> SenderReport | None:
    """Return the sender report of a compound packet, which is its first part; None where there is none."""
    at = 0
    for _ in range(MAX_PARTS):
        if at + 8 > len(payload) or payload[at] >> 6 != 2:
            break
        if payload[at + 1] == SENDER_REPORT and at + 20 <= len(payload):
            ssrc, ntp, rtp = unpack_from(">IQI", payload, at + 4)
            return SenderReport(ssrc, ntp, rtp)
        at += 4 + 4 * int.from_bytes(payload[at + 2 : at + 4], "big")
    return None


class Reception:
    """What has come of one stream. Some cameras end a session that sends no receiver reports.

    A connection may carry late packets of an earlier session, or of another stream on the same channel: the first
    source is the stream, until another has sent SWITCH_PACKETS without it.
    """

    def __init__(self) -> None:
        self._source = _UNKNOWN
        self._rival = _UNKNOWN
        self._rival_packets = 0
        self._first = 0
        self._highest = 0
        self._received = 0
        self._lost_before = 0
        self._expected_before = 0
        self._report: SenderReport | None = None
        self._reported_at = 0.0

    def accept(self, packet: bytes) -> bool:
        """Count an RTP packet; return whether it is one of the stream."""
        if len(packet) < 12:
            return True
        if packet[8:12] != self._source and not self._switch(packet):
            return False
        self._rival_packets = 0
        step = ((packet[2] << 8 | packet[3]) - self._highest) & 0xFFFF
        if step < 0x8000:
            self._highest += step
        self._received += 1
        return True

    def _switch(self, packet: bytes) -> bool:
        source = packet[8:12]
        self._rival_packets = self._rival_packets + 1 if source == self._rival else 1
        self._rival = source
        if self._source != _UNKNOWN and self._rival_packets < SWITCH_PACKETS:
            return False
        self._source = source
        self._first = self._highest = packet[2] << 8 | packet[3]
        self._received = self._lost_before = self._expected_before = 0
        return True

    def take_report(self, payload: bytes, now: float) -> SenderReport | None:
        """Remember a sender report of the camera, and return it; None for other packets. now: seconds, monotonic."""
        report = parse_sender_report(payload)
        if report is None or report.ssrc != int.from_bytes(self._source, "big"):
            return None
        self._report, self._reported_at = report, now
        return report

    def make_report(self, ssrc: int, now: float) -> bytes:
        """Return a receiver report with a CNAME; without a block before the first packet. ssrc: our own."""
        block = self._make_block(now) if self._source != _UNKNOWN else b""
        count = 1 if block else 0
        report = pack(">BBHI", 0x80 | count, RECEIVER_REPORT, 1 + len(block) // 4, ssrc) + block
        item = bytes([1, len(CNAME)]) + CNAME
        chunk = pack(">I", ssrc) + item + bytes(4 - len(item) % 4)
        return report + pack(">BBH", 0x81, SOURCE_DESCRIPTION, len(chunk) // 4) + chunk

    def _make_block(self, now: float) -> bytes:
        """The jitter is 0: TCP hands over in order, and its delays are no property of the network's path."""
        expected = self._highest - self._first + 1
        lost = max(0, expected - self._received)
        newly_expected, newly_lost = expected - self._expected_before, lost - self._lost_before
        self._expected_before, self._lost_before = expected, lost
        fraction = min(255, max(0, newly_lost * 256 // newly_expected)) if newly_expected > 0 else 0
        last, delay = 0, 0
        if self._report is not None:
            last = self._report.ntp >> 16 & 0xFFFFFFFF
            delay = min(0xFFFFFFFF, round((now - self._reported_at) * 65_536))
        lost = min(lost, 0x7FFFFF)
        return self._source + pack(">IIIII", fraction << 24 | lost, self._highest & 0xFFFFFFFF, 0, last, delay)
