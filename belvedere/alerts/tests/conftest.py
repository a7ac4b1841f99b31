"""A thermometer, a rule about it, a store whose outbox is a list, and the program that tells of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import pytest

from belvedere.accounts import services as accounts
from belvedere.accounts.models import Site, User, Zone
from belvedere.alerts.models import AlertEvent
from belvedere.alerts.outbox import drain_once
from belvedere.alerts.tests.program import Program
from belvedere.devices.models import Device, Series
from belvedere.live import hub as hub_module
from belvedere.live import socket as socket_module
from belvedere.readings.store.batch import OutboxRow
from belvedere.rules.models import Rule

T0 = 1_763_900_000_000


class ListStore:
    """A readings store as the drain sees it. broken: what the next reads raise."""

    store_id = "store-1"

    def __init__(self) -> None:
        self.rows: list[OutboxRow] = []
        self.trimmed = 0
        self.broken: list[Exception] = []

    def add(self, rule: Rule, series: Series, second: float, kind: str, value: float | None) -> OutboxRow:
        ts_ms = T0 + int(second * 1000)
        row = OutboxRow(rule.site_id, rule.pk, rule.version, series.pk, ts_ms, kind, value, len(self.rows) + 1)
        self.rows.append(row)
        return row

    def outbox_after(self, last_id: int, limit: int) -> Sequence[OutboxRow]:
        if self.broken:
            raise self.broken.pop()
        return [row for row in self.rows if row.id > last_id][:limit]

    def outbox_trim(self, last_id: int) -> None:
        self.trimmed = last_id


Transition = Callable[[float, str, float | None], None]


def told() -> list[tuple[int, str]]:
    """What the log says, in its order: number and kind."""
    return list(AlertEvent.objects.order_by("seq").values_list("seq", "kind"))


@pytest.fixture
def thermometer(farm: Site) -> Series:
    zone = Zone.objects.create(site=farm, name="Chuồng 1")
    device = Device.objects.create(id="d0", site=farm, name="Nhiệt kế", zone=zone)
    return Series.objects.create(device=device, site=farm, metric="temperature", unit="°C")


@pytest.fixture
def hot(farm: Site) -> Rule:
    condition = {"kind": "above", "level": 35.0, "clear": 34.0, "for_seconds": 0}
    return Rule.objects.create(site=farm, name="Nóng", metric="temperature", severity="critical", condition=condition)


@pytest.fixture
def store() -> ListStore:
    return ListStore()


@pytest.fixture
def happens(store: ListStore, hot: Rule, thermometer: Series) -> Transition:
    """A transition of the rule, copied to the log."""

    def transition(second: float, kind: str, value: float | None) -> None:
        store.add(hot, thermometer, second, kind, value)
        drain_once(store)

    return transition


@pytest.fixture
def program(monkeypatch: pytest.MonkeyPatch) -> Iterator[Program]:
    monkeypatch.setattr(hub_module, "ROUND_SECONDS", 0.5)
    monkeypatch.setattr(socket_module, "CLOSE_SECONDS", 0.5)
    running = Program().start()
    yield running
    running.stop()


@pytest.fixture
def bearer(bob: User) -> str:
    _, secret = accounts.do_create_token(bob, "bars")
    return secret
