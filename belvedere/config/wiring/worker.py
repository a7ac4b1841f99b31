"""A worker of the cluster profile: from Kafka's partitions to the stores, the latest values and the alert tables."""

from __future__ import annotations

import contextlib
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import redis
import structlog
from django.conf import settings
from django.db import Error as RegistryError

from belvedere.accounts.rights import RightsCache
from belvedere.alerts import log as alert_log
from belvedere.alerts import silencing
from belvedere.alerts.outbox import Drain
from belvedere.config import clock
from belvedere.config.figures import (
    Families,
    Figures,
    collect_clock,
    collect_drain,
    collect_pipeline,
    collect_rejected,
    collect_worker,
)
from belvedere.config.health import HealthApp
from belvedere.config.redis_clients import connect
from belvedere.config.settings.env import Env
from belvedere.config.wiring.cluster import make_name, tell_registry
from belvedere.config.wiring.partition_latest import PartitionLatest
from belvedere.config.wiring.shared_date import SharedDate
from belvedere.devices import selectors as devices
from belvedere.devices.directory import DeviceDirectory
from belvedere.devices.troubles import TroubleBook
from belvedere.domain.clock import ServerClock
from belvedere.domain.times import now_ms
from belvedere.live.redis import RedisPublisher
from belvedere.pipeline.figures import PipelineFigures
from belvedere.pipeline.flow import Flow
from belvedere.pipeline.ingest.still import StillClocks
from belvedere.pipeline.partition import PartitionBook, PartitionWorker
from belvedere.pipeline.rulebook import Now
from belvedere.pipeline.stream.kafka.clients import DEAD_LETTERS, TOPIC, make_consumer, make_producer
from belvedere.pipeline.stream.kafka.ends import StreamEnds
from belvedere.pipeline.stream.kafka.feed import Feed
from belvedere.pipeline.stream.kafka.identity import TopicIdentity
from belvedere.pipeline.stream.kafka.losses import REMEDY
from belvedere.pipeline.stream.kafka.marks import read_mark
from belvedere.pipeline.stream.kafka.outlet import Heard, KafkaOutlet
from belvedere.pipeline.stream.kafka.replies import RedisReplies
from belvedere.pipeline.stream.kafka.senders import Senders
from belvedere.pipeline.stream.kafka.wire import partition_of
from belvedere.pipeline.stream.port import RecordsLost
from belvedere.pipeline.timekeeping import SeenKeeper
from belvedere.pipeline.turns import Held, Turns
from belvedere.readings import selectors as readings
from belvedere.readings.store.cluster import lease
from belvedere.readings.store.cluster.mongo import ANSWER_IN_TURN_SECONDS, Mongo
from belvedere.readings.store.cluster.mysql import MySql
from belvedere.readings.store.cluster.outbox import ClusterOutbox
from belvedere.readings.store.cluster.pace import Pace
from belvedere.readings.store.cluster.place import claim_topic
from belvedere.readings.store.cluster.store import ClusterStore
from belvedere.readings.store.port import StoreBroken, StoreUnavailable
from belvedere.registry import log as registry_log
from belvedere.registry.tail import RegistryTail
from belvedere.rules.book import RuleBook

log = structlog.get_logger(__name__)

SET_ASIDE_SECONDS = 5.0
STAND_BY_KEY = "belvedere:standby"
STAND_BY_SECONDS = 3
TROUBLES_SECONDS = 10.0
SILENT_SECONDS = 5.0  # beat sends a task each second
STUCK_SECONDS = 60.0  # a turn takes two; servers that do not answer are given up after half a minute
BYTES_A_VALUE = 17  # in memory, of what is not in MongoDB
FULL = (
    "{count} values wait in MySQL for MongoDB, as many as memory may hold: what comes now waits in Kafka, and so do its"
    " alerts."
)
STUCK = "A turn has gone on for {seconds} s: the log says what it waits for."
NO_TASK = "No task has come for {seconds} s: look whether Redis and `belvedere beat` run."


class ClusterWorker:
    """Made in the process that works, because none of its clients survives a fork."""

    def __init__(self, env: Env) -> None:
        self.name = make_name("worker")
        self._partitions = env.partitions
        self._most_values = env.waiting_mb * 1_000_000 // BYTES_A_VALUE  # of all partitions
        self._redis = connect(env.redis)
        self._mysql = MySql(env.database)
        self._mongo = Mongo(env.mongo, answer_seconds=ANSWER_IN_TURN_SECONDS)
        self._pace = Pace()
        self._clock = ServerClock()
        self._date = SharedDate(self._clock, self._mysql)
        self._replies = RedisReplies(self._redis)
        self._troubles = TroubleBook(now_ms, is_shared=True)
        self._troubles_due = 0.0
        self._still = StillClocks(self._troubles)
        self._letters = make_producer(env.kafka, lambda error: log.error("kafka_failed", reason=error.str()))
        self._feed = Feed(make_consumer(env.kafka), TOPIC)
        self._topic = TopicIdentity(env.kafka)
        self._outlets: dict[int, KafkaOutlet] = {}
        self._marks = _Marks(StreamEnds(env.kafka, TOPIC), self._outlets)
        self._homes: dict[int, int] = {}  # series -> partition
        self.directory = DeviceDirectory(settings.KEYS.digest_key)
        self.book = RuleBook(self._date.trusted_now_ms)
        self.turns = Turns(
            self._open_partition,
            self._feed,
            _Leases(self._mysql, self.name),
            self._marks,
            _StandBy(self._redis),
            env.partitions,
            env.slots,
            self._end_round,
            self._follow_time,
        )
        self.tail = RegistryTail((self.directory, self.book, self.turns))
        self._senders = Senders(self.directory, self.tail)
        self._figures = PipelineFigures()  # of all partitions that it has had
        self._put_aside = 0
        self._copy_seconds: deque[float] = deque(maxlen=500)
        self._stores: dict[int, ClusterStore] = {}
        self.health = HealthApp(RightsCache(), self._tell_unready, self._tell_remarks, Figures(*self._list_figures()))

    def start(self) -> None:
        """Read the registry."""
        registry_log.follower.bind(self.tail)
        clock.clock.bind(self._clock)
        silencing.is_date_trusted.bind(self._date.is_trusted)
        self._date.begin()
        alert_log.publisher.bind(RedisPublisher(self._redis))
        self.tail.load()
        self.book.follow_time()
        self.tail.start()

    def stop(self) -> None:
        """Give back what is held."""
        self.turns.close()
        self.tail.stop()
        self._feed.close()
        self._letters.flush(SET_ASIDE_SECONDS)

    def _tell_unready(self) -> dict[str, str]:
        reasons = {f"partition {partition}": reason for partition, reason in sorted(self.turns.waiting.items())}
        if not self._has_room():
            reasons["mongodb"] = FULL.format(count=self._count_values())
        silent = self.turns.idle_seconds
        if silent > SILENT_SECONDS:
            reasons["tasks"] = NO_TASK.format(seconds=round(silent))
        busy = self.turns.busy_seconds
        if busy > STUCK_SECONDS:
            reasons["turn"] = STUCK.format(seconds=round(busy))
        return {**reasons, **tell_registry(self.tail)}

    def _tell_remarks(self) -> dict[str, str]:
        stores = {
            f"partition {partition}, {part}": sentence
            for partition, store in sorted(self._stores.items())
            for part, sentence in store.remarks().items()
        }
        return {**stores, **self._date.remarks()}

    def _list_figures(self) -> Iterator[Families]:
        yield lambda: collect_pipeline(self._figures)
        yield lambda: collect_drain(list(self._copy_seconds))
        yield lambda: collect_rejected(self._figures)
        yield lambda: collect_worker(len(self.turns.held), self.turns.conflicts, self._put_aside)
        yield lambda: collect_clock(self._clock)

    def _has_room(self) -> bool:
        """Whether memory may hold more of what is not in MongoDB: the part of all that this process may have."""
        return self._count_values() <= self._most_values * len(self._stores) / self._partitions

    def _count_values(self) -> int:
        return sum(store.memory.rows for store in list(self._stores.values()))

    # --- partitions ---------------------------------------------------------------------------------

    def _open_partition(self, partition: int) -> Held:
        mysql, mongo = self._mysql, self._mongo
        topic_id = self._claim_topic(partition)
        keep, deleted = readings.keep_by_series, devices.deleted_series
        store = ClusterStore(partition, mysql, mongo, keep, deleted, self._clock, self._pace)
        store.open()
        self._take_in_registry()

        def owns_key(data_key: str) -> bool:
            return partition_of(data_key, self._partitions) == partition

        def owns_device(device_id: str) -> bool:
            device = self.directory.get(device_id)
            return device is not None and owns_key(device.data_key)

        self.directory.note_valueless(store.present, owns_key)
        self._feed.add(partition, store.position, store.epoch)
        attempts = _Attempts(mysql, partition)
        outlet = KafkaOutlet(
            self._feed, partition, store.position, self._senders.find, self._replies, self._set_aside, attempts
        )
        book = PartitionBook(self.book, lambda series: self._find_home(series) == partition, owns_device)
        drain = Drain(ClusterOutbox(partition, mysql))
        latest = PartitionLatest(self._redis, self.directory, store, partition)
        flow = Flow(outlet, store, self.directory, book, latest.writer, self._still, drain.wake, _read_now)
        flow.figures, drain.copy_seconds = self._figures, self._copy_seconds
        seen = SeenKeeper(self._clock, store)
        worker = PartitionWorker(flow, outlet, store, book, seen, _read_now, owns_key, self._has_room)
        worker.restore()
        self._outlets[partition], self._stores[partition] = outlet, store

        def after() -> None:
            latest.flush()
            drain.run_once()

        def close() -> None:
            self._outlets.pop(partition, None)
            self._stores.pop(partition, None)
            with contextlib.suppress(StoreUnavailable, StoreBroken):
                outlet.take_back_attempt()
            self._feed.remove([partition])
            store.close()

        def is_stale(version: int) -> bool:
            return store.version != version or self._topic.is_other(topic_id)

        return Held(worker, outlet.nudge, after, is_stale, close)

    def _take_in_registry(self) -> None:
        """Know the rules and devices that whoever had a partition before knew: a rule that is not known has no state.

        After the store is open: what is committed later by others with newer rules is fenced. Raises StoreUnavailable.
        """
        self.tail.catch_up()
        if self.tail.unreadable:
            raise StoreUnavailable("The database does not say which rules there are.")

    def _claim_topic(self, partition: int) -> str:
        """The topic in which the partition's position counts. Raises RecordsLost where Kafka has another one."""
        topic_id = self._topic.find()
        if topic_id is None:
            raise StoreUnavailable("Kafka does not say which topic it has; it is asked again.")
        if not claim_topic(self._mysql, partition, topic_id):
            raise RecordsLost(
                f"Kafka's topic was made anew: what the old one held of partition {partition} and no worker had stored"
                f" is lost. {REMEDY}"
            )
        return topic_id

    def _follow_time(self) -> bool:
        """Each second: the clock first, for schedules go by it."""
        self._date.look()
        return self.book.follow_time()

    def _end_round(self) -> None:
        self._marks.take_ends()
        try:
            self._replies.flush()
        except redis.RedisError as error:
            log.warning("redis_away", reason=str(error))
        if time.monotonic() >= self._troubles_due:
            self._troubles_due = time.monotonic() + TROUBLES_SECONDS
            try:
                self._troubles.save()
            except RegistryError as error:
                log.warning("troubles_not_saved", reason=str(error))

    def _find_home(self, series: int) -> int | None:
        """The partition of a series; None where it is deleted."""
        home = self._homes.get(series)
        if home is None:
            info = self.directory.series.get(series)
            device = None if info is None else self.directory.get(info.device_id)
            if device is None:
                return None
            home = self._homes[series] = partition_of(device.data_key, self._partitions)
        return home

    def _set_aside(self, message: Any, reason: str) -> None:
        """Keep a record aside that cannot be processed. Raises StoreUnavailable where Kafka does not take it now."""
        source = f"{message.topic()}/{message.partition()}/{message.offset()}"
        headers = [("reason", reason.encode()), ("source", source.encode())]
        self._letters.produce(DEAD_LETTERS, message.value(), message.key(), headers=headers)
        if self._letters.flush(SET_ASIDE_SECONDS):
            raise StoreUnavailable("Kafka does not take a record that has to be kept aside.")
        self._put_aside += 1
        log.error("record_buried", source=source, reason=reason)


def _read_now() -> Now:
    """Machines of a cluster keep their clocks by NTP, and one line of time serves all workers."""
    wall_ms = now_ms()
    return Now(wall_ms, wall_ms)


class _Leases:
    def __init__(self, mysql: MySql, owner: str) -> None:
        self._mysql = mysql
        self._owner = owner

    def take(self, partition: int, seconds: int) -> bool:
        return lease.take(self._mysql, partition, self._owner, seconds)

    def renew(self, partitions: Sequence[int], seconds: int) -> Mapping[int, int]:
        return lease.renew(self._mysql, partitions, self._owner, seconds)

    def release(self, partitions: Sequence[int]) -> None:
        lease.release(self._mysql, partitions, self._owner)


class _Attempts:
    def __init__(self, mysql: MySql, partition: int) -> None:
        self._mysql = mysql
        self._partition = partition

    def begin(self) -> int:
        return lease.raise_attempts(self._mysql, self._partition)

    def end(self) -> None:
        lease.clear_attempts(self._mysql, self._partition)

    def take_back(self, begun: int) -> None:
        lease.take_back_attempt(self._mysql, self._partition, begun)


class _Marks:
    """What the marks speak of stands before the ends, which are asked for after the marks are read."""

    def __init__(self, ends: StreamEnds, outlets: dict[int, KafkaOutlet]) -> None:
        self._ends = ends
        self._outlets = outlets
        self._asked: Heard | None = None

    def look(self, partitions: Sequence[int]) -> int | None:
        mark = read_mark()
        if mark is None:
            return None
        if self._ends.ask(partitions):
            self._asked = mark
        return mark.since_ms

    def take_ends(self) -> None:
        """Tell the partitions, once Kafka has answered."""
        for partition, end in self._ends.take_answer().items():
            if partition in self._outlets and self._asked is not None:
                self._outlets[partition].note_mark(self._asked, end)


class _StandBy:
    def __init__(self, client: redis.Redis) -> None:
        self._client = client

    def announce(self) -> None:
        with contextlib.suppress(redis.RedisError):
            self._client.set(STAND_BY_KEY, 1, ex=STAND_BY_SECONDS)

    def wanted(self) -> bool:
        try:
            return bool(self._client.delete(STAND_BY_KEY))
        except redis.RedisError:
            return False
