"""Devices, their credentials and their series over REST."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from pytest_django.fixtures import DjangoCaptureOnCommitCallbacks
from rest_framework.test import APIClient

from belvedere.accounts.models import Site, Zone
from belvedere.devices import selectors
from belvedere.devices.models import Device, Series
from belvedere.devices.services import hash_secret
from belvedere.domain.metrics import METRICS
from belvedere.registry.log import changes_after, follower

pytestmark = pytest.mark.django_db


class FakePresence(NamedTuple):
    online: bool
    last_seen_ms: int | None
    clock_skew_ms: int | None
    protocol: str


class Live:
    """As the pipeline knows it."""

    def get(self, _device_id: str) -> FakePresence:
        return FakePresence(True, 5, 400_000, "mqtt 5")

    def refused_counts(self, _data_key: str) -> dict[str, int]:
        return {"bad_json": 2, "no_time": 1}


class Heard:
    """Follows the registry's log, as the program does."""

    def __init__(self) -> None:
        self.ids: list[str] = []

    def catch_up(self) -> None:
        self.ids = [change.key for change in changes_after(0)]

    def keep_up(self) -> None:
        """There is no other process."""


@pytest.fixture
def heard() -> Heard:
    heard = Heard()
    follower.bind(heard)
    return heard


@pytest.fixture
def probe(farm: Site) -> Device:
    return Device.objects.create(id="probe", site=farm, name="Probe", digest=hash_secret("old"))


def series(device: Device, metric: str = "temperature", **fields: Any) -> Series:
    return Series.objects.create(device=device, site=device.site, metric=metric, **fields)


def test_the_secret_is_shown_once_and_stored_as_a_hash(alice_api: APIClient, farm: Site) -> None:
    made = alice_api.post("/api/v1/devices", {"site": "farm", "id": "d0", "name": "Thiết bị 0"})
    assert made.status_code == 201
    secret = made.json()["secret"]
    assert len(secret) >= 43, "256 bits"
    device = Device.objects.get()
    assert device.digest == hash_secret(secret)
    for url in ("/api/v1/devices", "/api/v1/devices/d0"):
        text = alice_api.get(url).content.decode()
        assert secret not in text
        assert device.digest not in text


def test_a_device_is_made_in_a_zone_by_its_name(alice_api: APIClient, farm: Site) -> None:
    for n in range(2):
        made = alice_api.post("/api/v1/devices", {"site": "farm", "id": f"d{n}", "zone": "Kho"})
        assert made.json()["zone"]["name"] == "Kho"
        assert made.json()["name"] == f"d{n}"
    assert Zone.objects.count() == 1


@pytest.mark.parametrize("device_id", ["", "a b", "ổ", "a/b", "x" * 65, "a\n", "#", "+"])
def test_an_id_that_would_not_fit_into_a_topic_is_refused(alice_api: APIClient, device_id: str) -> None:
    answer = alice_api.post("/api/v1/devices", {"site": "farm", "id": device_id, "name": "x"})
    if answer.status_code == 201:
        assert answer.json()["id"] == device_id.strip(), "white space around an id is not part of it"
    else:
        assert (answer.status_code, answer.json()["errors"].keys()) == (400, {"id"})


def test_an_id_is_taken_for_all_sites(alice_api: APIClient, probe: Device, elsewhere: Site) -> None:
    Device.objects.create(id="theirs", site=elsewhere, name="Theirs")
    for device_id in ("probe", "theirs"):
        answer = alice_api.post("/api/v1/devices", {"site": "farm", "id": device_id, "name": "x"})
        assert (answer.status_code, answer.json()["code"]) == (409, "device_id_taken")
    assert Device.objects.get(pk="theirs").name == "Theirs"


def test_the_site_of_the_body_decides_and_not_that_of_the_address(mallory_api: APIClient, farm: Site) -> None:
    answer = mallory_api.post("/api/v1/devices?site=elsewhere", {"site": "farm", "id": "spy", "name": "Spy"})
    assert answer.status_code == 404
    assert not Device.objects.exists()


def test_a_device_without_a_site_says_so(alice_api: APIClient) -> None:
    answer = alice_api.post("/api/v1/devices", {"id": "d0", "name": "x"})
    assert (answer.status_code, answer.json()["errors"].keys()) == (400, {"site"})


def test_the_list_holds_the_devices_of_ones_own_sites(alice_api: APIClient, probe: Device, elsewhere: Site) -> None:
    Device.objects.create(id="theirs", site=elsewhere, name="Theirs")
    series(probe)
    rows = alice_api.get("/api/v1/devices").json()
    assert [(row["id"], row["series_count"]) for row in rows] == [("probe", 1)]
    assert alice_api.get("/api/v1/devices?site=farm").json() == rows
    assert alice_api.get("/api/v1/devices?site=elsewhere").status_code == 404


def test_a_list_of_devices_costs_the_same_queries_however_long(
    alice_api: APIClient, farm: Site, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    zone = Zone.objects.create(site=farm, name="Kho")
    for n in range(20):
        series(Device.objects.create(id=f"d{n}", site=farm, zone=zone, name="x"))
    with django_assert_max_num_queries(8):
        assert len(alice_api.get("/api/v1/devices?site=farm").json()) == 20
    with django_assert_max_num_queries(8):
        assert len(alice_api.get("/api/v1/sites/farm/series").json()) == 20


def test_live_presence_is_shown_over_the_stored_columns(
    charlie_api: APIClient, probe: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    Device.objects.update(last_seen_ms=1, online=False)
    assert charlie_api.get("/api/v1/devices/probe").json()["last_seen_ms"] == 1
    selectors.presences.bind(Live())
    selectors.refused.bind(Live())
    shown = charlie_api.get("/api/v1/devices/probe").json()
    assert (shown["online"], shown["last_seen_ms"], shown["clock_skew_ms"]) == (True, 5, 400_000)
    assert (shown["protocol"], shown["rejected_count"]) == ("mqtt 5", 3)


def test_a_rotated_secret_replaces_the_old_one_and_tells_the_directory(
    alice_api: APIClient,
    probe: Device,
    heard: Heard,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        secret = alice_api.post("/api/v1/devices/probe/credentials").json()["secret"]
        assert heard.ids == [], "not before the commit"
    probe.refresh_from_db()
    assert probe.digest == hash_secret(secret) != hash_secret("old")
    assert heard.ids == ["probe"]


def test_a_revoked_device_has_no_credential_and_the_directory_is_told(
    alice_api: APIClient,
    probe: Device,
    heard: Heard,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        assert alice_api.delete("/api/v1/devices/probe/credentials").status_code == 204
    probe.refresh_from_db()
    assert probe.digest == ""
    assert heard.ids == ["probe"]
    assert alice_api.get("/api/v1/devices/probe").json()["has_credential"] is False


def test_making_and_deleting_a_device_tells_the_directory(
    alice_api: APIClient, heard: Heard, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        alice_api.post("/api/v1/devices", {"site": "farm", "id": "d0", "name": "x"})
    series(Device.objects.get())
    with django_capture_on_commit_callbacks(execute=True):
        assert alice_api.delete("/api/v1/devices/d0").status_code == 204
    assert heard.ids == ["d0", "d0"]
    assert not Series.objects.exists()


def test_a_device_is_renamed_moved_and_taken_out_of_its_zone(alice_api: APIClient, probe: Device) -> None:
    moved = alice_api.patch("/api/v1/devices/probe", {"name": "Đầu dò", "zone": "Kho"}).json()
    assert (moved["name"], moved["zone"]["name"], moved["version"]) == ("Đầu dò", "Kho", 2)
    out = alice_api.patch("/api/v1/devices/probe", {"zone": None}).json()
    assert (out["name"], out["zone"], out["version"]) == ("Đầu dò", None, 3)


@pytest.mark.parametrize("method", ["patch", "delete"])
def test_an_edit_of_an_older_version_of_a_device_is_refused(alice_api: APIClient, probe: Device, method: str) -> None:
    tag = alice_api.get("/api/v1/devices/probe")["ETag"]
    alice_api.patch("/api/v1/devices/probe", {"name": "Newer"}, HTTP_IF_MATCH=tag)
    answer = getattr(alice_api, method)("/api/v1/devices/probe", {"name": "Older"}, HTTP_IF_MATCH=tag)
    assert (answer.status_code, answer.json()["code"]) == (412, "conflict")
    assert Device.objects.get().name == "Newer"


def test_a_series_has_nothing_left_to_guess(charlie_api: APIClient, probe: Device) -> None:
    made = series(probe, interval_ms=5000)
    (row,) = charlie_api.get("/api/v1/sites/farm/series").json()
    assert row == {
        "id": made.pk,
        "site": "farm",
        "device": "probe",
        "device_name": "Probe",
        "zone": None,
        "metric": "temperature",
        "name": "Temperature",
        "name_repeats": False,
        "unit": "°C",
        "kind": "number",
        "freshness_seconds": 13,
        "interval_ms": 5000,
        "raw_days": 30,
        "tier_days": 366,
        "decimals": None,
        "on_word": "",
        "off_word": "",
        "own_name": "",
        "own_freshness_seconds": None,
        "version": 1,
    }


def test_the_name_of_a_metric_is_in_the_readers_language(charlie_api: APIClient, probe: Device) -> None:
    series(probe)
    charlie_api.patch("/api/v1/me", {"language": "vi"})
    assert charlie_api.get("/api/v1/sites/farm/series").json()[0]["name"] == "Nhiệt độ"


def test_a_page_in_another_language_than_the_accounts_gets_names_in_its_own(
    charlie_api: APIClient, probe: Device
) -> None:
    one = series(probe)
    charlie_api.patch("/api/v1/me", {"language": "vi"})
    english = {"Accept-Language": "en"}
    assert charlie_api.get("/api/v1/sites/farm/series", headers=english).json()[0]["name"] == "Temperature"
    assert charlie_api.get(f"/api/v1/series/{one.pk}", headers=english).json()["name"] == "Temperature"
    assert (
        charlie_api.get("/api/v1/sites/farm/search?q=temperature", headers=english).json()[0]["name"] == "Temperature"
    )


def test_a_series_takes_what_a_person_sets_and_goes_back(alice_api: APIClient, probe: Device) -> None:
    url = f"/api/v1/series/{series(probe).pk}"
    changed = alice_api.patch(url, {"name": "Kho lạnh", "freshness_seconds": 60, "raw_days": 7})
    assert changed.status_code == 200
    assert (changed.json()["name"], changed.json()["freshness_seconds"]) == ("Kho lạnh", 60)
    assert (changed.json()["raw_days"], changed["ETag"]) == (7, '"2"')
    back = alice_api.patch(url, {"name": "", "freshness_seconds": None}).json()
    assert (back["name"], back["freshness_seconds"]) == ("Temperature", 15)


@pytest.mark.parametrize("change", [{"raw_days": 0}, {"freshness_seconds": -1}, {"kind": "colour"}, {"unit": "x" * 21}])
def test_a_series_refuses_what_cannot_be(alice_api: APIClient, probe: Device, change: dict[str, Any]) -> None:
    answer = alice_api.patch(f"/api/v1/series/{series(probe).pk}", change)
    assert (answer.status_code, answer.json()["errors"].keys()) == (400, change.keys())


def test_a_series_that_a_person_calls_binary_is_told_to_the_data_path(
    alice_api: APIClient, probe: Device, heard: Heard, django_capture_on_commit_callbacks: Any
) -> None:
    url = f"/api/v1/series/{series(probe, 'gate').pk}"
    with django_capture_on_commit_callbacks(execute=True):
        assert alice_api.patch(url, {"kind": "binary"}).status_code == 200
    assert heard.ids == ["probe"]


def test_the_catalogue_says_of_each_metric_what_a_new_series_of_it_will_be(
    charlie_api: APIClient,
) -> None:
    answer = charlie_api.get("/api/v1/metrics")
    known = {each["metric"]: each for each in answer.json()}
    assert set(answer["Cache-Control"].split(", ")) == {"private", "max-age=3600"}
    assert known["gas"] == {"metric": "gas", "unit": "", "kind": "binary", "freshness_seconds": 120, "usual": False}
    assert known["relay"]["kind"] == "binary"
    assert known["temperature"]["unit"] == "°C"
    assert known["temperature"]["usual"] is True
    assert set(known) == set(METRICS)
