"""The private parts of aiortc have the shape that is relied on. Read ADR 10 when one of these fails."""

from __future__ import annotations

import inspect
import re
from importlib.metadata import version

import pytest
from aiortc import RTCPeerConnection
from aiortc.rtcdtlstransport import RTCDtlsTransport
from aiortc.rtcrtpsender import RTCRtpSender

from belvedere.cameras.mediaserver.gateway.outputs import aiortc_private

OWN = re.compile(r"self\.(__\w+)")


def test_it_is_the_version_that_was_looked_at() -> None:
    assert version("aiortc").startswith("1.16.")


@pytest.mark.parametrize("name", [aiortc_private.RUN, aiortc_private.SEND_AGAIN])
def test_a_sender_calls_what_took_the_place_of_its_methods(name: str) -> None:
    calls = inspect.getsource(RTCRtpSender.send) + inspect.getsource(RTCRtpSender._handle_rtcp_packet)
    assert f"self.{name}(" in calls


def test_the_loop_that_is_replaced_does_nothing_else_than_what_ours_does() -> None:
    known = {"log_debug", "log_warning", "encoder", "track", "mid", "rtp_started", "rtp_exited", "rtp_history"}
    known |= {"rtp_header_extensions_map", "ntp_timestamp", "rtp_timestamp", "octet_count", "packet_count"}
    assert set(OWN.findall(inspect.getsource(RTCRtpSender._run_rtp))) == {f"__{name}" for name in known}


def test_reports_are_made_from_what_ours_counts() -> None:
    source = inspect.getsource(RTCRtpSender._run_rtcp)
    for name in ("ntp_timestamp", "rtp_timestamp", "packet_count", "octet_count"):
        assert f"self.__{name}" in source


def test_packets_are_encrypted_and_sent_as_ours_are() -> None:
    source = inspect.getsource(RTCDtlsTransport._send_rtp)
    assert "self._tx_srtp.protect(data)" in source
    assert "await self.transport._send(data)" in source


async def test_a_sender_has_the_parts_that_are_set() -> None:
    connection = RTCPeerConnection()
    parts = aiortc_private.SenderParts(connection.addTransceiver("video").sender)
    parts.count(5 << 32, 900, 3, 4000)
    parts.count(6 << 32, 901, 3, 4000)
    counted = [parts._get(name) for name in ("ntp_timestamp", "rtp_timestamp", "packet_count", "octet_count")]
    assert counted == [6 << 32, 901, 6, 8000]
    assert parts.is_enabled
    assert parts.make_extension() == b""  # nothing was agreed on yet
    with pytest.raises(ConnectionError):
        parts.send([b"packet"])
    await connection.close()


def test_a_codec_that_is_added_to_its_list_is_agreed_on() -> None:
    aiortc_private.know_h265()
    aiortc_private.know_h265()
    known = [codec.mimeType for codec in RTCRtpSender.getCapabilities("video").codecs]
    assert known.count("video/H265") == 1
