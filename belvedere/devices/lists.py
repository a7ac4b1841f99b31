"""The lists of devices and series, page by page: plain rows, because a site may have 30,000 series.

A row has the fields of DeviceSerializer and SeriesSerializer, made without an object for each row; a test holds the two
to each other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from belvedere.accounts.models import Site, User
from belvedere.accounts.selectors import list_sites
from belvedere.devices import selectors
from belvedere.devices.models import Device, Series
from belvedere.domain.folding import fold
from belvedere.domain.freshness import budget_seconds
from belvedere.domain.metrics import find_metric

ROWS_AT_ONCE = 1_000  # read from the database while a search looks for enough of them

Row = dict[str, Any]


class Wanted(NamedTuple):
    """Which part of a list. after: the cursor of a former page. limit: None for all. zone: 0 for those in none.

    q: every word of it stands in a name, an id or a place, whatever its case and accents.
    """

    after: str = ""
    limit: int | None = None
    q: str = ""
    zone: int | None = None
    ids: tuple[str, ...] | None = None


class Page(NamedTuple):
    """cursor: of the next page, "" after the last."""

    rows: list[Row]
    cursor: str


SERIES_COLUMNS = (
    "id",
    "device_id",
    "device__name",
    "device__zone_id",
    "device__zone__name",
    "metric",
    "name",
    "unit",
    "kind",
    "freshness_seconds",
    "interval_ms",
    "raw_days",
    "tier_days",
    "decimals",
    "on_word",
    "off_word",
    "version",
)


def list_series(site: Site, reader: User, wanted: Wanted, device: str | None = None) -> Page:
    """The series of a site by id: those of devices in use, or all of one device, which may be a retired one."""
    rows = Series.objects.filter(site=site).order_by("id")
    rows = rows.filter(device__retired_at=None) if device is None else rows.filter(device=device)
    if wanted.after:
        rows = rows.filter(id__gt=_number_of(wanted.after))
    if wanted.ids is not None:
        rows = rows.filter(id__in=[_number_of(each) for each in wanted.ids])
    slug, language = site.slug, reader.language
    columns = _in_zone(rows, "device__zone", wanted.zone).values_list(*SERIES_COLUMNS)
    found, more = _take(_read(columns, wanted), wanted, lambda row: _words_of_series(language, row))
    return Page([_build_series(slug, language, *row) for row in found], str(found[-1][0]) if more else "")


def _build_series(
    slug: str,
    language: str,
    key: int,
    device: str,
    device_name: str,
    zone: int | None,
    zone_name: str | None,
    metric: str,
    name: str,
    unit: str,
    kind: str,
    budget: int | None,
    interval_ms: int | None,
    raw_days: int,
    tier_days: int,
    decimals: int | None,
    on_word: str,
    off_word: str,
    version: int,
) -> Row:
    known = find_metric(metric)
    return {
        "id": key,
        "site": slug,
        "device": device,
        "device_name": device_name,
        "zone": None if zone is None else {"id": zone, "name": zone_name},
        "metric": metric,
        "name": name or known.name_in(language),
        "unit": unit or known.unit,
        "kind": kind,
        "freshness_seconds": budget_seconds(budget, interval_ms, metric),
        "interval_ms": interval_ms,
        "raw_days": raw_days,
        "tier_days": tier_days,
        "decimals": decimals,
        "on_word": on_word,
        "off_word": off_word,
        "own_name": name,
        "own_freshness_seconds": budget,
        "version": version,
    }


def list_devices(person: User, site: Site | None, wanted: Wanted) -> Page:
    """The devices of a site, or of all the person's sites, by site and id."""
    rows = Device.objects.filter(site__in=[site] if site else list_sites(person)).order_by("site_id", "id")
    if wanted.after:
        site_id, _, device_id = wanted.after.partition(".")
        rows = rows.filter(Q(site_id__gt=_number_of(site_id)) | Q(site_id=_number_of(site_id), id__gt=device_id))
    if wanted.ids is not None:
        rows = rows.filter(id__in=wanted.ids)
    # A count for each row that is read: joined, the whole site would be counted for every page.
    of_device = Series.objects.filter(device=OuterRef("pk")).order_by().values("device").annotate(n=Count("pk"))
    rows = rows.annotate(series_count=Coalesce(Subquery(of_device.values("n")), 0))
    rows = _in_zone(rows, "zone", wanted.zone).select_related("site", "zone")
    found, more = _take(_read(rows, wanted), wanted, _words_of_device)
    return Page(list(map(_build_device, found)), f"{found[-1].site_id}.{found[-1].pk}" if more else "")


def _build_device(device: Any) -> Row:
    presence = selectors.presence_of(device)
    zone = device.zone
    return {
        "id": device.id,
        "site": device.site.slug,
        "zone": None if zone is None else {"id": zone.pk, "name": zone.name},
        "name": device.name,
        "online": presence.online,
        "last_seen_ms": presence.last_seen_ms,
        "clock_skew_ms": presence.clock_skew_ms,
        "protocol": presence.protocol,
        "series_count": device.series_count,
        "rejected_count": sum(selectors.refused().refused_counts(device.data_key).values()),
        "has_credential": bool(device.digest),
        "retired_at": device.retired_at,
        "created_at": device.created_at,
        "version": device.version,
    }


def _in_zone(rows: QuerySet[Any], field: str, zone: int | None) -> QuerySet[Any]:
    return rows if zone is None else rows.filter(**{field: zone or None})


def _read(rows: QuerySet[Any, Any], wanted: Wanted) -> Iterator[Any]:
    """No more than are needed, where it can be told beforehand; else in parts, which a search may leave."""
    if wanted.limit is not None and not wanted.q:
        return iter(rows[: wanted.limit + 1])
    return rows.iterator(chunk_size=ROWS_AT_ONCE)


def _take(rows: Iterator[Any], wanted: Wanted, words_of: Callable[[Any], tuple[str, ...]]) -> tuple[list[Any], bool]:
    """As many of the rows as are wanted, and whether there are more."""
    asked = fold(wanted.q).split()
    found: list[Any] = []
    for row in rows:
        if asked:
            text = " ".join(map(fold, words_of(row)))
            if not all(word in text for word in asked):
                continue
        if wanted.limit is not None and len(found) == wanted.limit:
            return found, True
        found.append(row)
    return found, False


def _words_of_series(language: str, row: Any) -> tuple[str, ...]:
    _, device, device_name, _, place, metric, name, *_ = row
    return name or find_metric(metric).name_in(language), metric, device, device_name, place or ""


def _words_of_device(device: Any) -> tuple[str, ...]:
    return device.name, device.id, device.zone.name if device.zone else ""


def _number_of(text: str) -> int:
    """0, which nothing has, where it is no number."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0
