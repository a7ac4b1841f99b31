"""Who is a member, and how one becomes one."""

from __future__ import annotations

import re
import unicodedata
from importlib import import_module

import pytest
from django.apps import apps
from django.db import IntegrityError
from rest_framework.test import APIClient

from belvedere.accounts.models import Invitation, Membership, Role, Site, User
from belvedere.conftest import PASSWORD

pytestmark = pytest.mark.django_db


def member(site: Site, user: User) -> Membership:
    return Membership.objects.get(site=site, user=user)


def test_alice_adds_a_new_person_who_can_sign_in(alice_api: APIClient, stranger: APIClient) -> None:
    form = {"username": "dave", "password": PASSWORD, "email": "dave@example.org", "role": "viewer"}
    added = alice_api.post("/api/v1/sites/farm/members", form)
    assert added.status_code == 201
    assert PASSWORD not in added.content.decode()
    signed_in = stranger.post("/api/v1/session", {"username": "dave", "password": PASSWORD})
    assert [site["role"] for site in signed_in.json()["sites"]] == ["viewer"]


def test_somebody_who_has_an_account_is_asked_and_no_member_before(
    alice_api: APIClient, mallory: User, mallory_api: APIClient, farm: Site
) -> None:
    added = alice_api.post("/api/v1/sites/farm/members", {"username": "mallory", "role": "viewer"})
    assert added.status_code == 201
    assert "mallory@example.org" not in added.content.decode()
    assert not Membership.objects.filter(site=farm, user=mallory).exists()
    assert mallory_api.get("/api/v1/sites/farm").status_code == 404
    assert [row["site_name"] for row in mallory_api.get("/api/v1/me/invitations").json()] == ["Trang trại"]


def test_adding_somebody_never_sets_the_password_of_an_account_that_exists(
    alice_api: APIClient, mallory: User, farm: Site
) -> None:
    form = {"username": "mallory", "password": "taken-over-by-alice-1", "role": "viewer"}
    assert alice_api.post("/api/v1/sites/farm/members", form).status_code == 201
    mallory.refresh_from_db()
    assert mallory.check_password(PASSWORD)
    assert not Membership.objects.filter(site=farm, user=mallory).exists()


NEW = {"password": PASSWORD, "role": "viewer", "email": "", "name": "Ai đó"}


@pytest.mark.parametrize("form", [{"role": "viewer"}, NEW], ids=["invited", "made"])
def test_the_answer_does_not_tell_whether_somebody_has_the_name(
    alice_api: APIClient, mallory: User, form: dict[str, str]
) -> None:
    known, unknown = [
        alice_api.post("/api/v1/sites/farm/members", form | {"username": name}) for name in ("mallory", "nobody1")
    ]
    assert known.status_code == unknown.status_code == 201
    texts = [answer.content.decode().replace(name, "X") for answer, name in ((known, "mallory"), (unknown, "nobody1"))]
    strip = [re.sub(r'"id":(null|\d+)', "", text) for text in texts]
    assert strip[0] == strip[1]
    assert "mallory@example.org" not in known.content.decode()


def test_the_answer_does_not_tell_whether_somebody_has_the_address(alice_api: APIClient, mallory: User) -> None:
    form = NEW | {"username": "dave", "email": "MALLORY@example.org"}
    answer = alice_api.post("/api/v1/sites/farm/members", form)
    assert answer.status_code == 201
    assert not User.objects.filter(username="dave").exists()
    assert Invitation.objects.get().invited == mallory


@pytest.mark.parametrize("name", ["mallory", "nobody"])
def test_what_is_wrong_with_a_new_account_is_said_whoever_has_the_name(
    alice_api: APIClient, mallory: User, name: str
) -> None:
    answer = alice_api.post(
        "/api/v1/sites/farm/members", {"username": name, "password": "1234567890", "role": "viewer"}
    )
    assert (answer.status_code, answer.json()["code"]) == (400, "weak_password")


def test_a_name_that_is_taken_costs_a_password_hash_too(
    alice_api: APIClient, mallory: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed: list[str] = []
    monkeypatch.setattr("belvedere.accounts.invitations.make_password", hashed.append)
    alice_api.post("/api/v1/sites/farm/members", NEW | {"username": "mallory"})
    assert hashed == [PASSWORD]


@pytest.mark.parametrize(
    ("form", "status", "code"),
    [
        ({"username": "bob", "role": "viewer"}, 409, "already_member"),
        ({"username": "BOB", "role": "viewer"}, 409, "already_member"),
        ({"username": "bob", "password": PASSWORD, "role": "viewer"}, 409, "already_member"),
        ({"username": "dave", "password": "1234567890", "role": "viewer"}, 400, "weak_password"),
        ({"username": "no spaces", "password": PASSWORD, "role": "viewer"}, 400, "invalid"),
        ({"username": "dave@example.org", "password": PASSWORD, "role": "viewer"}, 400, "invalid"),
        ({"username": "dаve", "password": PASSWORD, "role": "viewer"}, 400, "invalid"),
        ({"username": "dave", "password": PASSWORD, "role": "emperor"}, 400, "invalid"),
    ],
)
def test_a_member_that_cannot_be_added_says_why(
    alice_api: APIClient, bob: User, form: dict[str, str], status: int, code: str
) -> None:
    answer = alice_api.post("/api/v1/sites/farm/members", form)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert User.objects.count() == 2
    assert not Invitation.objects.exists()


@pytest.mark.parametrize("name", ["Mallory", "ＭＡＬＬＯＲＹ", "maIlory", "ma11ory"])
def test_a_new_account_does_not_stand_beside_one_that_looks_like_it(
    alice_api: APIClient, mallory: User, name: str
) -> None:
    assert alice_api.post("/api/v1/sites/farm/members", NEW | {"username": name}).status_code == 201
    assert User.objects.filter(username__in=[name, name.casefold()]).exclude(pk=mallory.pk).count() == 0
    assert Invitation.objects.get().invited == mallory


def test_the_database_too_refuses_a_second_account_of_a_name(bob: User) -> None:
    with pytest.raises(IntegrityError):
        User.objects.create_user("BOB")


def test_accounts_that_stood_beside_each_other_before_go_on(bob: User) -> None:
    old = User(username="Bob", name_key="made before there were keys")
    old.set_password(PASSWORD)
    old.save()
    User.objects.filter(pk=old.pk).update(name_key=None)
    for name in ("bob", "Bob"):
        answer = APIClient().post("/api/v1/session", {"username": name, "password": PASSWORD})
        assert (answer.status_code, answer.json()["username"]) == (200, name)


def test_an_upgrade_gives_the_key_of_a_name_to_its_first_account(bob: User) -> None:
    later = User.objects.create_user("somebody")
    User.objects.filter(pk=later.pk).update(username="Bob")
    User.objects.update(name_key=None)
    import_module("belvedere.accounts.migrations.0004_invitations").give_keys(apps, None)
    assert dict(User.objects.values_list("username", "name_key")) == {"bob": "bob", "Bob": None}


def test_a_name_typed_in_another_composition_is_the_same(alice_api: APIClient) -> None:
    decomposed = unicodedata.normalize("NFD", "hạnh")
    assert alice_api.post("/api/v1/sites/farm/members", NEW | {"username": decomposed}).status_code == 201
    for name in ("hạnh", decomposed):
        assert APIClient().post("/api/v1/session", {"username": name, "password": PASSWORD}).status_code == 200


def test_a_changed_role_counts_from_the_next_request(
    alice_api: APIClient, charlie: User, charlie_api: APIClient, farm: Site
) -> None:
    url = f"/api/v1/sites/farm/members/{member(farm, charlie).pk}"
    assert charlie_api.get("/api/v1/sites/farm/members").status_code == 403
    assert alice_api.patch(url, {"role": "owner"}).json()["role"] == "owner"
    assert charlie_api.get("/api/v1/sites/farm/members").status_code == 200


def test_a_removed_member_keeps_the_account_and_loses_the_site(
    alice_api: APIClient, bob: User, bob_api: APIClient, farm: Site
) -> None:
    assert alice_api.delete(f"/api/v1/sites/farm/members/{member(farm, bob).pk}").status_code == 204
    assert bob_api.get("/api/v1/me").json()["sites"] == []
    assert bob_api.get("/api/v1/sites/farm").status_code == 404


def test_the_last_owner_can_neither_go_nor_step_down(alice: User, alice_api: APIClient, farm: Site) -> None:
    url = f"/api/v1/sites/farm/members/{member(farm, alice).pk}"
    for answer in (alice_api.delete(url), alice_api.patch(url, {"role": "viewer"})):
        assert (answer.status_code, answer.json()["code"]) == (409, "last_owner")


def test_one_of_two_owners_may_go(alice: User, alice_api: APIClient, bob: User, farm: Site) -> None:
    Membership.objects.filter(user=bob).update(role=Role.OWNER)
    assert alice_api.delete(f"/api/v1/sites/farm/members/{member(farm, alice).pk}").status_code == 204


def test_the_member_of_another_site_is_not_reached_through_ones_own(
    alice_api: APIClient, mallory: User, elsewhere: Site
) -> None:
    url = f"/api/v1/sites/farm/members/{member(elsewhere, mallory).pk}"
    assert alice_api.patch(url, {"role": "viewer"}).status_code == 404
    assert alice_api.delete(url).status_code == 404


def test_an_owner_who_cannot_sign_in_does_not_count(alice: User, alice_api: APIClient, bob: User, farm: Site) -> None:
    Membership.objects.filter(user=bob).update(role=Role.OWNER)
    User.objects.filter(pk=bob.pk).update(is_active=False)
    answer = alice_api.delete(f"/api/v1/sites/farm/members/{member(farm, alice).pk}")
    assert (answer.status_code, answer.json()["code"]) == (409, "last_owner")
