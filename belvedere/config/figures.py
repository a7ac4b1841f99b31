"""The program's figures for Prometheus: read from the running parts at each scrape, nothing is kept here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from statistics import quantiles
from typing import NamedTuple

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from belvedere.alerts.outbox import Drain
from belvedere.cameras.supervisor import CameraSupervisor
from belvedere.domain.clock import ServerClock
from belvedere.live.hub import Hub
from belvedere.pipeline.figures import PipelineFigures
from belvedere.pipeline.ingest.http import IngestApp
from belvedere.pipeline.ingest.mqtt.endpoint import MqttEndpoint
from belvedere.pipeline.stream.port import Backlog
from belvedere.readings.snapshot import SnapshotApp
from belvedere.readings.store.port import StoreHealth


class Parts(NamedTuple):
    """What is asked."""

    stream: Backlog
    pipeline: PipelineFigures
    store: StoreHealth
    endpoint: MqttEndpoint
    ingest: IngestApp
    snapshot: SnapshotApp
    drain: Drain
    hub: Hub
    supervisor: CameraSupervisor
    clock: ServerClock


class Figures(Collector):
    """Each family, with its unit in the name."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def collect(self) -> Iterator[Metric]:
        """All of them, in the order of the flow."""
        yield from _ingest(self._parts)
        yield from _storing(self._parts)
        yield from _watching(self._parts)


def _ingest(parts: Parts) -> Iterator[Metric]:
    mqtt, http, stream = parts.endpoint.counters, parts.ingest.counters, parts.stream
    rejected = mqtt.rejected + http.rejected + parts.pipeline.rejected
    yield _gauge("mqtt_connections", "Devices connected by MQTT.", mqtt.connections)
    yield _counter("mqtt_published", "Bodies taken from MQTT.", mqtt.published)
    yield _counter("mqtt_repeated", "Copies acknowledged again, not stored again.", mqtt.repeated)
    yield _counter("mqtt_qos0_dropped", "QoS 0 messages without room.", mqtt.qos0_dropped)
    yield _counter("http_published", "Bodies taken over HTTP.", http.published)
    yield _counters("readings_rejected", "Readings refused, by reason.", "reason", rejected)
    yield _counters("ingest_refused", "Connections and requests turned away.", "cause", mqtt.refused + http.refused)
    yield _gauge("queue_submissions", "Bodies that wait for the pipeline.", stream.pending)
    yield _gauge("queue_bytes", "Bytes taken and not yet acknowledged.", stream.pending_bytes)
    yield _gauge("oldest_unacknowledged_seconds", "Age of the oldest body that waits.", stream.waits_seconds())


def _storing(parts: Parts) -> Iterator[Metric]:
    pipeline = parts.pipeline
    yield _counter("readings_stored", "Values committed since the start.", pipeline.committed)
    yield _counter("readings_duplicate", "Values that were there already.", pipeline.duplicates)
    yield _counter("readings_adjusted", "Values stored some ms later: another stood there.", pipeline.adjusted)
    yield _counter("commits", "Transactions of the pipeline.", pipeline.batches)
    yield _gauge("commit_p99_seconds", "Of the last 500 commits.", p99(pipeline.commit_seconds))
    yield _gauge("stalled", "1 while nothing can be stored.", parts.stream.stalled is not None)
    yield _gauge("retention_paused", "1 while nothing old is deleted.", parts.store.retention_paused)
    yield _gauge("clock_untrusted", "1 while the server's own clock is in doubt.", parts.clock.untrusted is not None)


def _watching(parts: Parts) -> Iterator[Metric]:
    snapshot, hub = parts.snapshot, parts.hub
    p99_text = "From a reading's commit to its alert's, of the last 500."
    yield _counter("polls", "Snapshots asked for.", snapshot.polls)
    yield _counter("polls_not_modified", "Of those, answered 304.", snapshot.not_modified)
    yield _counter("poll_bytes", "Bytes of snapshots sent.", snapshot.bytes_sent)
    yield _counter("alert_events", "Alert events given to sockets.", hub.delivered)
    yield _gauge("alert_p99_seconds", p99_text, p99(parts.drain.copy_seconds))
    yield _gauge("sockets", "Alert sockets open.", len(hub.sockets()))
    yield _counter("sockets_closed_slow", "Sockets closed because they did not read.", hub.closed_slow)
    cameras = GaugeMetricFamily("belvedere_cameras", "Cameras by state.", labels=["state"])
    yield _add_samples(cameras, parts.supervisor.counts())


def p99(seconds: Iterable[float]) -> float:
    """The 99th percentile of recent durations; 0 with none."""
    known = list(seconds)
    return quantiles(known, n=100)[98] if len(known) > 1 else sum(known)


def _counter(name: str, text: str, value: float) -> Metric:
    return CounterMetricFamily(f"belvedere_{name}", text, value=value)


def _counters(name: str, text: str, label: str, values: Counter[str]) -> Metric:
    return _add_samples(CounterMetricFamily(f"belvedere_{name}", text, labels=[label]), values)


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(f"belvedere_{name}", text, value=float(value))


def _add_samples(family: CounterMetricFamily | GaugeMetricFamily, values: Mapping[str, float]) -> Metric:
    for key, value in values.items():
        family.add_metric([str(key)], value)
    return family
