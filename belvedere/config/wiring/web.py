"""A web process of the cluster profile: API, pages, polls, sockets and HTTP ingest. Any number of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future

import structlog
from django.conf import settings

from belvedere.accounts import browsers, usage
from belvedere.accounts.rights import RightsCache
from belvedere.accounts.selectors import needs_setup
from belvedere.accounts.setup_token import read_setup_token
from belvedere.alerts import silencing
from belvedere.alerts.cameras import CameraAlerts
from belvedere.alerts.guard import Guard
from belvedere.alerts.reader import LogReader
from belvedere.cameras import selectors as cameras
from belvedere.cameras.media import MediaApp
from belvedere.cameras.media_address import write_media_address
from belvedere.cameras.mediaserver.gateway.client import GatewayClient
from belvedere.cameras.supervisor import CameraSupervisor
from belvedere.config import clock, listening
from belvedere.config.asgi import application
from belvedere.config.figures import (
    Families,
    Figures,
    collect_cameras,
    collect_clock,
    collect_ingest,
    collect_polls,
    collect_sockets,
)
from belvedere.config.health import HealthApp
from belvedere.config.redis_clients import connect_on_loop
from belvedere.config.schedule import Job, Schedule
from belvedere.config.settings.env import Env
from belvedere.config.wiring.cameras import make_media_server
from belvedere.config.wiring.cluster import MARK_SECONDS, Way, make_name, tell_registry
from belvedere.config.wiring.pages import PageProgram
from belvedere.config.wiring.parts import Part, do_nothing, follow_registry, run_in_thread
from belvedere.config.wiring.shared_date import DATE_SECONDS, SharedDate
from belvedere.devices import selectors as devices
from belvedere.devices.directory import DeviceDirectory
from belvedere.devices.endpoint_presence import EndpointRows
from belvedere.devices.presence import PresenceBook
from belvedere.devices.presence_replica import PresenceReplica
from belvedere.devices.troubles import TroubleBook
from belvedere.domain.changes import ChangeKind, Reader
from belvedere.domain.clock import ServerClock
from belvedere.live.hub import Hub
from belvedere.pipeline.ingest.http import IngestApp
from belvedere.pipeline.stream.kafka.wire import partition_of
from belvedere.readings import selectors as readings
from belvedere.readings.latest.deletion import LatestDeletion
from belvedere.readings.latest.memory import MemoryLatest
from belvedere.readings.latest.redis.replica import LatestReplica
from belvedere.readings.snapshot import Numbers, SnapshotApp
from belvedere.readings.store.cluster.mongo import Mongo
from belvedere.readings.store.cluster.mysql import MySql
from belvedere.readings.store.cluster.reader import ClusterReader
from belvedere.registry.revisions import SiteRevisions
from belvedere.registry.tail import OnLoop, RegistryTail
from belvedere.web_api.asgi import App

log = structlog.get_logger(__name__)

NO_SETUP_CODE = (
    "There is no owner yet, and this process takes no set-up code: give it the one that `belvedere migrate` has made,"
    " as BELVEDERE_SETUP_TOKEN."
)
VALUES_FROM_DATABASES = "Redis is away or has not got all values yet: pages show those of the databases."


class Web(PageProgram):
    """One process. snapshot, ingest, media, health: ASGI applications for asgi.py.

    with_cameras: whether it runs the media server too; one process of all does.
    """

    takes_devices = False

    def __init__(
        self, env: Env, loop: asyncio.AbstractEventLoop, http_port: int, *, with_cameras: bool = False
    ) -> None:
        self._env = env
        self._loop = loop
        self._with_cameras = with_cameras
        self.name = make_name("cameras" if with_cameras else "web")
        self.addresses = listening.Addresses(
            env.host,
            http_port,
            env.mqtt_host,
            env.mqtt_port,
            tls=env.tls_cert is not None,
            mqtt_public=env.mqtt_public,
        )
        self.clock = ServerClock()
        self._mysql = MySql(env.database)
        self._date = SharedDate(self.clock, self._mysql)
        self._make_registry()
        self._make_readings()
        self._make_pages()
        self._make_cameras()
        self.tail = RegistryTail(self._list_readers())
        self.health = HealthApp(self.rights, self._tell_unready, self._tell_remarks, Figures(*self._list_figures()))
        self.schedule = Schedule(self._list_jobs())

    # --- what there is ----------------------------------------------------------------------------

    def _make_registry(self) -> None:
        self.rights = RightsCache()
        self.directory = DeviceDirectory(settings.KEYS.digest_key)
        self.revisions = SiteRevisions()
        self._rows = EndpointRows(self.name)
        self._posted = PresenceBook(site_of=self.directory.site_of_device, rows=self._rows)
        self.presence = PresenceReplica()
        self.troubles = TroubleBook(self.clock.now_ms, is_shared=True)

    def _make_readings(self) -> None:
        env = self._env
        self.reader = ClusterReader(self._mysql, Mongo(env.mongo), self._partition_of)
        self.way = Way(env, self._loop, self.name)
        self.ingest = IngestApp(
            self.way.inlet,
            self.directory,
            self._posted,
            clock=self.clock,
            troubles=self.troubles,
            catch_up=self._catch_up,
        )
        self.latest = LatestReplica(connect_on_loop(env.redis), env.partitions, self._find_heads, MemoryLatest())

    def _make_pages(self) -> None:
        self._log_reader = LogReader()
        self.guard = Guard(self.rights, self._catch_up)
        self.hub = Hub(self._loop, self._log_reader, self.guard)
        numbers = Numbers(self.hub.seq_of, self.revisions.seq_of, self.presence.seq_of)
        self.snapshot = SnapshotApp(
            self.latest, self.rights, numbers, self.clock, self.latest, catch_up_rights=self._catch_up
        )
        self.peek = self.snapshot.peek

    def _catch_up(self) -> asyncio.Future[None]:
        """With the registry; its tail is made after those who ask it."""
        return self.tail.ask()

    def _make_cameras(self) -> None:
        if self._with_cameras:
            media_server = make_media_server(self._env, self.addresses)
        else:  # another process has it: this one is not started
            media_server = GatewayClient(self._env.camera_allow, self.addresses.listening)
        self.supervisor = CameraSupervisor(media_server, CameraAlerts(), self._catch_up)
        self.media = MediaApp(self.rights, self.supervisor)

    def _list_figures(self) -> Iterator[Families]:
        yield lambda: collect_ingest(self.way.inlet, http=self.ingest.counters)
        yield lambda: collect_polls(self.snapshot)
        yield lambda: collect_sockets(self.hub)
        yield lambda: collect_clock(self.clock)
        if self._with_cameras:
            yield lambda: collect_cameras(self.supervisor)

    def _tell_unready(self) -> dict[str, str]:
        return {**self.way.unready(), **tell_registry(self.tail)}

    def _tell_remarks(self) -> dict[str, str]:
        values = {"values": VALUES_FROM_DATABASES} if self.latest.away else {}
        return {**values, **self._date.remarks()}

    def _list_jobs(self) -> tuple[Job, ...]:
        return (
            Job("mark", MARK_SECONDS, self.way.save_mark),
            Job("date", DATE_SECONDS, self._date.look),
            Job("presence", 10.0, self._posted.save),
            Job("presence moves", 1.0, self._posted.save_moves),
            Job("presence of others", 1.0, self.presence.catch_up),
            Job("troubles", 10.0, self.troubles.save),
            Job("tokens", usage.SAVE_EVERY_SECONDS, usage.save_uses),
            Job("browsers", usage.SAVE_EVERY_SECONDS, browsers.save_uses),
        )

    def _list_readers(self) -> tuple[Reader, ...]:
        loop = self._loop
        deleted = ChangeKind.DEVICE_DELETED
        always: tuple[Reader, ...] = (
            self.directory,
            OnLoop(loop, LatestDeletion(self.latest), deleted),
            OnLoop(loop, self._posted, deleted),
            self.presence,
            OnLoop(loop, self.troubles, deleted),
            self.rights,
            self.revisions,
        )
        if not self._with_cameras:
            return always
        return (*always, OnLoop(loop, self.supervisor, ChangeKind.CAMERA, ChangeKind.PERSON))

    def _bind(self) -> None:
        self._bind_pages(self.reader, self.way.inlet, _AtOnce())
        readings.latest_values.bind(self.latest.known_values)
        devices.presences.bind(self.presence)
        clock.tell_confirmed.bind(self._date.confirm)
        silencing.is_date_trusted.bind(self._date.is_trusted)
        if self._with_cameras:
            cameras.live.bind(self.supervisor)
        else:
            listening.media_address.bind(listening.find_media_address)

    # --- starting and stopping ----------------------------------------------------------------------

    def _list_parts(self) -> tuple[Part, ...]:
        supervisor = self.supervisor
        pictures = (Part("cameras", supervisor.start, supervisor.stop),) if self._with_cameras else ()
        return (
            follow_registry(self.tail, self._prepare),
            Part("date", run_in_thread(self._date.begin), do_nothing),
            Part("reader", do_nothing, run_in_thread(self._close)),
            Part("presence", do_nothing, run_in_thread(self._rows.retire)),
            Part("latest", self.latest.start, self.latest.stop),
            Part("hub", self.hub.start, self.hub.stop),
            *self.way.parts(),
            *pictures,
            Part("schedule", run_in_thread(self.schedule.start), run_in_thread(self.schedule.stop)),
        )

    def application(self) -> App:
        """What answers over HTTP."""
        return application(self)

    async def stop_taking(self) -> None:
        """First step of a stop: sockets told to come back."""
        await self.hub.stop()

    def _prepare(self) -> None:
        self._bind()
        if needs_setup() and read_setup_token(self._env.data_dir, self._env.setup_token) is None:
            log.warning("no_setup_code", reason=NO_SETUP_CODE)
        if self._with_cameras:
            write_media_address(listening.find_own_media_address())

    def _close(self) -> None:
        self.rights.close()
        self._log_reader.close()

    # --- readings -----------------------------------------------------------------------------------

    def _partition_of(self, series: int) -> int:
        """The partition of a series; any where its device is deleted, for then there is nothing to read."""
        info = self.directory.series.get(series)
        device = None if info is None else self.directory.get(info.device_id)
        return 0 if device is None else partition_of(device.data_key, self._env.partitions)

    def _find_heads(self, site_id: int) -> Mapping[int, tuple[int, float]]:
        """The newest values of a site from the databases, while Redis is away."""
        series = [info.id for info in list(self.directory.series.values()) if info.site_id == site_id]
        return {one: (at_ms, value) for one, (at_ms, value, _) in self.reader.present_of(series).items()}


class _AtOnce:
    """Runs errands in the caller's thread: here no pipeline has to be waited for."""

    def errand(self, task: Callable[[], None]) -> Future[None]:
        """Run it."""
        future: Future[None] = Future()
        try:
            task()
        except Exception as error:  # noqa: BLE001  (whoever waits for it is told)
            future.set_exception(error)
        else:
            future.set_result(None)
        return future
