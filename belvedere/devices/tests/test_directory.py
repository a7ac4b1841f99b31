from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import OperationalError, connection

from belvedere.accounts.keys import hash_with_key
from belvedere.accounts.models import Site
from belvedere.devices.directory import DeviceDirectory
from belvedere.devices.models import DeletedSeries, Device, Series
from belvedere.devices.presence import PresenceBook
from belvedere.devices.presence_rows import DeviceColumns
from belvedere.devices.selectors import deleted_series
from belvedere.domain.changes import Change, ChangeKind
from belvedere.domain.times import now_ms

KEY = b"k" * 32


@pytest.fixture
def freezer(farm: Site) -> Device:
    return Device.objects.create(id="freezer", site=farm, name="Kho đông", digest=hash_with_key(KEY, "s3cret"))


@pytest.fixture
def directory(freezer: Device) -> DeviceDirectory:
    directory = DeviceDirectory(KEY)
    directory.load()
    return directory


def changed(device_id: str, kind: ChangeKind = ChangeKind.DEVICE) -> list[Change]:
    return [Change(1, kind, device_id, {})]


def test_only_the_right_secret_of_the_right_device_opens(directory: DeviceDirectory) -> None:
    handle = directory.authenticate("freezer", "s3cret")
    assert handle is not None
    assert handle.id == "freezer"
    assert directory.authenticate("freezer", "wrong") is None
    assert directory.authenticate("nobody", "s3cret") is None
    assert directory.authenticate("freezer", "") is None


def test_a_revoked_device_opens_to_nothing_not_even_an_empty_secret(
    directory: DeviceDirectory, freezer: Device
) -> None:
    Device.objects.filter(pk="freezer").update(digest="")
    directory.apply(changed("freezer"))
    for secret in ("s3cret", "", "0" * 64):
        assert directory.authenticate("freezer", secret) is None


@pytest.mark.django_db(transaction=True)
def test_a_slow_look_at_an_older_secret_does_not_bring_it_back(directory: DeviceDirectory, freezer: Device) -> None:
    has_read, go_on = threading.Event(), threading.Event()

    def slowly(execute: Callable[..., Any], *arguments: Any) -> Any:
        rows = execute(*arguments)
        has_read.set()
        go_on.wait(30)
        return rows

    def refresh(slow: bool) -> None:
        if slow:
            with connection.execute_wrapper(slowly):
                directory.apply(changed("freezer"))
        else:
            directory.apply(changed("freezer"))
        connection.close()

    first = threading.Thread(target=refresh, args=(True,))
    first.start()
    assert has_read.wait(30)
    Device.objects.filter(pk="freezer").update(digest="")
    second = threading.Thread(target=refresh, args=(False,))
    second.start()
    second.join(0.3)
    go_on.set()
    first.join(30)
    second.join(30)
    assert directory.authenticate("freezer", "s3cret") is None


def test_a_deleted_device_is_forgotten_with_its_series(directory: DeviceDirectory, freezer: Device) -> None:
    handle = directory.get(freezer.pk)
    assert handle
    directory.allocate([(handle, "temperature", False), (handle, "humidity", False)])
    assert len(directory.series) == 2
    freezer.delete()
    directory.apply(changed("freezer", ChangeKind.DEVICE_DELETED))
    assert (handle.gone, directory.get("freezer"), directory.series) == (True, None, {})
    directory.apply(changed("freezer", ChangeKind.DEVICE_DELETED))
    assert directory.get("freezer") is None


def test_an_edit_leaves_the_handle_that_connections_hold(directory: DeviceDirectory, freezer: Device) -> None:
    handle = directory.get("freezer")
    Device.objects.filter(pk="freezer").update(name="Kho đông 2", digest=hash_with_key(KEY, "another"))
    directory.apply(changed("freezer"))
    assert directory.get("freezer") is directory.authenticate("freezer", "another") is handle


def test_a_device_and_its_series_that_another_process_made_are_known_once_they_are_told(
    directory: DeviceDirectory, farm: Site
) -> None:
    barn = Device.objects.create(id="barn", site=farm, name="Barn", digest=hash_with_key(KEY, "its own"))
    lid = Series.objects.create(device=barn, site=farm, metric="lid", kind="binary")
    directory.apply(changed("barn"))
    handle = directory.authenticate("barn", "its own")
    assert handle is not None
    assert (handle.series, handle.binary, directory.site_of(lid.pk)) == ({"lid": lid.pk}, {"lid"}, farm.pk)


def test_whatever_changes_were_missed_a_load_finds_the_registry_as_it_is(
    directory: DeviceDirectory, freezer: Device, farm: Site
) -> None:
    barn = Device.objects.create(id="barn", site=farm, name="Barn")
    directory.apply(changed("barn"))
    kept = directory.get("barn")
    freezer.delete()
    lid = Series.objects.create(device=barn, site=farm, metric="lid")
    directory.load()
    assert (directory.get("freezer"), directory.get("barn")) == (None, kept)
    assert kept is not None
    assert kept.series == {"lid": lid.pk}


def test_a_new_metric_gets_a_series_with_the_unit_it_is_known_by(directory: DeviceDirectory) -> None:
    handle = directory.get("freezer")
    assert handle is not None
    directory.allocate([(handle, "temperature", False), (handle, "temperature", False), (handle, "door", False)])
    assert sorted(handle.series) == ["door", "temperature"]
    assert Series.objects.get(metric="temperature").unit == "°C"
    assert Series.objects.get(metric="door").kind == "binary"
    directory.allocate([(handle, "door", False)])
    assert Series.objects.count() == 2


def test_a_series_is_binary_where_its_first_value_is_true_or_false(directory: DeviceDirectory) -> None:
    handle = directory.get("freezer")
    assert handle is not None
    directory.allocate([(handle, "battery_low", True), (handle, "battery", False)])
    directory.allocate([(handle, "battery", True), (handle, "battery_low", False)])
    assert dict(Series.objects.values_list("metric", "kind")) == {"battery_low": "binary", "battery": "number"}


def test_a_device_that_is_gone_meanwhile_gets_no_series(directory: DeviceDirectory, freezer: Device) -> None:
    handle = directory.get("freezer")
    assert handle is not None
    freezer.delete()
    directory.allocate([(handle, "temperature", False)])
    assert handle.series == {}


def test_an_old_connection_that_ends_late_does_not_take_the_device_offline(freezer: Device) -> None:
    presence = PresenceBook()
    old = presence.mark_connected("freezer", "mqtt 3.1.1")
    new = presence.mark_connected("freezer", "mqtt 5")
    presence.mark_disconnected("freezer", old)
    assert presence.get("freezer").online
    presence.mark_disconnected("freezer", new)
    assert not presence.get("freezer").online


def test_a_device_that_posts_is_online_without_a_connection_and_after_a_restart(freezer: Device) -> None:
    passed = [0.0]
    presence = PresenceBook(lambda: passed[0])
    presence.mark_posted("freezer", now_ms() - 3_600_000)  # the wall clock says nothing here
    assert presence.get("freezer").online
    passed[0] = 301.0
    assert not presence.get("freezer").online
    Series.objects.create(device=freezer, site=freezer.site, metric="a", interval_ms=600_000)
    Device.objects.filter(pk="freezer").update(protocol="http", last_seen_ms=now_ms() - 1_400_000, online=True)
    again = PresenceBook(lambda: passed[0])
    again.load()
    assert again.get("freezer").online
    passed[0] += 200.0
    assert not again.get("freezer").online


def test_a_device_that_is_connected_and_posts_as_well_stays_what_it_is(freezer: Device) -> None:
    presence = PresenceBook()
    number = presence.mark_connected("freezer", "mqtt 5")
    presence.mark_posted("freezer", 1)
    assert presence.get("freezer").protocol == "mqtt 5"
    presence.mark_disconnected("freezer", number)
    assert not presence.get("freezer").online


def test_presence_is_saved_and_after_a_restart_nobody_is_connected_yet(freezer: Device) -> None:
    presence = PresenceBook()
    presence.mark_connected("freezer", "mqtt 5")
    presence.mark_seen("freezer", 1_763_900_000_000)
    presence.set_clock_skew("freezer", 360_000)
    presence.save()
    freezer.refresh_from_db()
    assert (freezer.online, freezer.last_seen_ms, freezer.clock_skew_ms) == (True, 1_763_900_000_000, 360_000)
    again = PresenceBook()
    again.load()
    assert again.get("freezer") == (False, 1_763_900_000_000, 360_000, "mqtt 5")
    again.save()
    freezer.refresh_from_db()
    assert freezer.online is False


def test_every_device_that_was_heard_is_saved_however_many(farm: Site) -> None:
    Device.objects.bulk_create(Device(id=f"d{n}", site=farm, name="x") for n in range(1200))
    presence = PresenceBook()
    for n in range(1200):
        presence.mark_connected(f"d{n}", "mqtt 5")
    presence.save()
    assert Device.objects.filter(online=True, last_seen_ms__isnull=False, protocol="mqtt 5").count() == 1200


def test_what_changes_during_a_save_and_what_a_failed_one_left_is_saved_next_time(
    freezer: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    columns = DeviceColumns()
    presence = PresenceBook(rows=columns)
    number = presence.mark_connected("freezer", "mqtt 5")
    write = columns.write

    def fail(_rows: Any, _sites: Any) -> None:
        raise OperationalError("database is locked")

    def and_meanwhile_it_leaves(rows: Any, sites: Any) -> None:
        presence.mark_disconnected("freezer", number)
        write(rows, sites)

    def saved(step: Any) -> bool:
        with monkeypatch.context() as patch:
            patch.setattr(columns, "write", step)
            presence.save()
        freezer.refresh_from_db()
        return freezer.online

    with pytest.raises(OperationalError):
        saved(fail)
    assert saved(and_meanwhile_it_leaves) is True
    assert saved(write) is False


def test_a_back_fill_does_not_make_a_clock_look_slow(freezer: Device) -> None:
    presence = PresenceBook()
    presence.set_clock_skew("freezer", 40)
    presence.set_clock_skew("freezer", -7 * 86_400_000)
    assert presence.get("freezer").clock_skew_ms == 40
    presence.set_clock_skew("freezer", 360_000)
    assert presence.get("freezer").clock_skew_ms == 360_000


def test_readings_that_waited_leave_a_clock_unknown_and_a_slow_one_says_the_same_for_long(freezer: Device) -> None:
    seconds = 0.0
    presence = PresenceBook(lambda: seconds)
    for waited in (1_200_000, 900_000, 600_000, 300_000):
        presence.set_clock_skew("freezer", -waited)
        seconds += 60
    assert presence.get("freezer").clock_skew_ms is None
    for _ in range(2):
        presence.set_clock_skew("freezer", -1_200_000)
        seconds += 30
    assert presence.get("freezer").clock_skew_ms == -1_200_000
    seconds += 200
    presence.set_clock_skew("freezer", -100)
    assert presence.get("freezer").clock_skew_ms == -100


def test_a_clock_that_no_buffer_explains_is_believed_to_be_slow_at_once(freezer: Device) -> None:
    presence = PresenceBook()
    presence.set_clock_skew("freezer", -400 * 86_400_000)
    assert presence.get("freezer").clock_skew_ms == -400 * 86_400_000


def test_a_deleted_series_is_recorded_whatever_took_it_along(freezer: Device, farm: Site) -> None:
    first = Series.objects.create(device=freezer, site=farm, metric="temperature").pk
    freezer.delete()
    other = Device.objects.create(id="barn", site=farm, name="Barn")
    second = Series.objects.create(device=other, site=farm, metric="humidity").pk
    assert deleted_series() == {first}
    farm.delete()
    assert deleted_series() == {first, second}
    assert DeletedSeries.objects.count() == 2


@pytest.mark.skipif(connection.vendor != "sqlite", reason="SQLite's own table of the ids that were given")
@pytest.mark.django_db
def test_a_new_series_gets_no_id_that_has_readings_already(directory: DeviceDirectory) -> None:
    """As after a restore of an older registry, whose next ids are in use in readings.db."""
    handle = directory.get("freezer")
    assert handle is not None
    directory.reserve_ids(700)
    directory.allocate([(handle, "temperature", False)])
    assert handle.series["temperature"] == 701
    directory.reserve_ids(700)
    directory.allocate([(handle, "humidity", False)])
    assert handle.series["humidity"] == 702


def test_a_series_is_known_as_binary_by_its_first_value_by_a_person_and_after_a_start(
    directory: DeviceDirectory, freezer: Device
) -> None:
    handle = directory.get("freezer")
    assert handle is not None
    directory.allocate(
        [(handle, "lid", True), (handle, "weight", False), (handle, "late", None), (handle, "door", True)]
    )
    assert (handle.binary, handle.valueless) == ({"lid"}, {"late"}), "a door is binary by its name"
    directory.make_binary([(handle, "late")])
    assert handle.binary == {"lid", "late"}
    Series.objects.filter(metric="weight").update(kind="binary")
    directory.apply(changed("freezer"))
    assert handle.binary == {"lid", "late", "weight"}
    again = DeviceDirectory(KEY)
    again.load()
    started = again.get("freezer")
    assert started is not None
    assert started.binary == handle.binary


def test_after_a_start_a_series_without_a_value_is_still_known_as_such(directory: DeviceDirectory) -> None:
    handle = directory.get("freezer")
    assert handle is not None
    directory.allocate([(handle, "lid", None), (handle, "weight", False)])
    again = DeviceDirectory(KEY)
    again.load()
    again.note_valueless({handle.series["weight"]: 5})
    started = again.get("freezer")
    assert started is not None
    assert started.valueless == {"lid"}
