"""What MediaMTX says of cameras that come to it by themselves, and what the page says of them then."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from belvedere.cameras.mediaserver.mediamtx.paths import (
    SEARCHED_SECONDS,
    SILENT_SECONDS,
    Path,
    ServedCamera,
    make_paths,
)
from belvedere.cameras.mediaserver.port import MAIN, SUB, CameraSource, CameraStatus, Refused, Way

YARD = CameraSource("camera_yard", "", way=Way.PUSH)
GATE = CameraSource("gate", "rtsp://192.168.1.20/1", "admin", "p@ss:/", "rtsp://192.168.1.20/2", Way.SERVER_PULL)
OFFER = (
    "v=0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\na=rtpmap:96 H264/90000\r\na=candidate:1 1 udp 1 10.0.0.9 9 typ host\r\n"
)


def path(name: str, received: int = 0, *, ready: bool = True, **more: Any) -> dict[str, Path]:
    told = {"name": name, "ready": ready, "tracks": ["H264", "Opus"], "bytesReceived": received, **more}
    return {name: msgspec.convert(told, Path)}


class Eyes:
    """Looks at one camera, at times in seconds."""

    def __init__(self, source: CameraSource) -> None:
        self.camera = ServedCamera(source, 0.0, 0)

    def see(self, now: float, paths: dict[str, Path], elsewhere: CameraStatus | None = None) -> CameraStatus:
        return self.camera.observe(paths, elsewhere, now, int(now * 1000))


def test_a_camera_that_publishes_is_live_while_bytes_come() -> None:
    eyes = Eyes(YARD)
    status = eyes.see(0, {})
    assert (status.state, status.code) == ("offline", "not_published")
    status = eyes.see(1, path("camera_yard", 10))
    assert (status.state, status.since_ms, status.codec, status.audio, status.sound) == (
        "live",
        1000,
        "H264",
        "OPUS",
        True,
    )
    status = eyes.see(2 + SILENT_SECONDS, path("camera_yard", 10))
    assert (status.state, status.code) == ("offline", "silent")
    assert eyes.see(3 + SILENT_SECONDS, path("camera_yard", 20)).state == "live"
    assert not eyes.camera.is_missing(1000)


def test_newer_servers_tell_the_size_of_the_picture() -> None:
    tracks: list[dict[str, Any]] = [
        {"codec": "H264", "codecProps": {"width": 1280, "height": 720, "profile": "Main", "level": "3.1"}}
    ]
    status = Eyes(YARD).see(
        0, path("camera_yard", tracks2=[*tracks, {"codec": "Opus", "codecProps": {"channelCount": 2}}])
    )
    assert (status.width, status.height) == (1280, 720)


def test_of_a_camera_that_the_server_does_not_get_the_gateway_says_why() -> None:
    eyes = Eyes(GATE)
    assert (eyes.see(1, {}).state, eyes.see(1, {}).code) == ("connecting", "")
    late = SEARCHED_SECONDS + 1
    assert (eyes.see(late, {}).state, eyes.see(late, {}).code) == ("offline", "server_has_none")
    assert eyes.camera.is_missing(late)
    refused = CameraStatus("offline", "bad_login", "The camera refuses user name or password.")
    status = eyes.see(late, {}, refused)
    assert (status.code, status.reason) == ("bad_login", "The camera refuses user name or password.")
    assert eyes.see(late, {}, CameraStatus("live")).code == "only_server_has_none"
    assert eyes.see(late, path("gate", 5), refused).code == ""
    assert not eyes.camera.is_missing(late)


def test_viewers_are_admitted_to_what_is_there_only() -> None:
    eyes = Eyes(YARD)
    eyes.see(0, {})
    with pytest.raises(Refused) as caught:
        eyes.camera.admit(OFFER, MAIN)
    assert (caught.value.refusal.code, caught.value.permanent) == ("not_published", False)
    with pytest.raises(Refused) as caught:
        eyes.camera.admit(OFFER, SUB)
    assert caught.value.refusal.code == "no_sub"
    eyes.see(1, path("camera_yard", 5))
    assert "candidate" not in eyes.camera.admit(OFFER, MAIN)
    assert eyes.camera.admit("", MAIN) == ""
    eyes.see(2, path("camera_yard", 6, tracks=["VP8"]))
    with pytest.raises(Refused) as caught:
        eyes.camera.admit(OFFER, MAIN)
    assert caught.value.permanent


def test_a_sub_stream_is_idle_until_it_is_watched() -> None:
    eyes = Eyes(GATE)
    status = eyes.see(0, path("gate", 5))
    assert status.sub is not None
    assert status.sub.state == "idle"
    status = eyes.see(1, path("gate", 6) | path("gate/sub", 5))
    assert status.sub is not None
    assert (status.sub.state, status.sub.codec) == ("live", "H264")


def test_the_log_in_is_in_the_address_of_what_the_server_pulls_and_nowhere_else() -> None:
    pulled = CameraSource("door", "rtsp://192.168.1.21/1", "admin", "secret")
    assert make_paths([YARD, GATE, pulled], {"camera_yard", "gate"}) == {
        "camera_yard": "publisher",
        "gate": "rtsp://admin:p%40ss%3A%2F@192.168.1.20/1",
        "gate/sub": "rtsp://admin:p%40ss%3A%2F@192.168.1.20/2",
        "door": "publisher",
    }


def test_a_smaller_picture_that_is_made_has_a_path() -> None:
    assert make_paths([CameraSource("door", "rtsp://192.168.1.21/1", make_sub=True)], {"camera_yard"}) == {
        "door": "publisher",
        "door/sub": "publisher",
    }
