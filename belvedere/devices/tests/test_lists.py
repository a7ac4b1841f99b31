"""The lists of devices and series: whole or by pages, the same rows as one by one, quick where there are many."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.renderers import JSONRenderer
from rest_framework.test import APIClient

from belvedere.accounts.models import Site, User, Zone
from belvedere.devices import selectors
from belvedere.devices.models import Device, Series
from belvedere.devices.names import names_of
from belvedere.devices.serializers import DeviceSerializer, SeriesSerializer
from belvedere.devices.site_cache import registry_number

pytestmark = pytest.mark.django_db
DEVICES, SERIES = "/api/v1/devices?site=farm", "/api/v1/sites/farm/series?"


@pytest.fixture
def cold(farm: Site) -> Zone:
    return Zone.objects.create(site=farm, name="Kho Đông", position=0)


@pytest.fixture
def house(farm: Site, cold: Zone) -> list[Device]:
    """Five devices of two series each; d0 and d1 stand in the cold room, d4 is retired."""
    devices = [
        Device(
            id=f"d{n}",
            site=farm,
            name=f"Tủ {n}",
            zone=cold if n < 2 else None,
            digest="x" * (n % 2),
            retired_at=timezone.now() if n == 4 else None,
        )
        for n in range(5)
    ]
    Device.objects.bulk_create(devices)
    for n, device in enumerate(devices):
        Series.objects.create(device=device, site=farm, metric="temperature", name="Dàn lạnh" if n == 3 else "")
        Series.objects.create(
            device=device, site=farm, metric="pump_on", kind="binary", interval_ms=n * 1000 or None, on_word="Chạy"
        )
    return devices


def follow(api: APIClient, address: str) -> tuple[list[list[Any]], list[Any]]:
    """The pages from here to the last, and all their rows."""
    pages, url = [], address
    while url:
        answer = api.get(url)
        assert answer.status_code == 200, answer.content
        pages.append(answer.json())
        link = re.fullmatch(r'<(.+)>; rel="next"', answer.headers.get("Link", ""))
        url = link[1] if link else ""
    return pages, [row for page in pages for row in page]


def test_a_row_of_a_list_is_what_the_serializer_makes_of_its_object(
    alice_api: APIClient, alice: User, house: list[Device]
) -> None:
    render = JSONRenderer().render
    rows = SeriesSerializer(
        selectors.series_in_use(house[0].site), many=True, context={"language": alice.language}
    ).data
    assert alice_api.get(SERIES).json() == json.loads(render(rows))
    devices = DeviceSerializer(selectors.devices_of(alice, None), many=True).data
    assert alice_api.get(DEVICES).json() == json.loads(render(devices))


@pytest.mark.parametrize("address", [DEVICES, SERIES])
def test_pages_hold_together_what_the_plain_call_gives_at_once(
    alice_api: APIClient, house: list[Device], address: str
) -> None:
    whole = alice_api.get(address)
    assert "Link" not in whole.headers
    pages, rows = follow(alice_api, f"{address}&limit=3")
    assert rows == whole.json()
    assert [len(page) for page in pages[:-1]] == [3] * (len(pages) - 1)
    assert 1 <= len(pages[-1]) <= 3


def test_pages_of_all_sites_of_a_person_follow_one_another(
    alice_api: APIClient, alice: User, house: list[Device], elsewhere: Site
) -> None:
    elsewhere.memberships.create(user=alice, role="viewer")
    Device.objects.create(id="a-first", site=elsewhere, name="First")
    _, rows = follow(alice_api, "/api/v1/devices?limit=2")
    assert [row["id"] for row in rows] == ["d0", "d1", "d2", "d3", "d4", "a-first"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=dan lanh", ["d3"]),
        ("q=KHO dong", ["d0", "d1"]),
        ("q=tu 2", ["d2"]),
        ("q=nothing", []),
        ("zone=none", ["d2", "d3"]),
        ("ids=1,999,x", None),
    ],
)
def test_series_are_found_by_words_place_and_id(
    alice_api: APIClient, house: list[Device], query: str, found: list[str] | None
) -> None:
    query = query.replace("ids=1", f"ids={Series.objects.earliest('id').pk}")
    rows = alice_api.get(SERIES + query).json()
    devices = list(dict.fromkeys(row["device"] for row in rows))
    assert devices == (["d0"] if found is None else found)
    _, paged = follow(alice_api, f"{SERIES}{query}&limit=1")
    assert paged == rows


def test_devices_are_found_by_words_place_and_id(alice_api: APIClient, house: list[Device], cold: Zone) -> None:
    def ids(query: str) -> list[str]:
        return [row["id"] for row in alice_api.get(f"{DEVICES}&{query}").json()]

    assert ids("q=tu") == ["d0", "d1", "d2", "d3", "d4"]
    assert ids(f"zone={cold.pk}&q=d1") == ["d1"]
    assert ids("ids=d3,d0,stranger") == ["d0", "d3"]


@pytest.mark.parametrize("query", ["limit=0", "limit=x", "limit=-1", "zone=x", "zone=0", "ids=" + "1," * 1000])
def test_what_cannot_be_read_is_refused(alice_api: APIClient, farm: Site, query: str) -> None:
    for address in (f"{DEVICES}&{query}", f"{SERIES}{query}"):
        answer = alice_api.get(address)
        assert (answer.status_code, list(answer.json()["errors"])) == (400, [query.partition("=")[0]])


def test_a_page_reads_no_more_rows_the_larger_the_site_is(
    alice_api: APIClient, farm: Site, django_assert_max_num_queries: Any
) -> None:
    Device.objects.bulk_create(Device(id=f"m{n}", site=farm, name="", data_key=f":{n}") for n in range(300))
    Series.objects.bulk_create(Series(device_id=f"m{n % 300}", site=farm, metric=f"x{n // 300}") for n in range(1_200))
    for address in (DEVICES, SERIES):
        with django_assert_max_num_queries(8):
            assert len(alice_api.get(f"{address}&limit=250").json()) == 250


def test_a_search_reads_only_the_rows_that_it_shows(alice_api: APIClient, farm: Site) -> None:
    Device.objects.bulk_create(Device(id=f"m{n}", site=farm, name=f"Máy {n}", data_key=f":{n}") for n in range(50))
    Series.objects.bulk_create(Series(device_id=f"m{n}", site=farm, metric="temperature") for n in range(50))
    registry_number.bind(lambda _site_id: 7)
    names_of.clear()
    alice_api.get(f"{SERIES}q=may 4&limit=3")
    with CaptureQueriesContext(connection) as caught:
        _, rows = follow(alice_api, f"{SERIES}q=may 4&limit=3")
    assert [row["device"] for row in rows] == [f"m{n}" for n in range(50) if "4" in str(n)]
    from_series = f"FROM {connection.ops.quote_name('devices_series')}"
    read = [query["sql"] for query in caught if from_series in query["sql"]]
    assert read
    assert all(" IN (" in sql for sql in read)
    names_of.clear()


def test_series_are_found_by_metric(alice_api: APIClient, house: list[Device]) -> None:
    rows = alice_api.get(f"{SERIES}metric=pump_on").json()
    assert [(row["device"], row["metric"]) for row in rows] == [(f"d{n}", "pump_on") for n in range(4)]
    found = alice_api.get(f"{SERIES}metric=temperature&q=kho dong").json()
    assert [row["device"] for row in found] == ["d0", "d1"]


def test_a_name_that_another_series_of_the_zone_has_is_said_to_repeat(
    alice_api: APIClient, house: list[Device], cold: Zone
) -> None:
    def repeating() -> set[str]:
        return {f"{row['device']} {row['metric']}" for row in alice_api.get(SERIES).json() if row["name_repeats"]}

    in_cold = {"d0 temperature", "d1 temperature", "d0 pump_on", "d1 pump_on"}
    assert repeating() == in_cold | {"d2 pump_on", "d3 pump_on"}
    Device.objects.filter(id="d1").update(retired_at=timezone.now())
    assert repeating() == {"d2 pump_on", "d3 pump_on"}
    own = Series.objects.get(device="d0", metric="temperature")
    assert alice_api.get(f"/api/v1/series/{own.pk}").json()["name_repeats"] is False
    Device.objects.filter(id="d1").update(retired_at=None)
    assert alice_api.get(f"/api/v1/series/{own.pk}").json()["name_repeats"] is True


def test_a_site_tells_what_is_measured_there(charlie_api: APIClient, house: list[Device]) -> None:
    Series.objects.filter(device="d3", metric="temperature").update(unit="°F")
    rows = charlie_api.get("/api/v1/sites/farm/metrics").json()
    assert rows == [
        {"metric": "pump_on", "unit": "", "kind": "binary", "series_count": 4},
        {"metric": "temperature", "unit": "°C", "kind": "number", "series_count": 3},
        {"metric": "temperature", "unit": "°F", "kind": "number", "series_count": 1},
    ]


def test_a_device_is_as_fresh_as_its_fastest_series(alice_api: APIClient, house: list[Device]) -> None:
    Series.objects.filter(device="d2", metric="pump_on").update(freshness_seconds=7)
    Device.objects.create(id="bare", site=house[0].site, name="Bare")
    budgets = {row["id"]: row["freshness_seconds"] for row in alice_api.get(DEVICES).json()}
    assert (budgets["d2"], budgets["bare"]) == (7, None)
    assert alice_api.get("/api/v1/devices/d2").json()["freshness_seconds"] == 7
