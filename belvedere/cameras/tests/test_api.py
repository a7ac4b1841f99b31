"""Cameras over REST: who may, what is shown, and what never is."""

from __future__ import annotations

import json
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps

from belvedere.accounts.models import Membership, Role, Site, User
from belvedere.accounts.secrets import decrypt
from belvedere.cameras import selectors
from belvedere.cameras.mediaserver.gateway.client import GatewayClient
from belvedere.cameras.mediaserver.port import CameraStatus
from belvedere.cameras.models import Camera
from belvedere.conftest import api_for

SECRET = "p@ss:/%word"
SOURCE = {"url": "rtsp://192.168.1.20/stream1", "username": "admin", "password": SECRET}


class Live:
    """Streams as the gateway offers them. status: of every camera."""

    def __init__(self, status: CameraStatus | None = None) -> None:
        self.status = status
        self.streams = GatewayClient().streams

    def status_of(self, _camera_id: str) -> CameraStatus | None:
        return self.status

    def listening(self) -> list[str]:
        return ["192.168.1.20:40123"]


@pytest.fixture(autouse=True)
def _live() -> None:
    selectors.live.bind(Live())


def create(user: User, **changes: Any) -> Any:
    body = {"site": "farm", "id": "gate", "name": "Cổng", "source": SOURCE} | changes
    return api_for(user).post("/api/v1/cameras", body, format="json")


def patch(user: User, body: dict[str, Any], **headers: Any) -> Any:
    return api_for(user).patch("/api/v1/cameras/gate", body, format="json", headers=headers)


BY_FILES = ["llhls", "hls", "dash"]
EVERY_WAY = ["webrtc", *BY_FILES]


def password() -> str:
    stored = Camera.objects.get(pk="gate").password_encrypted
    return decrypt(stored) if stored else ""


def test_a_new_camera_shows_everything_but_its_password(alice: User) -> None:
    answer = create(alice)
    assert answer.status_code == 201
    record = answer.json()
    assert record["source"] == {
        "way": "pull",
        "url": SOURCE["url"],
        "sub_url": "",
        "make_sub": False,
        "username": "admin",
        "has_password": True,
    }
    assert record["state"] == "connecting"
    assert [stream["kind"] for stream in record["streams"]] == EVERY_WAY
    for text in (json.dumps(record), json.dumps(api_for(alice).get("/api/v1/cameras?site=farm").json())):
        assert "p@ss" not in text


def test_the_stored_row_holds_no_secret_in_the_clear(alice: User) -> None:
    create(alice)
    row = str(Camera.objects.filter(pk="gate").values().get())
    assert "p@ss" not in row
    assert "admin" not in row
    assert password() == SECRET


def test_the_servers_own_address_is_no_camera(alice: User) -> None:
    selectors.own_addresses.bind(Live())
    answer = create(alice, source={"url": "rtsp://192.168.1.20:40123/stream1"})
    assert (answer.status_code, answer.json()["code"]) == (400, "own_address")
    assert create(alice).status_code == 201


def test_credentials_in_the_url_are_taken_out_of_it(alice: User) -> None:
    record = create(alice, source={"url": "rtsp://admin:p%40ss@192.168.1.20:554/stream1"}).json()
    assert record["source"] == {
        "way": "pull",
        "url": "rtsp://192.168.1.20/stream1",
        "sub_url": "",
        "make_sub": False,
        "username": "admin",
        "has_password": True,
    }
    assert password() == "p@ss"


@pytest.mark.parametrize(
    "url", ["rtsp://192.168.1.66/stream1", "rtsp://192.168.1.20:8554/stream1", "rtsps://192.168.1.20/stream1"]
)
def test_another_server_does_not_get_the_old_servers_password(alice: User, url: str) -> None:
    create(alice)
    record = patch(alice, {"source": {"url": url}}).json()
    assert record["source"]["has_password"] is False
    assert password() == ""


def test_another_path_on_the_same_server_keeps_the_password(alice: User) -> None:
    create(alice)
    patch(alice, {"source": {"url": "rtsp://192.168.1.20/stream2"}})
    assert password() == SECRET


def test_another_server_takes_the_password_that_comes_along(alice: User) -> None:
    create(alice)
    patch(alice, {"source": {"url": "rtsp://192.168.1.66/stream1", "password": "new"}})
    assert password() == "new"


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("rtsp://127.0.0.1/stream", "forbidden_address"),
        ("file:///etc/passwd", "bad_scheme"),
        ("rtsp://192.168.1.20:0/s", "bad_port"),
        ("rtsp://a:p@ss@192.168.1.20/s", "bad_url"),
        ("rtsp://192.168.1.20/" + "a" * 2100, "too_long"),
    ],
)
def test_a_refused_url_says_by_which_rule(alice: User, url: str, code: str) -> None:
    answer = create(alice, source={"url": url})
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert "source.url" in answer.json()["errors"]


def test_who_may_see_and_who_may_edit(alice: User, bob: User, charlie: User, mallory: User) -> None:
    create(alice)
    assert [api_for(user).get("/api/v1/cameras/gate").status_code for user in (bob, charlie, mallory)] == [
        200,
        200,
        404,
    ]
    assert [patch(user, {"name": "x"}).status_code for user in (bob, charlie, mallory)] == [403, 403, 404]
    assert api_for(mallory).get("/api/v1/cameras?site=farm").status_code == 404
    assert api_for(mallory).get("/api/v1/cameras").json() == []
    assert api_for(None).get("/api/v1/cameras/gate").status_code in (401, 403)


IN_THE_ADDRESS = "rtsp://192.168.1.20/live?user=admin&password=s3cret&channel=1"
MASKED = "rtsp://192.168.1.20/live?user=***&password=***&channel=1"


def pulled() -> str:
    (wanted,) = selectors.wanted_cameras()
    assert wanted.source is not None
    assert "s3cret" not in repr(wanted)
    return wanted.source.url


def test_a_log_in_inside_the_address_is_used_but_never_shown(alice: User) -> None:
    answer = create(alice, source={"url": IN_THE_ADDRESS})
    assert answer.json()["source"]["url"] == MASKED
    assert "s3cret" not in answer.content.decode() + str(Camera.objects.filter(pk="gate").values().get())
    assert pulled() == IN_THE_ADDRESS


def test_a_log_in_inside_the_address_outlives_edits(alice: User) -> None:
    create(alice, source={"url": IN_THE_ADDRESS})
    patch(alice, {"name": "Cổng sau"})
    assert pulled() == IN_THE_ADDRESS
    record = patch(alice, {"source": {"url": MASKED.replace("channel=1", "channel=2"), "username": ""}}).json()
    assert record["source"]["url"] == MASKED.replace("channel=1", "channel=2")
    assert pulled() == IN_THE_ADDRESS.replace("channel=1", "channel=2")
    patch(alice, {"source": {"url": "rtsp://192.168.1.20/live"}})
    assert pulled() == "rtsp://192.168.1.20/live"


def test_a_log_in_inside_the_address_goes_to_no_other_server(alice: User) -> None:
    create(alice, source={"url": IN_THE_ADDRESS})
    answer = patch(alice, {"source": {"url": MASKED.replace("1.20", "1.66")}})
    assert (answer.status_code, answer.json()["code"]) == (400, "masked_credential")
    assert create(alice, id="other", source={"url": MASKED}).json()["code"] == "masked_credential"
    assert pulled() == IN_THE_ADDRESS


def test_addresses_that_an_older_version_stored_in_the_clear_are_sealed(alice: User) -> None:
    create(alice)
    Camera.objects.update(url=IN_THE_ADDRESS)
    import_module("belvedere.cameras.migrations.0002_camera_url_encrypted").mask_stored(apps, None)
    assert Camera.objects.get().url == MASKED
    assert pulled() == IN_THE_ADDRESS


@pytest.mark.parametrize("path", ["", "/gate", "?site=farm"])
def test_a_viewer_sees_no_log_in_in_any_form(alice: User, bob: User, charlie: User, path: str) -> None:
    url = "rtsp://192.168.1.20:8554/k3y-in-the-path/user=root&password=s3cret?token=t0ken"
    create(alice, source={"url": url, "username": "admin-name", "password": SECRET})

    def source(user: User) -> Any:
        answer = api_for(user).get("/api/v1/cameras" + path).json()
        return (answer[0] if isinstance(answer, list) else answer)["source"]

    assert source(charlie) == {
        "way": "pull",
        "url": "rtsp://192.168.1.20:8554/***",
        "sub_url": "",
        "make_sub": False,
        "username": "",
        "has_password": True,
    }
    for user in (alice, bob):
        assert source(user)["username"] == "admin-name"
        assert source(user)["url"] == "rtsp://192.168.1.20:8554/k3y-in-the-path/user=***&password=***?token=***"


def test_a_viewer_of_one_site_who_owns_another_sees_each_by_his_role_there(alice: User, charlie: User) -> None:
    create(alice)
    other = Site.objects.create(slug="shed", name="Shed")
    Membership.objects.create(user=charlie, site=other, role=Role.OWNER)
    create(charlie, site="shed", id="door")
    names = {row["id"]: row["source"]["username"] for row in api_for(charlie).get("/api/v1/cameras").json()}
    assert names == {"gate": "", "door": "admin"}


def test_an_edit_of_an_older_version_is_refused(alice: User) -> None:
    tag = create(alice)["ETag"]
    assert patch(alice, {"name": "one"}, if_match=tag).status_code == 200
    assert patch(alice, {"name": "two"}, if_match=tag).json()["code"] == "conflict"


def test_an_id_is_taken_once(alice: User) -> None:
    create(alice)
    assert create(alice).json()["code"] == "camera_id_taken"


def test_a_camera_that_is_switched_off_offers_nothing(alice: User) -> None:
    create(alice)
    record = patch(alice, {"enabled": False}).json()
    assert (record["state"], record["state_code"], record["streams"]) == ("offline", "switched_off", [])
    assert selectors.wanted_cameras() == []


def test_a_deleted_camera_is_gone(alice: User) -> None:
    create(alice)
    assert api_for(alice).delete("/api/v1/cameras/gate").status_code == 204
    assert api_for(alice).get("/api/v1/cameras/gate").status_code == 404


@pytest.mark.parametrize(
    ("status", "kinds", "words"),
    [
        (CameraStatus(state="live", codec="H264", b_frames=False), EVERY_WAY, ""),
        (CameraStatus(state="live", codec="H264", b_frames=True), BY_FILES, "B-frames"),
        (CameraStatus(state="live", codec="H265"), EVERY_WAY, "Some browsers cannot show this camera's H.265"),
        (CameraStatus(state="live", codec="H265", b_frames=True), BY_FILES, "B-frames"),
        (CameraStatus(state="live", codec="JPEG"), [], "JPEG"),
        (CameraStatus(state="live", codec="H264", b_frames=False, key_frame_seconds=8), EVERY_WAY, "every 8 s"),
    ],
)
def test_only_what_gives_a_picture_is_offered(alice: User, status: CameraStatus, kinds: list[str], words: str) -> None:
    create(alice)
    selectors.live.bind(Live(status))
    record = api_for(alice).get("/api/v1/cameras/gate").json()
    assert [stream["kind"] for stream in record["streams"]] == kinds
    assert words in " ".join(record["notes"])


def test_the_media_server_gets_the_credentials_in_the_clear(alice: User, farm: Site) -> None:
    create(alice)
    (wanted,) = selectors.wanted_cameras()
    assert wanted.source is not None
    assert (wanted.site_slug, wanted.source.username, wanted.source.password) == (farm.slug, "admin", SECRET)
    assert SECRET not in repr(wanted)
