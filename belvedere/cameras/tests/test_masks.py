"""Log-ins inside a camera's address: never shown, never lost."""

from __future__ import annotations

import pytest

from belvedere.cameras.masks import UnknownSecretError, hide_path, is_masked, mask_url, unmask_url

HOST = "rtsp://192.168.1.20:554"
SHOWN = [
    ("/live?user=admin&password=s3cret&channel=1", "/live?user=***&password=***&channel=1"),
    ("/live?usr=admin&pwd=12_34=5", "/live?usr=***&pwd=***"),
    ("/user=admin_password=tlJwpbo6_channel=1_stream=0.sdp?real_stream",
     "/user=***_password=***_channel=1_stream=0.sdp?real_stream"),
    ("/user=admin&password=&channel=1&stream=0.sdp?", "/user=***&password=&channel=1&stream=0.sdp?"),
    ("/a?access_token=ab/cd_ef==", "/a?access_token=***"),
    ("/a?Auth=YWRtaW46eA==;x=1", "/a?Auth=***;x=1"),
    ("/a?API_KEY=k&loginuse=a&loginpas=b", "/a?API_KEY=***&loginuse=***&loginpas=***"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "shown"), SHOWN)
def test_a_log_in_inside_the_address_is_masked_and_comes_back(path: str, shown: str) -> None:
    assert mask_url(HOST + path) == HOST + shown
    assert unmask_url(HOST + shown, HOST + path) == HOST + path


@pytest.mark.parametrize(
    "path",
    ["/cam/realmonitor?channel=1&subtype=0", "/Streaming/Channels/101", "/a?monkey=1&bypass=2&user", "/user/x"],
)
def test_what_is_no_log_in_stays(path: str) -> None:
    assert mask_url(HOST + path) == HOST + path
    assert not is_masked(HOST + path)


def test_another_path_keeps_the_log_in_and_a_new_value_wins() -> None:
    stored = HOST + "/live?user=admin&password=old&channel=1"
    assert unmask_url(HOST + "/live?user=***&password=***&channel=2", stored).endswith("password=old&channel=2")
    assert unmask_url(HOST + "/live?user=***&password=new", stored).endswith("user=admin&password=new")


def test_a_mask_that_stands_for_nothing_is_not_sent_to_a_camera() -> None:
    with pytest.raises(UnknownSecretError):
        unmask_url(HOST + "/live?password=***", HOST + "/live?user=admin")


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        (HOST + "/live/k3y/stream?token=x", HOST + "/***"),
        ("rtsps://[fd12::20]:322/?a", "rtsps://[fd12::20]:322/***"),
        ("rtsp://camera.example?secret", "rtsp://camera.example/***"),
        ("rtsp://camera.example/", "rtsp://camera.example/"),
        ("rtsp://camera.example", "rtsp://camera.example/"),
    ],
)
def test_a_viewer_sees_where_a_camera_is_and_nothing_of_its_path(url: str, shown: str) -> None:
    assert hide_path(url) == shown
