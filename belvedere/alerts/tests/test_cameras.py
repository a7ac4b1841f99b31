"""What cameras do becomes alerts."""

from __future__ import annotations

import pytest

from belvedere.accounts.models import Site
from belvedere.alerts.cameras import REMOVED, CameraAlerts
from belvedere.alerts.models import Alert, AlertEvent
from belvedere.cameras.selectors import WantedCamera

pytestmark = pytest.mark.django_db(transaction=True)

T0 = 1_700_000_000_000


@pytest.fixture
def gate(farm: Site) -> WantedCamera:
    return WantedCamera("gate", "Gate", farm.pk, farm.slug, None, zone="Cổng", ever_live=False)


async def test_a_camera_that_stays_away_raises_one_alert_and_its_return_resolves_it(gate: WantedCamera) -> None:
    alerts = CameraAlerts()
    await alerts.camera_offline(gate, T0, "no_answer", "The camera does not answer.")
    await alerts.camera_offline(gate, T0, "no_answer", "The camera does not answer.")
    alert = await Alert.objects.aget()
    assert (alert.camera, alert.title, alert.state, alert.opened_ms) == ("gate", "Gate", "open", T0)
    assert alert.zone == "Cổng"
    assert alert.condition == {
        "kind": "camera_offline",
        "code": "no_answer",
        "reason": "The camera does not answer.",
        "never_live": True,
    }
    await alerts.camera_live(gate)
    await alert.arefresh_from_db()
    assert alert.state == "resolved"


async def test_the_alert_of_a_camera_that_is_deleted_ends_and_says_why(gate: WantedCamera) -> None:
    alerts = CameraAlerts()
    await alerts.camera_removed(gate)
    assert not await Alert.objects.aexists()
    await alerts.camera_offline(gate, T0, "", "")
    await alerts.camera_removed(gate)
    assert (await Alert.objects.aget()).state == "resolved"
    last = await AlertEvent.objects.alatest("pk")
    assert last.text == REMOVED
