"""The web's side: the latest values of all sites in this process, following Redis; the databases' while it is away."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable, Collection, Mapping

import structlog
from redis import RedisError
from redis.asyncio import Redis

from belvedere.readings.latest.port import TICK_SECONDS, Latest, LatestReader, State, Value
from belvedere.readings.latest.redis import scripts
from belvedere.readings.latest.redis.copy import LatestCopy
from belvedere.readings.latest.redis.scripts import Page

HOLD_SECONDS = 2.0  # how long the copy is shown without word of Redis; what moved meanwhile is late by so much at most
FRESH_SECONDS = 2.0  # what was read from the databases is shown for so long: less than a page's 5 s between two polls

# Of a site: series -> (effective time, value) of its newest value, from the databases. In a thread that may wait.
Heads = Callable[[int], Mapping[int, tuple[int, float]]]

log = structlog.get_logger(__name__)


class LatestReplica:
    """The latest values as the poll reads them, in each web process. Event loop only, but for what the port exempts.

    stand_in: shows the databases' values, which `heads` reads, while Redis does not answer or has not all of them, as
    after its restart until the workers have sent it everything. It has an epoch of its own, so a page that goes from
    one to the other gets a full answer. partitions: how many there are. monotonic: seconds, replaced in tests.
    """

    def __init__(
        self,
        client: Redis,
        partitions: int,
        heads: Heads,
        stand_in: Latest,
        prefix: str = "belvedere:",
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._read = client.register_script(scripts.READ)
        self._forget = client.register_script(scripts.FORGET)
        self._keys = scripts.keys(prefix)
        self._partitions = partitions
        self._heads = heads
        self._stand_in = stand_in
        self._monotonic = monotonic
        self._copy = LatestCopy()
        self._complete = False
        self._heard_at = 0.0
        self._reading: asyncio.Task[None] | None = None
        self._sites: dict[int, asyncio.Task[None]] = {}
        self._site_read_at: dict[int, float] = {}
        self._known: dict[int, dict[int, tuple[int, float]]] = {}
        self._following: asyncio.Task[None] | None = None
        self._deleted: set[tuple[int, int]] = set()  # site, series: to be forgotten in Redis
        self._forgetting: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Take over what Redis has, and follow it."""
        await self.bring_level()
        self._following = asyncio.create_task(self._follow())

    async def stop(self) -> None:
        """Follow no longer."""
        tasks = [self._following, self._forgetting, self._reading, *self._sites.values()]
        for task in tasks:
            if task is not None:
                task.cancel()
        await asyncio.gather(*(task for task in tasks if task is not None), return_exceptions=True)

    @property
    def away(self) -> bool:
        """Whether the databases' values are shown, for want of Redis's."""
        return not self._complete

    # --- what the poll asks ---

    def _choose_reader(self) -> LatestReader:
        return self._copy if self._complete else self._stand_in

    def state(self, site_id: int) -> State:
        """As it is known here."""
        return self._choose_reader().state(site_id)

    def known_values(self, site_id: int) -> Mapping[int, tuple[int, float]]:
        """As they were told last."""
        return self._choose_reader().known_values(site_id)

    def since(self, site_id: int, cursor: str, only: Collection[int] | None = None) -> list[Value] | None:
        """What changed after that cursor."""
        return self._choose_reader().since(site_id, cursor, only)

    def intervals(self) -> dict[int, int]:
        """Series -> observed reporting interval, ms."""
        return self._copy.intervals()

    def is_level(self, site_id: int, cursor: str) -> bool:
        """Whether this process has Redis's values, and those of this cursor, which may be another process's."""
        return self._complete and not self._copy.is_behind(site_id, cursor)

    async def catch_up(self, site_id: int, cursor: str) -> None:
        """Be no older than this cursor, which may be another process's; without Redis, as new as the databases."""
        if not self._complete:
            await self._read_site(site_id)
        elif self._copy.is_behind(site_id, cursor):
            await self.bring_level()

    def forget(self, site_id: int, series_id: int) -> None:
        """The series is deleted: it goes from Redis at once, or once Redis is back."""
        self._stand_in.forget(site_id, series_id)
        self._deleted.add((site_id, series_id))
        if self._forgetting is None or self._forgetting.done():
            self._forgetting = asyncio.create_task(self._forget_soon())

    # --- following Redis ---

    async def _follow(self) -> None:
        while True:
            await asyncio.sleep(TICK_SECONDS)
            try:
                await self.bring_level()
            except Exception:  # the loop that every page depends on; what Redis says is handled where it is asked
                log.exception("latest_values_not_read")

    async def bring_level(self) -> None:
        """Read what is new in Redis; whoever asks meanwhile waits for the same. Raises nothing."""
        if self._reading is None or self._reading.done():
            self._reading = asyncio.create_task(self._bring_level())
        await asyncio.shield(self._reading)

    async def _bring_level(self) -> None:
        try:
            await self._forget_deleted()
            page = await self._read_page()
            while not self._copy.take(page):
                page = await self._read_page()
        except RedisError as error:
            if self._complete and self._monotonic() - self._heard_at > HOLD_SECONDS:
                self._show_databases(f"Redis does not answer: {error}")
            return
        self._heard_at = self._monotonic()
        if page.partitions >= self._partitions:
            if not self._complete:
                log.info("latest_values_from_redis")
            self._complete = True
        elif self._complete:
            self._show_databases(f"Redis has the values of {page.partitions} of {self._partitions} partitions")

    async def _forget_soon(self) -> None:
        await self.bring_level()
        if self._deleted:  # a page was being read already
            await self.bring_level()

    async def _forget_deleted(self) -> None:
        for site_id, series_id in list(self._deleted):
            await self._forget(self._keys, [secrets.token_hex(4), site_id, series_id])
            self._deleted.discard((site_id, series_id))

    async def _read_page(self) -> Page:
        return Page.of(await self._read(self._keys, [secrets.token_hex(4), *self._copy.ask()]))

    # --- without Redis ---

    def _show_databases(self, reason: str) -> None:
        log.warning("latest_values_from_databases", reason=reason)
        self._complete = False
        self._site_read_at.clear()

    async def _read_site(self, site_id: int) -> None:
        if self._monotonic() - self._site_read_at.get(site_id, -FRESH_SECONDS) < FRESH_SECONDS:
            return
        if site_id not in self._sites:
            task = self._sites[site_id] = asyncio.create_task(self._take_over_site(site_id))
            task.add_done_callback(lambda _task: self._sites.pop(site_id, None))
        await asyncio.shield(self._sites[site_id])

    async def _take_over_site(self, site_id: int) -> None:
        try:
            heads = await asyncio.to_thread(self._heads, site_id)
        except Exception as error:  # noqa: BLE001  (of any database: what was known goes on being shown)
            log.warning("latest_values_not_read", site=site_id, reason=str(error))
            return
        self._site_read_at[site_id] = self._monotonic()
        known = self._known.get(site_id, {})
        for series in known.keys() - heads.keys():
            self._stand_in.forget(site_id, series)
        for series, value in heads.items():
            if known.get(series) != value:
                self._stand_in.moved(site_id, series, *value)
        self._known[site_id] = dict(heads)
