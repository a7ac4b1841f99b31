"""The private parts of aiortc that are used here, and nowhere else (ADR 10).

aiortc is pinned to one minor version; `tests/test_aiortc_private.py` fails where a new one has changed their shape.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from aiortc import rtcrtpsender
from aiortc.codecs import CODECS
from aiortc.codecs.h264 import H264Encoder
from aiortc.rtcrtpparameters import RTCRtcpFeedback, RTCRtpCodecParameters
from aiortc.rtcrtpsender import RTCRtpSender

# A key frame of 400 KB is 310 packets; aiortc remembers 128 for sending again, and no picture would ever be whole.
HISTORY_PACKETS = 2048
HISTORY = "RTP_HISTORY_SIZE"
ENCODER = "_RTCRtpSender__encoder"
H265 = RTCRtpCodecParameters(
    mimeType="video/H265",
    clockRate=90_000,
    payloadType=126,  # of our own offers, which there are none of; an answer has the viewer's
    rtcpFeedback=[RTCRtcpFeedback("nack"), RTCRtcpFeedback("nack", "pli"), RTCRtcpFeedback("goog-remb")],
)


def enlarge_history() -> None:
    """Let every sender remember enough packets to send again."""
    setattr(rtcrtpsender, HISTORY, HISTORY_PACKETS)


def know_h265() -> None:
    """Let aiortc agree on H.265. It can neither encode nor decode it, and need not to pass it on."""
    if H265 not in CODECS["video"]:
        CODECS["video"].append(H265)


def set_encoder(sender: RTCRtpSender, encoder: Any) -> None:
    """Put this in the place of the encoder that aiortc would make. encoder.pack(what recv gave): payloads, time."""
    setattr(sender, ENCODER, encoder)


def packetize(nals: Iterable[bytes]) -> list[bytes]:
    """RTP payloads of a picture (RFC 6184): single NAL units, STAP-A and FU-A."""
    payloads: list[bytes] = H264Encoder._packetize(nals)
    return payloads
