"""Which device has sent a record: one that is not known yet, one that was deleted, and the database away."""

from __future__ import annotations

import pytest

from belvedere.pipeline.stream.kafka.senders import Senders
from belvedere.readings.store.port import StoreUnavailable
from tests.contract.streams import Device


class Registry:
    """A database and what this process has read of it."""

    def __init__(self) -> None:
        self.committed: dict[str, Device] = {}
        self.known: dict[str, Device] = {}
        self.away = self.behind = False
        self.looks = 0

    def get(self, device_id: str) -> Device | None:
        return self.known.get(device_id)

    def catch_up(self) -> None:
        self.looks += 1
        self.behind = self.away
        if not self.away:
            self.known = dict(self.committed)


@pytest.fixture
def registry() -> Registry:
    return Registry()


@pytest.fixture
def senders(registry: Registry) -> Senders:
    return Senders(registry, registry)


def test_a_device_that_was_made_a_moment_ago_is_found(registry: Registry, senders: Senders) -> None:
    device = registry.committed["d0"] = Device("d0")
    assert senders.find("d0", device.data_key) is device


def test_a_deleted_device_is_looked_for_once(registry: Registry, senders: Senders) -> None:
    assert senders.find("d0", "key") is None
    assert senders.find("d0", "key") is None
    assert registry.looks == 1


def test_while_the_database_is_away_a_device_does_not_count_for_deleted(registry: Registry, senders: Senders) -> None:
    device = registry.committed["d0"] = Device("d0")
    registry.away = True
    with pytest.raises(StoreUnavailable):
        senders.find("d0", device.data_key)
    registry.away = False
    assert senders.find("d0", device.data_key) is device
