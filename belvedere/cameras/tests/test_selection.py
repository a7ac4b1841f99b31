"""A viewer who may see some cameras of a site only: everywhere that a camera is found."""

from __future__ import annotations

from typing import Any

import pytest

from belvedere.accounts.models import Membership, Role, Site, User
from belvedere.accounts.rights import Rights
from belvedere.cameras.models import Camera
from belvedere.cameras.rtsp_tokens import do_create_rtsp_token, is_reader
from belvedere.cameras.selectors import WantedCamera, wanted_cameras
from belvedere.conftest import api_for

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def cameras(farm: Site) -> None:
    for name in ("gate", "yard"):
        Camera.objects.create(id=name, site=farm, name=name, url=f"rtsp://camera.example/{name}")


def select(alice: User, member: User, cameras: list[str] | None) -> Any:
    member_id = Membership.objects.get(user=member, site__slug="farm").pk
    path = f"/api/v1/sites/farm/members/{member_id}/cameras"
    return api_for(alice).put(path, {"cameras": cameras}, format="json")


def listed(user: User) -> list[str]:
    return [camera["id"] for camera in api_for(user).get("/api/v1/cameras?site=farm").json()]


def wanted(camera_id: str) -> WantedCamera:
    return next(camera for camera in wanted_cameras() if camera.id == camera_id)


def rights_of(user: User, role: Role) -> Rights:
    return Rights(user.pk, user.username, {"farm": role}, {"farm": 1})


def test_a_viewer_sees_the_selected_cameras_and_no_trace_of_the_others(alice: User, charlie: User) -> None:
    token, secret = do_create_rtsp_token(Camera.objects.get(pk="yard"), charlie, "VLC")
    assert select(alice, charlie, ["gate"]).json() == {"cameras": ["gate"]}
    assert listed(charlie) == ["gate"]
    api = api_for(charlie)
    for path in ("cameras/yard", "cameras/yard/rtsp-tokens", f"cameras/yard/rtsp-tokens/{token.pk}"):
        method = api.delete if path.endswith(str(token.pk)) else api.get
        assert method(f"/api/v1/{path}").status_code == 404
    assert [hit["id"] for hit in api.get("/api/v1/sites/farm/search?q=yard").json()] == []
    assert [hit["id"] for hit in api.get("/api/v1/sites/farm/search?q=gate").json()] == ["gate"]
    assert not is_reader(secret, "yard")


def test_its_picture_is_closed_to_that_viewer_only(alice: User, bob: User, charlie: User) -> None:
    select(alice, charlie, ["gate"])
    assert not wanted("yard").is_open_to(rights_of(charlie, Role.VIEWER))
    assert wanted("gate").is_open_to(rights_of(charlie, Role.VIEWER))
    assert wanted("yard").is_open_to(rights_of(bob, Role.OPERATOR))


def test_a_camera_that_is_added_later_is_not_seen_until_it_is_selected(alice: User, charlie: User, farm: Site) -> None:
    select(alice, charlie, [])
    Camera.objects.create(id="vault", site=farm, name="vault", url="rtsp://camera.example/vault")
    assert listed(charlie) == []
    assert not wanted("vault").is_open_to(rights_of(charlie, Role.VIEWER))
    assert select(alice, charlie, None).json() == {"cameras": None}
    assert listed(charlie) == ["gate", "vault", "yard"]
    assert wanted("vault").is_open_to(rights_of(charlie, Role.VIEWER))


def test_a_selection_rests_while_the_member_has_another_role(alice: User, charlie: User) -> None:
    select(alice, charlie, ["gate"])
    Membership.objects.filter(user=charlie).update(role=Role.OPERATOR)
    assert listed(charlie) == ["gate", "yard"]
    assert wanted("yard").is_open_to(rights_of(charlie, Role.OPERATOR))
    Membership.objects.filter(user=charlie).update(role=Role.VIEWER)
    assert listed(charlie) == ["gate"]


def test_a_selection_at_one_site_leaves_the_cameras_of_others(alice: User, charlie: User, elsewhere: Site) -> None:
    Membership.objects.create(user=charlie, site=elsewhere, role=Role.VIEWER)
    Camera.objects.create(id="office", site=elsewhere, name="office", url="rtsp://camera.example/office")
    select(alice, charlie, ["gate"])
    assert [camera["id"] for camera in api_for(charlie).get("/api/v1/cameras").json()] == ["gate", "office"]


def test_only_cameras_of_the_site_and_only_viewers_are_taken(
    alice: User, bob: User, charlie: User, elsewhere: Site
) -> None:
    Camera.objects.create(id="office", site=elsewhere, name="office", url="rtsp://camera.example/office")
    answer = select(alice, charlie, ["gate", "office"])
    assert (answer.status_code, answer.json()["code"]) == (400, "unknown_camera")
    assert listed(charlie) == ["gate", "yard"]
    answer = select(alice, bob, ["gate"])
    assert (answer.status_code, answer.json()["code"]) == (409, "not_a_viewer")
