"""An MQTT endpoint of the cluster profile: any number of them, behind a balancer."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from django.conf import settings

from belvedere.accounts.rights import RightsCache
from belvedere.config import listening
from belvedere.config.asgi import operations
from belvedere.config.figures import Figures, collect_clock, collect_ingest
from belvedere.config.health import HealthApp
from belvedere.config.process import first_reserved_descriptor
from belvedere.config.redis_clients import connect_on_loop
from belvedere.config.schedule import Job, Schedule
from belvedere.config.settings.env import Env
from belvedere.config.wiring.cluster import MARK_SECONDS, Way, make_name, tell_registry
from belvedere.config.wiring.parts import (
    Part,
    do_nothing,
    follow_registry,
    listen_for_devices,
    run_in_thread,
)
from belvedere.config.wiring.program import Program
from belvedere.config.wiring.shared_date import DATE_SECONDS, SharedDate
from belvedere.devices.directory import DeviceDirectory
from belvedere.devices.endpoint_presence import EndpointRows
from belvedere.devices.presence import PresenceBook
from belvedere.devices.troubles import TroubleBook
from belvedere.domain.changes import ChangeKind, Reader
from belvedere.domain.clock import ServerClock
from belvedere.live.redis import make_listener
from belvedere.pipeline.ingest.mqtt.endpoint import MqttEndpoint
from belvedere.pipeline.ingest.mqtt.limits import Limits
from belvedere.pipeline.ingest.mqtt.takeovers import RedisTakeovers
from belvedere.readings.store.cluster.mysql import MySql
from belvedere.registry import log as registry_log
from belvedere.registry.tail import OnLoop, RegistryTail
from belvedere.web_api.asgi import App


class Endpoint(Program):
    """One process. addresses: with the bound port, once it listens."""

    peek = None  # only operators ask it

    def __init__(self, env: Env, loop: asyncio.AbstractEventLoop, http_port: int) -> None:
        self._env = env
        self._loop = loop
        self.name = make_name("endpoint")
        self.addresses = listening.Addresses(env.host, http_port, env.mqtt_host, env.mqtt_port)
        self.clock = ServerClock()
        self._date = SharedDate(self.clock, MySql(env.database))
        self.directory = DeviceDirectory(settings.KEYS.digest_key)
        self._rows = EndpointRows(self.name)
        self.presence = PresenceBook(site_of=self.directory.site_of_device, rows=self._rows)
        self.troubles = TroubleBook(self.clock.now_ms, is_shared=True)
        self.way = Way(env, loop, self.name)
        self._takeovers = RedisTakeovers(connect_on_loop(env.redis), make_listener(env.redis), self.name)
        self.endpoint = self._make_endpoint()
        self.tail = RegistryTail(self._list_readers())
        figures = Figures(
            lambda: collect_ingest(self.way.inlet, mqtt=self.endpoint.counters), lambda: collect_clock(self.clock)
        )
        self.health = HealthApp(RightsCache(), self._tell_unready, self._date.remarks, figures)
        self.schedule = Schedule(
            (
                Job("mark", MARK_SECONDS, self.way.save_mark),
                Job("date", DATE_SECONDS, self._date.look),
                Job("presence", 10.0, self.presence.save),
                Job("presence moves", 1.0, self.presence.save_moves),
                Job("troubles", 10.0, self.troubles.save),
            )
        )

    def _make_endpoint(self) -> MqttEndpoint:
        return MqttEndpoint(
            self.way.inlet,
            self.directory,
            self.presence,
            _make_limits(self._env),
            clock=self.clock,
            troubles=self.troubles,
            announce=self._takeovers.announce,
            catch_up=lambda: self.tail.ask(),  # the tail is made after those who ask it
        )

    def _list_readers(self) -> tuple[Reader, ...]:
        loop = self._loop
        return (
            self.directory,
            OnLoop(loop, self.endpoint, ChangeKind.DEVICE, ChangeKind.DEVICE_DELETED),
            OnLoop(loop, self.presence, ChangeKind.DEVICE_DELETED),
            OnLoop(loop, self.troubles, ChangeKind.DEVICE_DELETED),
        )

    def _list_parts(self) -> tuple[Part, ...]:
        return (
            follow_registry(self.tail, lambda: registry_log.follower.bind(self.tail)),
            Part("date", run_in_thread(self._date.begin), do_nothing),
            Part("presence", do_nothing, run_in_thread(self._rows.retire)),
            *self.way.parts(),
            Part("takeovers", self._hear_takeovers, self._takeovers.stop),
            Part("schedule", run_in_thread(self.schedule.start), run_in_thread(self.schedule.stop)),
            Part("mqtt", self._listen, do_nothing),
        )

    def _tell_unready(self) -> dict[str, str]:
        return {**self.way.unready(), **tell_registry(self.tail)}

    def application(self) -> App:
        """What answers over HTTP."""
        return operations(self.health)

    async def stop_taking(self) -> None:
        """First step of a stop: no new readings."""
        await self.endpoint.stop()

    async def _hear_takeovers(self) -> None:
        await self._takeovers.start(self.endpoint)

    async def _listen(self) -> None:
        await listen_for_devices(self.endpoint, self._env, self.addresses, self._context)


def _make_limits(env: Env) -> Limits:
    """Behind a proxy all devices have its address: one host may then have as many connections as there may be."""
    limits = Limits(first_reserved_descriptor=first_reserved_descriptor())
    return replace(limits, max_connections_per_host=limits.max_connections) if env.trusted_proxies else limits
