"""Sites, members and zones."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from belvedere.accounts.models import Membership, Role, Site, User, Zone
from belvedere.accounts.signals import site_created
from belvedere.conftest import PASSWORD

pytestmark = pytest.mark.django_db


def member(site: Site, user: User) -> Membership:
    return Membership.objects.get(site=site, user=user)


def test_who_makes_a_site_owns_it(charlie_api: APIClient) -> None:
    made = charlie_api.post("/api/v1/sites", {"slug": "shop", "name": "Cửa hàng", "timezone": "Asia/Ho_Chi_Minh"})
    assert made.status_code == 201
    assert made.json() == {
        "slug": "shop",
        "name": "Cửa hàng",
        "address": "",
        "timezone": "Asia/Ho_Chi_Minh",
        "zones": [],
        "version": 1,
    }
    roles = {site["slug"]: site["role"] for site in charlie_api.get("/api/v1/me").json()["sites"]}
    assert roles == {"farm": "viewer", "shop": "owner"}


def test_a_new_site_is_announced_so_that_rules_can_add_their_templates(charlie_api: APIClient) -> None:
    heard: list[Site] = []

    def listen(site: Site, **_: Any) -> None:
        heard.append(site)

    site_created.connect(listen)
    charlie_api.post("/api/v1/sites", {"slug": "shop", "name": "Shop"})
    site_created.disconnect(listen)
    assert [site.slug for site in heard] == ["shop"]


@pytest.mark.parametrize(
    ("field", "value"),
    [("slug", "Shop"), ("slug", "-shop"), ("slug", "a/b"), ("timezone", "Mars/Olympus"), ("name", ""), ("name", "\0")],
)
def test_a_site_says_which_field_is_wrong(charlie_api: APIClient, field: str, value: str) -> None:
    answer = charlie_api.post("/api/v1/sites", {"slug": "shop", "name": "Shop", field: value})
    assert answer.status_code == 400
    assert answer.json()["errors"].keys() == {field}


def test_a_slug_that_is_taken_is_a_conflict(charlie_api: APIClient, farm: Site) -> None:
    answer = charlie_api.post("/api/v1/sites", {"slug": "farm", "name": "Mine"})
    assert (answer.status_code, answer.json()["code"]) == (409, "slug_taken")


def test_people_see_their_own_sites_only(alice_api: APIClient, elsewhere: Site) -> None:
    assert [site["slug"] for site in alice_api.get("/api/v1/sites").json()] == ["farm"]


def test_an_edit_of_an_older_version_is_refused(alice_api: APIClient, farm: Site) -> None:
    tag = alice_api.get("/api/v1/sites/farm")["ETag"]
    assert tag == '"1"'
    first = alice_api.patch("/api/v1/sites/farm", {"name": "Trại gà"}, HTTP_IF_MATCH=tag)
    assert (first.status_code, first["ETag"], first.json()["name"]) == (200, '"2"', "Trại gà")
    second = alice_api.patch("/api/v1/sites/farm", {"name": "Trại vịt"}, HTTP_IF_MATCH=tag)
    assert (second.status_code, second.json()["code"]) == (412, "conflict")
    farm.refresh_from_db()
    assert farm.name == "Trại gà"


def test_an_edit_without_if_match_is_taken(alice_api: APIClient) -> None:
    assert alice_api.patch("/api/v1/sites/farm", {"address": "Đà Lạt"}).json()["address"] == "Đà Lạt"


def test_alice_adds_a_new_person_who_can_sign_in(alice_api: APIClient, stranger: APIClient) -> None:
    form = {"username": "dave", "password": PASSWORD, "email": "dave@example.org", "role": "viewer"}
    added = alice_api.post("/api/v1/sites/farm/members", form)
    assert added.status_code == 201
    assert PASSWORD not in added.content.decode()
    signed_in = stranger.post("/api/v1/session", {"username": "dave", "password": PASSWORD})
    assert [site["role"] for site in signed_in.json()["sites"]] == ["viewer"]


def test_alice_adds_somebody_who_has_an_account(alice_api: APIClient, mallory: User, farm: Site) -> None:
    assert alice_api.post("/api/v1/sites/farm/members", {"username": "mallory", "role": "viewer"}).status_code == 201
    assert member(farm, mallory).role == Role.VIEWER


def test_adding_somebody_never_sets_the_password_of_an_account_that_exists(
    alice_api: APIClient, mallory: User, farm: Site
) -> None:
    form = {"username": "mallory", "password": "taken-over-by-alice-1", "role": "viewer"}
    answer = alice_api.post("/api/v1/sites/farm/members", form)
    assert (answer.status_code, answer.json()["code"]) == (409, "username_taken")
    mallory.refresh_from_db()
    assert mallory.check_password(PASSWORD)


@pytest.mark.parametrize(
    ("form", "status", "code"),
    [
        ({"username": "nobody", "role": "viewer"}, 400, "unknown_user"),
        ({"username": "bob", "role": "viewer"}, 409, "already_member"),
        ({"username": "dave", "password": "1234567890", "role": "viewer"}, 400, "weak_password"),
        ({"username": "dave", "password": PASSWORD, "email": "BOB@example.org", "role": "viewer"}, 409, "email_taken"),
        ({"username": "no spaces", "password": PASSWORD, "role": "viewer"}, 400, "invalid"),
        ({"username": "dave", "password": PASSWORD, "role": "emperor"}, 400, "invalid"),
    ],
)
def test_a_member_that_cannot_be_added_says_why(
    alice_api: APIClient, bob: User, form: dict[str, str], status: int, code: str
) -> None:
    answer = alice_api.post("/api/v1/sites/farm/members", form)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert User.objects.count() == 2


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


def test_zones_keep_the_owners_order(alice_api: APIClient) -> None:
    for name in ("Chuồng 1", "Kho"):
        assert alice_api.post("/api/v1/sites/farm/zones", {"name": name}).status_code == 201
    alice_api.post("/api/v1/sites/farm/zones", {"name": "Cổng", "position": 0})
    names = [zone["name"] for zone in alice_api.get("/api/v1/sites/farm").json()["zones"]]
    assert names == ["Chuồng 1", "Cổng", "Kho"]


def test_a_zone_after_the_last_position_shares_it(alice_api: APIClient) -> None:
    alice_api.post("/api/v1/sites/farm/zones", {"name": "Sau", "position": 10_000})
    assert alice_api.post("/api/v1/sites/farm/zones", {"name": "Cuối"}).json()["position"] == 10_000
    names = [zone["name"] for zone in alice_api.get("/api/v1/sites/farm").json()["zones"]]
    assert names == ["Sau", "Cuối"]


@pytest.mark.parametrize("method", ["patch", "delete"])
def test_an_edit_of_a_zone_of_an_older_version_of_the_site_is_refused(
    alice_api: APIClient, farm: Site, method: str
) -> None:
    zone = Zone.objects.create(site=farm, name="Kho")
    tag = alice_api.get("/api/v1/sites/farm")["ETag"]
    url = f"/api/v1/sites/farm/zones/{zone.pk}"
    assert alice_api.patch(url, {"name": "Kho 2"}, HTTP_IF_MATCH=tag).status_code == 200
    answer = getattr(alice_api, method)(url, {"name": "Kho 3"}, HTTP_IF_MATCH=tag)
    assert (answer.status_code, answer.json()["code"]) == (412, "conflict")
    assert Zone.objects.get().name == "Kho 2"


def test_two_zones_of_one_name_are_a_conflict(alice_api: APIClient, farm: Site) -> None:
    kho = Zone.objects.create(site=farm, name="Kho")
    other = Zone.objects.create(site=farm, name="Cổng")
    again = alice_api.post("/api/v1/sites/farm/zones", {"name": kho.name})
    renamed = alice_api.patch(f"/api/v1/sites/farm/zones/{other.pk}", {"name": kho.name})
    assert again.json()["code"] == renamed.json()["code"] == "zone_exists"
    assert again.status_code == renamed.status_code == 409


def test_a_changed_zone_is_a_new_version_of_its_site(alice_api: APIClient, farm: Site) -> None:
    zone = Zone.objects.create(site=farm, name="Kho")
    alice_api.patch(f"/api/v1/sites/farm/zones/{zone.pk}", {"note": "lạnh"})
    assert alice_api.get("/api/v1/sites/farm")["ETag"] == '"2"'
    assert alice_api.delete(f"/api/v1/sites/farm/zones/{zone.pk}").status_code == 204
    assert alice_api.get("/api/v1/sites/farm")["ETag"] == '"3"'


def test_the_zone_of_another_site_is_not_reached_through_ones_own(alice_api: APIClient, elsewhere: Site) -> None:
    zone = Zone.objects.create(site=elsewhere, name="Kho")
    assert alice_api.delete(f"/api/v1/sites/farm/zones/{zone.pk}").status_code == 404
