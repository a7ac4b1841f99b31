"""What beat sends, and in which order a worker reads its queues. On a real Redis."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from celery.contrib.testing.worker import start_worker
from celery.signals import task_received
from django.db import connection

from belvedere.config.celery import ADVANCE, MOST_WAITING, QUEUE, BoundedScheduler, add_tasks, make_app, schedule_beat
from belvedere.config.pulse import KEPT_SECONDS, KEY, Pulse, read_pulse
from belvedere.config.redis_clients import connect
from belvedere.config.wiring.cluster import make_name
from tests.cluster.redis import RedisServer, is_installed
from tests.cluster.silence import run_proxy

pytestmark = pytest.mark.skipif(not is_installed(), reason="needs redis-server")


PATIENCE_SECONDS = 60.0
RESUME_SECONDS = 30.0


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisServer]:
    running = RedisServer(tmp_path)
    yield running
    running.stop()


@pytest.fixture
def app(server: RedisServer) -> Iterator[Any]:
    made = make_app(server.url)
    schedule_beat(made, slots=2, every_seconds={})
    yield made
    made.close()


def test_a_worker_reads_what_beat_sends_before_its_own_successors(app: Any) -> None:
    own = make_name("worker")
    with app.connection_for_write() as broker:
        channel = broker.channel()
        for queue in (own, QUEUE):
            channel.basic_consume(queue, no_ack=True, callback=None, consumer_tag=queue)
        for _ in range(5):
            assert channel._queue_cycle.consume(2) == [QUEUE, own]
            channel._queue_cycle.rotate(QUEUE)


def test_beat_fills_no_queue_that_nobody_reads(app: Any) -> None:
    beat = BoundedScheduler(app=app, lazy=True)
    beat.setup_schedule()
    waiting = redis.Redis.from_url(app.conf.broker_url)
    for _ in range(MOST_WAITING):
        for entry in beat.schedule.values():
            beat.apply_entry(entry, producer=beat.producer)
    assert waiting.llen(QUEUE) == MOST_WAITING
    waiting.delete(QUEUE)
    beat.apply_entry(next(iter(beat.schedule.values())), producer=beat.producer)
    assert waiting.llen(QUEUE) == 1


def test_whoever_asks_redis_knows_when_beat_last_did_what_was_due(app: Any, server: RedisServer) -> None:
    client, now = connect(server.url), [100.0]
    pulse = Pulse(client, monotonic=lambda: now[0])
    beat = BoundedScheduler(app=app, lazy=True, note=pulse.note)
    beat.setup_schedule()
    entry = next(iter(beat.schedule.values()))
    assert read_pulse(client) is None
    beat.apply_entry(entry, producer=beat.producer)
    assert read_pulse(client) == pytest.approx(0, abs=PATIENCE_SECONDS)
    client.expire(KEY, KEPT_SECONDS - 240)
    now[0] += 240
    assert read_pulse(client) == pytest.approx(240, abs=PATIENCE_SECONDS)
    assert pulse.silent_seconds == 240
    for _ in range(MOST_WAITING):
        client.lpush(QUEUE, "task")
    beat.apply_entry(entry, producer=beat.producer)
    assert client.llen(QUEUE) == MOST_WAITING + 1, "nothing is sent where enough waits: that is no fault of beat"
    assert read_pulse(client) == pytest.approx(0, abs=PATIENCE_SECONDS)
    assert pulse.silent_seconds == 0


def test_a_beat_that_reaches_nobody_falls_silent(app: Any, server: RedisServer) -> None:
    now = [100.0]
    pulse = Pulse(connect(server.url), monotonic=lambda: now[0])
    beat = BoundedScheduler(app=app, lazy=True, note=pulse.note)
    beat.setup_schedule()
    producer = beat.producer
    server.kill()
    app.conf.task_publish_retry = False
    now[0] += 7
    beat.apply_entry(next(iter(beat.schedule.values())), producer=producer)
    assert pulse.silent_seconds == 7


def test_beat_goes_on_where_its_connection_fell_silent(server: RedisServer) -> None:
    waiting = redis.Redis.from_url(server.url)
    with run_proxy(server.port) as proxy:
        app = make_app(f"redis://127.0.0.1:{proxy.port}/0")
        schedule_beat(app, slots=1, every_seconds={})
        beat = BoundedScheduler(app=app)

        def send() -> None:
            while not waiting.llen(QUEUE):
                time.sleep(max(0.0, min(beat.tick(), 0.1)))

        send()
        proxy.silence()
        waiting.delete(QUEUE)
        begun = time.monotonic()
        ticking = threading.Thread(target=send, daemon=True)
        ticking.start()
        ticking.join(PATIENCE_SECONDS)
        assert waiting.llen(QUEUE) == 1
        assert time.monotonic() - begun < RESUME_SECONDS
        app.close()


def test_a_worker_hears_of_tasks_after_redis_went_away_before_it_could_acknowledge_one(
    app: Any, server: RedisServer
) -> None:
    heard = threading.Event()

    @app.task(name="tests.hear")  # type: ignore[untyped-decorator]  # Celery has no types
    def hear() -> None:
        heard.set()

    def kill(**_: object) -> None:
        server.kill()

    task_received.connect(kill)  # before the message is acknowledged
    try:
        with start_worker(app, pool="solo", perform_ping_check=False, shutdown_timeout=PATIENCE_SECONDS):
            hear.delay()
            assert heard.wait(PATIENCE_SECONDS)
            task_received.disconnect(kill)
            heard.clear()
            server.start()
            hear.delay()
            assert heard.wait(PATIENCE_SECONDS), "the worker is deaf"
    finally:
        task_received.disconnect(kill)


class Database:
    """Turns that use the database. In that of slot LOST it is lost."""

    LOST = 9

    def __init__(self) -> None:
        self.used: list[Any] = []
        self.done = threading.Semaphore(0)

    def advance(self, slot: int, *, chained: bool) -> bool:
        connection.ensure_connection()
        self.used.append(connection.connection)
        connection.errors_occurred = slot == self.LOST
        self.done.release()
        return chained


@pytest.mark.django_db(transaction=True)
def test_turns_share_a_connection_to_the_database_until_it_is_lost(app: Any) -> None:
    turns = Database()
    add_tasks(app, turns, {}, "own")
    with start_worker(app, pool="solo", perform_ping_check=False, shutdown_timeout=PATIENCE_SECONDS):
        for slot in (0, 1, Database.LOST, 0):
            app.tasks[ADVANCE].delay(slot)
            assert turns.done.acquire(timeout=PATIENCE_SECONDS)
    first, *others = turns.used
    assert [one is first for one in others] == [True, True, False]
