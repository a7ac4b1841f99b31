"""A device that is deleted while it sends, and one made anew with its id, perhaps at another site."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from belvedere.accounts.models import Site
from belvedere.devices.directory import DeviceDirectory, DeviceHandle
from belvedere.devices.models import Device, Series
from belvedere.devices.presence import PresenceBook
from belvedere.domain.changes import Change, ChangeKind
from belvedere.registry.sql import insert_all

KEY = b"k" * 32
MADE = [Change(1, ChangeKind.DEVICE, "freezer", {})]
DELETED = [Change(2, ChangeKind.DEVICE_DELETED, "freezer", {})]


@pytest.fixture
def freezer(farm: Site) -> Device:
    return Device.objects.create(id="freezer", site=farm, name="Kho đông", digest="0" * 63 + "1")


@pytest.fixture
def directory(freezer: Device) -> DeviceDirectory:
    directory = DeviceDirectory(KEY)
    directory.load()
    return directory


def make_anew(directory: DeviceDirectory, site: Site) -> tuple[DeviceHandle, DeviceHandle]:
    """The handles of the old device and of the new one."""
    old = directory.get("freezer")
    assert old is not None
    Device.objects.get(pk="freezer").delete()
    directory.apply(DELETED)
    Device.objects.create(id="freezer", site=site, name="Another", digest="0" * 63 + "2")
    directory.apply(MADE)
    new = directory.get("freezer")
    assert new is not None
    return old, new


def test_a_device_made_anew_has_another_key_and_none_of_the_old_series(
    directory: DeviceDirectory, elsewhere: Site
) -> None:
    handle = directory.get("freezer")
    assert handle is not None
    directory.allocate([(handle, "temperature", False)])
    old_series = dict(handle.series)
    old, new = make_anew(directory, elsewhere)
    assert (old.gone, new.gone) == (True, False)
    assert new.data_key != old.data_key
    directory.allocate([(new, "temperature", False)])
    assert new.series["temperature"] not in old_series.values()
    assert Series.objects.get().site == elsewhere


def test_what_an_old_connection_still_brings_makes_no_series_for_the_new_device(
    directory: DeviceDirectory, elsewhere: Site
) -> None:
    old, new = make_anew(directory, elsewhere)
    directory.allocate([(old, "temperature", False)])
    assert (Series.objects.count(), old.series, new.series) == (0, {}, {})


def test_a_deletion_and_a_new_device_that_are_read_at_once_are_told_apart(
    directory: DeviceDirectory, freezer: Device, elsewhere: Site
) -> None:
    old = directory.get("freezer")
    freezer.delete()
    Device.objects.create(id="freezer", site=elsewhere, name="Another", digest=freezer.digest)
    directory.apply(DELETED + MADE)
    new = directory.get("freezer")
    assert old is not None
    assert new is not None
    assert (old.gone, new.gone, new.site_id) == (True, False, elsewhere.pk)


def test_a_device_deleted_while_its_series_are_written_gets_none(
    directory: DeviceDirectory, freezer: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    handle = directory.get("freezer")
    assert handle is not None

    def and_meanwhile_it_goes(rows: Any, **options: Any) -> None:
        insert_all(rows, **options)
        freezer.delete()

    monkeypatch.setattr("belvedere.devices.directory.insert_all", and_meanwhile_it_goes)
    directory.allocate([(handle, "temperature", False)])
    assert (handle.series, directory.series) == ({}, {})


def test_a_device_made_anew_while_the_series_of_the_old_one_are_written_gets_none_of_them(
    directory: DeviceDirectory, freezer: Device, elsewhere: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    handle = directory.get("freezer")
    assert handle is not None

    def and_meanwhile_it_is_another(rows: Any, **options: Any) -> None:
        insert_all(rows, **options)
        freezer.delete()
        Device.objects.create(id="freezer", site=elsewhere, name="Another")

    monkeypatch.setattr("belvedere.devices.directory.insert_all", and_meanwhile_it_is_another)
    directory.allocate([(handle, "temperature", False)])
    new = directory.get("freezer")
    assert new is not None
    assert (new.series, handle.series, handle.gone) == ({}, {}, True)


def test_presence_of_a_deleted_device_is_not_that_of_a_new_one(freezer: Device) -> None:
    presence = PresenceBook()
    number = presence.mark_connected("freezer", "mqtt 5")
    presence.set_clock_skew("freezer", 360_000)
    presence.save()
    presence.mark_disconnected("freezer", number)
    presence.forget("freezer")
    assert presence.get("freezer") == (False, None, None, "")
    presence.mark_posted("freezer", 5)
    presence.forget("freezer")
    assert presence.get("freezer") == (False, None, None, "")


def test_devices_of_an_older_data_folder_keep_what_is_stored_under_their_ids(
    migrate: Callable[[str, str], Callable[..., Any]],
) -> None:
    old = migrate("devices", "0001_initial")
    site = old("accounts", "Site").objects.create(slug="farm", name="Farm")
    for name in ("a", "b"):
        old("devices", "Device").objects.create(id=name, site=site, name=name)
    new = migrate("devices", "0002_device_data_key")
    assert sorted(new("devices", "Device").objects.values_list("id", "data_key")) == [("a", "a"), ("b", "b")]
