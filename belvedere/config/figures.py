"""The program's figures for Prometheus: read from the running parts at each scrape, nothing is kept here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from statistics import quantiles
from typing import Protocol

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector

from belvedere.cameras.supervisor import CameraSupervisor
from belvedere.domain.clock import ServerClock
from belvedere.live.hub import Hub
from belvedere.pipeline.figures import PipelineFigures
from belvedere.pipeline.ingest.counters import IngestCounters
from belvedere.pipeline.stream.port import Backlog
from belvedere.readings.snapshot import SnapshotApp
from belvedere.readings.store.port import StoreHealth

Families = Callable[[], Iterable[Metric]]


class PartitionLag(Protocol):
    """How far one partition is processed (store/cluster/lag.py)."""

    @property
    def partition(self) -> int: ...
    @property
    def next_offset(self) -> int | None: ...
    @property
    def log_rows(self) -> int: ...
    @property
    def outbox_rows(self) -> int: ...
    @property
    def attempts(self) -> int: ...
    @property
    def lease_owner(self) -> str: ...


class Waiting(Protocol):
    """What of the stream no worker has processed (wiring/backlog.py)."""

    @property
    def records(self) -> int: ...
    @property
    def seconds(self) -> float | None: ...


class Figures(Collector):
    """What the parts of a process give, in the order of the flow; each family has its unit in its name."""

    def __init__(self, *parts: Families) -> None:
        self._parts = parts

    def collect(self) -> Iterator[Metric]:
        """All of them."""
        for part in self._parts:
            yield from part()


def collect_ingest(
    stream: Backlog,
    mqtt: IngestCounters | None = None,
    http: IngestCounters | None = None,
    pipeline: PipelineFigures | None = None,
) -> Iterator[Metric]:
    """What a process takes of devices."""
    refused: Counter[str] = Counter()
    for counters in (mqtt, http):
        if counters is not None:
            refused += counters.refused
    if mqtt is not None:
        yield _make_gauge("mqtt_connections", "Devices connected by MQTT.", mqtt.connections)
        yield _make_counter("mqtt_published", "Bodies taken from MQTT.", mqtt.published)
        yield _make_counter("mqtt_repeated", "Copies acknowledged again, not stored again.", mqtt.repeated)
        yield _make_counter("mqtt_qos0_dropped", "QoS 0 messages without room.", mqtt.qos0_dropped)
    if http is not None:
        yield _make_counter("http_published", "Bodies taken over HTTP.", http.published)
    yield from collect_rejected(mqtt, http, pipeline)
    yield _make_counters("ingest_refused", "Connections and requests turned away.", "cause", refused)
    yield _make_gauge("queue_submissions", "Bodies that wait for the pipeline.", stream.pending)
    yield _make_gauge("queue_bytes", "Bytes taken and not yet acknowledged.", stream.pending_bytes)
    yield _make_gauge("oldest_unacknowledged_seconds", "Age of the oldest body that waits.", stream.waits_seconds())
    yield _make_gauge("stalled", "1 while nothing can be stored.", stream.stalled is not None)


class Refusing(Protocol):
    """A part that refuses readings."""

    @property
    def rejected(self) -> Counter[str]: ...


def collect_rejected(*parts: Refusing | None) -> Iterator[Metric]:
    """What the parts of a process have refused."""
    rejected = sum((part.rejected for part in parts if part is not None), Counter[str]())
    yield _make_counters("readings_rejected", "Readings refused, by reason.", "reason", rejected)


def collect_pipeline(pipeline: PipelineFigures) -> Iterator[Metric]:
    """What a process stores."""
    yield _make_counter("readings_stored", "Values committed since the start.", pipeline.committed)
    yield _make_counter("readings_duplicate", "Values that were there already.", pipeline.duplicates)
    yield _make_counter("readings_adjusted", "Values stored some ms later: another stood there.", pipeline.adjusted)
    yield _make_counter("commits", "Transactions of the pipeline.", pipeline.batches)
    yield _make_gauge("commit_p99_seconds", "Of the last 500 commits.", compute_p99(pipeline.commit_seconds))


def collect_store(store: StoreHealth, clock: ServerClock) -> Iterator[Metric]:
    """What keeps the store from its housekeeping."""
    yield _make_gauge("retention_paused", "1 while nothing old is deleted.", store.retention_paused)
    yield from collect_clock(clock)


def collect_clock(clock: ServerClock) -> Iterator[Metric]:
    """Whether the date of this process is trusted."""
    yield _make_gauge("clock_untrusted", "1 while the server's own clock is in doubt.", clock.untrusted is not None)


def collect_drain(copy_seconds: Iterable[float]) -> Iterator[Metric]:
    """How late alerts are."""
    text = "From a reading's commit to its alert's, of the last 500."
    yield _make_gauge("alert_p99_seconds", text, compute_p99(copy_seconds))


def collect_polls(snapshot: SnapshotApp) -> Iterator[Metric]:
    """What pages ask for."""
    yield _make_counter("polls", "Snapshots asked for.", snapshot.polls)
    yield _make_counter("polls_not_modified", "Of those, answered 304.", snapshot.not_modified)
    yield _make_counter("poll_bytes", "Bytes of snapshots sent.", snapshot.bytes_sent)


def collect_sockets(hub: Hub) -> Iterator[Metric]:
    """What pages are told."""
    yield _make_counter("alert_events", "Alert events given to sockets.", hub.delivered)
    yield _make_gauge("sockets", "Alert sockets open.", len(hub.sockets()))
    yield _make_counter("sockets_closed_slow", "Sockets closed because they did not read.", hub.closed_slow)


def collect_cameras(supervisor: CameraSupervisor) -> Iterator[Metric]:
    """Who is pulled."""
    cameras = GaugeMetricFamily("belvedere_cameras", "Cameras by state.", labels=["state"])
    yield _add_samples(cameras, supervisor.counts())


def collect_partitions(lags: Iterable[PartitionLag], waiting: Mapping[int, Waiting]) -> Iterator[Metric]:
    """How far the cluster is with each partition. waiting: what waits of the stream of each, where that is known.

    Who has a partition is a label of a figure of its own: that series ends with the lease, and those of the lag go on.
    """
    records = _make_gauges("partition_lag_records", "Records of the stream that are not processed.")
    ages = _make_gauges("partition_oldest_unprocessed_seconds", "Age of the oldest record that is not processed.")
    batches = _make_gauges("partition_log_rows", "Batches that are not in MongoDB yet.")
    transitions = _make_gauges("partition_outbox_rows", "Transitions that are not in the alert log yet.")
    attempts = _make_gauges("partition_attempts", "Times that the next records have been begun in vain.")
    leased = _make_gauges("partition_leased", "1 while a worker has the partition.")
    holders = InfoMetricFamily("belvedere_partition_lease", "The worker that has the partition.", labels=["partition"])
    for lag in lags:
        name = str(lag.partition)
        waits = waiting.get(lag.partition)
        if waits is not None:
            records.add_metric([name], float(waits.records))
            if waits.seconds is not None:
                ages.add_metric([name], waits.seconds)
        batches.add_metric([name], float(lag.log_rows))
        transitions.add_metric([name], float(lag.outbox_rows))
        attempts.add_metric([name], float(lag.attempts))
        leased.add_metric([name], float(lag.lease_owner != ""))
        if lag.lease_owner:
            holders.add_metric([name], {"holder": lag.lease_owner})
    yield from (records, ages, batches, transitions, attempts, leased, holders)


def collect_worker(held: int, conflicts: int, put_aside: int) -> Iterator[Metric]:
    """What one worker has. conflicts: how often another one was found to have committed meanwhile."""
    yield _make_gauge("partitions_held", "Partitions that this process works on.", held)
    yield _make_counter("fence_conflicts", "Batches thrown away because another process had the partition.", conflicts)
    yield _make_counter("records_put_aside", "Records that the topic for dead letters has got.", put_aside)


def compute_p99(seconds: Iterable[float]) -> float:
    """The 99th percentile of recent durations; 0 with none."""
    known = list(seconds)
    return quantiles(known, n=100)[98] if len(known) > 1 else sum(known)


def _make_counter(name: str, text: str, value: float) -> Metric:
    return CounterMetricFamily(f"belvedere_{name}", text, value=value)


def _make_counters(name: str, text: str, label: str, values: Counter[str]) -> Metric:
    return _add_samples(CounterMetricFamily(f"belvedere_{name}", text, labels=[label]), values)


def _make_gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(f"belvedere_{name}", text, value=float(value))


def _add_samples(family: CounterMetricFamily | GaugeMetricFamily, values: Mapping[str, float]) -> Metric:
    for key, value in values.items():
        family.add_metric([str(key)], value)
    return family


def _make_gauges(name: str, text: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"belvedere_{name}", text, labels=["partition"])
