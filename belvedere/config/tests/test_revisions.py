"""Which changes of the registry make the pages of a site read their lists again."""

from __future__ import annotations

import pytest
from django.db import transaction

from belvedere.accounts.models import Role, Site, User
from belvedere.accounts.services import do_add_member, do_change_password, do_update_site
from belvedere.accounts.zones import do_delete_zone, do_edit_zone, make_zone
from belvedere.cameras.services import do_create_camera
from belvedere.devices.directory import DeviceDirectory
from belvedere.devices.models import Series
from belvedere.devices.services import do_create_device, do_update_device, do_update_series
from belvedere.registry.log import follower, trim
from belvedere.registry.revisions import SiteRevisions
from belvedere.registry.tail import RegistryTail
from belvedere.rules.services import do_create_templates

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def farm() -> Site:
    return Site.objects.create(slug="farm", name="Farm", timezone="UTC")


@pytest.fixture
def shop() -> Site:
    return Site.objects.create(slug="shop", name="Shop", timezone="UTC")


@pytest.fixture
def directory() -> DeviceDirectory:
    return DeviceDirectory(b"key")


@pytest.fixture
def revisions(directory: DeviceDirectory) -> SiteRevisions:
    made = SiteRevisions()
    tail = RegistryTail((directory, made))
    tail.load()
    follower.bind(tail)
    return made


def test_every_kind_of_change_gives_the_pages_of_its_site_another_number_and_those_of_no_other(
    farm: Site, shop: Site, directory: DeviceDirectory, revisions: SiteRevisions
) -> None:
    elsewhere, seen = revisions.seq_of(shop.pk), [revisions.seq_of(farm.pk)]

    def note(what: str) -> None:
        assert revisions.seq_of(farm.pk) > seen[-1], what
        seen.append(revisions.seq_of(farm.pk))

    device, _ = do_create_device(farm, "kho", "Kho")
    note("a new device")
    do_update_device(device, {"name": "Kho 1"})
    note("a renamed device")
    handle = directory.get("kho")
    assert handle is not None
    directory.allocate([(handle, "temperature", None), (handle, "tank_full", None)])
    note("new series")
    do_update_series(Series.objects.get(metric="temperature"), {"name": "Nhiệt"})
    note("a renamed series")
    directory.make_binary([(handle, "tank_full")])
    note("a series that turned binary")
    do_create_templates(farm)
    note("rules")
    farm.rules.all()[0].delete()
    note("a deleted rule")
    camera = do_create_camera(farm, "gate", {"source": {"url": "rtsp://10.0.0.9/1"}})
    note("a camera")
    camera.delete()
    note("a deleted camera")
    zone = do_edit_zone(make_zone(farm, "Cold room"))
    note("a zone")
    with transaction.atomic():
        do_delete_zone(zone)
    note("a deleted zone")
    do_update_site(farm, {"name": "Old farm"})
    note("the site")
    do_add_member(farm, User.objects.create(username="bob"), Role.OPERATOR)
    note("a member")
    device.delete()
    note("a deleted device")
    assert revisions.seq_of(shop.pk) == elsewhere


def test_a_password_is_no_business_of_any_page(farm: Site, revisions: SiteRevisions) -> None:
    before = revisions.seq_of(farm.pk)
    do_change_password(User.objects.create(username="alice"), "correct horse battery")
    assert revisions.seq_of(farm.pk) == before


def test_after_a_restart_the_number_is_never_an_older_one(farm: Site, revisions: SiteRevisions) -> None:
    do_create_device(farm, "kho", "Kho")
    again = SiteRevisions()
    again.load()
    assert again.seq_of(farm.pk) >= revisions.seq_of(farm.pk)


def test_processes_that_have_read_equally_far_give_the_same_number_however_long_they_run(
    farm: Site, shop: Site, revisions: SiteRevisions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("belvedere.registry.log.KEPT_CHANGES", 3)
    monkeypatch.setattr("belvedere.registry.revisions.KEPT_CHANGES", 3)
    do_create_device(shop, "oven", "Oven")
    for n in range(5):
        do_create_device(farm, f"kho-{n}", "Kho")
        trim()
        later = SiteRevisions()
        later.load()
        for site in (farm, shop):
            assert later.seq_of(site.pk) == revisions.seq_of(site.pk)
