"""The names of a site's devices and series, folded (no case, no accents) and kept in memory.

So that a search among 30,000 series costs a few milliseconds and no pass over the table.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from operator import attrgetter
from typing import NamedTuple

from belvedere.accounts.models import Site
from belvedere.devices.models import Device, Series
from belvedere.devices.site_cache import SiteCache
from belvedere.domain.folding import fold
from belvedere.domain.freshness import budget_seconds
from belvedere.domain.metrics import find_metric

MAX_KEPT = 64  # sites, of which most are small; one of 30,000 series takes 15 MB


class Name(NamedTuple):
    """What can be found by its name. text: all its words, folded, a space before each.

    name: empty for a series that goes by its metric. own_vi, own_en: the name as its reader sees it, folded.
    code: of a name that each reader sees in their own language. zone_id, retired: of a device or a series.
    """

    key: str
    text: str
    own_vi: str
    own_en: str
    name: str
    metric: str = ""
    device_name: str = ""
    zone: str = ""
    zone_id: int | None = None
    retired: bool = False
    code: str = ""


def make_name(
    key: str,
    name: str,
    metric: str = "",
    device_name: str = "",
    zone: str = "",
    words: tuple[str, ...] = (),
    zone_id: int | None = None,
    retired: bool = False,
    code: str = "",
    translated: tuple[str, ...] = (),
) -> Name:
    """With the metric's name in both languages: a person may search in either. words: more by which it is found.

    translated: the name in Vietnamese and in English, where it has a code.
    """
    known = find_metric(metric) if metric else None
    metrics = (known.name_vi, known.name_en) if known else ()
    found_by = (name, device_name, zone, *words, *translated, metric, *metrics)
    text = "".join(f" {fold(each)}" for each in found_by if each)
    seen = translated or ((name or key,) * 2 if name or not known else metrics)
    return Name(key, text, fold(seen[0]), fold(seen[1]), name, metric, device_name, zone, zone_id, retired, code)


def read_own(language: str) -> Callable[[Name], str]:
    """The function that gives a name as readers of this language see it, folded."""
    return attrgetter("own_en" if language == "en" else "own_vi")


def split_query(query: str) -> list[str]:
    """The words of a search, folded."""
    return fold(query).split()


def match(names: Iterable[Name], asked: Sequence[str]) -> list[Name]:
    """Those in which all the words stand; whole passes are quicker than a test of all words for each name."""
    found = list(names)
    for word in asked:
        found = [each for each in found if word in each.text]
    return found


class Names:
    """Of one site, in the order of their ids. budgets: seconds for which the fastest series of a device is fresh."""

    def __init__(self, devices: list[Name], series: list[Name], budgets: dict[str, int]) -> None:
        self.devices = devices
        self.series = series
        self.budgets = budgets
        self._repeated: dict[str, frozenset[str]] = {}

    def find_repeated(self, language: str) -> frozenset[str]:
        """The keys of the series whose name another series in use of their zone has as well, in this language."""
        if language not in self._repeated:
            named = [
                (each, (each.zone_id, (each.name or find_metric(each.metric).name_in(language)).casefold()))
                for each in self.series
            ]
            counts = Counter(place for each, place in named if not each.retired)
            self._repeated[language] = frozenset(
                each.key for each, place in named if counts[place] > (0 if each.retired else 1)
            )
        return self._repeated[language]


def _read(site: Site) -> Names:
    rows = Device.objects.filter(site=site).order_by("id")
    devices = [
        make_name(key, name or key, zone=zone or "", words=(key,), zone_id=zone_id, retired=retired is not None)
        for key, name, zone, zone_id, retired in rows.values_list("id", "name", "zone__name", "zone_id", "retired_at")
    ]
    of_devices = {each.key: each for each in devices}
    series: list[Name] = []
    budgets: dict[str, int] = {}
    columns = Series.objects.filter(site=site).order_by("id")
    for key, name, metric, device_id, own_budget, interval_ms in columns.values_list(
        "id", "name", "metric", "device_id", "freshness_seconds", "interval_ms"
    ):
        device = of_devices.get(device_id)
        if device is None:
            continue  # made between the two reads
        series.append(
            make_name(str(key), name, metric, device.name, device.zone, (device_id,), device.zone_id, device.retired)
        )
        budget = budget_seconds(own_budget, interval_ms, metric)
        budgets[device_id] = min(budget, budgets.get(device_id, budget))
    return Names(devices, series, budgets)


names_of: SiteCache[Names] = SiteCache(_read, MAX_KEPT)
