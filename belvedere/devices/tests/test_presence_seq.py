"""The number that tells a page that a device came or went."""

from __future__ import annotations

import time

import pytest

from belvedere.devices.posting import AT_LEAST_SECONDS
from belvedere.devices.presence import PresenceBook
from belvedere.domain.times import now_ms

FARM = 1


class House:
    """A book of presence of the farm, whose clock can be moved."""

    def __init__(self) -> None:
        self.passed = 0.0
        self.book = PresenceBook(lambda: self.passed, lambda _device: FARM)

    def moved(self) -> bool:
        """Whether the farm's number is another one since the last call."""
        before, self.seen = getattr(self, "seen", 0), self.book.seq_of(FARM)
        return before != self.seen


@pytest.fixture
def house() -> House:
    made = House()
    made.moved()
    return made


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
