"""Scripts are pure, believable and complete."""

from __future__ import annotations

from itertools import pairwise

import pytest

from belvedere.domain.metrics import BINARY_METRICS
from belvedere.simulator.faults import FAULTS, FaultChoice, apply, select_faults
from belvedere.simulator.scenarios import Scenario, coldstore, house, load

DAY = 1_763_900_000
SITES = [coldstore(), house(), load(20, 100)]


@pytest.mark.parametrize("site", SITES, ids=lambda site: site.name)
def test_the_same_seed_and_moment_give_the_same_values_in_any_order(site: Scenario) -> None:
    moments = [DAY + n * 977 for n in range(50)]
    for device in site.devices:
        forward = [device.play(t) for t in moments]
        assert [device.play(t) for t in reversed(moments)] == forward[::-1]


def test_another_seed_gives_other_values() -> None:
    first, second = coldstore(1).devices[0], coldstore(2).devices[0]
    assert [first.play(DAY + n * 60) for n in range(20)] != [second.play(DAY + n * 60) for n in range(20)]


@pytest.mark.parametrize("site", SITES, ids=lambda site: site.name)
def test_switches_are_0_or_1_and_each_device_always_sends_the_same_metrics(site: Scenario) -> None:
    for device in site.devices:
        metrics = device.play(DAY).keys()
        for n in range(200):
            values = device.play(DAY + n * 431)
            assert values.keys() == metrics
            assert all(value in (0.0, 1.0) for name, value in values.items() if name in BINARY_METRICS)


def test_a_calm_week_in_the_cold_store_stays_within_its_levels() -> None:
    by_id = {device.id: device for device in coldstore().devices}
    week = range(DAY, DAY + 7 * 86_400, 60)
    cold = [by_id["kho-lanh-1"].play(t)["temperature"] for t in week]
    assert 2 < min(cold) < 4 < max(cold) < 8
    frozen = [by_id["kho-dong"].play(t)["temperature"] for t in week]
    assert -20 < min(frozen) < max(frozen) < -16
    assert {by_id["cua-kho-lanh-1"].play(t)["door"] for t in week} == {0.0, 1.0}
    assert max(by_id["tu-dien"].play(t)["power"] for t in week) < 50
    assert max(by_id["so-che"].play(t)["nh3"] for t in week) < 25


def test_a_curve_has_no_steps_from_one_reading_to_the_next() -> None:
    play = house().devices[0].play
    values = [play(DAY + n * 5)["temperature"] for n in range(2000)]
    assert max(abs(a - b) for a, b in pairwise(values)) < 0.4


def test_the_load_adds_up_to_the_asked_rate() -> None:
    site = load(50, 200)
    assert sum(1 / device.interval_seconds for device in site.devices) == pytest.approx(200)


def test_each_fault_shows_within_ten_minutes_and_is_not_there_all_the_time_unless_it_is_the_clock() -> None:
    values = {"temperature": 20.0, "smoke": 0.0}
    for kind in FAULTS:
        faults = select_faults("d0", [FaultChoice.parse(kind)])
        sent = [apply(faults, DAY + n, values) for n in range(600)]
        changed = [s is None or s.ts_ms != (DAY + n) * 1000 or s.values != values for n, s in enumerate(sent)]
        if kind in ("leak", "motion"):  # these add a metric, which is 0 or 1
            changed = [s is not None and 1.0 in s.values.values() for s in sent]
        assert any(changed), kind
        assert all(changed) is (kind == "clock"), kind


def test_a_fault_named_for_one_device_leaves_the_others_alone() -> None:
    choice = FaultChoice.parse("smoke:bep")
    assert select_faults("phong-khach", [choice]) == []
    assert len(select_faults("bep", [choice])) == 1


def test_an_unknown_fault_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match="clock, gap, spike"):
        FaultChoice.parse("earthquake")
