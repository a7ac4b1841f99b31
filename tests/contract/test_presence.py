"""What every way to keep presence does. Subjects: contract/presences.py."""

from __future__ import annotations

import pytest

from belvedere.accounts.models import Site
from belvedere.devices.models import Device
from belvedere.devices.posting import AT_LEAST_SECONDS
from belvedere.devices.presence_rows import Presence
from belvedere.domain.times import now_ms
from tests.contract.presences import NOTHING, SUBJECTS, Subject

pytestmark = pytest.mark.django_db

AHEAD_MS = 360_000


@pytest.fixture
def farm() -> Site:
    return Site.objects.create(slug="farm", name="Trang trại")


@pytest.fixture
def freezer(farm: Site) -> Device:
    return Device.objects.create(id="freezer", site=farm, name="Tủ đông")


@pytest.fixture
def gauge(farm: Site) -> Device:
    return Device.objects.create(id="gauge", site=farm, name="Mưa")


@pytest.fixture
def oven() -> Device:
    shop = Site.objects.create(slug="shop", name="Cửa hàng")
    return Device.objects.create(id="oven", site=shop, name="Lò")


@pytest.fixture(params=SUBJECTS)
def subject(request: pytest.FixtureRequest, freezer: Device, gauge: Device, oven: Device) -> Subject:
    """Each way there is; all devices are known before it starts."""
    made: Subject = request.param()
    return made


def test_nothing_is_known_of_a_new_device(subject: Subject) -> None:
    assert subject.show("freezer") == NOTHING


def test_a_device_is_there_from_when_it_comes_to_when_it_goes(subject: Subject) -> None:
    number = subject.book.mark_connected("freezer", "mqtt 5")
    shown = subject.show("freezer")
    assert (shown.online, shown.protocol) == (True, "mqtt 5")
    seen = now_ms() + 1_000
    subject.book.mark_seen("freezer", seen)
    subject.book.mark_disconnected("freezer", number)
    assert subject.show("freezer") == Presence(False, seen, None, "mqtt 5")


def test_who_comes_and_who_goes_moves_the_number_of_the_site(subject: Subject, farm: Site, oven: Device) -> None:
    shop = subject.number(oven.site_id)
    numbers = [subject.number(farm.id)]
    connection = subject.book.mark_connected("freezer", "mqtt 5")
    numbers.append(subject.number(farm.id))
    subject.book.mark_disconnected("freezer", connection)
    numbers.append(subject.number(farm.id))
    assert numbers == sorted(set(numbers))
    assert subject.number(oven.site_id) == shop


def test_readings_move_no_number_and_show_when_they_came(subject: Subject, farm: Site) -> None:
    subject.book.mark_connected("freezer", "mqtt 5")
    before, seen = subject.number(farm.id), now_ms() + 5_000
    subject.book.mark_seen("freezer", seen)
    assert subject.show("freezer").last_seen_ms == seen
    assert subject.number(farm.id) == before


def test_the_end_of_a_connection_that_was_replaced_is_no_news(subject: Subject, farm: Site) -> None:
    first = subject.book.mark_connected("freezer", "mqtt 3.1.1")
    subject.book.mark_connected("freezer", "mqtt 5")
    before = subject.number(farm.id)
    subject.book.mark_disconnected("freezer", first)
    shown = subject.show("freezer")
    assert (shown.online, shown.protocol) == (True, "mqtt 5")
    assert subject.number(farm.id) == before


def test_a_device_that_posts_is_there_until_it_has_been_silent_for_too_long(subject: Subject, farm: Site) -> None:
    numbers = [subject.number(farm.id)]
    subject.book.mark_posted("gauge", now_ms())
    numbers.append(subject.number(farm.id))
    subject.book.mark_posted("gauge", now_ms())
    assert subject.number(farm.id) == numbers[-1]
    assert subject.show("gauge").online
    subject.wait(AT_LEAST_SECONDS + 1)
    numbers.append(subject.number(farm.id))
    assert not subject.show("gauge").online
    subject.book.mark_posted("gauge", now_ms() + 1_000)
    numbers.append(subject.number(farm.id))
    assert subject.show("gauge").online
    assert numbers == sorted(set(numbers))


def test_how_wrong_a_clock_is_is_shown(subject: Subject) -> None:
    subject.book.mark_connected("freezer", "mqtt 5")
    subject.book.set_clock_skew("freezer", AHEAD_MS)
    assert subject.show("freezer").clock_skew_ms == AHEAD_MS


@pytest.mark.parametrize("end", ["restart", "kill"])
def test_after_a_new_start_nobody_is_there_and_what_was_known_is_kept(subject: Subject, farm: Site, end: str) -> None:
    subject.book.mark_connected("freezer", "mqtt 5")
    subject.book.set_clock_skew("freezer", AHEAD_MS)
    subject.book.save()
    before, number = subject.show("freezer"), subject.number(farm.id)
    getattr(subject, end)()
    assert subject.show("freezer") == before._replace(online=False)
    assert subject.number(farm.id) > number
    subject.book.mark_connected("freezer", "mqtt 3.1.1")
    shown = subject.show("freezer")
    assert (shown.online, shown.protocol) == (True, "mqtt 3.1.1")


def test_one_that_was_deleted_and_is_made_anew_begins_with_nothing(subject: Subject, farm: Site) -> None:
    connection = subject.book.mark_connected("freezer", "mqtt 5")
    subject.book.set_clock_skew("freezer", AHEAD_MS)
    assert subject.show("freezer").online
    subject.book.mark_disconnected("freezer", connection)
    subject.forget(Device.objects.get(id="freezer"))
    Device.objects.create(id="freezer", site=farm, name="Tủ đông")
    assert subject.show("freezer") == NOTHING
    subject.restart()
    assert subject.show("freezer") == NOTHING
