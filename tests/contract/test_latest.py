"""What every keeper of latest values keeps to. Subjects: contract/latest.py."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest

from belvedere.accounts.models import Role
from belvedere.accounts.rights import Rights
from belvedere.domain.tests.times import Times
from belvedere.readings.latest.port import Value
from belvedere.readings.snapshot import Numbers, SnapshotApp
from belvedere.web_api.asgi import Message
from tests.contract.latest import FARM, SUBJECTS, Maker, Subject, redis_latest

ELSEWHERE = 2
BARN, GATE = 11, 12
LATER = 1_000


@pytest.fixture(params=SUBJECTS)
def maker(request: pytest.FixtureRequest) -> Callable[[], Subject]:
    """Makes one of the keepers there are; another one each time."""
    make: Maker = request.param
    url = request.getfixturevalue("redis_url") if make is redis_latest else ""
    return lambda: make(url)


@pytest.fixture
def subject(maker: Callable[[], Subject]) -> Subject:
    """Each keeper there is."""
    return maker()


@pytest.fixture
def two_starts(maker: Callable[[], Subject]) -> tuple[Subject, Subject]:
    """The same values, before and after the server was started anew."""
    return maker(), maker()


def test_a_site_without_values_has_a_cursor(subject: Subject) -> None:
    state = subject.latest.state(FARM)
    assert (bool(state.cursor), dict(state.values)) == (True, {})
    assert subject.latest.since(FARM, state.cursor) == []


def test_a_state_holds_the_newest_value_of_each_series_of_the_site(subject: Subject) -> None:
    subject.show(BARN, 0, 1.0)
    subject.show(GATE, 0, 2.0)
    subject.show(99, 0, 9.0, site=ELSEWHERE)
    subject.show(BARN, LATER, 1.5)
    assert subject.whole() == {BARN: (LATER, 1.5), GATE: (0, 2.0)}
    assert subject.whole(ELSEWHERE) == {99: (0, 9.0)}


def test_a_delta_is_what_changed_after_the_cursor(subject: Subject) -> None:
    first = subject.show(BARN, 0, 1.0).cursor
    second = subject.show(GATE, 0, 2.0).cursor
    third = subject.show(BARN, LATER, 1.5).cursor
    assert sorted(subject.latest.since(FARM, first) or []) == [(BARN, LATER, 1.5), (GATE, 0, 2.0)]
    assert subject.latest.since(FARM, second) == [(BARN, LATER, 1.5)]
    assert subject.latest.since(FARM, third) == []


def test_whoever_adds_each_delta_to_the_first_state_has_the_last_one(subject: Subject) -> None:
    page, cursor = {BARN: (0, 1.0)}, subject.show(BARN, 0, 1.0).cursor
    for step in range(1, 40):
        for series in (BARN, GATE, 20 + step % 3):
            subject.latest.moved(FARM, series, step * LATER, float(step + series))
        subject.pass_ticks(0.4)  # now and then the cursor has not moved
        state = subject.latest.state(FARM)
        delta: list[Value] | None = subject.latest.since(FARM, cursor)
        assert delta is not None
        page.update({series: (ts_ms, value) for series, ts_ms, value in delta})
        cursor = state.cursor
        assert page == dict(state.values)


def test_the_cursor_moves_once_a_tick_however_many_poll(subject: Subject) -> None:
    shown = subject.show(BARN, 0, 1.0)
    for step in range(100):
        subject.latest.moved(FARM, BARN, step * LATER, float(step))
        assert subject.latest.state(FARM) is shown, "who polls meanwhile shares what was made for the first"
    subject.pass_ticks(0.9)
    assert subject.latest.state(FARM).cursor == shown.cursor
    assert subject.whole() == {BARN: (0, 1.0)}
    subject.pass_ticks(0.2)
    assert subject.latest.state(FARM).cursor != shown.cursor
    assert subject.whole() == {BARN: (99 * LATER, 99.0)}


def test_a_quiet_sites_cursor_stands_still(subject: Subject) -> None:
    cursor = subject.show(BARN, 0, 1.0).cursor
    subject.show(99, 0, 9.0, site=ELSEWHERE)
    subject.pass_ticks(100)
    assert subject.latest.state(FARM).cursor == cursor


def test_a_delta_ends_at_the_state_that_was_given_last(subject: Subject) -> None:
    first = subject.show(BARN, 0, 1.0).cursor
    subject.latest.moved(FARM, GATE, 0, 2.0)
    assert subject.latest.state(FARM).cursor == first
    subject.pass_ticks()
    assert subject.latest.since(FARM, first) == [], "else the page would have the value without its cursor"
    subject.latest.state(FARM)
    assert subject.latest.since(FARM, first) == [(GATE, 0, 2.0)]


@pytest.mark.parametrize("cursor", ["", ".", "x", "1", "deadbeef.1", "٣.٣", "{epoch}.", "{epoch}.x", "{epoch}.-1"])
def test_what_is_no_cursor_of_this_server_gets_everything(subject: Subject, cursor: str) -> None:
    epoch = subject.show(BARN, 0, 1.0).cursor.partition(".")[0]
    assert subject.latest.since(FARM, cursor.format(epoch=epoch)) is None
    assert subject.latest.since(FARM, f"{epoch}.{'9' * 40}") is None


def test_a_cursor_of_another_start_gets_everything(two_starts: tuple[Subject, Subject]) -> None:
    before, after = two_starts
    old, new = before.show(BARN, 0, 1.0).cursor, after.show(BARN, 0, 1.0).cursor
    assert old != new, "or its ETag would be true of another state"
    assert after.latest.since(FARM, old) is None


def test_a_deleted_series_is_gone_at_once_and_older_cursors_get_everything(subject: Subject) -> None:
    subject.show(BARN, 0, 1.0)
    before = subject.show(GATE, 0, 2.0).cursor
    subject.latest.moved(FARM, GATE, LATER, 2.5)  # and what has not been shown yet goes with it
    subject.latest.forget(FARM, GATE)
    state = subject.latest.state(FARM)
    assert (state.cursor != before, dict(state.values)) == (True, {BARN: (0, 1.0)})
    assert subject.latest.since(FARM, before) is None
    assert subject.latest.since(FARM, state.cursor) == []
    subject.pass_ticks()
    assert subject.whole() == {BARN: (0, 1.0)}


def test_what_an_earlier_run_learned_of_intervals_is_gone_on_from(subject: Subject) -> None:
    subject.latest.note_interval(FARM, BARN, 60_000)
    assert subject.latest.intervals() == {BARN: 60_000}
    state = subject.show(BARN, 0, 1.0)
    assert dict(state.interval_ms) == {BARN: 60_000}
    subject.show(BARN, 60_000, 1.0)
    assert subject.latest.intervals() == {BARN: 60_000}
    subject.latest.forget(FARM, BARN)
    assert subject.latest.intervals() == {}


class EverybodyIsAlice:
    """May see the farm."""

    def peek(self, _headers: Iterable[tuple[bytes, bytes]]) -> Rights:
        return Rights(1, "alice", {"farm": Role.OWNER}, {"farm": FARM})

    async def find(self, headers: Iterable[tuple[bytes, bytes]]) -> Rights:
        return self.peek(headers)


async def etag_of(app: SnapshotApp, query: str = "") -> bytes:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "http.request"}

    scope = {"path": "/api/v1/sites/farm/snapshot", "method": "GET", "query_string": query.encode(), "headers": []}
    await app(scope, receive, send)
    return bytes(dict(sent[0]["headers"])[b"etag"])


async def test_one_state_has_one_etag_and_another_state_another(subject: Subject) -> None:
    app = SnapshotApp(
        subject.latest, EverybodyIsAlice(), Numbers(lambda _site: 7, lambda _site: 0, lambda _site: 0), Times().clock()
    )
    subject.show(BARN, 0, 1.0)
    etags = [await etag_of(app)]
    subject.latest.moved(FARM, BARN, LATER, 2.0)
    etags.append(await etag_of(app))
    subject.pass_ticks()
    etags.append(await etag_of(app))
    assert (etags[0] == etags[1], etags[1] == etags[2]) == (True, False)
