"""The embedded profile: everything in one process, SQLite below."""

from __future__ import annotations

import asyncio

import structlog
from django.conf import settings
from django.core.management import call_command

from belvedere.accounts import audit, browsers, usage
from belvedere.accounts import selectors as accounts
from belvedere.accounts.rights import RightsCache
from belvedere.accounts.setup_token import ensure_setup_token
from belvedere.alerts import silences, silencing
from belvedere.alerts.cameras import CameraAlerts
from belvedere.alerts.guard import Guard
from belvedere.alerts.outbox import Drain
from belvedere.alerts.reader import LogReader
from belvedere.cameras import selectors as cameras
from belvedere.cameras.media import MediaApp
from belvedere.cameras.supervisor import CameraSupervisor
from belvedere.config import listening
from belvedere.config.asgi import application
from belvedere.config.condition import Condition
from belvedere.config.figures import (
    Figures,
    collect_cameras,
    collect_drain,
    collect_ingest,
    collect_pipeline,
    collect_polls,
    collect_sockets,
    collect_store,
)
from belvedere.config.health import HealthApp
from belvedere.config.process import first_reserved_descriptor
from belvedere.config.schedule import Job, Schedule
from belvedere.config.settings.env import Env
from belvedere.config.wiring.cameras import make_media_server
from belvedere.config.wiring.pages import PageProgram
from belvedere.config.wiring.parts import (
    STOP_SECONDS,
    Part,
    do_nothing,
    follow_registry,
    listen_for_devices,
    run_in_thread,
)
from belvedere.devices import intervals
from belvedere.devices import selectors as devices
from belvedere.devices.directory import DeviceDirectory
from belvedere.devices.presence import PresenceBook
from belvedere.devices.troubles import TroubleBook
from belvedere.domain.changes import ChangeKind, Reader
from belvedere.domain.clock import ServerClock
from belvedere.live.hub import Hub
from belvedere.pipeline.flow import Flow
from belvedere.pipeline.ingest.http import IngestApp
from belvedere.pipeline.ingest.mqtt.endpoint import MqttEndpoint
from belvedere.pipeline.ingest.mqtt.limits import Limits
from belvedere.pipeline.ingest.still import StillClocks
from belvedere.pipeline.rulebook import Now
from belvedere.pipeline.stream.memory import MemoryStream
from belvedere.pipeline.timekeeping import Timekeeper
from belvedere.pipeline.worker import Worker
from belvedere.readings import selectors as readings
from belvedere.readings.latest.deletion import LatestDeletion
from belvedere.readings.latest.memory import MemoryLatest
from belvedere.readings.snapshot import Numbers, SnapshotApp
from belvedere.readings.store.port import Store, StoreBroken, StoreUnavailable
from belvedere.readings.store.sqlite.store import SqliteStore
from belvedere.registry import log as registry_log
from belvedere.registry.revisions import SiteRevisions
from belvedere.registry.sql import checkpoint
from belvedere.registry.tail import OnLoop, RegistryTail
from belvedere.rules.book import RuleBook
from belvedere.web_api.asgi import App

log = structlog.get_logger(__name__)

CHECKPOINT_SECONDS = 30.0


class Embedded(PageProgram):
    """Everything in one process.

    http_port: the bound one. addresses: with the bound ports, once it listens.
    snapshot, ingest, media, health: ASGI applications for asgi.py.
    """

    def __init__(self, env: Env, loop: asyncio.AbstractEventLoop, http_port: int) -> None:
        self._loop = loop
        self._env = env
        self.addresses = listening.Addresses(
            env.host, http_port, env.mqtt_host, env.mqtt_port, mqtt_public=env.mqtt_public
        )
        self.clock = ServerClock()
        self._make_registry()
        self._make_pipeline()
        self._make_entrances()
        self._make_pages()
        self._make_cameras()
        self._make_operations()
        self.tail = RegistryTail(self._list_readers())
        self.schedule = Schedule(self._list_jobs())

    # --- what there is ----------------------------------------------------------------------------

    def _make_registry(self) -> None:
        """What is kept in memory of the registry and of its devices."""
        self.rights = RightsCache()
        self.directory = DeviceDirectory(settings.KEYS.digest_key)
        self.presence = PresenceBook(site_of=self.directory.site_of_device)
        self.revisions = SiteRevisions()
        self.troubles = TroubleBook(self.clock.now_ms)
        self.book = RuleBook(self._trusted_now_ms)

    def _make_pipeline(self) -> None:
        """From the stream to the alert tables."""
        path, loop, clock = self._env.data_dir / "readings.db", self._loop, self.clock
        self.store: Store = SqliteStore(path, readings.keep_by_series, devices.deleted_series, clock)
        self.stream = MemoryStream(loop, steady_ms=clock.steady_ms)
        self.latest = MemoryLatest()
        self.timekeeper = Timekeeper(clock, self.store, self._env.data_dir)
        self.drain = Drain(self.store)
        still, wake = StillClocks(self.troubles), self.drain.wake
        self.flow = Flow(self.stream, self.store, self.directory, self.book, self.latest, still, wake, self._read_now)
        self.worker = Worker(self.flow, self.stream, self.store, self.book, self.timekeeper, self._read_now)

    def _make_entrances(self) -> None:
        """Where readings come in."""
        into = self.stream, self.directory, self.presence
        limits = Limits(first_reserved_descriptor=first_reserved_descriptor())
        self.endpoint = MqttEndpoint(*into, limits, clock=self.clock, troubles=self.troubles)
        self.ingest = IngestApp(*into, clock=self.clock, troubles=self.troubles)

    def _make_pages(self) -> None:
        """What pages poll and listen to."""
        self._log_reader = LogReader()
        self.guard = Guard(self.rights)
        self.hub = Hub(self._loop, self._log_reader, self.guard)
        numbers = Numbers(self.hub.seq_of, self.revisions.seq_of, self.presence.seq_of)
        self.snapshot = SnapshotApp(self.latest, self.rights, numbers, self.clock)
        self.peek = self.snapshot.peek

    def _make_cameras(self) -> None:
        media_server = make_media_server(self._env, self.addresses)
        self.supervisor = CameraSupervisor(media_server, CameraAlerts())
        self.media = MediaApp(self.rights, self.supervisor)

    def _make_operations(self) -> None:
        """What operators ask."""
        pipeline = self.flow.figures
        figures = Figures(
            lambda: collect_ingest(self.stream, self.endpoint.counters, self.ingest.counters, pipeline),
            lambda: collect_pipeline(pipeline),
            lambda: collect_store(self.store, self.clock),
            lambda: collect_drain(self.drain.copy_seconds),
            lambda: collect_polls(self.snapshot),
            lambda: collect_sockets(self.hub),
            lambda: collect_cameras(self.supervisor),
        )
        self.condition = Condition(self.stream, self.drain, self.worker, self.clock, self.store)
        self.health = HealthApp(self.rights, self.condition.unready, self.condition.remarks, figures)

    def _list_jobs(self) -> tuple[Job, ...]:
        return (
            Job("presence", 10.0, self.presence.save),
            Job("troubles", 10.0, self.troubles.save),
            Job("intervals", 60.0, self._save_intervals),
            Job("sessions", 3_600.0, self._forget_expired_sessions),
            Job("tokens", usage.SAVE_EVERY_SECONDS, usage.save_uses),
            Job("silences", 5.0, lambda: silences.apply_all(self.clock.now_ms())),
            Job("browsers", usage.SAVE_EVERY_SECONDS, browsers.save_uses),
            Job("audit", 3_600.0, self._trim_audit),
            Job("registry log", 3_600.0, registry_log.trim),
            Job("checkpoint", CHECKPOINT_SECONDS, checkpoint),
        )

    def _list_parts(self) -> tuple[Part, ...]:
        """In the order of starting; stopped in reverse."""
        return (
            follow_registry(self.tail, self._prepare),
            Part("store", self._open_store, self._close_store),
            Part("hub", self.hub.start, self.hub.stop),
            Part("drain", run_in_thread(self.drain.start), run_in_thread(self.drain.stop)),
            Part("worker", self._start_worker, self._stop_worker),
            Part("cameras", self.supervisor.start, self.supervisor.stop),
            Part("schedule", run_in_thread(self.schedule.start), run_in_thread(self.schedule.stop)),
            Part("mqtt", self._listen, do_nothing),
        )

    def application(self) -> App:
        """What answers over HTTP."""
        return application(self)

    async def stop_taking(self) -> None:
        """First step of a stop: no new readings, sockets told to come back."""
        await asyncio.gather(self.endpoint.stop(), self.hub.stop())

    # --- who finds what -------------------------------------------------------------------------

    def _list_readers(self) -> tuple[Reader, ...]:
        """Who reads the registry's log. A later one finds what an earlier one has taken in."""
        return (
            self.directory,
            # It ends the connections before their presence is forgotten.
            OnLoop(self._loop, self.endpoint, ChangeKind.DEVICE, ChangeKind.DEVICE_DELETED),
            self.book,
            OnLoop(self._loop, LatestDeletion(self.latest), ChangeKind.DEVICE_DELETED),
            OnLoop(self._loop, self.presence, ChangeKind.DEVICE_DELETED),
            OnLoop(self._loop, self.troubles, ChangeKind.DEVICE_DELETED),
            self.worker,
            self.rights,
            self.revisions,
            OnLoop(self._loop, self.supervisor, ChangeKind.CAMERA, ChangeKind.PERSON),
        )

    def _bind(self) -> None:
        self._bind_pages(self.store, self.stream, self.worker)
        readings.latest_values.bind(self.latest.known_values)
        devices.presences.bind(self.presence)
        silencing.is_date_trusted.bind(lambda: self.clock.untrusted is None)
        cameras.live.bind(self.supervisor)

    # --- starting and stopping ------------------------------------------------------------------

    def _prepare(self) -> None:
        self._bind()
        ensure_setup_token(self._env.data_dir, accounts.needs_setup() and not self._env.setup_token)

    def _trusted_now_ms(self) -> int | None:
        return self.clock.now_ms() if self.clock.untrusted is None else None

    def _read_now(self) -> Now:
        return Now(self.clock.now_ms(), self.clock.steady_ms())

    async def _open_store(self) -> None:
        try:
            await asyncio.to_thread(self.store.open)
            await asyncio.to_thread(self.directory.reserve_ids, max(self.store.present, default=0))
            self.timekeeper.begin()
        except (StoreBroken, StoreUnavailable) as error:
            log.critical("store_not_open", reason=str(error))
            self.worker.broken = self.stream.stalled = str(error)
            return
        self.directory.note_valueless(self.store.present)
        now_ms = self.clock.now_ms()
        for series, (ts_ms, value, _) in self.store.present.items():
            site = self.directory.site_of(series)
            if site is not None:
                self.latest.moved(site, series, min(ts_ms, now_ms), value)
        known = await asyncio.to_thread(intervals.known_intervals)
        for series, site_id, interval_ms in known:
            self.latest.note_interval(site_id, series, interval_ms)

    async def _close_store(self) -> None:
        self.store.close()
        self.rights.close()
        self._log_reader.close()

    async def _start_worker(self) -> None:
        if self.worker.broken is None:
            self.worker.start()

    async def _stop_worker(self) -> None:
        if self.worker.broken is None:
            await asyncio.to_thread(self.worker.stop, STOP_SECONDS)

    async def _listen(self) -> None:
        await listen_for_devices(self.endpoint, self._env, self.addresses, self._context)

    def _save_intervals(self) -> None:
        intervals.save_intervals(self.latest.intervals())

    def _forget_expired_sessions(self) -> None:
        if self.clock.believed():
            call_command("clearsessions")
            browsers.forget_ended()

    def _trim_audit(self) -> None:
        if self.clock.believed():
            audit.trim()
