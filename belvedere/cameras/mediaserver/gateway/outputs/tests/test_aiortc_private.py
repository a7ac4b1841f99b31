"""The private parts of aiortc have the shape that is relied on. Read ADR 10 when one of these fails."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from importlib.metadata import version

import pytest
from aiortc import MediaStreamTrack, RTCPeerConnection, rtcrtpsender
from aiortc.rtcrtpparameters import RTCRtpCodecParameters
from aiortc.rtcrtpsender import RTCRtpSender

from belvedere.cameras.mediaserver.gateway.access_unit import AccessUnit
from belvedere.cameras.mediaserver.gateway.outputs import aiortc_private
from belvedere.cameras.mediaserver.gateway.outputs.pass_through import PassThrough
from belvedere.cameras.mediaserver.gateway.outputs.picture import Picture

CODEC = RTCRtpCodecParameters(mimeType="video/H264", clockRate=90_000, payloadType=102)


class OnePicture(MediaStreamTrack):
    """A track whose next picture is always the same."""

    kind = "video"

    def __init__(self, picture: Picture) -> None:
        super().__init__()
        self._picture = picture

    async def recv(self) -> Picture:  # type: ignore[override]  # as PictureTrack does
        return self._picture


@pytest.fixture
def picture() -> Picture:
    return Picture(AccessUnit([b"\x67" + bytes(20), b"\x68" + bytes(4), b"\x65" + bytes(400_000)], 900_000, True))


def test_it_is_the_version_that_was_looked_at() -> None:
    assert version("aiortc").startswith("1.16.")


def functions_of(kind: type) -> Iterator[object]:
    return (function for _, function in inspect.getmembers(kind, inspect.isfunction))


def test_senders_ask_their_module_for_the_length_of_their_history_each_time() -> None:
    assert getattr(rtcrtpsender, aiortc_private.HISTORY) == aiortc_private.HISTORY_PACKETS
    asking = {
        function.__name__
        for function in functions_of(RTCRtpSender)
        if inspect.isfunction(function) and aiortc_private.HISTORY in function.__code__.co_names
    }
    assert asking == {"_retransmit", "_run_rtp"}


async def test_a_sender_that_has_an_encoder_makes_none_and_sends_its_payloads(picture: Picture) -> None:
    connection = RTCPeerConnection()
    sender = connection.addTrack(OnePicture(picture))
    assert getattr(sender, aiortc_private.ENCODER) is None
    aiortc_private.set_encoder(sender, PassThrough())
    frame = await sender._next_encoded_frame(CODEC)
    assert frame is not None
    assert (frame.payloads, frame.timestamp) == (picture.payloads, 900_000)
    assert isinstance(getattr(sender, aiortc_private.ENCODER), PassThrough)
    await connection.close()


def test_a_codec_that_is_added_to_its_list_is_agreed_on() -> None:
    aiortc_private.know_h265()
    aiortc_private.know_h265()
    known = [codec.mimeType for codec in RTCRtpSender.getCapabilities("video").codecs]
    assert known.count("video/H265") == 1


def test_a_picture_is_cut_into_payloads_without_a_loss(picture: Picture) -> None:
    payloads = aiortc_private.packetize([b"\x41" + bytes(range(250)) * 40])
    assert all(payload[0] & 0x1F == 28 for payload in payloads)  # FU-A
    assert b"".join(payload[2:] for payload in payloads) == bytes(range(250)) * 40
    assert picture.payloads[0][0] & 0x1F == 24  # STAP-A: the parameter sets travel together
    assert len(picture.payloads) > 300
