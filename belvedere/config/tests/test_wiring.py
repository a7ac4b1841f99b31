"""The embedded program, put together and taken apart: what it must have saved, and what it must say."""

from __future__ import annotations

import asyncio
import base64
import json
import threading
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from rest_framework.test import APIClient

from belvedere.alerts.models import Alert
from belvedere.config.conftest import PATIENCE_SECONDS, Build, down
from belvedere.config.wiring.embedded import Embedded
from belvedere.devices.models import DeletedSeries, Device, Series
from belvedere.readings.store.sqlite.store import SqliteStore
from belvedere.registry.log import follower

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
async def probe(alice_api: APIClient) -> tuple[str, str]:
    """A device and its secret."""
    form = {"site": "farm", "id": "probe", "name": "Probe"}
    made = await sync_to_async(alice_api.post)("/api/v1/devices", form)
    return "probe", made.json()["secret"]


async def post(program: Embedded, probe: tuple[str, str], value: float) -> dict[str, Any]:
    """The answer to one reading by HTTP."""
    sent: list[dict[str, Any]] = []
    body = json.dumps({"temperature": value}).encode()

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    credentials = base64.b64encode(":".join(probe).encode())
    headers = [(b"authorization", b"Basic " + credentials), (b"content-length", b"%d" % len(body))]
    await program.ingest({"type": "http", "method": "POST", "headers": headers}, receive, send)
    return {"status": sent[0]["status"], **json.loads(sent[1]["body"])}


async def known_values(program: Embedded, site_id: int) -> list[float]:
    """What a dashboard would get from memory."""
    return [value for _ts, value in program.latest.state(site_id).values.values()]


async def test_after_a_restart_the_page_shows_what_was_there(build: Build, probe: tuple[str, str]) -> None:
    first = await build()
    assert (await post(first, probe, 21.5))["status"] == 200
    await down(first)
    second = await build()
    device = await Device.objects.aget(pk="probe")
    assert await known_values(second, device.site_id) == [21.5]
    await down(second)


async def test_a_stop_commits_what_waits_before_the_store_is_closed(
    build: Build, probe: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    program = await build()
    assert (await post(program, probe, 1.0))["status"] == 200
    busy, go_on = threading.Event(), threading.Event()

    def hold() -> None:
        busy.set()
        go_on.wait(PATIENCE_SECONDS)

    stop_worker = program.worker.stop

    def released(seconds: float) -> bool:
        go_on.set()
        return stop_worker(seconds)

    monkeypatch.setattr(program.worker, "stop", released)
    program.worker.errand(hold)
    await asyncio.to_thread(busy.wait, PATIENCE_SECONDS)
    waiting = asyncio.create_task(post(program, probe, 2.0))
    while not program.stream.pending:
        await asyncio.sleep(0.001)
    await program.stop()
    assert (await waiting)["stored"] == 1


async def test_a_stop_saves_who_was_there_and_how_often_they_report(build: Build, probe: tuple[str, str]) -> None:
    program = await build()
    assert (await post(program, probe, 1.0))["status"] == 200
    series = await Series.objects.aget()
    program.latest.note_interval(series.site_id, series.pk, 7_000)
    await down(program)
    assert (await Device.objects.aget(pk="probe")).last_seen_ms is not None
    assert (await Series.objects.aget()).interval_ms == 7_000
    again = await build()
    assert again.latest.intervals() == {series.pk: 7_000}
    await down(again)


async def test_a_part_that_fails_at_the_stop_does_not_keep_the_others_from_saving(
    build: Build, probe: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    program = await build()
    assert (await post(program, probe, 1.0))["status"] == 200

    stop = program.schedule.stop

    def fail(*_: Any) -> None:
        stop()
        raise ValueError("no")

    monkeypatch.setattr(program.schedule, "stop", fail)
    await down(program)
    again = await build()
    device = await Device.objects.aget(pk="probe")
    assert await known_values(again, device.site_id) == [1.0]
    await down(again)


async def test_jobs_run_often_enough(build: Build) -> None:
    program = await build()
    every = {job.name: job.every_seconds for job in program.schedule._jobs}
    assert every["presence"] <= 10, "a crash loses so much of who was last seen when"
    assert every["intervals"] <= 60
    assert every["sessions"] <= 24 * 3600
    assert every["checkpoint"] <= 60, "an alert has to wait for it otherwise"
    await down(program)


async def test_readiness_tells_which_part_does_not_work(build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    program = await build()
    assert program.condition.unready() == {}
    monkeypatch.setattr(type(program.drain), "failing", True)
    assert program.condition.unready().keys() == {"alerts"}
    program.stream.stalled = "The disk is full."
    assert program.condition.unready() == {
        "readings": "The disk is full.",
        "alerts": program.condition.unready()["alerts"],
    }
    program.stream.stalled = None
    await down(program)


async def test_a_restored_older_registry_deletes_no_readings_and_says_so(build: Build, probe: tuple[str, str]) -> None:
    program = await build()
    assert (await post(program, probe, 21.5))["status"] == 200
    series = (await Series.objects.aget()).pk
    assert isinstance(program.store, SqliteStore)
    await asyncio.wrap_future(program.worker.errand(program.store.flush.move_all))
    await down(program)
    await Series.objects.all().adelete()
    await DeletedSeries.objects.all().adelete()  # an older registry has neither the series nor a record of its end
    program = await build()
    while not program.store.remarks():
        await asyncio.sleep(0.01)
    assert "1 series that belvedere.db does not know" in program.condition.remarks()["series"]
    assert (await post(program, probe, 7.0))["status"] == 200
    assert (await Series.objects.aget()).pk > series, "the new series would show the readings of another"
    assert list(program.store.raw(series, 0, 1 << 60).values) == [21.5]
    await down(program)


async def test_a_damaged_store_is_told_and_the_rest_serves(build: Build, tmp_path: Path) -> None:
    (tmp_path / "readings.db").write_text("this is no database" * 1000)
    program = await build()
    while not program.drain.failing:  # it has met the damage too, and that is no second thing to tell
        await asyncio.sleep(0.01)
    assert program.condition.unready().keys() == {"readings"}
    assert "damaged" in program.condition.unready()["readings"]
    await down(program)


@pytest.mark.parametrize("by", ["this process", "another process"])
async def test_nothing_is_left_of_a_device_once_its_deletion_is_read(
    build: Build, probe: tuple[str, str], alice_api: APIClient, by: str
) -> None:
    program = await build()
    assert (await post(program, probe, 21.5))["status"] == 200
    assert (await post(program, probe, float("nan")))["rejected"]
    device = await Device.objects.aget(pk="probe")
    series = await Series.objects.aget()
    scope = {"site": "farm", "name": "Hot", "device": "probe", "metric": "temperature"}
    hot = scope | {"condition": {"kind": "above", "level": 50}}
    rule = (await sync_to_async(alice_api.post)("/api/v1/rules", hot, format="json")).json()["id"]
    assert program.book.get_rule(rule) is not None
    assert program.store.refused_counts(device.data_key)
    if by == "another process":
        follower.unbind()
    assert (await sync_to_async(alice_api.delete)("/api/v1/devices/probe")).status_code == 204
    async with asyncio.timeout(PATIENCE_SECONDS):
        while (
            program.directory.get("probe") is not None
            or program.book.get_rule(rule) is not None
            or program.presence.get("probe").last_seen_ms is not None
            or program.store.refused_counts(device.data_key)
            or await known_values(program, device.site_id)
        ):
            await asyncio.sleep(0.01)
    assert program.directory.site_of(series.pk) is None
    assert (await post(program, probe, 22.0))["status"] == 401
    await down(program)


async def test_the_first_value_of_a_new_metric_is_judged_by_the_rules_that_watch_it(
    build: Build, probe: tuple[str, str], alice_api: APIClient
) -> None:
    program = await build()
    hot = {"site": "farm", "name": "Hot", "metric": "temperature", "condition": {"kind": "above", "level": 35}}
    assert (await sync_to_async(alice_api.post)("/api/v1/rules", hot, format="json")).status_code == 201
    assert (await post(program, probe, 36.0))["status"] == 200
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await Alert.objects.filter(title="Hot").aexists():
            await asyncio.sleep(0.01)
    await down(program)
