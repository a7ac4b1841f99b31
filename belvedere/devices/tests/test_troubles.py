from __future__ import annotations

from itertools import count
from typing import Any

import pytest
from django.db import OperationalError, connection
from rest_framework.test import APIClient

from belvedere.accounts.models import Membership, Role, Site, User
from belvedere.conftest import api_for
from belvedere.devices import selectors
from belvedere.devices.models import Device
from belvedere.devices.troubles import TroubleBook
from belvedere.domain.trouble import TroubleCode

FOREIGN, FAULT, KNOCK = TroubleCode.FOREIGN_TOPIC, TroubleCode.PROTOCOL_FAULT, TroubleCode.BAD_CREDENTIALS


@pytest.fixture
def freezer(farm: Site) -> Device:
    return Device.objects.create(id="freezer", site=farm, name="Kho đông")


@pytest.fixture
def book() -> TroubleBook:
    """Its clock is one further each time."""
    return TroubleBook(count(1).__next__)


def told(book: TroubleBook, device: Device) -> list[tuple[int, str]]:
    return [(one.at_ms, one.detail) for one in book.list_troubles(device.data_key)]


def test_the_last_five_are_kept_the_newest_first(book: TroubleBook, freezer: Device) -> None:
    for number in range(9):
        book.tell(freezer, FOREIGN, f"topic {number}")
    assert told(book, freezer) == [(9 - n, f"topic {8 - n}") for n in range(5)]


def test_the_same_again_moves_up_and_hides_no_other(book: TroubleBook, freezer: Device) -> None:
    book.tell(freezer, FAULT, "a fault")
    for _ in range(100):
        book.tell(freezer, FOREIGN, "a topic")
    assert told(book, freezer) == [(101, "a topic"), (1, "a fault")]


def test_a_stranger_who_guesses_an_id_takes_one_place_and_pushes_nothing_out_for_good(
    book: TroubleBook, freezer: Device
) -> None:
    for number in range(5):
        book.tell(freezer, FOREIGN, f"topic {number}")
    for number in range(1000):
        book.tell(freezer, KNOCK, f"From 10.0.0.{number}.")
    assert told(book, freezer) == [(1005, "From 10.0.0.999."), *[(5 - n, f"topic {4 - n}") for n in range(4)]]
    book.tell(freezer, FAULT, "a fault")
    assert len(book._troubles[freezer.data_key]) <= 6


def test_troubles_are_there_after_a_restart_in_the_same_order(book: TroubleBook, freezer: Device) -> None:
    for number in range(3):
        book.tell(freezer, FOREIGN, f"Nhà {number}")
    book.save()
    again = TroubleBook(lambda: 99)
    again.load()
    assert again.list_troubles(freezer.data_key) == book.list_troubles(freezer.data_key)
    again.tell(freezer, FAULT, "a fault")
    assert [one.at_ms for one in again.list_troubles(freezer.data_key)] == [99, 3, 2, 1]


def test_what_a_failed_save_left_is_saved_next_time(book: TroubleBook, freezer: Device) -> None:
    def fail(*_arguments: Any) -> None:
        raise OperationalError("database is locked")

    book.tell(freezer, FAULT, "a fault")
    with connection.execute_wrapper(fail), pytest.raises(OperationalError):
        book.save()
    book.save()
    freezer.refresh_from_db()
    assert freezer.troubles == [[1, "protocol_fault", "a fault"]]


def test_nothing_is_left_of_a_deleted_device(book: TroubleBook, freezer: Device, farm: Site) -> None:
    book.tell(freezer, FAULT, "a fault")
    book.forget(freezer.data_key)
    book.save()
    assert book.list_troubles(freezer.data_key) == []


def test_log_ins_with_unknown_ids_are_kept_for_owners_the_newest_first(
    book: TroubleBook, alice_api: APIClient, charlie_api: APIClient
) -> None:
    for n in range(30):
        book.tell_stranger(f"esp-{n}", "192.168.1.33")
    book.tell_stranger("esp-15\u202e", "192.168.1.34")
    selectors.troubles.bind(book)
    found = alice_api.get("/api/v1/strangers").json()
    assert len(found) == 20
    assert (found[0]["id"], found[0]["host"], found[1]["id"]) == ("esp-15\\u202e", "192.168.1.34", "esp-29")
    assert charlie_api.get("/api/v1/strangers").status_code == 403


def test_an_owner_of_one_of_several_sites_does_not_see_who_mistyped_an_id_of_another(
    alice_api: APIClient, alice: User, elsewhere: Site
) -> None:
    assert alice_api.get("/api/v1/strangers").status_code == 403
    Membership.objects.create(user=alice, site=elsewhere, role=Role.OWNER)
    assert alice_api.get("/api/v1/strangers").status_code == 200


@pytest.fixture
def shown(freezer: Device) -> None:
    book = TroubleBook(lambda: 5)
    book.tell(freezer, FAULT, "a fault")
    selectors.troubles.bind(book)


@pytest.mark.usefixtures("shown")
def test_the_devices_answer_holds_its_troubles(charlie: User, mallory_api: APIClient) -> None:
    answer = api_for(charlie).get("/api/v1/devices/freezer").json()
    assert answer["troubles"] == [{"at_ms": 5, "code": "protocol_fault", "detail": "a fault", "said": []}]
    assert "troubles" not in api_for(charlie).get("/api/v1/devices").json()[0]
    assert mallory_api.get("/api/v1/devices/freezer").status_code == 404


def test_several_processes_add_to_each_others_troubles_and_show_all(freezer: Device) -> None:
    clock = count(1).__next__
    endpoint, other, web = (TroubleBook(clock, is_shared=True) for _ in range(3))
    endpoint.tell(freezer, FOREIGN, "at one endpoint")
    other.tell(freezer, FAULT, "at another")
    for book in (endpoint, other, web, endpoint):
        book.save()
    for book in (endpoint, other, web):
        assert told(book, freezer) == [(2, "at another"), (1, "at one endpoint")]
    for number in range(3):
        endpoint.tell(freezer, FOREIGN, f"topic {number}")
        other.tell(freezer, KNOCK, f"From 10.0.0.{number}.")
    endpoint.tell(freezer, FOREIGN, "at one endpoint")
    for book in (other, endpoint, web):
        book.save()
    assert told(web, freezer) == [
        (9, "at one endpoint"),
        (8, "From 10.0.0.2."),
        (7, "topic 2"),
        (5, "topic 1"),
        (3, "topic 0"),
    ]
    freezer.refresh_from_db()
    assert [detail for _, _, detail in freezer.troubles] == [one.detail for one in web.list_troubles(freezer.data_key)]
