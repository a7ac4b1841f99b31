"""What a person says of a series beside its name: decimals, words, unit, kind."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from belvedere.accounts.models import Site
from belvedere.devices.models import Device, Series

pytestmark = pytest.mark.django_db


def address_of(site: Site, metric: str) -> str:
    device = Device.objects.create(id="probe", site=site, name="Probe")
    return f"/api/v1/series/{Series.objects.create(device=device, site=site, metric=metric).pk}"


def test_decimals_and_words_are_kept_and_given_back(alice_api: APIClient, farm: Site) -> None:
    url = address_of(farm, "gate")
    said = {"decimals": 2, "on_word": "Mở toang", "off_word": "Khoá"}
    answer = alice_api.patch(url, said).json()
    assert {key: answer[key] for key in said} == said
    back = alice_api.patch(url, {"decimals": None, "on_word": "", "off_word": ""}, format="json").json()
    assert (back["decimals"], back["on_word"], back["off_word"]) == (None, "", "")


@pytest.mark.parametrize("change", [{"decimals": 7}, {"decimals": -1}, {"on_word": "x" * 25}, {"unit": "x" * 21}])
def test_what_would_not_fit_is_refused_by_its_field(alice_api: APIClient, farm: Site, change: dict[str, Any]) -> None:
    answer = alice_api.patch(address_of(farm, "gate"), change)
    assert (answer.status_code, answer.json()["errors"].keys()) == (400, change.keys())


def test_any_short_text_is_a_unit(alice_api: APIClient, farm: Site) -> None:
    assert alice_api.patch(address_of(farm, "temp_1"), {"unit": "con/m²"}).json()["unit"] == "con/m²"


def test_a_metric_that_is_known_keeps_its_kind(alice_api: APIClient, farm: Site) -> None:
    url = address_of(farm, "door")
    answer = alice_api.patch(url, {"kind": "number"})
    assert (answer.status_code, answer.json()["code"]) == (409, "kind_is_fixed")
    assert alice_api.patch(url, {"kind": "binary", "name": "Cửa sau"}).status_code == 200


def test_units_are_found_in_both_languages(charlie_api: APIClient) -> None:
    for typed in ("nhiệt độ", "temperature", "celsius"):
        first = charlie_api.get("/api/v1/units", {"q": typed}).json()[0]
        assert (first["symbol"], first["ucum"], first["quantity_vi"]) == ("°C", "Cel", "nhiệt độ")
    assert len(charlie_api.get("/api/v1/units").json()) > 140
