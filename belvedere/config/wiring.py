"""The composition root: which adapters a profile uses, what listens to what, and what starts and stops when."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from typing import NamedTuple

import structlog
from django.conf import settings
from django.core.management import call_command

from belvedere.accounts import selectors as accounts
from belvedere.accounts import usage
from belvedere.accounts.rights import RightsCache
from belvedere.accounts.setup_token import ensure_setup_token
from belvedere.alerts.cameras import CameraAlerts
from belvedere.alerts.consumers import AlertsConsumer
from belvedere.alerts.guard import Guard
from belvedere.alerts.outbox import Drain
from belvedere.alerts.reader import LogReader
from belvedere.alerts.signals import entries_logged
from belvedere.cameras import selectors as cameras
from belvedere.cameras.media import MediaApp
from belvedere.cameras.mediaserver.gateway.client import GatewayClient
from belvedere.cameras.supervisor import CameraSupervisor
from belvedere.config import clock, server
from belvedere.config.figures import Figures, Parts
from belvedere.config.health import HealthApp
from belvedere.config.process import first_reserved_descriptor
from belvedere.config.schedule import Job, Schedule
from belvedere.config.settings.env import Env, unusable_address
from belvedere.devices import selectors as devices
from belvedere.devices.directory import DeviceDirectory, DeviceHandle, SeriesInfo
from belvedere.devices.models import Series
from belvedere.devices.presence import PresenceBook
from belvedere.devices.signals import device_changed
from belvedere.devices.troubles import TroubleBook
from belvedere.domain.clock import ServerClock
from belvedere.live.hub import Hub
from belvedere.live.port import Frame
from belvedere.pipeline import quarantine
from belvedere.pipeline.flow import Flow
from belvedere.pipeline.ingest.http import IngestApp
from belvedere.pipeline.ingest.mqtt.endpoint import MqttEndpoint
from belvedere.pipeline.ingest.mqtt.limits import Limits
from belvedere.pipeline.ingest.retry import Retry
from belvedere.pipeline.ingest.still import StillClocks
from belvedere.pipeline.rulebook import Now
from belvedere.pipeline.stream.memory import MemoryStream
from belvedere.pipeline.timekeeping import Timekeeper
from belvedere.pipeline.worker import Worker
from belvedere.readings import selectors as readings
from belvedere.readings.latest.memory import MemoryLatest
from belvedere.readings.snapshot import SnapshotApp
from belvedere.readings.store.port import Keep, StoreBroken, StoreUnavailable
from belvedere.readings.store.sqlite.store import SqliteStore
from belvedere.rules.book import RuleBook
from belvedere.rules.signals import rules_changed

log = structlog.get_logger(__name__)

STOP_SECONDS = 2.0  # for each part that has to finish something


class Part(NamedTuple):
    """Something with a beginning and an end."""

    name: str
    start: Callable[[], Awaitable[None]]
    stop: Callable[[], Awaitable[None]]


class Embedded:
    """The embedded profile: everything in one process, SQLite below.

    http_port: the bound one. mqtt_port: the bound one, once it listens.
    snapshot, ingest, media, health: ASGI applications for asgi.py.
    """

    def __init__(self, env: Env, loop: asyncio.AbstractEventLoop, http_port: int) -> None:
        self._loop = loop
        self._env = env
        self._http_port = http_port
        self.mqtt_port = env.mqtt_port
        self.clock = ServerClock()
        self.rights = RightsCache()
        self.directory = DeviceDirectory(settings.KEYS.digest_key)
        self.presence = PresenceBook()
        self.troubles = TroubleBook(self.clock.now_ms)
        self.book = RuleBook()
        self.store = SqliteStore(env.data_dir / "readings.db", _keep, devices.deleted_series, self.clock)
        self.stream = MemoryStream(loop, steady_ms=self.clock.steady_ms)
        self.latest = MemoryLatest()
        self.timekeeper = Timekeeper(self.clock, self.store, env.data_dir)
        self.drain = Drain(self.store)
        self.flow = Flow(
            self.stream,
            self.store,
            self.directory,
            self.book,
            self.latest,
            StillClocks(self.troubles),
            self.drain.wake,
            self._now,
        )
        self.worker = Worker(self.flow, self.stream, self.store, self.book, self.timekeeper, self._now)
        self._log_reader = LogReader()
        guard = Guard(self.rights)
        self.hub = Hub(loop, self._log_reader, guard)
        AlertsConsumer.provide(self.hub, guard)
        limits = Limits(first_reserved_descriptor=first_reserved_descriptor())
        self.endpoint = MqttEndpoint(
            self.stream, self.directory, self.presence, limits, clock=self.clock, troubles=self.troubles
        )
        self.ingest = IngestApp(self.stream, self.directory, self.presence, clock=self.clock, troubles=self.troubles)
        self.snapshot = SnapshotApp(self.latest, self.rights, self.hub.seq_of, self.clock)
        media_server = GatewayClient(env.camera_allow, self._own_addresses)
        self.supervisor = CameraSupervisor(media_server, CameraAlerts())
        self.media = MediaApp(self.rights, self.supervisor)
        asked = Parts(
            self.stream,
            self.flow.figures,
            self.store,
            self.endpoint,
            self.ingest,
            self.snapshot,
            self.drain,
            self.hub,
            self.supervisor,
            self.clock,
        )
        self.health = HealthApp(self.rights, self.unready, self.remarks, Figures(asked))
        self.schedule = Schedule(
            (
                Job("presence", 10.0, self.presence.save),
                Job("troubles", 10.0, self.troubles.save),
                Job("intervals", 60.0, self._save_intervals),
                Job("sessions", 3_600.0, self._forget_expired_sessions),
                Job("tokens", usage.SAVE_EVERY_SECONDS, usage.save_uses),
            )
        )
        self._context: ssl.SSLContext | None = None
        self._hub_stopped = False
        self._connect()

    def _parts(self) -> tuple[Part, ...]:
        """In the order of starting; stopped in reverse."""
        return (
            Part("registry", self._load, _nothing),
            Part("store", self._open_store, self._close_store),
            Part("hub", self.hub.start, self._stop_hub),
            Part("drain", self._in_thread(self.drain.start), self._in_thread(self.drain.stop)),
            Part("worker", self._start_worker, self._stop_worker),
            Part("cameras", self.supervisor.start, self.supervisor.stop),
            Part("schedule", self._in_thread(self.schedule.start), self._in_thread(self.schedule.stop)),
            Part("mqtt", self._listen, _nothing),
        )

    async def start(self, context: ssl.SSLContext | None) -> None:
        """Bring everything up, in order."""
        self._context = context
        for part in self._parts():
            await part.start()

    async def stop_taking(self) -> None:
        """First step of a stop: no new readings, sockets told to come back."""
        await asyncio.gather(self.endpoint.stop(), self._stop_hub())

    async def stop(self) -> None:
        """Everything down, last started first."""
        for part in reversed(self._parts()):
            try:
                await asyncio.wait_for(part.stop(), STOP_SECONDS)
            except TimeoutError:
                log.warning("stop_took_too_long", part=part.name)
            except Exception:  # what one part cannot save must not cost the others theirs
                log.exception("stop_failed", part=part.name)

    # --- what listens to what -------------------------------------------------------------------

    def _connect(self) -> None:
        readings.sources.history = self.store
        quarantine.sources.quarantine = self.store
        quarantine.sources.retry = Retry(self._loop, self.stream, self.directory, self.clock)
        quarantine.sources.drop = self._drop_quarantined
        devices.sources.presence_of = self.presence.get
        devices.sources.troubles_of = self.troubles.of
        devices.sources.rejected_count = lambda data_key: sum(self.store.refused_counts(data_key).values())
        cameras.sources.status_of = self.supervisor.status_of
        cameras.sources.own = self._own_addresses
        cameras.sources.streams = self.supervisor.server.streams
        clock.facts.clock = self.clock
        self.directory.on_gone(self._device_gone)
        self.directory.on_series_added(self._series_added)
        self.directory.on_series_removed(self._series_removed)
        # weak=False: a bound method of this object is all that holds the receiver.
        device_changed.connect(self._device_changed, weak=False)
        rules_changed.connect(self._rules_changed, weak=False)
        entries_logged.connect(self._entries_logged, weak=False)

    def _series_added(self, info: SeriesInfo) -> None:
        self.book.series_added(info.id, info.device_id, info.site_id, info.metric)

    def _series_removed(self, info: SeriesInfo) -> None:
        self.book.series_removed(info.id)
        self._loop.call_soon_threadsafe(self.latest.forget, info.site_id, info.id)

    def _device_changed(self, device_id: str, **_: object) -> None:
        self.directory.refresh(device_id)

    def _device_gone(self, device: DeviceHandle) -> None:
        """Nothing of it is left to one that is made anew with its id; the connections end before that is forgotten."""
        self._loop.call_soon_threadsafe(self.presence.forget, device.id)
        self._loop.call_soon_threadsafe(self.troubles.forget, device.data_key)
        self.worker.take_up_rules()
        self.worker.errand(lambda: self.store.drop_device(device.data_key))

    def _rules_changed(self, **_: object) -> None:
        self.book.refresh()
        self.worker.take_up_rules()

    def _entries_logged(self, frames: list[Frame], **_: object) -> None:
        self.hub.publish(frames)

    def _own_addresses(self) -> list[str]:
        """Where this server listens, with the ports it really got: no camera is there."""
        return [f"{self._env.host}:{self._http_port}", f"{self._env.mqtt_host}:{self.mqtt_port}"]

    def _now(self) -> Now:
        return Now(self.clock.now_ms(), self.clock.steady_ms())

    def _drop_quarantined(self, device: str, row: int) -> None:
        self.worker.errand(lambda: self.store.drop_quarantined(device, row)).result(STOP_SECONDS)

    # --- starting and stopping ------------------------------------------------------------------

    async def _load(self) -> None:
        def load() -> None:
            ensure_setup_token(self._env.data_dir, accounts.needs_setup())
            self.directory.load()
            self.presence.load()
            self.troubles.load()
            self.book.load()

        await asyncio.to_thread(load)

    async def _open_store(self) -> None:
        try:
            await asyncio.to_thread(self.store.open)
            await asyncio.to_thread(self.directory.reserve_ids, self.store.highest_series())
            self.timekeeper.begin()
        except (StoreBroken, StoreUnavailable) as error:
            log.critical("store_not_open", reason=str(error))
            self.worker.broken = self.stream.stalled = str(error)
            return
        self.directory.note_valueless(self.store.heads)
        now_ms = self.clock.now_ms()
        for series, (ts_ms, value, _) in self.store.present.items():
            site = self.directory.site_of(series)
            if site is not None:
                self.latest.moved(site, series, min(ts_ms, now_ms), value)
        known = await asyncio.to_thread(_known_intervals)
        for series, site_id, interval_ms in known:
            self.latest.note_interval(site_id, series, interval_ms)

    async def _close_store(self) -> None:
        self.store.close()
        self.rights.close()
        self._log_reader.close()

    async def _stop_hub(self) -> None:
        if not self._hub_stopped:
            self._hub_stopped = True
            await self.hub.stop()

    async def _start_worker(self) -> None:
        if self.worker.broken is None:
            self.worker.start()

    async def _stop_worker(self) -> None:
        if self.worker.broken is None:
            await asyncio.to_thread(self.worker.stop, STOP_SECONDS)

    async def _listen(self) -> None:
        host, port = self._env.mqtt_host, self._env.mqtt_port
        try:
            self.mqtt_port = await self.endpoint.start(host, port, self._context)
        except OSError as error:
            raise unusable_address(host, port, error) from error
        server.facts.mqtt_port = self.mqtt_port
        server.facts.tls = self._context is not None

    @staticmethod
    def _in_thread(step: Callable[[], object]) -> Callable[[], Awaitable[None]]:
        async def run() -> None:
            await asyncio.to_thread(step)

        return run

    def _forget_expired_sessions(self) -> None:
        if self.clock.believed():
            call_command("clearsessions")

    def _save_intervals(self) -> None:
        """Reporting intervals as observed, where they moved by a fifth: budgets follow them."""
        observed = self.latest.intervals()
        rows = Series.objects.filter(pk__in=observed).only("id", "interval_ms")
        moved = [row for row in rows if _differs(row.interval_ms, observed[row.pk])]
        for row in moved:
            row.interval_ms = observed[row.pk]
        Series.objects.bulk_update(moved, ["interval_ms"], batch_size=200)

    # --- how it goes ----------------------------------------------------------------------------

    def unready(self) -> dict[str, str]:
        """Part -> why it does not work, in a sentence; {} when all is well."""
        reasons: dict[str, str] = {}
        if self.stream.stalled:
            reasons["readings"] = self.stream.stalled
        if self.drain.failing and self.worker.broken is None:  # else there is no readings.db that they wait in
            reasons["alerts"] = "Alerts cannot be written to belvedere.db just now; they wait in readings.db."
        return reasons

    def remarks(self) -> dict[str, str]:
        """Part -> what a person has to look at, in a sentence, although everything serves."""
        self.clock.observe()
        remarks: dict[str, str] = {}
        if self.clock.untrusted is not None:
            remarks["clock"] = self.clock.untrusted.sentence()
        return remarks | self.store.remarks()


def _keep() -> dict[int, Keep]:
    rows = Series.objects.values_list("id", "raw_days", "tier_days")
    return {series: Keep(raw, tier) for series, raw, tier in rows}


def _known_intervals() -> list[tuple[int, int, int]]:
    rows = Series.objects.filter(interval_ms__isnull=False).values_list("id", "site_id", "interval_ms")
    return [(series, site, interval) for series, site, interval in rows if interval is not None]


def _differs(known: int | None, observed: int) -> bool:
    return known is None or abs(observed - known) > known / 5


async def _nothing() -> None:
    """Some parts have no end."""
