"""The cluster's scheduled jobs: beat says when, any worker runs them between two turns. So each must be quick."""

from __future__ import annotations

from django.core.management import call_command

from belvedere.accounts import audit, browsers
from belvedere.alerts import silences
from belvedere.config.schedule import Job
from belvedere.domain.times import now_ms
from belvedere.registry import log as registry_log


def _forget_expired_sessions() -> None:
    call_command("clearsessions")
    browsers.forget_ended()


JOBS: tuple[Job, ...] = (
    Job("sessions", 3_600.0, _forget_expired_sessions),
    Job("silences", 5.0, lambda: silences.apply_all(now_ms())),
    Job("audit", 3_600.0, audit.trim),
    Job("registry log", 3_600.0, registry_log.trim),
)
