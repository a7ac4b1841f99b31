"""What a list of alerts can be asked for."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from rest_framework.test import APIClient

from belvedere.accounts.models import Site, User, Zone
from belvedere.alerts import services
from belvedere.alerts.models import Alert
from belvedere.alerts.tests.conftest import T0, Transition
from belvedere.cameras.models import Camera
from belvedere.devices.models import Series
from belvedere.rules.models import Rule

pytestmark = pytest.mark.django_db

Find = Callable[[str], list[str]]


@pytest.fixture
def find(happens: Transition, farm: Site, bob_api: APIClient) -> Find:
    """The titles that a query gives, of an alert of a thermometer (over) and one of a camera (open)."""
    zone = Zone.objects.create(site=farm, name="Cổng")
    Camera.objects.create(id="gate", site=farm, zone=zone, name="Gate", url="rtsp://camera.example/1")
    happens(0, "opened", 36.0)
    happens(10, "resolved", 33.0)
    services.open_subject(farm.pk, "camera:gate", "Gate", "warning", {"kind": "camera_offline"}, T0 + 20_000)
    return lambda query: [
        alert["title"] for alert in bob_api.get(f"/api/v1/alerts?site=farm&{query}").json()["results"]
    ]


def test_by_severity_rule_device_and_zone(find: Find, hot: Rule, thermometer: Series) -> None:
    assert find("severity=critical") == ["Nóng"]
    assert find("severity=warning") == ["Gate"]
    assert find(f"rule={hot.pk}") == ["Nóng"]
    assert find("device=d0") == ["Nóng"]
    assert find(f"zone={thermometer.device.zone_id}") == ["Nóng"]
    assert find(f"zone={Zone.objects.get(name='Cổng').pk}") == ["Gate"]


def test_by_the_time_in_which_it_was_raised(find: Find) -> None:
    assert find(f"from={T0 + 11_000}") == ["Gate"]
    assert find(f"to={T0 + 11_000}") == ["Nóng"]
    assert find(f"from={T0 + 5_000}&to={T0 + 30_000}") == ["Gate", "Nóng"]


@pytest.mark.parametrize("text", ["nóng", "NONG", "nhiet ke", "chuồng", "chuong nong", "temper", "nhiet do"])
def test_by_words_of_it_whatever_their_case_and_accents(find: Find, text: str) -> None:
    assert find(f"q={text}") == ["Nóng"]


def test_by_who_takes_care_of_it(find: Find, bob: User, bob_api: APIClient) -> None:
    assert find("assigned=me") == []
    gate = Alert.objects.get(camera="gate")
    assert bob_api.post(f"/api/v1/alerts/{gate.pk}/assign", {"user": "bob"}).status_code == 200
    assert find("assigned=me") == find("assigned=bob") == ["Gate"]
    assert find("assigned=alice") == []


def test_what_is_no_choice_is_refused(find: Find, bob_api: APIClient) -> None:
    for query in ("severity=bad", "zone=x", "from=-1"):
        assert bob_api.get(f"/api/v1/alerts?site=farm&{query}").status_code == 400
