"""Makes, ends and applies silences.

While a silence covers an alert, the alert has `silenced_until_ms`. A new one gets it when it is raised; `apply` brings
those that are open up to date, when a silence is made or ended and, by the schedule, when one begins or ends by
itself. Each such change is an entry of the log, from which pages and notifiers learn what is still open when a silence
ends.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import transaction

from belvedere.accounts import audit
from belvedere.accounts.models import Site, User
from belvedere.alerts import sql
from belvedere.alerts.log import PEOPLE, open_log
from belvedere.alerts.models import Alert, AlertState, EventKind, Silence
from belvedere.alerts.services import check_move, locked_alert
from belvedere.alerts.silencing import Subject, find_end
from belvedere.alerts.transitions import Move
from belvedere.cameras.models import Camera
from belvedere.web_api.problems import Problem

LONGEST_MS = 366 * 86_400_000
ACTIVE = (AlertState.OPEN, AlertState.ACKNOWLEDGED)


def check_time(from_ms: int, to_ms: int, now_ms: int) -> None:
    """A silence ends after it begins, after now, and within a year. Raises 400."""
    if to_ms <= max(from_ms, now_ms):
        raise _make_invalid("to_ms", "A silence has to end after it begins, and after now.")
    if to_ms - from_ms > LONGEST_MS:
        raise _make_invalid("to_ms", "A silence may last a year at most.")


def do_silence(site: Site, person: User, fields: dict[str, Any], now_ms: int) -> Silence:
    """A new silence of these fields, and the alerts that it covers."""
    check_time(fields["from_ms"], fields["to_ms"], now_ms)
    with transaction.atomic():
        silence = Silence.objects.create(site=site, made_by=person, made_ms=now_ms, **fields)
        apply(site.pk, now_ms, person, silence.reason)
        _record("silence.created", silence, reason=silence.reason, until_ms=silence.to_ms)
    return silence


def do_silence_alert(alert_id: int, person: User, to_ms: int, reason: str, now_ms: int) -> Alert:
    """Silence the rule of this alert on its series, or its camera. Raises 409 where it has ended."""
    with locked_alert(alert_id) as (_, alert):
        check_move(alert, Move.RESOLVE)
        fields = {"rule": alert.rule, "series": alert.series, "camera": alert.camera, "reason": reason}
        do_silence(alert.site, person, {**fields, "from_ms": now_ms, "to_ms": to_ms}, now_ms)
    return Alert.objects.select_related("site", *PEOPLE).get(pk=alert_id)


def do_end(silence: Silence, person: User, now_ms: int) -> Silence:
    """End it before its time. One that is over stays as it was."""
    with transaction.atomic():
        ended = Silence.objects.filter(pk=silence.pk, to_ms__gt=now_ms)
        if ended.update(to_ms=now_ms, ended_by=person):
            apply(silence.site_id, now_ms, person)
            _record("silence.ended", silence)
    silence.refresh_from_db()
    return silence


def apply(site_id: int, now_ms: int, person: User | None = None, reason: str = "") -> int:
    """Bring the marks of a site's active alerts up to date. Returns how many changed."""
    with transaction.atomic(), open_log(site_id) as log:
        wanted = _find_changes(site_id, now_ms)
        for alert in Alert.objects.filter(pk__in=wanted).select_related(*PEOPLE).order_by("id"):
            alert.silenced_until_ms = wanted[alert.pk]
            kind = EventKind.UNSILENCED if alert.silenced_until_ms is None else EventKind.SILENCED
            log.add(alert, kind, now_ms, actor=person, text=reason)
    return len(wanted)


def apply_all(now_ms: int) -> None:
    """For the schedule: silences that began or ended since. Locks only where something is to be changed."""
    for site_id in _sites_with_silences(now_ms):
        if _find_changes(site_id, now_ms):
            apply(site_id, now_ms)


def _sites_with_silences(now_ms: int) -> set[int]:
    marked = Alert.objects.filter(silenced_until_ms__isnull=False, state__in=ACTIVE).values_list("site_id", flat=True)
    holding = Silence.objects.filter(from_ms__lte=now_ms, to_ms__gt=now_ms).values_list("site_id", flat=True)
    return {*marked.distinct(), *holding.distinct()}


def _find_changes(site_id: int, now_ms: int) -> dict[int, int | None]:
    """Alert -> what its mark should be, where it is something else."""
    silences = sql.load_silences([site_id], now_ms)
    alerts = Alert.objects.filter(site_id=site_id, state__in=ACTIVE)
    if not silences:
        alerts = alerts.filter(silenced_until_ms__isnull=False)
    zones = dict(Camera.objects.filter(site_id=site_id, zone__isnull=False).values_list("id", "zone_id"))
    rows = alerts.values_list(
        "id", "silenced_until_ms", "rule_id", "series_id", "device_id", "device__zone_id", "camera"
    )
    changes = {}
    for alert_id, mark, rule_id, series_id, device_id, device_zone, camera in rows:
        zone_id = zones.get(camera) if camera else device_zone
        end = find_end(silences, Subject(site_id, rule_id, series_id, device_id, zone_id, camera))
        if end != mark:
            changes[alert_id] = end
    return changes


def silences_of(sites: Iterable[Site], now_ms: int | None) -> Any:
    """Those that are not over, soonest end first; with None all, newest first."""
    related = ("site", "made_by", "ended_by", "rule", "device", "zone", "series__device")
    found = Silence.objects.filter(site__in=sites).select_related(*related)
    if now_ms is None:
        return found.order_by("-id")
    return found.filter(to_ms__gt=now_ms).order_by("to_ms", "id")


def _record(kind: str, silence: Silence, **data: audit.Detail) -> None:
    """What it covers, by the names that people gave. The page has words for the others: a series goes by the code of
    its metric, in `metric`, a ready rule by that of its name, in `name_code`.
    """
    device = silence.device or (silence.series.device if silence.series else None)
    camera = Camera.objects.filter(pk=silence.camera).first() if silence.camera else None
    rule = silence.rule
    if rule and rule.name_code:
        data["name_code"], rule = rule.name_code, None
    things = (rule, device, silence.zone, camera, silence.series)
    named = [thing.name for thing in things if thing is not None]
    if silence.series and not silence.series.name:
        data["metric"] = silence.series.metric
    subject = " · ".join(filter(None, named if named or "name_code" in data else [silence.site.name]))
    audit.record(kind, subject, site_id=silence.site_id, who=None, id=silence.pk, **data)


def _make_invalid(field: str, sentence: str) -> Problem:
    return Problem(400, "invalid", sentence, errors={field: [sentence]})
