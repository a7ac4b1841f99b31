"""The private parts of aiortc that are used here, and nowhere else (ADR 10).

aiortc is pinned to one minor version; `tests/test_aiortc_private.py` fails where a new one has changed their shape.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from struct import pack
from typing import Any

from aiortc import clock
from aiortc.codecs import CODECS
from aiortc.rtcdtlstransport import State
from aiortc.rtcrtpparameters import RTCRtcpFeedback, RTCRtpCodecParameters
from aiortc.rtcrtpsender import RTCRtpSender
from aiortc.rtp import RTP_HISTORY_SIZE, HeaderExtensions, RtpPacket

from belvedere.cameras.mediaserver.gateway.outputs.datagrams import Datagrams

RUN, SEND_AGAIN = "_run_rtp", "_retransmit"
SENDER = "_RTCRtpSender__"
H265 = RTCRtpCodecParameters(
    mimeType="video/H265",
    clockRate=90_000,
    payloadType=126,  # of our own offers, which there are none of; an answer has the viewer's
    rtcpFeedback=[RTCRtcpFeedback("nack"), RTCRtcpFeedback("nack", "pli"), RTCRtcpFeedback("goog-remb")],
)

Run = Callable[[RTCRtpCodecParameters], Awaitable[None]]
SendAgain = Callable[[int], Awaitable[None]]


def know_h265() -> None:
    """Let aiortc agree on H.265. It can neither encode nor decode it, and need not to pass it on."""
    if H265 not in CODECS["video"]:
        CODECS["video"].append(H265)


class SenderParts:
    """What a loop needs that sends in the place of a sender's own."""

    def __init__(self, sender: RTCRtpSender) -> None:
        self._sender = sender
        self._datagrams: Datagrams | None = None
        self.ssrc: int = sender._ssrc

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
        """Return the header extension of a packet that is sent now, as it was agreed on (RFC 8285)."""
        profile, value = self._get("rtp_header_extensions_map").set(self._make_values())
        return pack(">HH", profile, len(value) // 4) + value if value else b""

    def _make_values(self) -> HeaderExtensions:
        return HeaderExtensions(abs_send_time=(clock.current_ntp_time() >> 14) & 0xFFFFFF, mid=self._get("mid"))

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
        self._set("ntp_timestamp", ntp)
        self._set("rtp_timestamp", stamp)
        self._set("packet_count", self._get("packet_count") + packets)
        self._set("octet_count", self._get("octet_count") + octets)

    def _get(self, name: str) -> Any:
        return getattr(self._sender, SENDER + name)

    def _set(self, name: str, value: int) -> None:
        assert hasattr(self._sender, SENDER + name)
        setattr(self._sender, SENDER + name, value)
