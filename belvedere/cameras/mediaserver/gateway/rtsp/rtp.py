"""RTP that is sent (RFC 3550): packets of a stream, interleaved (RFC 2326 §10.12), and its sender reports. Pure."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from struct import pack

from belvedere.cameras.mediaserver.gateway.rtsp.rtcp import SENDER_REPORT

_NTP_EPOCH_SECONDS = 2_208_988_800  # from 1900 to 1970
_VERSION, _MARKER = 0x80, 0x80
_REPORT_WORDS = 6  # after the first


class RtpStream:
    """Numbers the packets of one stream. channel: of its packets; that of its reports is the next."""

    def __init__(self, channel: int, payload_type: int, clock_rate: int) -> None:
        self._channel = channel
        self._payload_type = payload_type
        self._clock_rate = clock_rate
        self._source = secrets.randbits(32)
        self._sequence = secrets.randbits(16)
        self._packets = self._bytes = 0

    def pack(self, payloads: Sequence[bytes], ts: int) -> bytes:
        """Return the packets of one picture or frame, the last one with the marker."""
        written = bytearray()
        for left, payload in zip(range(len(payloads) - 1, -1, -1), payloads, strict=True):
            kind = self._payload_type if left else self._payload_type | _MARKER
            size = 12 + len(payload)
            head = (self._channel, size, _VERSION, kind, self._sequence, ts & 0xFFFFFFFF, self._source)
            written += b"$" + pack(">BHBBHII", *head) + payload
            self._sequence = (self._sequence + 1) & 0xFFFF
            self._bytes += len(payload)
        self._packets += len(payloads)
        return bytes(written)

    def report(self, seconds: float, epoch_seconds: float) -> bytes:
        """Return a sender report of a moment. seconds: where it lies on the line of time that all streams share."""
        ntp = round((epoch_seconds + _NTP_EPOCH_SECONDS) * (1 << 32))
        rtp = round(seconds * self._clock_rate) & 0xFFFFFFFF
        counts = (self._packets & 0xFFFFFFFF, self._bytes & 0xFFFFFFFF)
        body = pack(">BBHIQIII", _VERSION, SENDER_REPORT, _REPORT_WORDS, self._source, ntp, rtp, *counts)
        return b"$" + pack(">BH", self._channel + 1, len(body)) + body
