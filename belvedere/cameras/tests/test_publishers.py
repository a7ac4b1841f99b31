"""Cameras that publish their picture: how they are made, and who publishes them."""

from __future__ import annotations

from typing import Any

import pytest

from belvedere.accounts.models import User
from belvedere.cameras.mediaserver.port import Way
from belvedere.cameras.models import Camera
from belvedere.cameras.publishers import is_publisher
from belvedere.cameras.selectors import wanted_cameras
from belvedere.conftest import api_for

pytestmark = pytest.mark.django_db
YARD = "/api/v1/cameras/camera_yard"


def create(user: User, id_: str = "camera_yard", **source: Any) -> Any:
    body = {"site": "farm", "id": id_, "name": "Yard", "source": {"way": "push"} | source}
    return api_for(user).post("/api/v1/cameras", body, format="json")


def renew(user: User) -> str:
    answer = api_for(user).post(f"{YARD}/publisher")
    assert answer.status_code == 201
    return str(answer.json()["secret"])


def test_a_camera_that_publishes_has_no_address_and_the_media_server_waits_for_it(alice: User) -> None:
    record = create(alice).json()
    assert record["source"] == {
        "way": "push",
        "url": "",
        "sub_url": "",
        "make_sub": False,
        "username": "",
        "has_password": False,
    }
    (wanted,) = wanted_cameras()
    assert wanted.source is not None
    assert (wanted.source.way, wanted.source.url) == (Way.PUSH, "")


def test_its_secret_publishes_it_and_no_other_until_there_is_a_new_one(alice: User) -> None:
    create(alice)
    create(alice, "camera_gate")
    first = renew(alice)
    assert is_publisher(first, "camera_yard")
    assert not is_publisher(first, "camera_gate")
    second = renew(alice)
    assert not is_publisher(first, "camera_yard")
    assert is_publisher(second, "camera_yard")
    answer = api_for(alice).get(YARD)
    assert answer.json()["source"]["has_password"]
    assert second not in answer.content.decode()
    assert api_for(alice).delete(f"{YARD}/publisher").status_code == 204
    assert not is_publisher(second, "camera_yard")


def test_nobody_publishes_a_camera_that_is_switched_off_or_has_no_secret(alice: User) -> None:
    create(alice)
    assert not is_publisher("", "camera_yard")
    secret = renew(alice)
    Camera.objects.update(enabled=False)
    assert not is_publisher(secret, "camera_yard")


def test_a_camera_that_is_pulled_is_published_by_nobody(alice: User) -> None:
    create(alice, "camera_yard", way="pull", url="rtsp://192.168.1.20/1")
    answer = api_for(alice).post(f"{YARD}/publisher")
    assert (answer.status_code, answer.json()["code"]) == (409, "not_a_publisher")


@pytest.mark.parametrize(
    ("id_", "source", "code"),
    [
        ("yard", {}, "publisher_id"),
        ("camera_yard", {"url": "rtsp://192.168.1.20/1"}, "publishes"),
        ("camera_yard", {"password": "secret"}, "publishes"),
        ("yard", {"way": "pull"}, "invalid"),
        ("yard", {"way": "fly"}, "invalid"),
    ],
)
def test_a_source_that_is_half_of_each_is_refused(alice: User, id_: str, source: dict[str, str], code: str) -> None:
    answer = create(alice, id_, **source)
    assert (answer.status_code, answer.json()["code"]) == (400, code)


def test_a_camera_does_not_change_between_publishing_and_being_pulled(alice: User) -> None:
    create(alice)
    create(alice, "gate", way="pull", url="rtsp://192.168.1.20/1")
    for path, way in ((YARD, "pull"), ("/api/v1/cameras/gate", "push")):
        answer = api_for(alice).patch(path, {"source": {"way": way}}, format="json")
        assert (answer.status_code, answer.json()["code"]) == (400, "way_is_fixed")
    answer = api_for(alice).patch("/api/v1/cameras/gate", {"source": {"way": "server_pull"}}, format="json")
    assert answer.json()["source"]["way"] == "server_pull"
    assert api_for(alice).patch(YARD, {"name": "Yard 2"}, format="json").json()["name"] == "Yard 2"
