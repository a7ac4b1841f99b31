"""The order of zones, and what becomes of what stands in one that is deleted."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from belvedere.accounts.models import Site, Zone
from belvedere.registry.log import changes_after, newest
from belvedere.registry.revisions import SiteRevisions

pytestmark = pytest.mark.django_db
URL = "/api/v1/sites/farm/zones"


@pytest.fixture
def zones(farm: Site) -> list[Zone]:
    return [Zone.objects.create(site=farm, name=name) for name in ("Kho", "Cổng", "Sân")]


def names(api: APIClient) -> list[str]:
    return [zone["name"] for zone in api.get(URL).json()]


def test_one_call_gives_all_zones_a_new_order(alice_api: APIClient, zones: list[Zone]) -> None:
    kho, gate, yard = (zone.pk for zone in zones)
    tag = alice_api.get(URL)["ETag"]
    answer = alice_api.put(URL, {"order": [yard, kho, gate]}, format="json", headers={"If-Match": tag})
    assert [zone["name"] for zone in answer.json()] == names(alice_api) == ["Sân", "Kho", "Cổng"]
    again = alice_api.put(URL, {"order": [kho, gate, yard]}, format="json", headers={"If-Match": tag})
    assert (again.status_code, again.json()["code"]) == (412, "conflict")
    assert answer["ETag"] == alice_api.get("/api/v1/sites/farm")["ETag"] != tag


@pytest.mark.parametrize("order", [[], [0], [0, 0, 1], [0, 1, 2, 2]])
def test_an_order_that_is_not_of_all_zones_is_a_conflict(
    alice_api: APIClient, zones: list[Zone], order: list[int]
) -> None:
    wanted = [zones[place].pk for place in order]
    answer = alice_api.put(URL, {"order": wanted}, format="json")
    assert (answer.status_code, answer.json()["code"]) == (409, "zones_changed")


def test_a_zone_of_another_site_cannot_be_put_in_order(
    alice_api: APIClient, zones: list[Zone], elsewhere: Site
) -> None:
    foreign = Zone.objects.create(site=elsewhere, name="Kho", position=5)
    answer = alice_api.put(URL, {"order": [*(zone.pk for zone in zones[1:]), foreign.pk]}, format="json")
    foreign.refresh_from_db()
    assert (answer.status_code, foreign.position) == (409, 5)


def make_device(api: APIClient, zone: str) -> dict[str, Any]:
    made: dict[str, Any] = api.post("/api/v1/devices", {"site": "farm", "id": "probe", "zone": zone}).json()
    return made


def test_the_list_says_how_much_stands_in_each(alice_api: APIClient, zones: list[Zone]) -> None:
    make_device(alice_api, "Kho")
    counts = {zone["name"]: (zone["device_count"], zone["camera_count"]) for zone in alice_api.get(URL).json()}
    assert counts == {"Kho": (1, 0), "Cổng": (0, 0), "Sân": (0, 0)}


def test_what_stands_in_a_deleted_zone_goes_to_its_heir_or_to_none(alice_api: APIClient, zones: list[Zone]) -> None:
    kho, gate, _ = zones
    make_device(alice_api, "Kho")
    assert alice_api.delete(f"{URL}/{kho.pk}?heir={gate.pk}").status_code == 204
    assert alice_api.get("/api/v1/devices/probe").json()["zone"]["name"] == "Cổng"
    assert alice_api.delete(f"{URL}/{gate.pk}").status_code == 204
    assert alice_api.get("/api/v1/devices/probe").json()["zone"] is None


def test_neither_the_zone_itself_nor_another_sites_is_an_heir(
    alice_api: APIClient, zones: list[Zone], elsewhere: Site
) -> None:
    foreign = Zone.objects.create(site=elsewhere, name="Kho")
    for heir in (zones[0].pk, foreign.pk):
        assert alice_api.delete(f"{URL}/{zones[0].pk}?heir={heir}").status_code == 404
    assert names(alice_api) == ["Kho", "Cổng", "Sân"]


def test_every_change_of_zones_reaches_pages_that_are_open(alice_api: APIClient, zones: list[Zone], farm: Site) -> None:
    revisions = SiteRevisions()
    revisions.load()
    kho, gate, yard = (zone.pk for zone in zones)
    seen = [revisions.seq_of(farm.pk)]

    def send(method: str, url: str, body: Any = None) -> None:
        before = newest()
        tag = alice_api.get(URL)["ETag"]
        answer = getattr(alice_api, method)(url, body, format="json", headers={"If-Match": tag})
        assert answer.status_code < 300, answer.content
        revisions.apply(changes_after(before))
        seen.append(revisions.seq_of(farm.pk))

    send("put", URL, {"order": [yard, kho, gate]})
    send("patch", f"{URL}/{kho}", {"name": "Kho lạnh"})
    send("post", URL, {"name": "Bếp"})
    send("delete", f"{URL}/{gate}")
    assert seen == sorted(set(seen))
    assert len(seen) == 5
