"""The cluster's scheduled jobs: beat says when, any worker runs them between two turns. So each must be quick."""

from __future__ import annotations

import structlog
from django.conf import settings
from django.core.management import call_command
from redis import RedisError

from belvedere.accounts import audit, browsers
from belvedere.alerts import silences
from belvedere.config.clock import clock
from belvedere.config.redis_clients import connect
from belvedere.config.schedule import Job
from belvedere.devices import intervals
from belvedere.domain.times import now_ms
from belvedere.readings.latest.redis.reader import read_intervals
from belvedere.registry import log as registry_log

log = structlog.get_logger(__name__)


def _forget_expired_sessions() -> None:
    if clock().believed():
        call_command("clearsessions")
        browsers.forget_ended()


def _trim_audit() -> None:
    if clock().believed():
        audit.trim()


def save_intervals() -> None:
    """Keep how often each series reports, as Redis has learned it: budgets of freshness follow it."""
    try:
        observed = read_intervals(connect(settings.ENV.redis))
    except RedisError as error:
        log.warning("intervals_not_read", reason=str(error))
        return
    intervals.save_intervals(observed)


JOBS: tuple[Job, ...] = (
    Job("sessions", 3_600.0, _forget_expired_sessions),
    Job("intervals", 60.0, save_intervals),
    Job("silences", 5.0, lambda: silences.apply_all(now_ms())),
    Job("audit", 3_600.0, _trim_audit),
    Job("registry log", 3_600.0, registry_log.trim),
)
