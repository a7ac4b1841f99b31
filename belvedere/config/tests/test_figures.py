"""What a role of the cluster tells Prometheus."""

from __future__ import annotations

import re
from typing import NamedTuple

from prometheus_client.core import CollectorRegistry
from prometheus_client.exposition import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from belvedere.config.figures import (
    Figures,
    collect_ingest,
    collect_partitions,
    collect_pipeline,
    collect_rejected,
    collect_worker,
)
from belvedere.domain.reading import Reason, Rejection
from belvedere.pipeline.figures import PipelineFigures
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


def page_of(figures: Figures) -> str:
    registry = CollectorRegistry()
    registry.register(figures)
    return generate_latest(registry).decode()


def lines_of(figures: Figures) -> list[str]:
    return [line for line in page_of(figures).splitlines() if not line.startswith("#")]


def test_each_partition_tells_how_far_it_is_behind_and_whether_somebody_works_on_it() -> None:
    lags = [Lag(0, 90, lease_owner="worker-1"), Lag(1, None), Lag(2, 7)]
    lines = lines_of(
        Figures(
            lambda: collect_partitions(lags, {0: Behind(10, 2.5), 1: Behind(5, None)}), lambda: collect_worker(2, 4, 1)
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


def test_a_worker_tells_of_what_it_has_refused_and_put_aside() -> None:
    pipeline = PipelineFigures()
    pipeline.count_rejected([Rejection(0, Reason.CONFLICT)])
    lines = lines_of(Figures(lambda: collect_rejected(pipeline), lambda: collect_worker(2, 4, 1)))
    assert 'belvedere_readings_rejected_total{reason="conflict"} 1.0' in lines
    assert "belvedere_records_put_aside_total 1.0" in lines


def test_a_process_that_takes_readings_by_one_way_tells_of_that_way_only() -> None:
    http = IngestCounters()
    http.published, http.refused["too_large"] = 3, 2
    lines = lines_of(Figures(lambda: collect_ingest(Waiting(), http=http)))
    assert "belvedere_http_published_total 3.0" in lines
    assert 'belvedere_ingest_refused_total{cause="too_large"} 2.0' in lines
    assert "belvedere_oldest_unacknowledged_seconds 0.5" in lines
    assert not any("mqtt" in line for line in lines)


def test_who_has_a_partition_is_told_by_one_series_which_ends_with_the_lease() -> None:
    lags = [Lag(0, 90, lease_owner="worker-farm-1"), Lag(1, 5, lease_owner='worker-"\\\n-2'), Lag(2, 7)]
    figures = Figures(lambda: collect_partitions(lags, {}))

    def read() -> dict[str, str]:
        families = {family.name: family for family in text_string_to_metric_families(page_of(figures))}
        samples = families["belvedere_partition_lease_info"].samples
        assert {sample.value for sample in samples} <= {1.0}
        return {sample.labels["partition"]: sample.labels["holder"] for sample in samples}

    assert read() == {"0": "worker-farm-1", "1": 'worker-"\\\n-2'}
    lags[0] = Lag(0, 90, lease_owner="worker-farm-3")
    lags[1] = Lag(1, 5)
    assert read() == {"0": "worker-farm-3"}, "of who had it before nothing is left"


def test_pages_are_read_by_prometheus_and_named_as_it_advises() -> None:
    """https://prometheus.io/docs/practices/naming: base units, _total for what only grows."""
    counters = IngestCounters()
    counters.refused["too_large"] = 2
    figures = Figures(
        lambda: collect_ingest(Waiting(), mqtt=counters, http=counters),
        lambda: collect_pipeline(PipelineFigures()),
        lambda: collect_partitions([Lag(0, 90, lease_owner="worker-1")], {0: Behind(10, 2.5)}),
        lambda: collect_worker(2, 4, 1),
    )
    families = list(text_string_to_metric_families(page_of(figures)))
    assert len(families) > 20
    for family in families:
        assert re.fullmatch(r"belvedere_[a-z0-9]+(_[a-z0-9]+)*", family.name)
        assert family.documentation.endswith("."), family.name
        assert not re.search(r"_(ms|milliseconds|minutes|kb|mb|percent|count)\b", family.name)
        for sample in family.samples:
            assert sample.name.endswith("_total") == (family.type == "counter"), sample.name
