import gzip
import json
from typing import Any

import pytest

from belvedere.accounts.tests.alice import FARM, RightsOfAlice
from belvedere.domain.tests.times import NOW, Times
from belvedere.readings.latest.memory import MemoryLatest
from belvedere.readings.latest.port import TICK_SECONDS
from belvedere.readings.snapshot import MAX_SELECTED, POLL_MS, SLOW_POLL_MS, Numbers, SnapshotApp


class Poll:
    """A page that polls, and a server whose clock it can move."""

    def __init__(self) -> None:
        self.now = 100.0
        self.latest = MemoryLatest(lambda: self.now)
        self.alerts_seq = self.registry_seq = self.presence_seq = 0
        self.times = Times()
        self.clock = self.times.clock()
        numbers = Numbers(
            lambda _site: self.alerts_seq, lambda _site: self.registry_seq, lambda _site: self.presence_seq
        )
        self.app = SnapshotApp(self.latest, RightsOfAlice(), numbers, self.clock)

    def put(self, series: int, ts_ms: int, value: float) -> None:
        self.latest.moved(FARM, series, ts_ms, value)
        self.now += TICK_SECONDS

    async def __call__(
        self, query: str = "", path: str = "farm", method: str = "GET", **headers: str
    ) -> tuple[int, dict[str, str], bytes]:
        sent: list[dict[str, Any]] = []

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        async def receive() -> dict[str, Any]:
            return {"type": "http.request"}

        headers.setdefault("cookie", "alice")
        scope = {
            "path": f"/api/v1/sites/{path}/snapshot",
            "method": method,
            "query_string": query.encode(),
            "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()],
        }
        await self.app(scope, receive, send)
        got = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
        status, body = sent[0]["status"], sent[1]["body"]
        if method == "GET":
            self.check_peek(f"{scope['path']}?{query}", headers, status, got, body)
        return status, got, body

    def check_peek(self, address: str, headers: dict[str, str], status: int, got: dict[str, str], body: bytes) -> None:
        """The answer without ASGI is the same, and there is none to what is refused."""
        sent = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
        answer = self.app.peek(address.encode(), sent)
        if status in (200, 304):
            assert answer is not None
            assert (answer.status, answer.body) == (status, body)
            assert [name.decode() for name, _ in answer.headers] == list(got)
            assert dict(answer.headers)[b"etag"].decode() == got["etag"]
        else:
            assert answer is None


@pytest.fixture
def poll() -> Poll:
    return Poll()


async def test_a_site_that_another_process_has_just_given_somebody_is_shown_and_any_other_is_not() -> None:
    rights, latest = RightsOfAlice(), MemoryLatest()
    numbers = Numbers(*[lambda _site: 0] * 3)
    poll = Poll()
    poll.app = SnapshotApp(latest, rights, numbers, catch_up_rights=rights.catch_up)
    assert (await poll(path="farm"))[0] == 200
    assert not rights.was_asked
    assert (await poll(path="cellar"))[0] == 200
    assert (await poll(path="attic"))[0] == 404


class Behind:
    """Another process has shown a page more than this one has."""

    is_behind = True

    def is_level(self, _site_id: int, _cursor: str) -> bool:
        return not self.is_behind

    async def catch_up(self, _site_id: int, _cursor: str) -> None:
        self.is_behind = False


async def test_a_process_that_is_behind_catches_up_before_it_answers(poll: Poll) -> None:
    poll.app = SnapshotApp(poll.latest, RightsOfAlice(), Numbers(*[lambda _site: 0] * 3), follower=Behind())
    address, headers = b"/api/v1/sites/farm/snapshot?since=1.2", [(b"cookie", b"alice")]
    assert poll.app.peek(address, headers) is None
    assert (await poll("since=1.2"))[0] == 200
    assert poll.app.peek(address, headers) is not None


async def test_the_first_poll_holds_everything_and_the_next_only_what_changed(poll: Poll) -> None:
    poll.put(1, 1_000, 21.5)
    poll.put(2, 1_000, 60.0)
    _, _, body = await poll()
    first = json.loads(body)
    assert first["full"] is True
    assert sorted(first["series"]) == [[1, 1_000, 21.5], [2, 1_000, 60.0]]
    poll.put(2, 6_000, 61.0)
    _, _, body = await poll(f"since={first['cursor']}")
    second = json.loads(body)
    assert (second["full"], second["series"]) == (False, [[2, 6_000, 61.0]])
    _, _, body = await poll(f"since={second['cursor']}")
    assert json.loads(body)["series"] == []


async def test_a_cursor_of_another_start_gets_everything(poll: Poll) -> None:
    poll.put(1, 1_000, 21.5)
    epoch, _, now = json.loads((await poll())[2])["cursor"].partition(".")
    for cursor in (f"deadbeef.{now}", now, "", f"{epoch}.999999", f"{epoch}.x"):
        _, _, body = await poll(f"since={cursor}")
        assert json.loads(body)["full"] is True


async def test_nothing_changes_by_itself_so_the_same_etag_gets_304(poll: Poll) -> None:
    poll.put(1, 1_000, 21.5)
    _, headers, body = await poll()
    poll.now += 3_600
    status, again, empty = await poll(if_none_match=headers["etag"])
    assert (status, empty, again["etag"]) == (304, b"", headers["etag"])
    assert int(again["server-time-ms"]) >= int(headers["server-time-ms"])
    assert (await poll())[2] == body


async def test_a_new_alert_event_changes_the_etag_though_no_value_moved(poll: Poll) -> None:
    _, headers, _ = await poll()
    poll.alerts_seq = 1
    status, _, body = await poll(if_none_match=headers["etag"])
    assert (status, json.loads(body)["alerts_seq"]) == (200, 1)


@pytest.mark.parametrize("number", ["registry_seq", "presence_seq"])
async def test_a_change_of_the_registry_or_of_presence_changes_the_etag(poll: Poll, number: str) -> None:
    _, headers, body = await poll()
    cursor = json.loads(body)["cursor"]
    setattr(poll, number, 9)
    status, after, body = await poll(f"since={cursor}", if_none_match=headers["etag"])
    assert (status, json.loads(body)[number], json.loads(body)["series"]) == (200, 9, [])
    assert (await poll(f"since={cursor}", if_none_match=after["etag"]))[0] == 304


async def test_a_page_may_ask_for_the_series_on_its_screen_alone(poll: Poll) -> None:
    for series in (1, 2, 3):
        poll.put(series, 1_000, series)
    _, headers, body = await poll("series=2,3,99")
    first = json.loads(body)
    assert (first["full"], first["series"]) == (True, [[2, 1_000, 2], [3, 1_000, 3]])
    assert (await poll("series=2,3,99", if_none_match=headers["etag"]))[0] == 304
    poll.put(1, 2_000, 1.5)
    poll.put(2, 2_000, 2.5)
    _, _, body = await poll(f"since={first['cursor']}&series=2%2C3", if_none_match=headers["etag"])
    assert (json.loads(body)["full"], json.loads(body)["series"]) == (False, [[2, 2_000, 2.5]])


async def test_the_etag_of_one_selection_is_not_that_of_another_or_of_the_whole(poll: Poll) -> None:
    poll.put(1, 1_000, 1)
    poll.put(2, 1_000, 2)
    _, one, _ = await poll("series=1")
    _, whole, _ = await poll()
    assert (await poll("series=2", if_none_match=one["etag"]))[0] == 200
    assert (await poll("series=2", if_none_match=whole["etag"]))[0] == 200
    assert (await poll(if_none_match=one["etag"]))[0] == 200


async def test_a_page_that_cannot_take_a_large_site_is_told_so_instead_of_being_sent_it(poll: Poll) -> None:
    for series in (1, 2, 3):
        poll.put(series, 1_000, series)
    _, headers, body = await poll("most=2")
    assert (json.loads(body)["partial"], json.loads(body)["series"]) == (True, [])
    assert (await poll("most=2", if_none_match=headers["etag"]))[0] == 304
    for query in ("most=3", "most=x", "most=2&series=1"):
        _, _, body = await poll(query, if_none_match=headers["etag"])
        assert ("partial" in json.loads(body), bool(json.loads(body)["series"])) == (False, True), query


async def test_a_slow_part_of_a_quick_site_may_be_asked_for_seldom(poll: Poll) -> None:
    for minute in range(3):
        poll.put(1, minute * 60_000, 1.0)
    for second in range(3):
        poll.put(2, second * 5_000, 1.0)
    assert json.loads((await poll("series=1"))[2])["next_poll_ms"] == SLOW_POLL_MS


async def test_a_selection_that_cannot_be_read_is_refused(poll: Poll) -> None:
    for query in ("series=", "series=1,x", "series=" + ",".join(["1"] * (MAX_SELECTED + 1))):
        status, _, body = await poll(query)
        assert (status, list(json.loads(body)["errors"])) == (400, ["series"]), query


async def test_a_doubt_about_the_servers_clock_is_told_while_it_lasts_and_changes_the_etag(poll: Poll) -> None:
    _, before, body = await poll()
    assert "clock" not in json.loads(body)
    poll.times.wall += 3_600_000
    poll.clock.observe()
    status, during, body = await poll(if_none_match=before["etag"])
    assert status == 200
    assert json.loads(body)["clock"] == {"doubt": "stepped", "expected_ms": NOW, "shown_ms": NOW + 3_600_000}
    assert (await poll(if_none_match=during["etag"]))[0] == 304
    _, _, body = await poll(f"since={json.loads(body)['cursor']}")
    assert "clock" in json.loads(body)
    poll.clock.confirm()
    status, _, body = await poll(if_none_match=during["etag"])
    assert (status, "clock" in json.loads(body)) == (200, False)


async def test_strangers_get_401_and_foreign_sites_are_not_there(poll: Poll) -> None:
    assert (await poll(cookie="mallory"))[0] == 401
    assert (await poll(path="bank"))[0] == 404
    assert (await poll(method="POST"))[0] == 405


async def test_a_large_body_is_compressed_once_for_those_who_take_it(poll: Poll) -> None:
    for series in range(1, 200):
        poll.put(series, 1_763_900_000_000, 20 + series / 10)
    _, headers, zipped = await poll(accept_encoding="gzip, br")
    _, plain_headers, plain = await poll()
    assert headers["content-encoding"] == "gzip"
    assert gzip.decompress(zipped) == plain
    assert "content-encoding" not in plain_headers


async def test_a_snapshot_of_1000_series_is_below_40_kb_and_a_delta_of_50_below_3_kb(poll: Poll) -> None:
    for series in range(10_000, 11_000):
        poll.latest.moved(FARM, series, 1_763_900_000_000, round(20 + series / 7 % 14, 2))
    poll.now += 1
    _, _, body = await poll()
    assert len(body) <= 40_000
    cursor = json.loads(body)["cursor"]
    for series in range(10_000, 10_050):
        poll.latest.moved(FARM, series, 1_763_900_005_000, 21.53)
    poll.now += 1
    _, _, body = await poll(f"since={cursor}")
    assert len(json.loads(body)["series"]) == 50
    assert len(body) <= 3_000


async def test_the_page_may_come_back_later_only_where_every_series_is_slow(poll: Poll) -> None:
    for minute in range(3):
        poll.put(1, minute * 60_000, 1.0)
    assert json.loads((await poll())[2])["next_poll_ms"] == SLOW_POLL_MS
    for second in range(3):
        poll.put(2, second * 5_000, 1.0)
    assert json.loads((await poll())[2])["next_poll_ms"] == POLL_MS


async def test_a_cursor_moves_at_most_once_a_tick(poll: Poll) -> None:
    poll.put(1, 1_000, 1.0)
    cursor = json.loads((await poll())[2])["cursor"]
    for ts in range(2_000, 2_100):
        poll.latest.moved(FARM, 1, ts, 2.0)
    assert json.loads((await poll())[2])["cursor"] == cursor
    poll.now += TICK_SECONDS
    assert json.loads((await poll())[2])["series"] == [[1, 2_099, 2.0]]


async def test_a_deleted_series_is_gone_from_the_poll_and_an_old_cursor_gets_a_full_answer(poll: Poll) -> None:
    poll.put(11, 1_000, 1.5)
    poll.put(12, 1_000, 2.5)
    _, before, body = await poll()
    cursor = json.loads(body)["cursor"]
    poll.latest.forget(FARM, 12)
    status, _, body = await poll(f"since={cursor}", if_none_match=before["etag"])
    answer = json.loads(body)
    assert (status, answer["full"], answer["series"]) == (200, True, [[11, 1_000, 1.5]])
    poll.put(11, 2_000, 1.6)
    _, _, body = await poll(f"since={answer['cursor']}")
    assert (json.loads(body)["full"], json.loads(body)["series"]) == (False, [[11, 2_000, 1.6]])
