"""POST /api/v1/ingest: the answer comes after the commit and says what became of each reading."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from belvedere.domain.reading import Outcome, Reading, Reason
from belvedere.domain.tests.times import Times
from belvedere.pipeline.ingest.decode import MAX_HTTP_BODY_BYTES
from belvedere.pipeline.ingest.http import MAX_SWALLOWED_BYTES, IngestApp
from belvedere.pipeline.ingest.tests.fakes import (
    NOW_MS,
    FakeDirectory,
    FakePresence,
    FakeStream,
    FakeTroubles,
    OtherProcess,
)
from belvedere.web_api.asgi import Message
from tests.corpus import Case, reading_cases

URL = "/api/v1/ingest"
BODY = b'{"temperature":21.5}'


class Site:
    """The application with everything around it in memory, and a client that is device d0."""

    def __init__(self) -> None:
        self.stream = FakeStream()
        self.presence = FakePresence()
        self.directory = FakeDirectory()
        self.now_ms = NOW_MS
        self.times = Times(NOW_MS)
        clock = self.times.clock()
        self.troubles = FakeTroubles()
        self.app = IngestApp(
            self.stream, self.directory, self.presence, lambda: self.now_ms, clock=clock, troubles=self.troubles
        )
        transport = httpx.ASGITransport(app=self.app)  # type: ignore[arg-type]  # any mapping is a message to httpx
        self.client = httpx.AsyncClient(transport=transport, base_url="http://test", auth=("d0", "secret"))

    async def post(self, body: bytes | AsyncIterator[bytes] = BODY, **options: Any) -> httpx.Response:
        return await self.client.post(URL, content=body, **options)


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    made = Site()
    async with made.client:
        yield made


async def test_what_is_stored_is_told_after_the_commit(site: Site) -> None:
    site.stream.frozen = True
    posting = asyncio.create_task(site.post())
    await asyncio.sleep(0.05)
    assert not posting.done()
    site.stream.commit()
    answer = await posting
    assert (answer.status_code, answer.json()) == (200, {"stored": 1, "duplicate": 0, "rejected": []})
    assert site.stream.readings == [Reading(NOW_MS, {"temperature": 21.5})]
    assert site.presence.protocols == {"d0": "http"}


async def test_a_device_that_another_process_has_just_made_is_let_in_and_a_stranger_is_not(site: Site) -> None:
    other = OtherProcess(site.directory, "new")
    site.app._catch_up = other.catch_up
    posting = [asyncio.create_task(site.post(auth=(name, "secret"))) for name in ("new", "nobody")]
    while len(other.asked) < 2:
        await asyncio.sleep(0)
    assert not site.troubles.strangers
    other.answer()
    assert [answer.status_code for answer in await asyncio.gather(*posting)] == [200, 401]
    assert [name for name, _ in site.troubles.strangers] == ["nobody"]


async def test_readings_that_were_put_beside_another_value_are_told_and_only_then(site: Site) -> None:
    site.stream.frozen = True
    posting = asyncio.create_task(site.post())
    while not site.stream.pending:
        await asyncio.sleep(0)
    _, receipt = site.stream.pending.pop()
    assert receipt.sink
    receipt.sink.settle([receipt.token], [Outcome(2, 0, [], 1)])
    assert (await posting).json() == {"stored": 2, "duplicate": 0, "rejected": [], "adjusted": 1}


async def test_a_bad_reading_is_named_and_the_good_one_stored(site: Site) -> None:
    body = b'{"readings":[{"values":{"a":"x"}},{"ts":%d,"values":{"a":1}}]}' % (NOW_MS - 5000)
    answer = await site.post(body)
    assert answer.status_code == 200
    assert answer.json()["stored"] == 1
    assert [(r["index"], r["reason"]) for r in answer.json()["rejected"]] == [(0, "bad_value")]
    assert site.stream.stored[0].body == body
    assert site.app.rejected == {"bad_value": 1}


async def test_a_body_of_which_nothing_can_be_stored_is_a_problem_and_still_goes_to_quarantine(site: Site) -> None:
    answer = await site.post(b"rubbish")
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "bad_json"
    assert answer.json()["rejected"][0]["reason"] == "bad_json"
    assert site.stream.stored[0].body == b"rubbish"


async def test_a_server_whose_clock_is_in_doubt_stores_what_comes_and_calls_no_device_wrong(site: Site) -> None:
    site.now_ms -= 30 * 86_400_000
    site.times.wall = site.now_ms
    answer = await site.post(b'{"ts":%d,"values":{"a":1}}' % NOW_MS)
    assert (answer.status_code, answer.json()["stored"]) == (200, 1)
    assert site.presence.skews == []


async def test_a_repetition_hears_the_same_count_as_the_first_time(site: Site) -> None:
    site.stream.frozen = True
    posting = asyncio.create_task(site.post())
    await asyncio.sleep(0.05)
    ((_, receipt),) = site.stream.pending
    assert receipt.sink is not None
    receipt.sink.settle([receipt.token], [Outcome(0, 1, [])])
    answer = await posting
    assert (answer.status_code, answer.json()) == (200, {"stored": 1, "duplicate": 1, "rejected": []})


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


WRONG = [basic("d0", "wrong"), basic("nobody", "secret"), basic("d0", "")]


@pytest.mark.parametrize("header", [None, "", "Basic", "Basic !!!", "Basic /w==", "Bearer abc", *WRONG])
async def test_only_a_device_with_its_secret_may_post(site: Site, header: str | None) -> None:
    site.client.auth = None  # type: ignore[assignment]  # httpx takes None, its types do not
    answer = await site.post(headers={} if header is None else {"Authorization": header})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Basic ")
    assert answer.json()["code"] == "bad_credentials"
    assert not site.stream.stored
    assert not site.presence.seen_at
    assert [who for who, _ in site.troubles.strangers] == (["nobody"] if header == WRONG[1] else [])


async def test_nothing_of_a_strangers_body_is_read(site: Site) -> None:
    async def receive() -> Message:
        raise AssertionError("the body was asked for before the stranger was refused")

    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    for header in (b"", basic("d0", "wrong").encode(), basic("nobody", "secret").encode()):
        headers = [(b"authorization", header), (b"content-length", b"200000")]
        await site.app({"type": "http", "method": "POST", "headers": headers}, receive, send)
    assert [message["status"] for message in sent if "status" in message] == [401, 401, 401]


async def test_a_secret_may_hold_a_colon(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    monkeypatch.setattr(site.directory, "authenticate", lambda device, secret: seen.append(secret))
    await site.post(auth=("d0", "a:b"))
    assert seen == ["a:b"]


async def test_another_method_is_refused(site: Site) -> None:
    answer = await site.client.get(URL)
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


@pytest.mark.parametrize("announced", [str(MAX_HTTP_BODY_BYTES + 1), "268435455", "9" * 5000, "-1", "x"])
async def test_a_body_that_is_too_large_is_refused_on_its_announcement(site: Site, announced: str) -> None:
    """What comes nevertheless is thrown away, up to a point, so that an honest sender gets to read the answer."""
    answer: list[Message] = []
    received = 0

    async def receive() -> Message:
        nonlocal received
        received += 1
        return {"type": "http.request", "body": b" " * 65_536, "more_body": True}

    async def send(message: Message) -> None:
        answer.append(message)

    headers = [(b"authorization", basic("d0", "secret").encode()), (b"content-length", announced.encode())]
    await site.app({"type": "http", "method": "POST", "headers": headers}, receive, send)
    assert answer[0]["status"] == 413
    assert received * 65_536 <= MAX_SWALLOWED_BYTES
    assert not site.stream.stored


async def test_a_body_without_announcement_is_refused_when_it_grows_too_large(site: Site) -> None:
    pieces = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal pieces
        for _ in range(1000):
            pieces += 1
            yield b" " * 65_536

    answer = await site.post(endless())
    assert answer.status_code == 413
    assert answer.json()["code"] == "too_large"
    assert site.app.rejected[Reason.TOO_LARGE] == 1


async def test_a_content_encoding_is_not_taken(site: Site) -> None:
    answer = await site.post(headers={"Content-Encoding": "gzip"})
    assert answer.status_code == 415
    assert answer.json()["code"] == "bad_encoding"
    assert site.stream.stored[0].body == BODY
    assert (await site.post(headers={"Content-Encoding": "identity"})).status_code == 200


@pytest.mark.parametrize("trouble", ["full", "stalled", "slow", "failed"])
async def test_what_is_not_stored_in_time_is_to_be_sent_again(site: Site, trouble: str) -> None:
    site.stream.full = trouble == "full"
    site.stream.stalled = "disk full" if trouble == "stalled" else None
    site.stream.frozen = trouble in ("slow", "failed")
    site.app._commit_timeout_seconds = 0.2 if trouble == "slow" else 30
    posting = asyncio.ensure_future(site.post())
    while trouble == "failed" and not site.stream.pending:
        await asyncio.sleep(0.01)
    if trouble == "failed":
        site.stream.fail()
    answer = await posting
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) >= 1
    assert answer.json()["code"] == "not_stored"
    assert "disk" not in answer.text
    site.stream.commit()  # a commit after the answer disturbs nobody


async def test_a_client_that_goes_away_while_it_sends_leaves_nothing_behind(site: Site) -> None:
    async def receive() -> Message:
        return {"type": "http.disconnect"}

    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    headers = [(b"authorization", basic("d0", "secret").encode())]
    await site.app({"type": "http", "method": "POST", "headers": headers}, receive, send)
    assert not sent
    assert not site.stream.stored


async def test_a_device_that_is_deleted_while_its_body_comes_stores_and_says_nothing(site: Site) -> None:
    async def body() -> AsyncIterator[bytes]:
        yield BODY
        site.directory.revoke("d0")

    answer = await site.post(body())
    assert (answer.status_code, answer.json()["code"]) == (401, "bad_credentials")
    assert not site.stream.stored
    assert not site.presence.seen_at


async def test_a_refused_log_in_and_a_body_too_large_are_told_on_the_devices_page(site: Site) -> None:
    await site.post(auth=("d0", "wrong"))
    await site.post(auth=("nobody", "secret"))
    assert (await site.post(b" " * (MAX_HTTP_BODY_BYTES + 1))).status_code == 413
    assert [(device, code) for device, code, _ in site.troubles.told] == [
        ("d0", "bad_credentials"),
        ("d0", "too_large"),
    ]
    assert site.troubles.told[0][2].startswith("From 127.0.0.1")
    await site.post()
    assert len(site.troubles.told) == 2


async def test_stamps_increase_strictly_over_requests(site: Site) -> None:
    for _ in range(3):
        await site.post()
    assert [reading.ts_ms for reading in site.stream.readings] == [NOW_MS, NOW_MS + 1, NOW_MS + 2]


CASES = [pytest.param(case, id=case.line["id"]) for case in reading_cases(NOW_MS) if case.goes_by("http")]


@pytest.mark.parametrize("case", CASES)
async def test_each_body_becomes_what_the_corpus_says(site: Site, case: Case) -> None:
    site.now_ms = case.now_ms
    headers = dict(case.line.get("headers", {}))
    if "claim_bytes" in case.line:
        headers["Content-Length"] = str(case.line["claim_bytes"])
    answer = await site.post(case.body, headers=headers)
    if case.line["expect"] == "reject":
        assert 400 <= answer.status_code < 500
        assert answer.json()["code"] in case.reasons
        assert not site.stream.readings
    elif case.line["expect"] == "part":
        told = [(r["index"], r["reason"], r.get("metric")) for r in answer.json()["rejected"]]
        assert (answer.status_code, answer.json()["stored"]) == (200, case.line["stored"])
        assert told == case.rejected(told)
    else:
        assert answer.json() == {"stored": len(case.expected()), "duplicate": 0, "rejected": []}
        assert [reading.values for reading in site.stream.readings] == [values for _, values in case.expected()]
