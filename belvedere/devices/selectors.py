"""Reading devices: rows of the registry, with what only memory knows laid over them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from django.db.models import Count, QuerySet

from belvedere.accounts.models import Site, User
from belvedere.accounts.selectors import list_sites
from belvedere.devices.models import DeletedSeries, Device, Series
from belvedere.domain.metrics import find_metric
from belvedere.domain.provided import Provided
from belvedere.domain.trouble import Trouble


class LivePresence(Protocol):
    """What presence.py knows about one device."""

    @property
    def online(self) -> bool: ...
    @property
    def last_seen_ms(self) -> int | None: ...
    @property
    def clock_skew_ms(self) -> int | None: ...
    @property
    def protocol(self) -> str: ...


class LivePresences(Protocol):
    """Who is there. Implemented by presence.py."""

    def get(self, device_id: str) -> LivePresence | None:
        """Return what is known now; None where that is what the row says."""


class LiveTroubles(Protocol):
    """What went wrong beside the readings. Implemented by troubles.py."""

    def list_troubles(self, data_key: str) -> list[Trouble]:
        """Return the last ones, the newest first."""

    def strangers(self) -> Sequence[Any]:
        """Return who tried to log in with an id that no device has: id, host and at_ms of each, the newest first."""


class RefusedCounts(Protocol):
    """How much was refused. Implemented by the store."""

    def refused_counts(self, data_key: str) -> dict[str, int]:
        """Return reason -> count since the beginning."""


class NothingLive:
    """In a process without a pipeline the stored columns are shown, no troubles and nothing refused."""

    def get(self, _device_id: str) -> LivePresence | None:
        """Return None."""
        return None

    def list_troubles(self, _data_key: str) -> list[Trouble]:
        """Return none."""
        return []

    def strangers(self) -> Sequence[Any]:
        """Return none."""
        return []

    def refused_counts(self, _data_key: str) -> dict[str, int]:
        """Return none."""
        return {}


presences: Provided[LivePresences] = Provided("book of presence", NothingLive())
troubles: Provided[LiveTroubles] = Provided("book of troubles", NothingLive())
refused: Provided[RefusedCounts] = Provided("store of readings", NothingLive())


def presence_of(device: Device) -> LivePresence:
    """Live presence, else the columns of the row (which have the same names)."""
    return presences().get(device.pk) or device


def devices_of(user: User, site: Site | None) -> QuerySet[Device]:
    """The devices of one site, or of all the person's sites; with `series_count`."""
    sites = [site] if site else list_sites(user)
    return (
        Device.objects.filter(site__in=sites)
        .select_related("site", "zone")
        .annotate(series_count=Count("series"))
        .order_by("site_id", "id")
    )


def series_of(site: Site) -> QuerySet[Series]:
    """The series of a site, with device and zone, those of retired devices too."""
    return Series.objects.filter(site=site).select_related("site", "device__zone").order_by("id")


def series_in_use(site: Site) -> QuerySet[Series]:
    """Those of devices that are not retired."""
    return series_of(site).filter(device__retired_at=None)


def metrics_of(site: Site) -> list[dict[str, Any]]:
    """The metrics of the series in use: metric, unit, kind and series_count, the most frequent unit of each first."""
    rows = Series.objects.filter(site=site, device__retired_at=None).values("metric", "unit", "kind")
    counted = rows.annotate(series_count=Count("id")).order_by("metric", "-series_count")
    return [{**row, "unit": row["unit"] or find_metric(row["metric"]).unit} for row in counted]


def count_rows_of(device: Device, relation: str) -> int:
    """How many rows of a later app point to the device, by the name of their relation."""
    rows: QuerySet[Any] = getattr(device, relation)
    return rows.count()


def deleted_series() -> set[int]:
    """The ids of all series that were ever deleted."""
    return set(DeletedSeries.objects.values_list("series_id", flat=True))
