"""The lists of devices and series, page by page: plain rows, because a site may have 30,000 series.

A row has the fields of DeviceSerializer and SeriesSerializer, made without an object for each row; a test holds the two
to each other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from belvedere.accounts.models import Site, User
from belvedere.accounts.selectors import list_sites
from belvedere.devices import selectors
from belvedere.devices.models import Device, Series
from belvedere.devices.names import Name, match, names_of, split_query
from belvedere.domain.freshness import budget_seconds
from belvedere.domain.metrics import find_metric

ROWS_AT_ONCE = 1_000  # of those that a search has found

Row = dict[str, Any]


class Wanted(NamedTuple):
    """Which part of a list. after: the cursor of a former page. limit: None for all. zone: 0 for those in none.

    q: every word of it stands in a name, an id, a metric or a place, whatever its case and accents.
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


def list_series(
    site: Site, language: str, wanted: Wanted, device: str | None = None, metric: str | None = None
) -> Page:
    """The series of a site by id: those of devices in use, or all of one device, which may be a retired one."""
    rows = Series.objects.filter(site=site).order_by("id")
    rows = rows.filter(device__retired_at=None) if device is None else rows.filter(device=device)
    if metric is not None:
        rows = rows.filter(metric=metric)
    if wanted.after:
        rows = rows.filter(id__gt=_number_of(wanted.after))
    if wanted.ids is not None:
        rows = rows.filter(id__in=[_number_of(each) for each in wanted.ids])
    slug, names = site.slug, names_of.get(site)
    columns = _filter_zone(rows, "device__zone", wanted.zone).values_list(*SERIES_COLUMNS)
    among = [each for each in names.series if metric is None or each.metric == metric] if wanted.q else []
    found, more = _take(_read(columns, wanted, among, wanted.after), wanted)
    repeated = names.find_repeated(language)
    return Page(
        [_build_series(slug, language, str(row[0]) in repeated, *row) for row in found],
        str(found[-1][0]) if more else "",
    )


def _build_series(
    slug: str,
    language: str,
    repeats: bool,
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
        "name_repeats": repeats,
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
    sites = [site] if site else list(list_sites(person).order_by("id"))
    rows = Device.objects.filter(site__in=sites).order_by("site_id", "id")
    site_id, _, device_id = wanted.after.partition(".")
    if wanted.after:
        rows = rows.filter(Q(site_id__gt=_number_of(site_id)) | Q(site_id=_number_of(site_id), id__gt=device_id))
    if wanted.ids is not None:
        rows = rows.filter(id__in=wanted.ids)
    # A count for each row that is read: joined, the whole site would be counted for every page.
    of_device = Series.objects.filter(device=OuterRef("pk")).order_by().values("device").annotate(n=Count("pk"))
    rows = rows.annotate(series_count=Coalesce(Subquery(of_device.values("n")), 0))
    rows = _filter_zone(rows, "zone", wanted.zone).select_related("site", "zone")
    names = {each.pk: names_of.get(each) for each in sites}
    among = [each for one in names.values() for each in one.devices] if wanted.q else []
    found, more = _take(_read(rows, wanted, among, device_id), wanted)
    return Page(
        [_build_device(each, names[each.site_id].budgets.get(each.pk)) for each in found],
        f"{found[-1].site_id}.{found[-1].pk}" if more else "",
    )


def _build_device(device: Any, budget: int | None) -> Row:
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
        "freshness_seconds": budget,
        "rejected_count": sum(selectors.refused().refused_counts(device.data_key).values()),
        "has_credential": bool(device.digest),
        "retired_at": device.retired_at,
        "created_at": device.created_at,
        "version": device.version,
    }


def _filter_zone(rows: QuerySet[Any], field: str, zone: int | None) -> QuerySet[Any]:
    return rows if zone is None else rows.filter(**{field: zone or None})


def _read(rows: QuerySet[Any, Any], wanted: Wanted, among: Sequence[Name], after: str) -> Iterator[Any]:
    """No more than are needed, where it can be told beforehand. among: where a search looks, from `after` on."""
    asked = split_query(wanted.q)
    if asked:
        return _read_found(rows, wanted, match(among, asked), after)
    return rows.iterator(chunk_size=ROWS_AT_ONCE) if wanted.limit is None else iter(rows[: wanted.limit + 1])


def _read_found(rows: QuerySet[Any, Any], wanted: Wanted, found: Sequence[Name], after: str) -> Iterator[Any]:
    """Their rows, in parts, of which a full page needs the first alone."""
    keys = [each.key for each in found if wanted.zone is None or (each.zone_id or 0) == wanted.zone]
    if after in keys:
        keys = keys[keys.index(after) + 1 :]
    at_once = ROWS_AT_ONCE if wanted.limit is None else wanted.limit + 1
    for start in range(0, len(keys), at_once):
        yield from rows.filter(pk__in=keys[start : start + at_once])


def _take(rows: Iterator[Any], wanted: Wanted) -> tuple[list[Any], bool]:
    """As many of the rows as are wanted, and whether there are more."""
    if wanted.limit is None:
        return list(rows), False
    found = list(islice(rows, wanted.limit + 1))
    return found[: wanted.limit], len(found) > wanted.limit


def _number_of(text: str) -> int:
    """0, which nothing has, where it is no number."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0
