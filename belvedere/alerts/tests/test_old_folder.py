"""A data folder of an older version."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Migrate = Callable[[str, str], Callable[..., Any]]


def test_alerts_of_an_older_data_folder_keep_others_of_their_rule_out_while_open_and_have_one_span(
    migrate: Migrate,
) -> None:
    old = migrate("alerts", "0001_initial")
    site = old("accounts", "Site").objects.create(slug="farm", name="Farm")
    rule = old("rules", "Rule").objects.create(site=site, name="Hot", metric="temperature", condition={})
    of_rule = {"site": site, "rule": rule, "subject": "series:1", "opened_ms": 5}
    camera = {"site": site, "subject": "camera:gate", "opened_ms": 1}
    add = old("alerts", "Alert").objects.create
    resolved = {"state": "resolved", "resolved_ms": 9}
    for fields in (of_rule | resolved, of_rule | {"state": "acknowledged"}, camera, camera):
        add(**fields)
    new = migrate("alerts", "0002_alert_open_key")
    keys = list(new("alerts", "Alert").objects.order_by("id").values_list("open_key", flat=True))
    assert keys == [None, f"rule:{rule.pk}/series:1", None, f"site:{site.pk}/camera:gate"]
    new = migrate("alerts", "0003_spans_silences")
    spans = new("alerts", "Alert").objects.order_by("id").values_list("spans", flat=True)
    assert list(spans)[:2] == [[[5, 9]], [[5, None]]]


def test_alerts_of_an_older_data_folder_are_found_without_accents(migrate: Migrate) -> None:
    old = migrate("alerts", "0003_spans_silences")
    site = old("accounts", "Site").objects.create(slug="farm", name="Farm")
    old("alerts", "Alert").objects.create(
        site=site, title="Quá nóng", device_name="Nhiệt kế", zone="Kho Đông", metric="temperature", opened_ms=5
    )
    new = migrate("alerts", "0004_alert_words")
    words = new("alerts", "Alert").objects.get().words
    assert words == " qua nong nhiet ke kho dong temperature nhiet do temperature"


def test_alerts_of_ready_rules_of_an_older_data_folder_are_named_and_found_in_both_languages(migrate: Migrate) -> None:
    old = migrate("alerts", "0004_alert_words")
    site = old("accounts", "Site").objects.create(slug="farm", name="Farm")
    rule = {"site": site, "metric": "water_leak", "condition": {"kind": "is_true"}}
    # Renamed after the first of its alerts.
    ready = old("rules", "Rule").objects.create(name="Bể tràn", template="water_leak", **rule)
    own = old("rules", "Rule").objects.create(name="Rò nước", **rule)
    for by, title in ((ready, "Rò nước"), (ready, "Bể tràn"), (own, "Rò nước"), (None, "Rò nước")):
        old("alerts", "Alert").objects.create(site=site, rule=by, title=title, words=" x", opened_ms=5)
    new = migrate("alerts", "0005_alert_title_code")
    told = list(new("alerts", "Alert").objects.order_by("id").values_list("title_code", "words"))
    assert told == [("water_leak", " x water leak"), ("", " x"), ("", " x"), ("", " x")]
