"""What Redis learns of reporting intervals is kept with the series, as the embedded product keeps it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from belvedere.accounts.models import Site
from belvedere.config.redis_clients import connect
from belvedere.config.wiring.jobs import save_intervals
from belvedere.devices.models import Device, Series
from belvedere.readings.latest.redis.writer import RedisLatestWriter
from tests.cluster.redis import RedisServer, is_installed

pytestmark = [pytest.mark.django_db, pytest.mark.skipif(not is_installed(), reason="needs Debian's redis-server")]


def test_a_job_saves_the_intervals_and_waits_while_redis_is_away(tmp_path: Path, settings: Any) -> None:
    server = RedisServer(tmp_path)
    settings.ENV = replace(settings.ENV, redis=server.url)
    site = Site.objects.create(slug="farm", name="Farm", timezone="UTC")
    device = Device.objects.create(id="freezer", site=site, name="Freezer")
    series = Series.objects.create(device=device, site=site, metric="temperature")
    writer = RedisLatestWriter(connect(server.url), 0)
    for step in range(3):
        writer.moved(site.pk, series.pk, step * 60_000, 1.0)
        values = [(site.pk, series.pk, step * 60_000, 1.0)]
        writer.flush(step, values.copy)
    save_intervals()
    series.refresh_from_db()
    assert series.interval_ms == 60_000
    server.kill()
    save_intervals()
    series.refresh_from_db()
    assert series.interval_ms == 60_000
    server.stop()
