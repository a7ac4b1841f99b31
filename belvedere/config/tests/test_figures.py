"""What a role of the cluster tells Prometheus."""

from __future__ import annotations

from typing import NamedTuple

from prometheus_client.core import CollectorRegistry
from prometheus_client.exposition import generate_latest

from belvedere.config.figures import Figures, collect_ingest, collect_partitions, collect_worker
from belvedere.pipeline.ingest.counters import IngestCounters


class Waiting(NamedTuple):
    """A stream with something in it."""

    pending: int = 1
    pending_bytes: int = 10
    stalled: str | None = None

    def waits_seconds(self) -> float:
        return 0.5


class Lag(NamedTuple):
    partition: int
    next_offset: int | None
    log_rows: int = 3
    outbox_rows: int = 0
    attempts: int = 0
    lease_owner: str = ""


class Behind(NamedTuple):
    records: int
    seconds: float | None


def lines_of(figures: Figures) -> list[str]:
    registry = CollectorRegistry()
    registry.register(figures)
    return [line for line in generate_latest(registry).decode().splitlines() if not line.startswith("#")]


def test_each_partition_tells_how_far_it_is_behind_and_whether_somebody_works_on_it() -> None:
    lags = [Lag(0, 90, lease_owner="worker-1"), Lag(1, None), Lag(2, 7)]
    lines = lines_of(
        Figures(
            lambda: collect_partitions(lags, {0: Behind(10, 2.5), 1: Behind(5, None)}), lambda: collect_worker(2, 4)
        )
    )
    assert [line for line in lines if "lag_records" in line] == [
        'belvedere_partition_lag_records{partition="0"} 10.0',
        'belvedere_partition_lag_records{partition="1"} 5.0',
    ], "of the third nothing is known, and nothing is told"
    assert [line for line in lines if "oldest_unprocessed" in line] == [
        'belvedere_partition_oldest_unprocessed_seconds{partition="0"} 2.5'
    ]
    assert [line.split()[-1] for line in lines if "partition_leased" in line] == ["1.0", "0.0", "0.0"]
    assert "belvedere_partitions_held 2.0" in lines
    assert "belvedere_fence_conflicts_total 4.0" in lines


def test_a_process_that_takes_readings_by_one_way_tells_of_that_way_only() -> None:
    http = IngestCounters()
    http.published, http.refused["too_large"] = 3, 2
    lines = lines_of(Figures(lambda: collect_ingest(Waiting(), http=http)))
    assert "belvedere_http_published_total 3.0" in lines
    assert 'belvedere_ingest_refused_total{cause="too_large"} 2.0' in lines
    assert "belvedere_oldest_unacknowledged_seconds 0.5" in lines
    assert not any("mqtt" in line for line in lines)
