"""How often series report, as it is written to the registry."""

from __future__ import annotations

import pytest

from belvedere.accounts.models import Site
from belvedere.devices import intervals
from belvedere.devices.intervals import known_intervals, save_intervals
from belvedere.devices.models import Device, Series

pytestmark = pytest.mark.django_db


@pytest.fixture
def series() -> list[int]:
    """Ids of seven."""
    site = Site.objects.create(slug="farm", name="Farm", timezone="UTC")
    device = Device.objects.create(id="freezer", site=site, name="Freezer")
    return [Series.objects.create(device=device, site=site, metric=f"m{n}").pk for n in range(7)]


def known() -> dict[int, int]:
    return {one: interval for one, _, interval in known_intervals()}


def test_each_series_gets_its_own_however_many_a_statement_holds(
    series: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intervals, "SERIES_A_QUERY", 5)
    monkeypatch.setattr(intervals, "SERIES_A_STATEMENT", 2)
    observed = {one: 1_000 * n for n, one in enumerate(series[:6], 1)}
    save_intervals({**observed, 999_999: 5_000})
    assert known() == observed, "and none of a series that is gone"


def test_what_has_moved_by_less_than_a_fifth_is_left_as_it_is(series: list[int]) -> None:
    one, other = series[:2]
    save_intervals({one: 10_000, other: 10_000})
    save_intervals({one: 11_900, other: 12_100})
    assert known() == {one: 10_000, other: 12_100}
