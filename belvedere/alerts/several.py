"""Does one thing to many alerts of a site, in few transactions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from django.db import transaction

from belvedere.accounts.models import Site
from belvedere.alerts.log import PEOPLE, LogWriter, open_log
from belvedere.alerts.models import Alert
from belvedere.web_api.problems import Problem

MOST = 500
AT_ONCE = 100  # so that nobody waits for the site's log longer than ~0.1 s

Act = Callable[[LogWriter, Alert], None]


class Outcome(NamedTuple):
    """What became of one of them. code: "done", "not_found", or that of the problem. alert: as it is now, if it is."""

    id: int
    code: str
    alert: Alert | None


def do_several(site: Site, ids: Sequence[int], act: Act) -> list[Outcome]:
    """Each by itself: one that cannot be done does not keep the others from it."""
    ids = list(dict.fromkeys(ids))
    return [outcome for at in range(0, len(ids), AT_ONCE) for outcome in _do_some(site, ids[at : at + AT_ONCE], act)]


@transaction.atomic
def _do_some(site: Site, ids: Sequence[int], act: Act) -> list[Outcome]:
    with open_log(site.pk) as log:
        found = Alert.objects.select_related("site", *PEOPLE).filter(site=site).in_bulk(ids)
        return [_do_one(log, alert_id, found.get(alert_id), act) for alert_id in ids]


def _do_one(log: LogWriter, alert_id: int, alert: Alert | None, act: Act) -> Outcome:
    if alert is None:
        return Outcome(alert_id, "not_found", None)
    try:
        act(log, alert)
    except Problem as problem:
        return Outcome(alert_id, problem.code, alert)
    return Outcome(alert_id, "done", alert)
