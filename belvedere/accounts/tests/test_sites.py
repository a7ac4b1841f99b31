"""Sites and zones."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from pytest_django import Settings
from rest_framework.test import APIClient

from belvedere.accounts.models import Site, User, Zone
from belvedere.accounts.signals import site_created
from belvedere.domain.changes import ChangeKind
from belvedere.registry.log import changes_after

pytestmark = pytest.mark.django_db


@pytest.fixture
def _everybody_may_make_sites(settings: Settings) -> None:
    settings.ENV = replace(settings.ENV, site_founders="everybody")


def test_only_who_owns_a_site_may_make_another(charlie_api: APIClient, alice_api: APIClient) -> None:
    form = {"slug": "shop", "name": "Shop"}
    refused = charlie_api.post("/api/v1/sites", form)
    assert (refused.status_code, refused.json()["code"]) == (403, "may_not_make_sites")
    assert not Site.objects.filter(slug="shop").exists()
    assert alice_api.post("/api/v1/sites", form).status_code == 201


@pytest.mark.usefixtures("_everybody_may_make_sites")
def test_who_makes_a_site_owns_it(charlie_api: APIClient) -> None:
    made = charlie_api.post("/api/v1/sites", {"slug": "shop", "name": "Cửa hàng", "timezone": "Asia/Ho_Chi_Minh"})
    assert made.status_code == 201
    assert made.json() == {
        "slug": "shop",
        "name": "Cửa hàng",
        "address": "",
        "timezone": "Asia/Ho_Chi_Minh",
        "language": "vi",
        "away": False,
        "away_set_at": None,
        "away_set_by": None,
        "zones": [],
        "version": 1,
    }
    roles = {site["slug"]: site["role"] for site in charlie_api.get("/api/v1/me").json()["sites"]}
    assert roles == {"farm": "viewer", "shop": "owner"}


def test_a_new_site_is_announced_so_that_rules_can_add_their_templates(alice_api: APIClient) -> None:
    heard: list[Site] = []

    def listen(site: Site, **_: Any) -> None:
        heard.append(site)

    site_created.connect(listen)
    alice_api.post("/api/v1/sites", {"slug": "shop", "name": "Shop"})
    site_created.disconnect(listen)
    assert [site.slug for site in heard] == ["shop"]


@pytest.mark.parametrize(
    ("field", "value"),
    [("slug", "Shop"), ("slug", "-shop"), ("slug", "a/b"), ("timezone", "Mars/Olympus"), ("name", ""), ("name", "\0")],
)
def test_a_site_says_which_field_is_wrong(alice_api: APIClient, field: str, value: str) -> None:
    answer = alice_api.post("/api/v1/sites", {"slug": "shop", "name": "Shop", field: value})
    assert answer.status_code == 400
    assert answer.json()["errors"].keys() == {field}


def test_a_slug_that_is_taken_is_a_conflict(alice_api: APIClient, farm: Site) -> None:
    answer = alice_api.post("/api/v1/sites", {"slug": "farm", "name": "Mine"})
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


def test_a_site_has_a_language_for_people_who_have_no_account_yet(alice_api: APIClient) -> None:
    assert alice_api.get("/api/v1/sites/farm").json()["language"] == "vi"
    assert alice_api.patch("/api/v1/sites/farm", {"language": "en"}).json()["language"] == "en"
    code = alice_api.post("/api/v1/sites/farm/invitations", {"role": "viewer"}).json()["code"]
    read = APIClient().post("/api/v1/invitations/read", {"code": code})
    assert read.json()["site_language"] == "en"


def test_a_site_is_deleted_by_its_name_as_typed(alice_api: APIClient, farm: Site) -> None:
    refused = alice_api.delete("/api/v1/sites/farm?name=Trang")
    assert (refused.status_code, refused.json()["code"]) == (409, "other_name")
    assert alice_api.delete(f"/api/v1/sites/farm?name={farm.name}").status_code == 204
    assert alice_api.get("/api/v1/me").json()["sites"] == []
    mine = alice_api.get("/api/v1/me/audit").json()["entries"]
    assert [(row["kind"], row["subject"]) for row in mine] == [("site.deleted", farm.name)]


def test_a_member_leaves_a_site_and_the_last_owner_does_not(alice_api: APIClient, bob_api: APIClient) -> None:
    assert bob_api.delete("/api/v1/me/sites/farm").status_code == 204
    assert bob_api.get("/api/v1/sites/farm").status_code == 404
    refused = alice_api.delete("/api/v1/me/sites/farm")
    assert (refused.status_code, refused.json()["code"]) == (409, "last_owner")


def test_the_away_switch_says_who_set_it_and_is_logged_once(bob_api: APIClient, bob: User, farm: Site) -> None:
    before = bob_api.get("/api/v1/sites/farm").json()
    answer = bob_api.put("/api/v1/sites/farm/away", {"away": True}, format="json")
    assert answer.status_code == 200
    body = answer.json()
    assert (body["away"], body["away_set_by"], body["version"]) == (True, bob.display_name, before["version"])
    bob_api.put("/api/v1/sites/farm/away", {"away": True}, format="json")
    assert bob_api.get("/api/v1/sites/farm").json() == body
    assert [(change.kind, change.key) for change in changes_after(0)] == [(ChangeKind.SITE, str(farm.pk))]


def test_viewers_and_strangers_do_not_set_the_away_switch(charlie_api: APIClient, mallory_api: APIClient) -> None:
    for api, status in ((charlie_api, 403), (mallory_api, 404)):
        assert api.put("/api/v1/sites/farm/away", {"away": True}, format="json").status_code == status
    assert not Site.objects.get(slug="farm").away
