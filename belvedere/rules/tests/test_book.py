from __future__ import annotations

from datetime import UTC, datetime

from belvedere.accounts.models import Site
from belvedere.devices.models import Device, Series
from belvedere.domain.changes import Change, ChangeKind
from belvedere.rules.book import RuleBook
from belvedere.rules.models import Rule

ABOVE = {"kind": "above", "level": 35}
SILENT = {"kind": "no_data", "for_seconds": 60}


def series_of(site: Site, device_id: str, metric: str) -> Series:
    device, _ = Device.objects.get_or_create(id=device_id, defaults={"site": site, "name": device_id})
    return Series.objects.create(device=device, site=site, metric=metric)


def rule_for(site: Site, metric: str = "temperature", **fields: object) -> Rule:
    return Rule.objects.create(site=site, name="r", metric=metric, **{"condition": ABOVE, **fields})


def ids(book: RuleBook, series: Series) -> list[int]:
    return [rule.id for rule in book.map_watching().get(series.pk, ())]


def load_book() -> RuleBook:
    book = RuleBook()
    book.load()
    return book


def apply(book: RuleBook, kind: ChangeKind, key: str = "", **data: object) -> None:
    book.apply([Change(1, kind, key, data)])


def test_a_scope_is_a_series_a_metric_of_a_device_or_of_the_site(farm: Site, elsewhere: Site) -> None:
    here, beside = series_of(farm, "d0", "temperature"), series_of(farm, "d1", "temperature")
    other, foreign = series_of(farm, "d0", "humidity"), series_of(elsewhere, "e0", "temperature")
    everywhere = rule_for(farm)
    device = rule_for(farm, device_id="d0")
    one = rule_for(farm, series=beside)
    book = load_book()
    assert ids(book, here) == [everywhere.pk, device.pk]
    assert ids(book, beside) == [everywhere.pk, one.pk]
    assert ids(book, other) == ids(book, foreign) == []


def test_a_rule_that_is_off_or_unreadable_watches_nothing(farm: Site) -> None:
    series = series_of(farm, "d0", "temperature")
    rule_for(farm, enabled=False)
    rule_for(farm, condition={"kind": "of tomorrow"})
    assert ids(load_book(), series) == []


def test_a_series_that_appears_later_is_watched_at_once(farm: Site) -> None:
    rule = rule_for(farm, device_id=None)
    book = load_book()
    new, other = series_of(farm, "d9", "temperature"), series_of(farm, "d9", "humidity")
    apply(book, ChangeKind.SERIES, "d9")
    assert (ids(book, new), ids(book, other)) == ([rule.pk], [])
    apply(book, ChangeKind.RULE)
    assert (ids(book, new), ids(book, other)) == ([rule.pk], [])


def test_nothing_watches_a_retired_device_until_it_is_back(farm: Site) -> None:
    series = series_of(farm, "d0", "temperature")
    everywhere, named = rule_for(farm), rule_for(farm, "pressure", device_id="d0", condition=SILENT)
    book = load_book()
    for retired_at in (datetime(2026, 1, 1, tzinfo=UTC), None):
        Device.objects.update(retired_at=retired_at)
        watched, awaited = ([], []) if retired_at else ([everywhere.pk], [("d0", named.metric)])
        apply(book, ChangeKind.DEVICE, "d0", retired=retired_at is not None)
        apply(book, ChangeKind.SERIES, "d0")
        for one in (book, load_book()):
            assert (ids(one, series), one.list_awaited()) == (watched, awaited)


def test_a_new_device_with_the_id_of_a_retired_one_is_watched(farm: Site) -> None:
    rule = rule_for(farm)
    old = series_of(farm, "d0", "temperature")
    Device.objects.update(retired_at=datetime(2026, 1, 1, tzinfo=UTC))
    book = load_book()
    Device.objects.get().delete()
    apply(book, ChangeKind.DEVICE_DELETED, "d0", series=[old.pk])
    new = series_of(farm, "d0", "temperature")
    apply(book, ChangeKind.SERIES, "d0")
    assert ids(book, new) == [rule.pk]


def test_a_rule_never_watches_a_series_of_another_site(farm: Site, elsewhere: Site) -> None:
    rule_for(farm)
    rule_for(farm, condition=SILENT)
    book = load_book()
    new = series_of(elsewhere, "e9", "temperature")
    apply(book, ChangeKind.SERIES, "e9")
    assert ids(book, new) == []
    apply(book, ChangeKind.RULE)
    assert ids(book, new) == []
    assert book.list_ticking() == []


def test_a_no_data_rule_waits_for_what_its_device_never_sent_and_for_nothing_of_a_whole_site(farm: Site) -> None:
    series_of(farm, "d0", "temperature")
    rule_for(farm, "humidity", device_id="d0", condition=SILENT)
    rule_for(farm, "temperature", device_id="d0", condition=SILENT)
    rule_for(farm, "pressure", condition=SILENT)
    rule_for(farm, "motion", device_id="d0")
    rule_for(farm, "co2", device_id="d0", condition=SILENT, enabled=False)
    book = load_book()
    assert book.list_awaited() == [("d0", "humidity")]
    series_of(farm, "d0", "humidity")
    apply(book, ChangeKind.SERIES, "d0")
    assert book.list_awaited() == []


def test_an_edit_is_seen_once_it_is_told(farm: Site) -> None:
    series = series_of(farm, "d0", "temperature")
    rule = rule_for(farm)
    book = load_book()
    assert book.map_watching()[series.pk][0].high == 35
    rule.condition, rule.version = {"kind": "above", "level": 40}, 2
    rule.save()
    apply(book, ChangeKind.RULE, str(rule.pk))
    compiled = book.get_rule(rule.pk)
    assert compiled is not None
    assert (compiled.high, compiled.version) == (40, 2)


def test_only_no_data_pairs_tick_always(farm: Site) -> None:
    series = series_of(farm, "d0", "temperature")
    rule_for(farm)
    silent = rule_for(farm, condition=SILENT)
    assert [(rule.id, one) for rule, one in load_book().list_ticking()] == [(silent.pk, series.pk)]


def test_a_deleted_device_is_waited_for_no_longer_and_its_rules_watch_nothing(farm: Site) -> None:
    series, other = series_of(farm, "d0", "temperature"), series_of(farm, "d1", "temperature")
    rule_for(farm, condition=SILENT)
    own = rule_for(farm, device_id="d0")
    book = load_book()
    assert len(book.list_ticking()) == 2
    Device.objects.get(pk="d0").delete()
    apply(book, ChangeKind.DEVICE_DELETED, "d0", series=[series.pk])
    assert [one for _rule, one in book.list_ticking()] == [other.pk]
    assert (ids(book, series), book.get_rule(own.pk)) == ([], None)
    apply(book, ChangeKind.DEVICE_DELETED, "d0", series=[series.pk])
    apply(book, ChangeKind.RULE)
    assert ids(book, series) == []


class Wall:
    """The server's clock: what it shows, or None while its date is in doubt."""

    def __init__(self, written: str) -> None:
        self.set(written)

    def set(self, written: str) -> None:
        self.ms: int | None = int(datetime.fromisoformat(written).timestamp() * 1000)

    def __call__(self) -> int | None:
        return self.ms


NIGHTS = {"days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], "start": "22:00", "end": "06:00"}


def suspended(book: RuleBook, rule: Rule) -> bool:
    compiled = book.get_rule(rule.pk)
    assert compiled is not None
    return compiled.suspended


def test_a_rule_is_suspended_outside_its_hours_by_the_clock_of_its_site(farm: Site, elsewhere: Site) -> None:
    Site.objects.filter(pk=elsewhere.pk).update(timezone="Europe/Berlin")
    here, there, always = rule_for(farm, schedule=NIGHTS), rule_for(elsewhere, schedule=NIGHTS), rule_for(farm)
    series = series_of(farm, "d0", "temperature")
    wall = Wall("2026-11-27T21:59:30+07:00")
    book = RuleBook(wall)
    book.load()
    assert [suspended(book, rule) for rule in (here, there, always)] == [True, True, False]
    assert ids(book, series) == [here.pk, always.pk], "it is watched all the same, so that it is judged as it begins"
    assert not book.follow_time()
    wall.set("2026-11-27T22:00:00+07:00")
    assert book.follow_time()
    assert not book.follow_time(), "once an edge"
    assert [suspended(book, rule) for rule in (here, there, always)] == [False, True, False]
    assert [rule.suspended for rule in book.map_watching().get(series.pk, ())] == [False, False]
    wall.set("2026-11-28T04:00:00+07:00")
    assert book.follow_time()
    assert [suspended(book, rule) for rule in (here, there, always)] == [False, False, False]


def test_a_schedule_counts_as_on_while_the_date_is_in_doubt(farm: Site) -> None:
    rule = rule_for(farm, schedule=NIGHTS)
    wall = Wall("2026-11-27T12:00:00+07:00")
    book = RuleBook(wall)
    book.load()
    assert suspended(book, rule)
    wall.ms = None
    assert book.follow_time()
    assert not suspended(book, rule)
    wall.set("2026-11-27T12:00:00+07:00")
    assert book.follow_time()
    assert suspended(book, rule)


def test_rules_follow_the_away_switch_and_the_time_zone_of_their_site_once_told(farm: Site) -> None:
    away, home = rule_for(farm, applies="away"), rule_for(farm, applies="home")
    nightly = rule_for(farm, schedule=NIGHTS)
    book = RuleBook(Wall("2026-11-27T23:00:00+07:00"))
    book.load()
    assert [suspended(book, rule) for rule in (away, home, nightly)] == [True, False, False]
    Site.objects.update(away=True, timezone="Europe/Berlin")
    apply(book, ChangeKind.SITE, str(farm.pk))
    assert [suspended(book, rule) for rule in (away, home, nightly)] == [False, True, True]


def test_a_doubtful_date_does_not_undo_the_away_switch(farm: Site) -> None:
    rule = rule_for(farm, applies="away")
    wall = Wall("2026-11-27T12:00:00+07:00")
    wall.ms = None
    book = RuleBook(wall)
    book.load()
    assert suspended(book, rule)


def test_a_schedule_that_cannot_be_read_silences_nothing(farm: Site) -> None:
    rule = rule_for(farm, schedule={"days": ["someday"]})
    book = RuleBook(Wall("2026-11-27T12:00:00+07:00"))
    book.load()
    assert not suspended(book, rule)


def test_only_what_applies_now_ticks_and_is_waited_for(farm: Site) -> None:
    series_of(farm, "d0", "temperature")
    rule_for(farm, condition=SILENT, schedule=NIGHTS)
    rule_for(farm, "humidity", device_id="d0", condition=SILENT, schedule=NIGHTS)
    wall = Wall("2026-11-27T12:00:00+07:00")
    book = RuleBook(wall)
    book.load()
    assert (book.list_ticking(), book.list_awaited()) == ([], [])
    wall.set("2026-11-27T23:00:00+07:00")
    book.follow_time()
    assert (len(book.list_ticking()), book.list_awaited()) == (1, [("d0", "humidity")])
