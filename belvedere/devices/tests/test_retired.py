"""A device that is out of use: kept with its history, but connected, shown and watched no more until it is back."""

from __future__ import annotations

import pytest
from rest_framework.test import APIClient

from belvedere.accounts.models import Site
from belvedere.devices.directory import DeviceDirectory
from belvedere.devices.models import Device, Series
from belvedere.devices.services import hash_secret
from belvedere.registry.log import changes_after

pytestmark = pytest.mark.django_db
URL = "/api/v1/devices/probe"


@pytest.fixture
def probe(farm: Site) -> Device:
    device = Device.objects.create(id="probe", site=farm, name="Probe", digest=hash_secret("secret"))
    Series.objects.create(device=device, site=farm, metric="temperature")
    return device


def retire(api: APIClient, retired: bool = True) -> None:
    assert api.patch(URL, {"retired": retired}).status_code == 200


def shown(api: APIClient) -> int:
    return len(api.get("/api/v1/sites/farm/series").json())


def test_its_series_leave_the_list_of_the_site_and_stay_readable(alice_api: APIClient, probe: Device) -> None:
    retire(alice_api)
    assert alice_api.get(URL).json()["retired_at"] is not None
    assert shown(alice_api) == 0
    (row,) = alice_api.get("/api/v1/sites/farm/series?device=probe").json()
    assert alice_api.get(f"/api/v1/series/{row['id']}").status_code == 200
    retire(alice_api, False)
    assert alice_api.get(URL).json()["retired_at"] is None
    assert shown(alice_api) == 1


def test_its_secret_opens_nothing_until_it_is_back(alice_api: APIClient, probe: Device, settings: object) -> None:
    directory = DeviceDirectory(digest_key_of(settings))
    directory.load()
    assert directory.authenticate("probe", "secret") is not None
    seen = 0
    for retired in (True, False):
        retire(alice_api, retired)
        changes = changes_after(seen)
        seen = changes[-1].n
        directory.apply(changes)
        assert (directory.authenticate("probe", "secret") is None) is retired


def digest_key_of(settings: object) -> bytes:
    key: bytes = settings.KEYS.digest_key  # type: ignore[attr-defined]  # settings have no type
    return key


def test_the_log_says_so_once_and_other_edits_leave_it_alone(alice_api: APIClient, probe: Device) -> None:
    retire(alice_api)
    since = alice_api.get(URL).json()["retired_at"]
    retire(alice_api)
    alice_api.patch(URL, {"name": "Old probe"})
    assert alice_api.get(URL).json()["retired_at"] == since
    assert [change.data.get("retired") for change in changes_after(0)] == [True, None, None]


def test_retiring_is_refused_on_an_older_version(alice_api: APIClient, probe: Device) -> None:
    answer = alice_api.patch(URL, {"retired": True}, headers={"If-Match": '"7"'})
    assert (answer.status_code, Device.objects.get().retired_at) == (412, None)


def test_the_page_hears_what_a_deletion_takes_with_it(alice_api: APIClient, probe: Device) -> None:
    condition = {"kind": "above", "level": 8}
    rule = {"site": "farm", "name": "r", "metric": "temperature", "severity": "info", "condition": condition}
    alice_api.post("/api/v1/rules", {**rule, "device": "probe"}, format="json")
    alice_api.post("/api/v1/rules", {**rule, "device": None}, format="json")
    found = alice_api.get(URL).json()
    assert (found["series_count"], found["rule_count"], found["alert_count"]) == (1, 1, 0)
