"""Tokens for VLC, OBS and recorders: what each opens, for whom, and until when."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from belvedere.accounts import services
from belvedere.accounts.models import Membership, Site, User
from belvedere.cameras.models import Camera, RtspToken
from belvedere.cameras.rtsp_tokens import do_create_rtsp_token, is_reader
from belvedere.conftest import api_for

pytestmark = pytest.mark.django_db
PATH = "/api/v1/cameras/gate/rtsp-tokens"


@pytest.fixture(autouse=True)
def gate(farm: Site) -> Camera:
    Camera.objects.create(id="yard", site=farm, name="Yard", url="rtsp://camera.example/2")
    return Camera.objects.create(id="gate", site=farm, name="Gate", url="rtsp://camera.example/1")


def create(user: User, name: str = "VLC") -> str:
    answer = api_for(user).post(PATH, {"name": name}, format="json")
    assert answer.status_code == 201
    return str(answer.json()["token"])


def test_a_token_reads_its_camera_and_opens_nothing_else(charlie: User) -> None:
    secret = create(charlie)
    assert is_reader(secret, "gate")
    assert not is_reader(secret, "yard")
    assert not is_reader("bvr_guessed", "gate")
    assert api_for(None).get("/api/v1/cameras", headers={"authorization": f"Bearer {secret}"}).status_code == 401


def test_a_token_of_the_api_reads_nothing_by_rtsp(charlie: User) -> None:
    _, secret = services.do_create_token(charlie, "wall")
    assert not is_reader(secret, "gate")


def test_the_list_says_when_a_token_was_used_and_shows_no_secret(charlie: User) -> None:
    secret = create(charlie)
    assert is_reader(secret, "gate")
    answer = api_for(charlie).get(PATH)
    assert secret not in answer.content.decode()
    (row,) = answer.json()
    assert (row["name"], row["person"]) == ("VLC", "charlie")
    assert row["last_used_at"]


def test_each_sees_and_revokes_their_own_and_an_owner_everybodys(alice: User, bob: User, charlie: User) -> None:
    secret = create(charlie)
    create(alice, "OBS")
    assert [row["name"] for row in api_for(alice).get(PATH).json()] == ["OBS", "VLC"]
    assert [row["name"] for row in api_for(charlie).get(PATH).json()] == ["VLC"]
    token = f"{PATH}/{RtspToken.objects.get(name='VLC').pk}"
    assert api_for(bob).delete(token).status_code == 404
    assert api_for(alice).delete(token).status_code == 204
    assert not is_reader(secret, "gate")


def remove_from_the_site(charlie: User) -> None:
    services.do_remove_member(Membership.objects.get(user=charlie))


def deactivate(charlie: User) -> None:
    User.objects.filter(pk=charlie.pk).update(is_active=False)


def switch_the_camera_off(_charlie: User) -> None:
    Camera.objects.filter(pk="gate").update(enabled=False)


@pytest.mark.parametrize("end", [remove_from_the_site, deactivate, switch_the_camera_off])
def test_a_token_reads_as_long_as_its_person_may_watch(charlie: User, end: Callable[[User], None]) -> None:
    secret = create(charlie)
    assert is_reader(secret, "gate")
    end(charlie)
    assert not is_reader(secret, "gate")


def test_a_token_that_a_bearer_token_made_ends_with_that_one(alice: User, gate: Camera) -> None:
    maker, bearer = services.do_create_token(alice, "script")
    answer = api_for(None).post(PATH, {"name": "VLC"}, format="json", headers={"authorization": f"Bearer {bearer}"})
    expired, _ = services.do_create_token(alice, "old")
    _, of_expired = do_create_rtsp_token(gate, alice, "OBS", expired)
    type(expired).objects.filter(pk=expired.pk).update(expires_at="2001-01-01T00:00:00Z")
    secret = answer.json()["token"]
    assert is_reader(secret, "gate")
    assert not is_reader(of_expired, "gate")
    services.do_delete_token(maker)
    assert not is_reader(secret, "gate")
