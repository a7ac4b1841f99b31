"""A data folder of an older version."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor


def migrate(name: str) -> Callable[..., Any]:
    """Take the alert tables to this migration; gives the models as they were then."""
    executor = MigrationExecutor(connection)
    executor.migrate([("alerts", name)])
    get_model: Callable[..., Any] = executor.loader.project_state([("alerts", name)]).apps.get_model
    return get_model


@pytest.mark.django_db(transaction=True)
def test_open_alerts_of_an_older_data_folder_keep_others_of_their_rule_out() -> None:
    latest = MigrationExecutor(connection).loader.graph.leaf_nodes("alerts")[0][1]
    try:
        old = migrate("0001_initial")
        site = old("accounts", "Site").objects.create(slug="farm", name="Farm")
        rule = old("rules", "Rule").objects.create(site=site, name="Hot", metric="temperature", condition={})
        of_rule = {"site": site, "rule": rule, "subject": "series:1", "opened_ms": 1}
        camera = {"site": site, "subject": "camera:gate", "opened_ms": 1}
        add = old("alerts", "Alert").objects.create
        for fields in (of_rule | {"state": "resolved"}, of_rule | {"state": "acknowledged"}, camera, camera):
            add(**fields)
        new = migrate("0002_alert_open_key")
        keys = list(new("alerts", "Alert").objects.order_by("id").values_list("open_key", flat=True))
        assert keys == [None, f"rule:{rule.pk}/series:1", None, f"site:{site.pk}/camera:gate"]
    finally:
        migrate(latest)


@pytest.mark.django_db(transaction=True)
def test_alerts_of_an_older_data_folder_have_one_span() -> None:
    latest = MigrationExecutor(connection).loader.graph.leaf_nodes("alerts")[0][1]
    try:
        old = migrate("0002_alert_open_key")
        site = old("accounts", "Site").objects.create(slug="farm", name="Farm")
        for subject, resolved_ms in (("series:1", 9), ("series:2", None)):
            old("alerts", "Alert").objects.create(site=site, subject=subject, opened_ms=5, resolved_ms=resolved_ms)
        new = migrate("0003_spans_silences")
        assert list(new("alerts", "Alert").objects.order_by("id").values_list("spans", flat=True)) == [
            [[5, 9]],
            [[5, None]],
        ]
    finally:
        migrate(latest)
