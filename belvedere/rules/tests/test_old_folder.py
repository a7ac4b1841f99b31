"""A data folder of an older version."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Migrate = Callable[[str, str], Callable[..., Any]]


def test_ready_rules_of_an_older_data_folder_have_a_code_unless_somebody_renamed_them(migrate: Migrate) -> None:
    old = migrate("rules", "0002_schedules")
    site = old("accounts", "Site").objects.create(slug="farm", name="Farm")
    for name, template in (("Rò nước", "water_leak"), ("Bể tràn", "water_leak"), ("Rò nước", "")):
        old("rules", "Rule").objects.create(
            site=site, name=name, template=template, metric="water_leak", condition={"kind": "is_true"}
        )
    new = migrate("rules", "0003_rule_name_code")
    assert list(new("rules", "Rule").objects.order_by("id").values_list("name_code", flat=True)) == [
        "water_leak",
        "",
        "",
    ]
