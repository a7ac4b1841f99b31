"""Nobody may take all places."""

from __future__ import annotations

import itertools

from belvedere.cameras.mediaserver import refusals
from belvedere.cameras.mediaserver.gateway.outputs.places import (
    ACCOUNT_SHARE,
    ADDRESS_SHARE,
    MAX_IN_ALL,
    MAX_OF_CAMERA,
    Place,
    Places,
)

NUMBERS = itertools.count()


def take(places: Places, camera: str, viewer: str, address: str) -> str:
    """The code of the refusal, nothing where there is a place."""
    refusal = places.take(f"s{next(NUMBERS)}", Place(camera, viewer, address))
    return refusal.code if refusal else ""


def test_one_account_has_a_share_of_a_camera_and_the_next_still_gets_a_place() -> None:
    places = Places()
    answers = [take(places, "gate", "mallory", f"192.168.1.{n}") for n in range(MAX_OF_CAMERA)]
    assert answers.count("") == MAX_OF_CAMERA // ACCOUNT_SHARE
    assert answers[-1] == refusals.TOO_MANY_OF_YOURS.code
    assert take(places, "gate", "charlie", "192.168.1.1") == ""
    assert take(places, "yard", "mallory", "192.168.1.1") == ""


def test_one_address_with_many_accounts_has_a_share_too() -> None:
    places = Places()
    answers = [take(places, "gate", f"account {n}", "192.168.1.66") for n in range(MAX_OF_CAMERA)]
    assert answers.count("") == MAX_OF_CAMERA // ADDRESS_SHARE
    assert take(places, "gate", "charlie", "192.168.1.20") == ""


def test_one_account_cannot_take_all_by_watching_many_cameras() -> None:
    places = Places()
    answers = [take(places, f"camera {n}", "mallory", f"10.0.0.{n}") for n in range(MAX_IN_ALL)]
    assert answers.count("") == MAX_IN_ALL // ACCOUNT_SHARE
    assert take(places, "gate", "charlie", "192.168.1.20") == ""


def test_the_last_place_of_a_camera_is_the_last() -> None:
    places = Places()
    answers = [take(places, "gate", f"account {n}", f"address {n}") for n in range(MAX_OF_CAMERA + 1)]
    assert answers[:-1] == [""] * MAX_OF_CAMERA
    assert answers[-1] == refusals.TOO_MANY_VIEWERS.code


def test_a_place_that_is_given_back_is_free() -> None:
    places = Places()
    share = MAX_OF_CAMERA // ACCOUNT_SHARE
    for n in range(share):
        places.take(f"mine {n}", Place("gate", "charlie", "192.168.1.20"))
    assert take(places, "gate", "charlie", "192.168.1.20") == refusals.TOO_MANY_OF_YOURS.code
    places.give_back("mine 0")
    places.give_back("mine 0")
    assert take(places, "gate", "charlie", "192.168.1.20") == ""
    assert take(places, "gate", "charlie", "192.168.1.20") == refusals.TOO_MANY_OF_YOURS.code


def test_who_is_not_known_shares_with_nobody() -> None:
    places = Places()
    assert [take(places, "gate", "", "") for _ in range(MAX_OF_CAMERA)] == [""] * MAX_OF_CAMERA
