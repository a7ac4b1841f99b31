"""Reading devices: rows of the registry, with what only memory knows laid over them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from django.db.models import Count, QuerySet

from belvedere.accounts.models import Site, User
from belvedere.accounts.selectors import list_sites
from belvedere.devices.models import DeletedSeries, Device, Series
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


def _no_presence(_device_id: str) -> LivePresence | None:
    return None


def _no_rejections(_device_id: str) -> int:
    return 0


def _no_troubles(_data_key: str) -> list[Trouble]:
    return []


@dataclass
class Sources:
    """Where live facts come from, by a device's id and by its data key; wiring sets both.

    Without them the stored columns are shown, no rejections and no troubles.
    """

    presence_of: Callable[[str], LivePresence | None] = _no_presence
    rejected_count: Callable[[str], int] = _no_rejections
    troubles_of: Callable[[str], list[Trouble]] = _no_troubles


sources = Sources()


def presence_of(device: Device) -> LivePresence:
    """Live presence, else the columns of the row (which have the same names)."""
    return sources.presence_of(device.pk) or device


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
    """The series of a site, with device and zone."""
    return Series.objects.filter(site=site).select_related("site", "device__zone").order_by("id")


def deleted_series() -> set[int]:
    """The ids of all series that were ever deleted."""
    return set(DeletedSeries.objects.values_list("series_id", flat=True))
