"""What of a publisher's offer is answered."""

from __future__ import annotations

import pytest

from belvedere.cameras.mediaserver.offers import take_publisher
from belvedere.cameras.mediaserver.port import Refused

BROWSER = """v=0
m=audio 9 UDP/TLS/RTP/SAVPF 111
a=rtpmap:111 opus/48000/2
a=candidate:1 1 udp 1 192.168.1.9 9 typ host
m=video 9 UDP/TLS/RTP/SAVPF 96 97 102 103
a=rtpmap:96 VP8/90000
a=rtcp-fb:96 nack
a=rtpmap:97 rtx/90000
a=fmtp:97 apt=96
a=rtpmap:102 H264/90000
a=fmtp:102 packetization-mode=1
a=rtpmap:103 rtx/90000
a=fmtp:103 apt=102
a=sendonly
"""


def test_of_a_browsers_offer_h264_and_its_sound_are_left_and_no_address() -> None:
    assert take_publisher(BROWSER).split("\r\n") == [
        "v=0",
        "m=audio 9 UDP/TLS/RTP/SAVPF 111",
        "a=rtpmap:111 opus/48000/2",
        "m=video 9 UDP/TLS/RTP/SAVPF 102 103",
        "a=rtpmap:102 H264/90000",
        "a=fmtp:102 packetization-mode=1",
        "a=rtpmap:103 rtx/90000",
        "a=fmtp:103 apt=102",
        "a=sendonly",
        "",
    ]


@pytest.mark.parametrize(
    ("offer", "code"), [("no offer", "bad_offer"), (BROWSER.replace("H264", "AV1"), "offer_without_h264")]
)
def test_an_offer_without_a_picture_that_can_be_shown_is_refused(offer: str, code: str) -> None:
    with pytest.raises(Refused) as caught:
        take_publisher(offer)
    assert caught.value.refusal.code == code
