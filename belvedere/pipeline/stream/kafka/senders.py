"""Which device has sent a record, for the worker that processes it."""

from __future__ import annotations

from typing import Protocol

from belvedere.pipeline.stream.port import DeviceHandle
from belvedere.readings.store.port import StoreUnavailable


class Directory(Protocol):
    """The devices that this process knows."""

    def get(self, device_id: str) -> DeviceHandle | None:
        """The device of this id."""


class Registry(Protocol):
    """The registry's log, as far as this process has read it (registry/tail.py). behind: not all of it."""

    behind: bool

    def catch_up(self) -> None:
        """Take in what other processes have committed."""


class Senders:
    """Finds devices; one of which the registry knows nothing was deleted."""

    def __init__(self, directory: Directory, registry: Registry) -> None:
        self._directory = directory
        self._registry = registry
        self._gone: set[str] = set()  # data keys; none is used again

    def find(self, device_id: str, data_key: str) -> DeviceHandle | None:
        """The device of a record; None where it is deleted.

        Raises StoreUnavailable where that cannot be found out now: its records were acknowledged, and must wait.
        """
        device = self._directory.get(device_id)
        if (device is None or device.data_key != data_key) and data_key not in self._gone:
            self._registry.catch_up()
            device = self._directory.get(device_id)
            if (device is None or device.data_key != data_key) and self._registry.behind:
                raise StoreUnavailable("The database does not say which device has sent a record.")
        if device is None or device.data_key != data_key:
            self._gone.add(data_key)
            return None
        return device
