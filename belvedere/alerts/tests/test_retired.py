"""Alerts of a device that was taken out of use."""

from __future__ import annotations

import pytest
from rest_framework.test import APIClient

from belvedere.alerts.models import Alert
from belvedere.alerts.tests.conftest import Transition
from belvedere.devices.models import Series

pytestmark = pytest.mark.django_db


def retire(api: APIClient, series: Series) -> None:
    assert api.patch(f"/api/v1/devices/{series.device_id}", {"retired": True}).status_code == 200


def test_what_is_open_ends_when_its_device_is_retired(
    alice_api: APIClient, happens: Transition, thermometer: Series
) -> None:
    happens(1, "opened", 36.0)
    retire(alice_api, thermometer)
    alert = Alert.objects.get()
    assert (alert.state, alert.events.latest("seq").text) == ("resolved", "The device was retired.")


def test_what_was_on_its_way_opens_nothing_any_more(
    alice_api: APIClient, happens: Transition, thermometer: Series
) -> None:
    retire(alice_api, thermometer)
    happens(1, "opened", 36.0)
    assert not Alert.objects.exists()
