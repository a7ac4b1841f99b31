"""Presence over several endpoints: each writes its own rows, and every process that shows it reads all of them."""

from __future__ import annotations

import pytest

from belvedere.accounts.models import Site
from belvedere.devices.endpoint_presence import EndpointRows, retire
from belvedere.devices.models import Device, DevicePresence, PresenceEndpoint
from belvedere.devices.presence import PresenceBook
from belvedere.devices.presence_replica import DEAD_SECONDS, PresenceReplica, merge
from belvedere.devices.presence_rows import Presence
from belvedere.domain.changes import Change, ChangeKind
from belvedere.domain.times import now_ms

pytestmark = pytest.mark.django_db


@pytest.fixture
def freezer(farm: Site) -> Device:
    return Device.objects.create(id="freezer", site=farm, name="Freezer")


class Endpoint:
    """A process that devices connect to."""

    def __init__(self, name: str, device: Device) -> None:
        self.rows = EndpointRows(name)
        self.book = PresenceBook(site_of=lambda _device: device.site_id, rows=self.rows)
        self.book.load()


class Web:
    """A process that shows presence."""

    def __init__(self) -> None:
        self.now = 0.0
        self.replica = PresenceReplica(lambda: self.now)
        self.replica.load()

    def online(self) -> bool:
        self.replica.catch_up()
        found = self.replica.get("freezer")
        return found is not None and found.online

    def wait(self, *alive: Endpoint) -> None:
        """Look each second until an endpoint that shows nothing is taken for dead."""
        for _ in range(int(DEAD_SECONDS) + 2):
            self.now += 1.0
            for endpoint in alive:
                endpoint.book.save_moves()
            self.replica.catch_up()

    def number(self, device: Device) -> int:
        self.replica.catch_up()
        return self.replica.seq_of(device.site_id)


def test_a_device_that_comes_to_an_endpoint_is_shown_by_every_process(freezer: Device) -> None:
    endpoint, web, other = Endpoint("one", freezer), Web(), Web()
    before = web.number(freezer)
    connection = endpoint.book.mark_connected("freezer", "mqtt 5")
    endpoint.book.save_moves()
    assert (web.online(), other.online()) == (True, True)
    assert web.number(freezer) == other.number(freezer) != before
    assert web.replica.get("freezer") == endpoint.book.get("freezer")
    endpoint.book.mark_disconnected("freezer", connection)
    endpoint.book.save_moves()
    assert not web.online()
    assert web.number(freezer) == Web().number(freezer), "also in a process that starts later"


def test_readings_move_no_number(freezer: Device) -> None:
    endpoint, web = Endpoint("one", freezer), Web()
    endpoint.book.mark_connected("freezer", "mqtt 5")
    endpoint.book.save()
    before = web.number(freezer)
    endpoint.book.mark_seen("freezer", now_ms() + 5_000)
    endpoint.book.save_moves()
    assert DevicePresence.objects.get().last_seen_ms != endpoint.book.get("freezer").last_seen_ms, "that is for `save`"
    endpoint.book.save()
    assert web.number(freezer) == before
    assert web.replica.get("freezer") == endpoint.book.get("freezer")


def test_an_old_will_does_not_hide_a_new_connection_at_another_endpoint(freezer: Device) -> None:
    left, taken, web = Endpoint("left", freezer), Endpoint("taken", freezer), Web()
    old = left.book.mark_connected("freezer", "mqtt 3.1.1")
    left.book.save_moves()
    taken.book.mark_connected("freezer", "mqtt 5")
    taken.book.save_moves()
    left.book.mark_disconnected("freezer", old)
    left.book.save_moves()
    assert web.online()
    known = web.replica.get("freezer")
    assert known is not None
    assert known.protocol == "mqtt 5"


def test_the_devices_of_an_endpoint_that_died_are_offline_and_keep_when_they_were_heard(freezer: Device) -> None:
    dead, alive, web = Endpoint("dead", freezer), Endpoint("alive", freezer), Web()
    dead.book.mark_connected("freezer", "mqtt 5")
    dead.book.save()
    alive.book.save()
    assert web.online()
    before, seen = web.number(freezer), dead.book.get("freezer").last_seen_ms
    web.wait(alive)
    assert not web.online()
    assert web.number(freezer) != before
    assert [row.name for row in PresenceEndpoint.objects.all()] == ["alive"]
    freezer.refresh_from_db()
    assert (freezer.online, freezer.last_seen_ms, freezer.protocol) == (False, seen, "mqtt 5")
    assert Web().replica.get("freezer") == web.replica.get("freezer")


def test_an_endpoint_that_was_taken_for_dead_writes_everybody_again(freezer: Device) -> None:
    paused, web = Endpoint("paused", freezer), Web()
    paused.book.mark_connected("freezer", "mqtt 5")
    paused.book.save()
    assert web.online()
    web.wait()
    assert not web.online()
    paused.book.save_moves()
    assert web.online()


def test_an_endpoint_lives_where_the_database_was_away(freezer: Device) -> None:
    endpoint, web = Endpoint("one", freezer), Web()
    endpoint.book.mark_connected("freezer", "mqtt 5")
    endpoint.book.save()
    assert web.online()
    web.now += DEAD_SECONDS + 1  # nobody could read or write
    assert web.online()
    web.wait(endpoint)
    assert web.online()
    web.wait()
    assert not web.online()


def test_an_endpoint_that_stops_leaves_nobody_online(freezer: Device) -> None:
    endpoint, web = Endpoint("one", freezer), Web()
    endpoint.book.mark_connected("freezer", "mqtt 5")
    endpoint.book.save()
    assert web.online()
    endpoint.rows.retire()
    assert not web.online()
    assert DevicePresence.objects.count() == 0


def test_who_shows_a_sign_of_life_meanwhile_is_not_retired(freezer: Device) -> None:
    endpoint = Endpoint("one", freezer)
    endpoint.book.mark_connected("freezer", "mqtt 5")
    endpoint.book.save()
    beat = PresenceEndpoint.objects.get().beat
    endpoint.book.save()
    retire("one", beat)
    assert Web().online()


def test_a_deleted_device_leaves_no_row(freezer: Device) -> None:
    endpoint, web = Endpoint("one", freezer), Web()
    endpoint.book.mark_connected("freezer", "mqtt 5")
    endpoint.book.save()
    assert web.online()
    data = {"site_id": freezer.site_id, "data_key": freezer.data_key, "series": []}
    gone = [Change(1, ChangeKind.DEVICE_DELETED, "freezer", data)]
    for reader in (endpoint.book, web.replica):
        reader.apply(gone)
    endpoint.book.save()
    assert web.replica.get("freezer") is None
    assert DevicePresence.objects.count() == 0


def test_a_device_that_posted_earlier_is_offline_once_its_connection_at_an_endpoint_has_ended(freezer: Device) -> None:
    posted = PresenceBook(site_of=lambda _device: freezer.site_id, rows=EndpointRows("web"))
    endpoint, web = Endpoint("one", freezer), Web()
    posted.mark_posted("freezer", now_ms() - 1_000)
    posted.save()
    assert web.online()
    connection = endpoint.book.mark_connected("freezer", "mqtt 5")
    endpoint.book.save_moves()
    endpoint.book.mark_disconnected("freezer", connection)
    endpoint.book.save_moves()
    assert not web.online(), "as one process that knew both would say"
    posted.mark_posted("freezer", now_ms() + 1_000)
    posted.save()
    assert web.online()


def test_of_two_who_know_a_device_the_one_that_heard_it_last_is_right() -> None:
    old, new = Presence(False, 1_000, 5, "http"), Presence(False, 2_000, None, "mqtt 5")
    assert merge([new, old]) == Presence(False, 2_000, 5, "mqtt 5")
    assert merge([old._replace(protocol="mqtt 3.1.1", online=True), new]) == Presence(True, 2_000, 5, "mqtt 3.1.1")
