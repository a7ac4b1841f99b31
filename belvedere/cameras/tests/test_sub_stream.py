"""A camera's second, smaller stream over REST: its address, what is offered of it, and who sees what."""

from __future__ import annotations

from typing import Any

import pytest

from belvedere.accounts.models import User
from belvedere.cameras import selectors
from belvedere.cameras.mediaserver.port import CameraStatus
from belvedere.cameras.models import Camera
from belvedere.cameras.tests.test_api import Live, create, patch
from belvedere.conftest import api_for

MAIN_URL, SUB_URL = "rtsp://192.168.1.20/Streaming/Channels/101", "rtsp://192.168.1.20/Streaming/Channels/102"
SOURCE = {"url": MAIN_URL, "sub_url": SUB_URL, "username": "admin", "password": "s3cret"}
LIVE = CameraStatus(state="live", codec="H264", b_frames=False)
IDLE = CameraStatus(state="idle")


@pytest.fixture(autouse=True)
def _live() -> None:
    selectors.live.bind(Live())


def pulled() -> str:
    (wanted,) = selectors.wanted_cameras()
    assert wanted.source is not None
    return wanted.source.sub_url


def offered(user: User, status: CameraStatus) -> tuple[list[str], str]:
    selectors.live.bind(Live(status))
    record = api_for(user).get("/api/v1/cameras/gate").json()
    return [stream["url"] for stream in record["streams"]], " ".join(record["notes"])


def test_the_media_server_is_told_both_addresses_and_one_log_in(alice: User) -> None:
    assert create(alice, source=SOURCE).json()["source"]["sub_url"] == SUB_URL
    (wanted,) = selectors.wanted_cameras()
    assert wanted.source is not None
    assert (wanted.source.sub_url, wanted.source.password) == (SUB_URL, "s3cret")


def test_a_camera_without_one_and_one_that_loses_it_have_none(alice: User) -> None:
    create(alice, source=SOURCE)
    assert patch(alice, {"source": {"sub_url": " "}}).json()["source"]["sub_url"] == ""
    assert pulled() == ""


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("rtsp://192.168.1.66/102", "other_server"),
        ("rtsp://192.168.1.20:8554/102", "other_server"),
        ("rtsps://192.168.1.20:554/102", "other_server"),
        ("rtsp://127.0.0.1/102", "forbidden_address"),
        ("file:///etc/passwd", "bad_scheme"),
    ],
)
def test_an_address_that_may_not_get_the_password_is_refused_at_its_field(alice: User, url: str, code: str) -> None:
    create(alice, source=SOURCE)
    answer = patch(alice, {"source": {"sub_url": url}})
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert [*answer.json()["errors"]] == ["source.sub_url"]
    assert pulled() == SUB_URL


def test_a_move_to_another_server_drops_it_unless_its_new_address_comes_along(alice: User) -> None:
    create(alice, source=SOURCE)
    assert patch(alice, {"source": {"url": "rtsp://192.168.1.66/101"}}).json()["source"]["sub_url"] == ""
    both = {"url": "rtsp://192.168.1.77/101", "sub_url": "rtsp://192.168.1.77/102"}
    assert patch(alice, {"source": both}).json()["source"]["sub_url"] == both["sub_url"]


def test_credentials_before_its_host_are_left_out(alice: User) -> None:
    create(alice, source=SOURCE | {"sub_url": "rtsp://admin:s3cret@192.168.1.20/102"})
    assert (Camera.objects.get().sub_url, pulled()) == ("rtsp://192.168.1.20/102", "rtsp://192.168.1.20/102")


def test_a_log_in_inside_its_address_is_used_but_never_shown(alice: User) -> None:
    inside = "rtsp://192.168.1.20/live?user=a&password=b&stream={}"
    record = create(alice, source={"url": inside.format(0), "sub_url": inside.format(1)}).json()
    assert record["source"]["sub_url"] == "rtsp://192.168.1.20/live?user=***&password=***&stream=1"
    assert pulled() == inside.format(1)
    assert "password=b" not in str(Camera.objects.values().get())
    patch(alice, {"source": {"sub_url": record["source"]["sub_url"].replace("stream=1", "stream=2")}})
    assert pulled() == inside.format(2)


def test_the_masks_of_one_made_from_the_main_address_are_filled_in_from_there(alice: User) -> None:
    create(alice, source={"url": "rtsp://192.168.1.20/live?user=a&password=b&stream=0"})
    patch(alice, {"source": {"sub_url": "rtsp://192.168.1.20/live?user=***&password=***&stream=1"}})
    assert pulled() == "rtsp://192.168.1.20/live?user=a&password=b&stream=1"


def test_a_viewer_sees_no_part_of_its_path(alice: User, bob: User, charlie: User) -> None:
    create(alice, source=SOURCE)

    def shown(user: User) -> Any:
        return api_for(user).get("/api/v1/cameras/gate").json()["source"]["sub_url"]

    assert [shown(user) for user in (bob, charlie)] == [SUB_URL, "rtsp://192.168.1.20/***"]


def test_both_streams_are_offered_the_main_one_first(alice: User) -> None:
    create(alice, source=SOURCE)
    status = CameraStatus(state="live", codec="H264", b_frames=False, sub=IDLE)
    ways = ["whep", "hls/index.m3u8", "hls/index.m3u8?parts=no", "dash/manifest.mpd"]
    folders = "/media/gate/", "/media/gate/sub/"
    assert offered(alice, status) == ([folder + way for folder in folders for way in ways], "")


def test_where_the_main_stream_cannot_be_shown_the_sub_stream_is_named_as_the_remedy(alice: User) -> None:
    create(alice, source=SOURCE)
    urls, notes = offered(alice, CameraStatus(state="live", codec="JPEG", sub=LIVE))
    assert urls[:2] == ["/media/gate/sub/whep", "/media/gate/sub/hls/index.m3u8"]
    assert all(url.startswith("/media/gate/sub/") for url in urls)
    assert "the sub stream is shown" in notes


def test_one_that_does_not_come_says_why(alice: User) -> None:
    create(alice, source=SOURCE)
    sub = CameraStatus(state="idle", code="no_stream", reason="The camera has no such stream.")
    status = CameraStatus(state="live", codec="H264", b_frames=False, sub=sub)
    selectors.live.bind(Live(status))
    shown = api_for(alice).get("/api/v1/cameras/gate").json()["sub"]
    assert (shown["state"], shown["state_code"]) == ("idle", "no_stream")


def test_a_smaller_picture_is_made_where_an_owner_says_so(alice: User) -> None:
    assert create(alice, source={"url": MAIN_URL}).json()["source"]["make_sub"] is False
    answer = patch(alice, {"source": {"make_sub": True}})
    assert (answer.status_code, answer.json()["source"]["make_sub"]) == (200, True)
    (wanted,) = selectors.wanted_cameras()
    assert wanted.source is not None
    assert wanted.source.make_sub
    assert patch(alice, {"name": "Gate"}).json()["source"]["make_sub"] is True
