"""The roles of the cluster profile: one process each, which waits until `belvedere migrate` has run.

endpoint and web serve on an event loop, as the embedded program does; worker and beat are Celery's.
"""

from __future__ import annotations

import asyncio
import ctypes
import os
import signal
import sys
import threading
import time
from functools import partial
from typing import TYPE_CHECKING, Any

import structlog

from belvedere.config import logs
from belvedere.config.process import first_reserved_descriptor, raise_descriptor_limit, spare_what_is_loaded
from belvedere.config.settings.env import Env, StartError, unusable_folder
from belvedere.config.watchdogs import end_without_sending, end_without_tasks

if TYPE_CHECKING:
    from belvedere.web_api.asgi import App

log = structlog.get_logger(__name__)

WAIT_SECONDS = 1.0
SAY_SECONDS = 10.0
SUPERVISED = "BELVEDERE_SUPERVISED"  # the id of the process that started this one
_PR_SET_PDEATHSIG = 1


def prepare(env: Env) -> None:
    """Logs, Django, and everything set up by `migrate`."""
    logs.set_up(env.log_level, env.log_format)
    _end_with_parent()
    import django

    django.setup()
    raise_descriptor_limit()
    wait_until_migrated()
    from belvedere.config.wiring.migration import check_store

    check_store(env)


def run_endpoint(env: Env) -> int:
    """Take readings by MQTT until SIGTERM."""
    from belvedere.config.serve import serve_role

    prepare(env)
    from belvedere.config.wiring.endpoint import Endpoint

    return serve_role(env, Endpoint)


def run_web(env: Env, *, with_cameras: bool = False) -> int:
    """Serve API, pages, sockets and HTTP ingest until SIGTERM."""
    from belvedere.config.serve import serve_role

    prepare(env)
    from belvedere.config.wiring.web import Web

    def make(env: Env, loop: asyncio.AbstractEventLoop, port: int) -> Web:
        return Web(env, loop, port, with_cameras=with_cameras)

    return serve_role(env, make)


def run_worker(env: Env) -> int:
    """Process partitions until SIGTERM, when Celery's beat says so."""
    prepare(env)
    from belvedere.config.celery import QUEUE, add_tasks, make_app, when_stopping
    from belvedere.config.wiring.jobs import JOBS
    from belvedere.config.wiring.worker import ClusterWorker

    program = ClusterWorker(env)
    program.start()
    app = make_app(env.redis)
    add_tasks(app, program.turns, {job.name: job.run for job in JOBS}, program.name)
    when_stopping(program.turns.end_soon)
    end_without_tasks(lambda: program.turns.idle_seconds)
    url = serve_in_thread(env, program.health)
    worker: Any = app.Worker(
        pool="solo",
        queues=[QUEUE, program.name],
        hostname=program.name,
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
        optimization="fair",
    )
    spare_what_is_loaded()
    _announce(env, program.name, url)
    worker.start()
    program.stop()
    return int(worker.exitcode or 0)


def run_beat(env: Env) -> int:
    """Say each second that it is time, until SIGTERM. One process; a second one would only say it twice."""
    prepare(env)
    from belvedere.config.celery import BoundedScheduler, make_app, schedule_beat
    from belvedere.config.wiring.beat import Overseer
    from belvedere.config.wiring.jobs import JOBS

    app = make_app(env.redis)
    schedule_beat(app, env.slots, {job.name: job.every_seconds for job in JOBS})
    overseer = Overseer(env)
    end_without_sending(lambda: overseer.is_stuck)
    url = serve_in_thread(env, overseer.health)
    spare_what_is_loaded()
    _announce(env, "beat", url)
    app.Beat(scheduler=partial(BoundedScheduler, note=overseer.pulse.note), max_interval=1).run()
    return 0


def migrate(env: Env) -> int:
    """Set up, or bring up to date, the tables and topics. Run it once before an upgrade's roles start."""
    logs.set_up(env.log_level, env.log_format)
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import DatabaseError

    from belvedere.config.wiring.migration import prepare_stream_and_store
    from belvedere.registry.sql import wait_for_answers

    wait_for_answers(None)  # changing a large table takes its time
    try:
        call_command("migrate", verbosity=0, interactive=False)
    except DatabaseError as error:
        raise StartError(f"MySQL cannot be used ({error}): see BELVEDERE_DATABASE.") from error
    prepare_stream_and_store(env)
    print("Tables and topics are set up.")
    _prepare_first_set_up(env)
    return 0


def _prepare_first_set_up(env: Env) -> None:
    """Make a code for the first owner where none is given: web processes make none, each would have another one."""
    from belvedere.accounts.selectors import needs_setup
    from belvedere.accounts.setup_token import ensure_setup_token

    needed = needs_setup()
    if needed and env.setup_token:
        return
    try:
        ensure_setup_token(env.data_dir, needed)
    except OSError as error:
        raise unusable_folder(env.data_dir, error) from error
    if needed:
        print(
            f"There is no owner yet: the set-up code is in {env.data_dir / 'setup-token'}. Web processes with another"
            " data folder take it as BELVEDERE_SETUP_TOKEN."
        )


def wait_until_migrated() -> None:
    """Wait until the tables of this version are there."""
    from django.db import DatabaseError, connection
    from django.db.migrations.executor import MigrationExecutor

    said = 0.0
    while True:
        try:
            executor = MigrationExecutor(connection)
            missing = bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))
            reason = "Tables are missing: run `belvedere migrate`." if missing else ""
        except DatabaseError as error:
            reason = f"MySQL does not answer yet ({error})."
        connection.close()
        if not reason:
            return
        if time.monotonic() - said >= SAY_SECONDS:
            said = time.monotonic()
            log.warning("waiting", reason=reason)
        time.sleep(WAIT_SECONDS)


def serve_in_thread(env: Env, health: App) -> str:
    """Answer operators beside a main thread that belongs to Celery; gives the address. Raises ConfigurationError."""
    from belvedere.config.asgi import operations
    from belvedere.config.http.hosts import Hosts
    from belvedere.config.http.server import Server, build_http_config
    from belvedere.config.serve import bound

    sock = bound(env.host, env.port)

    async def serve() -> None:
        config = build_http_config(operations(health), env.trusted_proxies)
        await Server(config, Hosts(env.trusted_proxies, first_reserved_descriptor())).serve(sockets=[sock])

    threading.Thread(target=asyncio.run, args=(serve(),), name="operations", daemon=True).start()
    return f"http://{env.host}:{sock.getsockname()[1]}"


def _announce(env: Env, name: str, url: str) -> None:
    from belvedere.config.serve import write_ready

    log.info("ready", name=name, url=url)
    if env.ready_file is not None:
        write_ready(env.ready_file, {"url": url, "name": name, "pid": os.getpid()})


def _end_with_parent() -> None:
    """A role that `belvedere up` has started does not outlive it."""
    parent = os.environ.get(SUPERVISED)
    if parent is not None and sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != int(parent):
            raise StartError("Whoever started this process has ended.")
