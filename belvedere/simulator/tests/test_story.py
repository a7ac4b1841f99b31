"""The demo's troubles cross their rules, the first within a minute, and are over before the round ends."""

from __future__ import annotations

import pytest

from belvedere.simulator.faults import apply
from belvedere.simulator.scenarios import coldstore
from belvedere.simulator.story import ROUND_SECONDS, RULES, list_troubles

BEGUN = 1_763_900_000.0
SCRIPTS = {device.id: device for device in coldstore().devices}


def _find_crossings(rule: dict[str, object], seconds: range) -> list[int]:
    """Seconds at which the rule's condition holds, its duration left out."""
    script = SCRIPTS[str(rule["device"])]
    faults = list_troubles(BEGUN).get(script.id, [])
    condition = rule["condition"]
    assert isinstance(condition, dict)
    held = []
    for second in seconds:
        sent = apply(faults, BEGUN + second, script.play(BEGUN + second))
        if sent is None:
            holds = condition["kind"] == "no_data"
        elif condition["kind"] == "above":
            holds = sent.values[str(rule["metric"])] > condition["level"]
        else:
            holds = condition["kind"] == "is_true" and sent.values[str(rule["metric"])] == 1
        if holds:
            held.append(second)
    return held


def test_something_worth_an_alert_happens_within_the_first_minute() -> None:
    held = _find_crossings(RULES[0], range(60))
    assert held[0] + 5 < 50
    assert len(held) > 10


@pytest.mark.parametrize("rule", RULES[:5], ids=lambda rule: rule["name"])
def test_each_trouble_outlasts_its_rule_and_is_over_before_the_next_round(
    rule: dict[str, object],
) -> None:
    held = _find_crossings(rule, range(int(ROUND_SECONDS)))
    condition = rule["condition"]
    assert isinstance(condition, dict)
    assert held[-1] - held[0] > condition["for_seconds"] + 15
    assert held[-1] < ROUND_SECONDS - 20
    again = range(int(ROUND_SECONDS), int(2 * ROUND_SECONDS))
    assert len(_find_crossings(rule, again)) == pytest.approx(len(held), rel=0.4)


def test_every_rule_names_a_device_and_metric_of_the_scenario() -> None:
    for rule in RULES:
        assert rule["metric"] in SCRIPTS[rule["device"]].play(BEGUN)
