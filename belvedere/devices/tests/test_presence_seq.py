"""The number that tells a page that a device came or went."""

from __future__ import annotations

import time

import pytest

from belvedere.devices.posting import AT_LEAST_SECONDS
from belvedere.devices.presence import PresenceBook
from belvedere.domain.times import now_ms

FARM, SHOP = 1, 2


class House:
    """A book of presence whose clock can be moved; `oven` stands in the shop, the rest on the farm."""

    def __init__(self) -> None:
        self.passed = 0.0
        self.book = PresenceBook(lambda: self.passed, lambda device: SHOP if device == "oven" else FARM)

    def moved(self) -> bool:
        """Whether the farm's number is another one since the last call."""
        before, self.seen = getattr(self, "seen", 0), self.book.seq_of(FARM)
        return before != self.seen


@pytest.fixture
def house() -> House:
    made = House()
    made.moved()
    return made


def test_a_device_that_comes_and_one_that_goes_move_the_number_of_their_site(house: House) -> None:
    number = house.book.mark_connected("kho", "mqtt 5")
    assert house.moved()
    house.book.mark_disconnected("kho", number)
    assert house.moved()


def test_readings_and_other_sites_do_not_move_it(house: House) -> None:
    house.book.mark_connected("kho", "mqtt 5")
    house.moved()
    house.book.mark_seen("kho", now_ms())
    house.book.mark_connected("oven", "mqtt 5")
    assert not house.moved()


def test_the_end_of_a_connection_that_was_replaced_is_no_news(house: House) -> None:
    first = house.book.mark_connected("kho", "mqtt 5")
    house.book.mark_connected("kho", "mqtt 5")
    house.moved()
    house.book.mark_disconnected("kho", first)
    assert not house.moved()


def test_a_device_that_posts_moves_it_with_its_first_post_and_when_it_has_been_silent_too_long(house: House) -> None:
    house.book.mark_posted("mua", now_ms())
    assert house.moved()
    house.book.mark_posted("mua", now_ms())
    house.book.note_silence()
    assert not house.moved()
    house.passed += AT_LEAST_SECONDS + 1
    house.book.note_silence()
    assert house.moved()
    assert not house.book.get("mua").online
    house.book.note_silence()
    assert not house.moved()
    house.book.mark_posted("mua", now_ms())
    assert house.moved()


def test_a_number_of_before_a_restart_is_not_given_again(house: House) -> None:
    for _ in range(500):
        house.book.mark_connected("kho", "mqtt 5")
    time.sleep(0.002)  # numbers begin with the millisecond of the start, and a restart takes longer than one
    assert PresenceBook().seq_of(FARM) > house.book.seq_of(FARM)
