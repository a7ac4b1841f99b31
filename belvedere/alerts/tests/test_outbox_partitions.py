"""The outboxes of two partitions of a cluster with alerts of one site: each drain has a thread, the log is one."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise

import pytest
from django.db import OperationalError

from belvedere.alerts import outbox
from belvedere.alerts.models import AlertEvent, OutboxCursor
from belvedere.alerts.outbox import Drain
from belvedere.alerts.tests.conftest import ListStore
from belvedere.devices.models import Device, Series
from belvedere.rules.models import Rule

pytestmark = pytest.mark.django_db(transaction=True)

ROWS = 30
KINDS = ("opened", "resolved")
PATIENCE_SECONDS = 60.0


class PartitionStore(ListStore):
    def __init__(self, partition: int) -> None:
        super().__init__()
        self.store_id = f"store-1:{partition}"


@pytest.fixture
def pair(thermometer: Series) -> list[tuple[PartitionStore, Series]]:
    """Two partitions, each with a series of its own."""
    device = Device.objects.create(id="d1", site=thermometer.site, name="Nhiệt kế 2")
    other = Series.objects.create(device=device, site=thermometer.site, metric="temperature", unit="°C")
    return [(PartitionStore(0), thermometer), (PartitionStore(1), other)]


@contextmanager
def draining(stores: list[PartitionStore], rows: int) -> Iterator[list[Drain]]:
    """Each has a drain in a thread, until so many rows are copied."""
    drains = [Drain(store) for store in stores]
    for drain in drains:
        drain.start()
    try:
        yield drains
        deadline = time.monotonic() + PATIENCE_SECONDS
        while AlertEvent.objects.count() < rows and time.monotonic() < deadline:
            time.sleep(0.01)
    finally:
        stopped = [drain.stop(PATIENCE_SECONDS) for drain in drains]
    assert all(stopped)


def run(pair: list[tuple[PartitionStore, Series]], rule: Rule) -> None:
    """Both drains copy while rows come to both stores."""
    with draining([store for store, _ in pair], 2 * ROWS) as drains:
        for second in range(ROWS):
            for (store, series), drain in zip(pair, drains, strict=True):
                store.add(rule, series, second, KINDS[second % 2], 36.0)
                drain.wake()


def check(pair: list[tuple[PartitionStore, Series]]) -> None:
    """One log without a gap, and in it the transitions of each partition once, in their order."""
    events = list(AlertEvent.objects.order_by("seq").values_list("seq", "kind", "alert__series"))
    assert [seq for seq, _, _ in events] == list(range(1, 2 * ROWS + 1))
    for store, series in pair:
        assert [kind for _, kind, of in events if of == series.pk] == [row.kind for row in store.rows]
        assert OutboxCursor.objects.get(store_id=store.store_id).last_id == ROWS
    assert any(one[2] != other[2] for one, other in pairwise(events[1:-1])), "they went on side by side"


@pytest.fixture(autouse=True)
def _few_rows_a_transaction(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that one drain is not done before the other begins."""
    monkeypatch.setattr(outbox, "BATCH", 3)


def test_two_drains_number_the_log_of_a_site_without_a_gap(
    pair: list[tuple[PartitionStore, Series]], hot: Rule
) -> None:
    run(pair, hot)
    check(pair)


def test_where_one_of_them_fails_meanwhile_the_other_leaves_no_gap_for_it(
    pair: list[tuple[PartitionStore, Series]], hot: Rule
) -> None:
    pair[0][0].broken = [OperationalError("the connection is lost") for _ in range(2)]
    run(pair, hot)
    check(pair)


def test_two_drains_of_one_partition_copy_each_row_once(thermometer: Series, hot: Rule) -> None:
    # As where a worker that hung goes on beside the one that has its partition now.
    store = PartitionStore(0)
    for second in range(ROWS):
        store.add(hot, thermometer, second, KINDS[second % 2], 36.0)
    with draining([store, store], ROWS):
        pass
    events = list(AlertEvent.objects.order_by("seq").values_list("seq", "kind"))
    assert events == [(row.id, row.kind) for row in store.rows]
