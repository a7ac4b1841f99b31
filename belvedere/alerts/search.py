"""Finding anything of a site by a few typed letters: devices, series, rules, cameras and alerts.

The names are kept in memory (devices/names.py), so that a key press of somebody with 30,000 series costs a few
milliseconds and no query but that for the alerts, and where a camera's name matches one for who may see it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Literal, NamedTuple

from belvedere.accounts.models import Site, User
from belvedere.alerts.models import Alert
from belvedere.cameras.models import Camera
from belvedere.cameras.selectors import cameras_of
from belvedere.devices.names import MAX_KEPT, Name, make_name, match, names_of, read_own, split_query
from belvedere.devices.site_cache import SiteCache
from belvedere.domain.folding import fold
from belvedere.domain.metrics import find_metric
from belvedere.rules.models import Rule
from belvedere.rules.names import find_names, translate_name

OF_A_KIND = 8  # a person who does not find it among these types another letter
NEWEST_ALERTS = 1_000  # older ones are found on the page of alerts, by its filters

HitKind = Literal["alert", "device", "series", "rule", "camera"]


class _Told(NamedTuple):
    """What an alert shows beside its name; None: no alert."""

    state: str | None = None
    severity: str | None = None
    opened_ms: int | None = None


def find(site: Site, query: str, language: str, user: User) -> list[dict[str, Any]]:
    """The best of each kind: what begins with the query before what has it within; alerts first, the newest first.

    user: who asks; cameras that they may not see are not found.
    """
    asked = split_query(query)
    if not asked:
        return []
    alerts = {name.key: (name, told) for name, told in _read_alerts(site)}
    best = _find_best([name for name, _ in alerts.values()], asked, language)
    hits = [_show("alert", name, language, alerts[name.key][1]) for name in best]
    for kind, names in _names_by_kind.get(site).order_names(language):
        seen = _keep_seen(match(names, asked), site, user) if kind == "camera" else names
        hits += [_show(kind, name, language) for name in _find_best(seen, asked, language)]
    return hits


def _keep_seen(cameras: Iterable[Name], site: Site, user: User) -> list[Name]:
    """Those that this person may see."""
    found = list(cameras)
    seen = {*cameras_of(user, site).values_list("pk", flat=True)} if found else ()
    return [name for name in found if name.key in seen]


def _find_best(names: Iterable[Name], asked: Sequence[str], language: str) -> list[Name]:
    """Whole passes in the order of their worth: a pass over 30,000 costs less than a rank for each that matches."""
    matching = match(names, asked)
    whole, begun, own = " ".join(asked), [f" {word}" for word in asked], read_own(language)
    passes: tuple[Callable[[Name], bool], ...] = (
        lambda name: own(name) == whole,
        lambda name: own(name).startswith(whole),
        lambda name: whole in own(name),
        lambda name: all(word in name.text for word in begun),
        lambda _name: True,
    )
    found: dict[str, Name] = {}
    for fits in passes:
        for name in matching:
            if len(found) == OF_A_KIND:
                return list(found.values())
            if fits(name):
                found.setdefault(name.key, name)
    return list(found.values())


class _NamesByKind:
    """Of one site: a list a kind, in the order of names as the reader of each language sees them."""

    def __init__(self, site: Site) -> None:
        names = names_of.get(site)
        self._kinds: list[tuple[HitKind, list[Name]]] = [
            ("device", names.devices),
            # A retired device is found, its series are not.
            ("series", [each for each in names.series if not each.retired]),
            ("rule", list(_name_rules(site))),
            ("camera", list(_name_cameras(site))),
        ]
        self._in_order: dict[str, list[tuple[HitKind, list[Name]]]] = {}

    def order_names(self, language: str) -> list[tuple[HitKind, list[Name]]]:
        """Series stand by device, and then by name like all others."""
        if language not in self._in_order:
            own = read_own(language)
            self._in_order[language] = [
                (kind, sorted(names, key=lambda each: (fold(each.device_name) if kind == "series" else "", own(each))))
                for kind, names in self._kinds
            ]
        return self._in_order[language]


_names_by_kind: SiteCache[_NamesByKind] = SiteCache(_NamesByKind, MAX_KEPT)


def _name_rules(site: Site) -> Iterator[Name]:
    rows = Rule.objects.filter(site=site).order_by("id")
    for key, name, code, metric, device in rows.values_list("id", "name", "name_code", "metric", "device__name"):
        yield make_name(str(key), name, metric, device or "", code=code, translated=find_names(code))


def _name_cameras(site: Site) -> Iterator[Name]:
    rows = Camera.objects.filter(site=site).order_by("id")
    for key, name, zone in rows.values_list("id", "name", "zone__name"):
        yield make_name(key, name or key, zone=zone or "", words=(key,))


def _read_alerts(site: Site) -> Iterator[tuple[Name, _Told]]:
    rows = Alert.objects.filter(site=site).order_by("-opened_ms", "-id")
    columns = ("id", "title", "title_code", "metric", "device_name", "zone", "state", "severity", "opened_ms")
    for key, title, code, metric, device, zone, *told in rows.values_list(*columns)[:NEWEST_ALERTS]:
        named = make_name(str(key), title, metric, device, zone, code=code, translated=find_names(code))
        yield named, _Told(*told)


_NOT_AN_ALERT = _Told()


def _show(kind: HitKind, name: Name, language: str, told: _Told = _NOT_AN_ALERT) -> dict[str, Any]:
    return {
        "kind": kind,
        "id": name.key,
        "name": translate_name(name.name, name.code, language) or find_metric(name.metric).name_in(language),
        "device_name": name.device_name,
        "zone": name.zone,
        **told._asdict(),
    }
