"""Search over a site: without accents, the best first, only what the person may see, and kept while nothing changes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from belvedere.accounts.models import Site, User, Zone
from belvedere.alerts import search
from belvedere.alerts.models import Alert, AlertState
from belvedere.cameras.models import Camera
from belvedere.devices.models import Device, Series
from belvedere.devices.names import names_of
from belvedere.devices.site_cache import registry_number
from belvedere.rules.models import Rule

pytestmark = pytest.mark.django_db
URL = "/api/v1/sites/farm/search"


@pytest.fixture
def house(farm: Site) -> Device:
    cold = Zone.objects.create(site=farm, name="Kho lạnh 1", position=0)
    device = Device.objects.create(id="tu-1", site=farm, name="Tủ Đông", zone=cold)
    Series.objects.create(device=device, site=farm, metric="temperature")
    Series.objects.create(device=device, site=farm, metric="door", name="Cửa trước")
    Rule.objects.create(site=farm, name="Kho lạnh quá nóng", metric="temperature", condition={})
    Camera.objects.create(id="gate", site=farm, name="Cổng kho", url="rtsp://camera/1")
    return device


@pytest.fixture
def registry() -> Iterator[list[int]]:
    number = [1]
    search._names_by_kind.clear()
    names_of.clear()
    registry_number.bind(lambda _site_id: number[0])
    yield number
    registry_number.unbind()
    search._names_by_kind.clear()
    names_of.clear()


def raise_alert(site: Site, title: str, opened_ms: int, **fields: Any) -> Alert:
    return Alert.objects.create(
        site=site, title=title, subject=f"test:{opened_ms}", severity="critical", opened_ms=opened_ms, **fields
    )


def found(api: APIClient, query: str) -> list[tuple[str, str]]:
    answer = api.get(URL, {"q": query})
    assert answer.status_code == 200, answer.content
    return [(hit["kind"], hit["name"]) for hit in answer.json()]


def test_words_without_accents_find_every_kind_by_name_place_and_device(
    charlie_api: APIClient, farm: Site, house: Device
) -> None:
    raise_alert(farm, "Kho lạnh quá nóng", 1)
    assert found(charlie_api, "kho lanh") == [
        ("alert", "Kho lạnh quá nóng"),
        ("device", "Tủ Đông"),
        ("series", "Cửa trước"),
        ("series", "Temperature"),
        ("rule", "Kho lạnh quá nóng"),
    ]
    assert found(charlie_api, "TU DONG nhiet") == [("series", "Temperature")]
    assert found(charlie_api, "tu-1 door") == [("series", "Cửa trước")]
    assert found(charlie_api, "cong") == [("camera", "Cổng kho")]


@pytest.mark.parametrize(("language", "name"), [("vi", "Nhiệt độ"), ("en", "Temperature")])
def test_a_metric_is_found_in_both_languages_and_named_in_the_readers(
    alice_api: APIClient, alice: User, house: Device, language: str, name: str
) -> None:
    User.objects.filter(pk=alice.pk).update(language=language)
    assert ("series", name) in found(alice_api, "nhiet do")
    assert ("series", name) in found(alice_api, "temperat")


@pytest.mark.parametrize(("language", "name"), [("vi", "Rò nước"), ("en", "Water leak")])
def test_a_ready_rule_and_its_alerts_are_found_in_both_languages_and_named_in_the_readers(
    alice_api: APIClient, alice: User, farm: Site, language: str, name: str
) -> None:
    User.objects.filter(pk=alice.pk).update(language=language)
    ready = {"site": farm, "metric": "m0", "condition": {}}
    Rule.objects.create(name="Rò nước", name_code="water_leak", **ready)
    Rule.objects.create(name="Rò nước ở bếp", **ready)
    raise_alert(farm, "Rò nước", 1, title_code="water_leak")
    assert found(alice_api, "water leak") == [("alert", name), ("rule", name)]
    assert {*found(alice_api, "ro nuoc")} == {("alert", name), ("rule", name), ("rule", "Rò nước ở bếp")}
    listed = alice_api.get("/api/v1/alerts?site=farm&q=water").json()["results"]
    assert [alert["title_code"] for alert in listed] == ["water_leak"]


def test_what_begins_with_the_query_comes_before_what_has_it_within(charlie_api: APIClient, farm: Site) -> None:
    for key, name in (("a", "Máy bơm lạnh"), ("b", "Lạnh"), ("c", "Lạnh 2"), ("d", "Xlạnh")):
        Device.objects.create(id=key, site=farm, name=name)
    assert [name for _, name in found(charlie_api, "lanh")] == ["Lạnh", "Lạnh 2", "Máy bơm lạnh", "Xlạnh"]


@pytest.mark.parametrize(
    ("language", "series", "rules"),
    [
        ("vi", ["Motion 2", "Chuyển động"], ["Motion 2", "Có chuyển động"]),
        ("en", ["Motion", "Motion 2"], ["Motion", "Motion 2"]),
    ],
)
def test_names_are_ranked_and_ordered_as_their_reader_sees_them(
    alice_api: APIClient, alice: User, farm: Site, language: str, series: list[str], rules: list[str]
) -> None:
    User.objects.filter(pk=alice.pk).update(language=language)
    device = Device.objects.create(id="d", site=farm, name="Tủ")
    Series.objects.create(device=device, site=farm, metric="motion_2", name="Motion 2")
    Series.objects.create(device=device, site=farm, metric="motion")
    Rule.objects.create(site=farm, name="Motion 2", metric="m0", condition={})
    Rule.objects.create(site=farm, name="Có chuyển động", name_code="motion", metric="m0", condition={})
    hits = found(alice_api, "motion")
    assert [name for kind, name in hits if kind == "series"] == series
    assert [name for kind, name in hits if kind == "rule"] == rules


@pytest.mark.parametrize(
    ("language", "names"), [("vi", ["Điện áp", "Dòng điện", "Nhiệt độ"]), ("en", ["Current", "Temperature", "Voltage"])]
)
def test_the_series_of_a_device_stand_in_the_order_of_their_names_in_the_readers_language(
    alice_api: APIClient, alice: User, farm: Site, language: str, names: list[str]
) -> None:
    User.objects.filter(pk=alice.pk).update(language=language)
    device = Device.objects.create(id="d", site=farm, name="Tủ Đông")
    for metric in ("temperature", "voltage", "current"):
        Series.objects.create(device=device, site=farm, metric=metric)
    assert [name for kind, name in found(alice_api, "tu dong") if kind == "series"] == names


def test_the_newest_alerts_come_first_and_say_their_state(charlie_api: APIClient, farm: Site) -> None:
    for opened_ms in range(1, 11):
        raise_alert(
            farm, f"Nóng {opened_ms}", opened_ms, state=AlertState.RESOLVED if opened_ms < 9 else AlertState.OPEN
        )
    hits = charlie_api.get(URL, {"q": "nong"}).json()
    assert [hit["opened_ms"] for hit in hits] == [10, 9, 8, 7, 6, 5, 4, 3]
    assert [hit["state"] for hit in hits[:3]] == ["open", "open", "resolved"]


@pytest.mark.parametrize("query", ["", "   ", "\u0301"])
def test_nothing_asked_is_nothing_found(charlie_api: APIClient, house: Device, query: str) -> None:
    assert found(charlie_api, query) == []


def test_series_of_a_retired_device_are_not_found_but_the_device_is(charlie_api: APIClient, house: Device) -> None:
    Device.objects.update(retired_at=timezone.now())
    assert found(charlie_api, "tu dong") == [("device", "Tủ Đông")]


def test_of_another_site_nothing_is_found(
    charlie_api: APIClient, mallory_api: APIClient, house: Device, elsewhere: Site
) -> None:
    Device.objects.create(id="secret", site=elsewhere, name="Tủ Đông của người khác")
    assert found(charlie_api, "nguoi khac") == []
    assert mallory_api.get(URL, {"q": "tu"}).status_code == 404


def test_names_are_read_again_only_when_the_registry_changed(
    charlie: User,
    charlie_api: APIClient,
    farm: Site,
    house: Device,
    registry: list[int],
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    found(charlie_api, "tu dong")
    with django_assert_num_queries(1):
        search.find(farm, "tu dong", "vi", charlie)
    Device.objects.create(id="new", site=farm, name="Máy mới")
    assert found(charlie_api, "may moi") == []
    registry[0] += 1
    assert found(charlie_api, "may moi") == [("device", "Máy mới")]
