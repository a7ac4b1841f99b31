"""What the programs that serve pages have alike: what their views, services and consumers reach."""

from __future__ import annotations

import asyncio
from typing import Protocol

from belvedere.alerts import consumers
from belvedere.alerts import log as alert_log
from belvedere.alerts.guard import Guard
from belvedere.cameras import selectors as cameras
from belvedere.config import clock, listening
from belvedere.config.wiring.program import Program
from belvedere.devices import selectors as devices
from belvedere.devices import site_cache
from belvedere.devices.directory import DeviceDirectory
from belvedere.devices.troubles import TroubleBook
from belvedere.domain.clock import ServerClock
from belvedere.live.hub import Hub
from belvedere.pipeline import quarantine
from belvedere.pipeline.ingest.retry import Retry
from belvedere.pipeline.stream.port import Inlet
from belvedere.readings import selectors as readings
from belvedere.readings.store.port import HistoryReader, Quarantine
from belvedere.registry import log as registry_log
from belvedere.registry.revisions import SiteRevisions
from belvedere.registry.tail import RegistryTail


class Readable(HistoryReader, Quarantine, Protocol):
    """What pages read of a store."""


class PageProgram(Program):
    """A program that serves pages."""

    _loop: asyncio.AbstractEventLoop
    addresses: listening.Addresses
    clock: ServerClock
    directory: DeviceDirectory
    guard: Guard
    hub: Hub
    revisions: SiteRevisions
    tail: RegistryTail
    troubles: TroubleBook

    def _bind_pages(self, readable: Readable, inlet: Inlet, errands: quarantine.Errands) -> None:
        """What views, services and consumers reach, which Django makes."""
        registry_log.follower.bind(self.tail)
        readings.history_reader.bind(readable)
        site_cache.registry_number.bind(self.revisions.seq_of)
        retry = Retry(self._loop, inlet, self.directory, self.clock)
        quarantine.quarantine.bind(quarantine.QuarantineAccess(readable, retry, errands))
        devices.troubles.bind(self.troubles)
        devices.refused.bind(readable)
        cameras.own_addresses.bind(self.addresses)
        alert_log.publisher.bind(self.hub)
        consumers.hub.bind(self.hub)
        consumers.guard.bind(self.guard)
        clock.clock.bind(self.clock)
        listening.addresses.bind(self.addresses)
