"""The private parts of aiortc that are used here, and nowhere else (ADR 10).

aiortc is pinned to one minor version; `tests/test_aiortc_private.py` fails where a new one has changed their shape.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from struct import pack
from typing import Any

from aiortc.codecs import CODECS, HEADER_EXTENSIONS
from aiortc.rtcdtlstransport import State
from aiortc.rtcrtpparameters import RTCRtcpFeedback, RTCRtpCodecParameters
from aiortc.rtcrtpsender import RTCRtpSender
from aiortc.rtp import RTP_HISTORY_SIZE, HeaderExtensions, RtpPacket

from belvedere.cameras.mediaserver.gateway.outputs.datagrams import Datagrams

RUN, SEND_AGAIN = "_run_rtp", "_retransmit"
SENDER = "_RTCRtpSender__"
COUNTED = tuple(SENDER + name for name in ("ntp_timestamp", "rtp_timestamp", "packet_count", "octet_count"))
H265 = RTCRtpCodecParameters(
    mimeType="video/H265",
    clockRate=90_000,
    payloadType=126,  # of our own offers, which there are none of; an answer has the viewer's
    rtcpFeedback=[RTCRtcpFeedback("nack"), RTCRtcpFeedback("nack", "pli")],
)

ESTIMATES = "goog-remb"
SEND_TIME = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"

Run = Callable[[RTCRtpCodecParameters], Awaitable[None]]
SendAgain = Callable[[int], Awaitable[None]]


def know_h265() -> None:
    """Let aiortc agree on H.265. It can neither encode nor decode it, and need not to pass it on."""
    if H265 not in CODECS["video"]:
        CODECS["video"].append(H265)


def ask_for_no_estimates() -> None:
    """Let aiortc not agree on estimates of the bit rate, nor on the time in each packet that they are made from.

    A camera sends as much as it sends. Browsers report an estimate four times a second, which costs more than all else
    that a viewer sends.
    """
    for codec in CODECS["video"]:
        codec.rtcpFeedback = [each for each in codec.rtcpFeedback if each.type != ESTIMATES]
    for extensions in HEADER_EXTENSIONS.values():
        extensions[:] = [each for each in extensions if each.uri != SEND_TIME]


class SenderParts:
    """What a loop needs that sends in the place of a sender's own."""

    def __init__(self, sender: RTCRtpSender) -> None:
        self._sender = sender
        self._datagrams: Datagrams | None = None
        self.ssrc: int = sender._ssrc
        self._packets = self._octets = 0
        self._extension: bytes | None = None

    def take_over(self, run: Run, send_again: SendAgain) -> None:
        """Let the sender call run with the codec when it is connected, and send_again with a lost packet's number."""
        setattr(self._sender, RUN, run)
        setattr(self._sender, SEND_AGAIN, send_again)

    def mark_started(self) -> None:
        """Say that the loop runs."""
        self._get("rtp_started").set()

    def mark_ended(self) -> None:
        """Say that the loop has ended: who closes the sender waits for it."""
        if self._datagrams is not None:
            self._datagrams.close()
        self._get("rtp_exited").set()

    @property
    def is_enabled(self) -> bool:
        """Whether the viewer wants what is sent."""
        return self._sender._enabled

    def make_extension(self) -> bytes:
        """Return the header extension of each packet, as it was agreed on (RFC 8285)."""
        if self._extension is None:
            profile, value = self._get("rtp_header_extensions_map").set(self._make_values())
            self._extension = pack(">HH", profile, len(value) // 4) + value if value else b""
        return self._extension

    def _make_values(self) -> HeaderExtensions:
        return HeaderExtensions(mid=self._get("mid"))

    def send(self, packets: Sequence[bytes]) -> None:
        """Encrypt and send RTP packets. Raises ConnectionError."""
        dtls = self._sender.transport
        pair = dtls.transport._connection._nominated.get(1)
        if dtls._state is not State.CONNECTED or pair is None:
            raise ConnectionError("not connected")
        protect = dtls._tx_srtp.protect
        if self._datagrams is None or self._datagrams.transport is not pair.protocol.transport:
            if self._datagrams is not None:
                self._datagrams.close()
            self._datagrams = Datagrams(pair.protocol.transport)
        self._datagrams.send([protect(packet) for packet in packets], pair.remote_addr)

    async def send_again(self, packet: RtpPacket) -> None:
        """Send a packet once more, as was agreed on (RFC 4588)."""
        packet.ssrc, packet.extensions = self.ssrc, self._make_values()
        self._get("rtp_history")[packet.sequence_number % RTP_HISTORY_SIZE] = packet
        await RTCRtpSender._retransmit(self._sender, packet.sequence_number)

    def count(self, ntp: int, stamp: int, packets: int, octets: int) -> None:
        """Tell the sender's reports what was sent. ntp: the moment that the time stamp is of."""
        self._packets += packets
        self._octets += octets
        for name, value in zip(COUNTED, (ntp, stamp, self._packets, self._octets), strict=True):
            setattr(self._sender, name, value)

    def _get(self, name: str) -> Any:
        return getattr(self._sender, SENDER + name)
