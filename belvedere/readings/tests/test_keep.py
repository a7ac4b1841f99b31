"""How long each series is kept comes from its own row."""

import pytest

from belvedere.accounts.models import Site
from belvedere.devices.models import Device, Series
from belvedere.readings.selectors import keep_by_series
from belvedere.readings.store.port import Keep


@pytest.mark.django_db
def test_readings_and_tiers_of_a_series_are_kept_for_the_days_that_its_row_names(farm: Site) -> None:
    device = Device.objects.create(id="probe", site=farm, name="Probe")
    series = [
        Series.objects.create(site=farm, device=device, metric=metric, raw_days=raw, tier_days=tier)
        for metric, raw, tier in (("temperature", 7, 100), ("humidity", 30, 366))
    ]
    assert keep_by_series() == {
        series[0].id: Keep(raw_days=7, tier_days=100),
        series[1].id: Keep(raw_days=30, tier_days=366),
    }
