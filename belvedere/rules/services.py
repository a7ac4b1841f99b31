"""Writing rules: `check_` validates, `do_` writes. What is deleted is logged by receivers.py."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from belvedere.accounts import audit
from belvedere.accounts.models import Site
from belvedere.accounts.services import lock_row
from belvedere.devices.models import Device, Series
from belvedere.domain.changes import ChangeKind
from belvedere.registry.log import append, append_each
from belvedere.rules.conditions import ConditionError, parse_condition, to_json
from belvedere.rules.models import Rule
from belvedere.rules.templates import TEMPLATES
from belvedere.web_api.problems import Problem


def check_condition(data: object) -> dict[str, Any]:
    """Validate a condition; gives its full JSON form. Raises 400 with the field."""
    try:
        return to_json(parse_condition(data))
    except ConditionError as error:
        raise _make_invalid(f"condition.{error.field}".rstrip("."), str(error)) from error


def check_scope(site: Site, metric: str, device_id: str | None, series_id: int | None) -> tuple[str, str | None]:
    """Validate what a rule watches; gives metric and device. Raises 400 for another site's, or a contradiction."""
    if series_id is not None:
        series = Series.objects.filter(pk=series_id, site=site).first()
        if series is None:
            raise _make_invalid("series", "This site has no such series.")
        if metric and metric != series.metric:
            sentence = f"This series measures {series.metric}: leave `metric` out, or give the same."
            raise _make_invalid("metric", sentence)
        if device_id is not None and device_id != series.device_id:
            sentence = "This series belongs to another device: leave `device` out, or give the same."
            raise _make_invalid("device", sentence)
        return series.metric, series.device_id
    if not metric:
        raise _make_invalid("metric", "Say which metric, or which series.")
    if device_id is not None and not Device.objects.filter(pk=device_id, site=site).exists():
        raise _make_invalid("device", "This site has no such device.")
    return metric, device_id


def lock_rule(rule_id: int) -> Rule:
    """Lock the rule's row until the end of the transaction. Raises Http404 where it was deleted meanwhile."""
    return lock_row(Rule.objects.all(), rule_id)


def do_create_rule(site: Site, fields: dict[str, Any]) -> Rule:
    """A new rule of these fields."""
    return _save(Rule(site=site, metric=""), {"condition": None, **fields})


def do_save_rule(rule: Rule, changes: dict[str, Any]) -> Rule:
    """Change the rule, checked as a whole; it becomes a new version."""
    rule.version += 1
    return _save(rule, changes)


@transaction.atomic
def _save(rule: Rule, changes: dict[str, Any]) -> Rule:
    if changes.get("series_id") is not None:
        # Another series brings its own metric and device, unless they were given as well.
        changes = {"metric": "", "device_id": None, **changes}
    if changes.get("name", rule.name) != rule.name:
        rule.name_code = ""
    for field in ("name", "severity", "enabled", "metric", "device_id", "series_id", "schedule", "applies"):
        if field in changes:
            setattr(rule, field, changes[field])
    if "condition" in changes:
        rule.condition = check_condition(changes["condition"])
    rule.metric, rule.device_id = check_scope(rule.site, rule.metric, rule.device_id, rule.series_id)
    done = "rule.created" if rule.pk is None else "rule.changed"
    rule.save()
    _record(done, rule, fields=sorted(changes))
    append(ChangeKind.RULE, rule.pk, site_id=rule.site_id)
    return rule


def do_delete_rule(rule: Rule) -> None:
    """A locked rule is gone; its open alerts are resolved."""
    _record("rule.deleted", rule)
    rule.delete()


@transaction.atomic
def do_create_templates(site: Site) -> None:
    """The ready rules of a new site."""
    made = [
        Rule.objects.create(
            site=site,
            name=template.name,
            name_code=template.key,
            metric=template.metric,
            severity=template.severity,
            condition=to_json(template.condition),
            enabled=False,
            template=template.key,
        )
        for template in TEMPLATES
    ]
    append_each(ChangeKind.RULE, [rule.pk for rule in made], site_id=site.pk)


def _record(kind: str, rule: Rule, **data: audit.Detail) -> None:
    if rule.name_code:
        data["name_code"] = rule.name_code
    audit.record(kind, rule.name, site_id=rule.site_id, who=None, id=rule.pk, **data)


def _make_invalid(field: str, sentence: str) -> Problem:
    return Problem(400, "invalid", "Some of what was sent cannot be used.", errors={field: [sentence]})
