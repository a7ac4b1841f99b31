"""The alerts socket through a real uvicorn: its thread is the program's main loop, the test is everybody else."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import socket as sockets
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
import uvicorn
import uvloop
from channels.layers import InMemoryChannelLayer, channel_layers
from channels.routing import URLRouter
from django.db import OperationalError
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from belvedere.accounts import rights
from belvedere.accounts import services as accounts
from belvedere.accounts.models import Membership, Site, User
from belvedere.accounts.rights import RightsCache
from belvedere.alerts import consumers
from belvedere.alerts.guard import Guard
from belvedere.alerts.log import publisher
from belvedere.alerts.models import Alert, AlertEvent, AlertLog
from belvedere.alerts.reader import LogReader
from belvedere.alerts.routing import websocket_urlpatterns
from belvedere.alerts.services import do_comment
from belvedere.alerts.tests.conftest import Transition
from belvedere.conftest import api_for
from belvedere.live import hub as hub_module
from belvedere.live import socket as socket_module
from belvedere.live.hub import Hub
from belvedere.live.port import Frame

pytestmark = pytest.mark.django_db(transaction=True)

CLOSE_WITHIN_SECONDS = 5
PATIENCE_SECONDS = 30.0  # for what comes in milliseconds on a quiet machine


class Program:
    """uvicorn, the hub and the consumers, as the wiring puts them together."""

    def __init__(self) -> None:
        self.hub: Hub
        self.layer = InMemoryChannelLayer()
        self.port = 0
        self.peak_rss = 0
        self._ready = threading.Event()
        self._loop: asyncio.AbstractEventLoop
        self._stopping: asyncio.Event
        self._thread = threading.Thread(target=lambda: uvloop.run(self._main()), daemon=True)

    def start(self) -> Program:
        channel_layers.set("default", self.layer)
        self._thread.start()
        assert self._ready.wait(PATIENCE_SECONDS)
        return self

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join(15)
        assert not self._thread.is_alive()

    def on_loop(self, call: Callable[[], Any]) -> Any:
        async def run() -> Any:
            return call()

        return asyncio.run_coroutine_threadsafe(run(), self._loop).result(PATIENCE_SECONDS)

    async def _main(self) -> None:
        self._loop, self._stopping = asyncio.get_running_loop(), asyncio.Event()
        cache, reader = RightsCache(), LogReader()
        guard = Guard(cache)
        self.hub = Hub(self._loop, reader, guard)
        await self.hub.start()
        publisher.bind(self.hub)
        consumers.hub.bind(self.hub)
        consumers.guard.bind(guard)
        config = uvicorn.Config(
            URLRouter(websocket_urlpatterns),
            loop="none",
            ws="websockets-sansio",
            ws_per_message_deflate=False,
            lifespan="off",
            log_config=None,
            port=0,
            timeout_graceful_shutdown=1,
        )
        server = uvicorn.Server(config)
        server.capture_signals = _no_signals  # type: ignore[method-assign]  # not the main thread
        serving = asyncio.create_task(server.serve())
        while not server.started:
            await asyncio.sleep(0.01)
        self.port = server.servers[0].sockets[0].getsockname()[1]
        self._ready.set()
        await self._stopping.wait()
        await self.hub.stop()
        server.should_exit = True
        await serving
        cache.close()
        reader.close()


def _no_signals() -> Any:
    import contextlib

    return contextlib.nullcontext()


@pytest.fixture
def program(monkeypatch: pytest.MonkeyPatch) -> Iterator[Program]:
    monkeypatch.setattr(hub_module, "ROUND_SECONDS", 0.5)
    monkeypatch.setattr(socket_module, "CLOSE_SECONDS", 0.5)
    running = Program().start()
    yield running
    running.stop()


@pytest.fixture
def bearer(bob: User) -> str:
    _, secret = accounts.do_create_token(bob, "bars")
    return secret


def listen(program: Program, query: str, *, origin: str | None = None, **headers: str) -> ClientConnection:
    own = f"http://127.0.0.1:{program.port}"
    return connect(
        f"ws://127.0.0.1:{program.port}/ws/alerts/?{query}",
        origin=Origin(own) if origin is None else Origin(origin) if origin else None,
        additional_headers=headers,
        open_timeout=PATIENCE_SECONDS,
        close_timeout=1,
        compression=None,
        legacy=True,
    )


def with_token(program: Program, secret: str, query: str = "site=farm&after=0") -> ClientConnection:
    return listen(program, query, Authorization=f"Bearer {secret}")


def next_frame(client: ClientConnection, seconds: float = PATIENCE_SECONDS) -> dict[str, Any]:
    frame: dict[str, Any] = json.loads(client.recv(timeout=seconds))
    return frame


def next_event(client: ClientConnection, seconds: float = PATIENCE_SECONDS) -> dict[str, Any]:
    frame = next_frame(client, seconds)
    while frame["type"] != "event":
        frame = next_frame(client, seconds)
    return frame


def silent(client: ClientConnection, seconds: float = 0.4) -> bool:
    try:
        client.recv(timeout=seconds)
    except TimeoutError:
        return True
    return False


def closed_with(client: ClientConnection, seconds: float = CLOSE_WITHIN_SECONDS) -> int | None:
    end = time.monotonic() + seconds
    try:
        while True:
            client.recv(timeout=max(0, end - time.monotonic()))
    except ConnectionClosed as closed:
        return closed.rcvd.code if closed.rcvd else None


def refused_with(open_socket: Callable[[], ClientConnection]) -> int:
    with pytest.raises(InvalidStatus) as refusal:
        open_socket()
    return refusal.value.response.status_code


def test_hello_then_what_was_missed_then_what_comes(program: Program, bearer: str, happens: Transition) -> None:
    happens(0, "opened", 36.0)
    happens(1, "resolved", 33.0)
    with with_token(program, bearer, "site=farm&after=1") as client:
        log = AlertLog.objects.get()
        assert next_frame(client) == {"type": "hello", "log_id": log.log_id, "seq": 2}
        assert [next_event(client)[key] for key in ("seq",)] == [2]
        happens(2, "opened", 38.0)
        event = next_event(client)
        assert (event["seq"], event["kind"], event["alert"]["value"]) == (3, "opened", 38.0)
        assert silent(client)


def test_without_after_it_begins_now(program: Program, bearer: str, happens: Transition) -> None:
    happens(0, "opened", 36.0)
    with with_token(program, bearer, "site=farm") as client:
        assert next_frame(client)["seq"] == 1
        assert silent(client)
        happens(1, "resolved", 33.0)
        assert next_event(client)["seq"] == 2


def test_an_after_from_the_future_says_hello_with_the_true_number(
    program: Program, bearer: str, happens: Transition
) -> None:
    happens(0, "opened", 36.0)
    with with_token(program, bearer, "site=farm&after=99") as client:
        assert next_frame(client)["seq"] == 1
        happens(1, "resolved", 33.0)
        assert next_event(client)["seq"] == 2


def test_a_long_log_is_read_to_its_end_while_more_comes(
    program: Program, bearer: str, happens: Transition, bob: User
) -> None:
    happens(0, "opened", 36.0)
    alert = Alert.objects.get()
    AlertEvent.objects.bulk_create(
        AlertEvent(site=alert.site, seq=seq, alert=alert, kind="commented", at_ms=0, frame=_frame(seq))
        for seq in range(2, 1301)
    )
    AlertLog.objects.filter(site=alert.site).update(seq=1300)
    with with_token(program, bearer) as client:
        assert next_frame(client)["type"] == "hello"
        writer = threading.Thread(target=_comment, args=(alert.pk, bob, 20))
        writer.start()
        seqs = [next_event(client, 20)["seq"] for _ in range(1320)]
        writer.join(20)
        assert seqs == list(range(1, 1321))
        assert silent(client)


def _frame(seq: int, size: int = 1500) -> str:
    return json.dumps({"type": "event", "seq": seq, "pad": "x" * size})


def _comment(alert_id: int, person: User, times: int) -> None:
    from django.db import connection

    for number in range(times):
        do_comment(alert_id, person, str(number), 1000)
    connection.close()


def test_a_session_of_the_own_origin_is_let_in(program: Program, bob: User) -> None:
    cookie = f"sessionid={api_for(bob).cookies['sessionid'].value}"
    with listen(program, "site=farm&after=0", Cookie=cookie) as client:
        assert next_frame(client)["type"] == "hello"


def test_foreign_origins_are_refused_even_with_a_token(program: Program, bob: User, bearer: str) -> None:
    token = {"Authorization": f"Bearer {bearer}"}
    cookie = {"Cookie": f"sessionid={api_for(bob).cookies['sessionid'].value}"}
    for credentials in (token, cookie):
        for origin in ("http://evil.example", "null", f"http://127.0.0.1.evil.example:{program.port}", "http://[::1"):
            assert refused_with(partial(listen, program, "site=farm", origin=origin, **credentials)) == 403
    assert refused_with(lambda: listen(program, "site=farm", origin="", **cookie)) == 403
    with listen(program, "site=farm", origin="", **token) as client:
        assert next_frame(client)["type"] == "hello"


def test_a_host_that_is_not_ours_is_refused_though_its_origin_matches(program: Program, bearer: str) -> None:
    def rebound() -> ClientConnection:
        return connect(
            f"ws://evil.example:{program.port}/ws/alerts/?site=farm",
            sock=sockets.create_connection(("127.0.0.1", program.port), 5),
            origin=Origin(f"http://evil.example:{program.port}"),
            additional_headers={"Authorization": f"Bearer {bearer}"},
            legacy=True,
        )

    assert refused_with(rebound) == 403


def test_nobody_and_members_of_other_sites_are_refused(program: Program, farm: Site, mallory: User) -> None:
    _, theirs = accounts.do_create_token(mallory, "x")
    assert refused_with(lambda: listen(program, "site=farm")) == 401
    assert refused_with(lambda: with_token(program, "wrong")) == 401
    assert refused_with(lambda: with_token(program, theirs)) == 404
    assert refused_with(lambda: with_token(program, theirs, "site=nowhere")) == 404
    assert refused_with(lambda: with_token(program, theirs, "site=elsewhere&after=-1")) == 400
    assert refused_with(lambda: with_token(program, theirs, "site=elsewhere&after=x")) == 400


def test_there_is_no_socket_at_another_address(program: Program, bearer: str) -> None:
    def elsewhere() -> ClientConnection:
        return connect(
            f"ws://127.0.0.1:{program.port}/ws/other", additional_headers={"Authorization": bearer}, legacy=True
        )

    assert refused_with(elsewhere) == 404


def test_while_rights_cannot_be_looked_up_nobody_is_let_in_and_nobody_cut(
    program: Program, bearer: str, happens: Transition, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_keys: Any) -> Any:
        raise OperationalError("database is locked")

    with with_token(program, bearer) as client:
        next_frame(client)
        monkeypatch.setattr(rights, "look_up_rights", fail)
        assert refused_with(lambda: with_token(program, "another")) == 503
        time.sleep(rights.TTL_SECONDS + 1)  # the answer that was kept is too old now
        happens(0, "opened", 36.0)
        assert next_event(client)["seq"] == 1


def test_events_of_another_site_are_never_heard(
    program: Program, happens: Transition, mallory: User, bearer: str
) -> None:
    _, theirs = accounts.do_create_token(mallory, "x")
    with with_token(program, theirs, "site=elsewhere&after=0") as client, with_token(program, bearer) as own:
        assert next_frame(client)["type"] == "hello"
        happens(0, "opened", 36.0)
        assert next_event(own)["seq"] == 1
        assert silent(client)


def test_signing_out_closes_within_5_s(program: Program, bob: User) -> None:
    api = api_for(bob)
    cookie = f"sessionid={api.cookies['sessionid'].value}"
    with listen(program, "site=farm", Cookie=cookie) as client:
        next_frame(client)
        assert api.delete("/api/v1/session").status_code == 204
        assert closed_with(client) == 4401


def test_a_deleted_token_closes_within_5_s_also_where_no_signal_tells(program: Program, bob: User, bearer: str) -> None:
    with with_token(program, bearer) as client:
        next_frame(client)
        bob.tokens.all().delete()  # as another process would
        assert closed_with(client) == 4401


def test_a_removed_member_is_closed_within_5_s(program: Program, bob: User, bearer: str) -> None:
    with with_token(program, bearer) as client:
        next_frame(client)
        Membership.objects.filter(user=bob).delete()
        assert closed_with(client) == 4403


def test_a_message_that_the_layer_drops_heals_by_itself(
    program: Program, bearer: str, happens: Transition, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def drop(*_: Any) -> None:
        """As a full channel does."""

    with with_token(program, bearer) as client:
        next_frame(client)
        with monkeypatch.context() as patch:
            patch.setattr(program.layer, "group_send", drop)
            happens(0, "opened", 36.0)
            time.sleep(0.05)
        assert next_event(client)["seq"] == 1  # the next round read the log
        assert silent(client)


def test_the_next_message_heals_a_dropped_one_in_order(
    program: Program, bearer: str, happens: Transition, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_module, "ROUND_SECONDS", 3600)
    time.sleep(0.6)  # the round under way is the last
    real = program.layer.group_send
    sent: list[Any] = []

    async def drop_first(group: str, message: Any) -> None:
        sent.append(message)
        if len(sent) > 1:
            await real(group, message)

    with with_token(program, bearer) as client:
        next_frame(client)
        monkeypatch.setattr(program.layer, "group_send", drop_first)
        happens(0, "opened", 36.0)
        happens(1, "resolved", 33.0)
        assert [next_event(client)["seq"], next_event(client)["seq"]] == [1, 2]
        assert silent(client)


def test_pings_carry_the_number_of_the_log(
    program: Program, bearer: str, happens: Transition, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_module, "PING_SECONDS", 0.0)
    happens(0, "opened", 36.0)
    with with_token(program, bearer, "site=farm&after=1") as client:
        assert next_frame(client)["type"] == "hello"
        assert next_frame(client) == {"type": "ping", "seq": 1}


def test_the_snapshots_number_is_known_at_the_commit(program: Program, happens: Transition, farm: Site) -> None:
    happens(0, "opened", 36.0)
    assert program.hub.seq_of(farm.pk) == 1


def test_after_a_restart_a_client_goes_on_where_it_was(bearer: str, happens: Transition) -> None:
    first = Program().start()
    client = with_token(first, bearer)
    hello = next_frame(client)
    happens(0, "opened", 36.0)
    assert next_event(client)["seq"] == 1
    first.stop()
    assert closed_with(client) == 1012
    happens(1, "resolved", 33.0)
    second = Program().start()
    try:
        with with_token(second, bearer, "site=farm&after=1") as back:
            assert next_frame(back) == {"type": "hello", "log_id": hello["log_id"], "seq": 2}
            assert next_event(back)["seq"] == 2
            assert silent(back)
    finally:
        second.stop()


def test_a_socket_that_got_old_is_asked_to_come_back(
    program: Program, bearer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with with_token(program, bearer) as client:
        next_frame(client)
        monkeypatch.setattr(hub_module, "MAX_AGE_SECONDS", 0)
        assert closed_with(client) == 1001


def deaf(program: Program, secret: str, query: str = "site=farm") -> sockets.socket:
    """A client that shakes hands and never reads again."""
    connection = sockets.create_connection(("127.0.0.1", program.port), 5)
    connection.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 4096)
    lines = [
        f"GET /ws/alerts/?{query} HTTP/1.1",
        f"Host: 127.0.0.1:{program.port}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}",
        "Sec-WebSocket-Version: 13",
        f"Authorization: Bearer {secret}",
    ]
    connection.sendall("\r\n".join([*lines, "", ""]).encode())
    assert b" 101 " in connection.recv(20)
    return connection


def open_sockets(program: Program) -> int:
    return len(program.on_loop(program.hub.sockets))


def wait_until(condition: Callable[[], bool], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)


def test_a_client_that_does_not_read_is_cut_and_holds_up_nobody(
    program: Program, bearer: str, farm: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    silent_one = deaf(program, bearer)
    with with_token(program, bearer, "site=farm") as reader:
        next_frame(reader)

        assert open_sockets(program) == 2
        text = json.dumps({"type": "event", "pad": "x" * 20_000})
        received = 0
        for seq in range(1, 2001):
            program.hub.publish([Frame(farm.pk, seq, text)])
            received += bool(next_event(reader))
            if program.hub.closed_slow:
                break
        assert received == seq
        assert program.hub.closed_slow == 1
        wait_until(lambda: open_sockets(program) == 1)
    silent_one.close()


def test_a_client_that_asks_for_a_long_log_and_does_not_read_it_is_cut_too(
    program: Program, bearer: str, happens: Transition, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket_module, "ROOM_SECONDS", 0.5)
    happens(0, "opened", 36.0)
    alert = Alert.objects.get()
    AlertEvent.objects.bulk_create(
        AlertEvent(site=alert.site, seq=seq, alert=alert, kind="commented", at_ms=0, frame=_frame(seq, 20_000))
        for seq in range(2, 400)
    )
    AlertLog.objects.filter(site=alert.site).update(seq=399)
    silent_one = deaf(program, bearer, "site=farm&after=0")
    wait_until(lambda: program.hub.closed_slow == 1 and open_sockets(program) == 0)
    silent_one.close()


def test_a_layer_that_fails_once_is_heard_again(
    program: Program, bearer: str, happens: Transition, monkeypatch: pytest.MonkeyPatch
) -> None:
    with with_token(program, bearer) as client:
        next_frame(client)
        with monkeypatch.context() as patch:
            patch.setattr(program.layer, "receive", _fail)
            happens(0, "opened", 36.0)  # wakes the receiver, which fails when it asks again
            assert next_event(client)["seq"] == 1
            time.sleep(0.2)
        time.sleep(1.0)  # the pause after a failure is one round
        monkeypatch.setattr(program.hub, "_check_log", _no_look)
        happens(1, "resolved", 33.0)
        assert next_event(client)["seq"] == 2


async def _fail(_channel: str) -> Any:
    raise OSError("connection lost")


async def _no_look() -> None:
    """Only the layer brings entries."""


def test_frames_take_the_short_cut_that_this_uvicorn_offers(program: Program, bearer: str) -> None:
    with with_token(program, bearer) as client:
        next_frame(client)
        (socket,) = program.on_loop(program.hub.sockets)
        assert socket.takes_short_cut


def test_100_sockets_hear_every_event_once_in_order(program: Program, bearer: str, happens: Transition) -> None:
    clients = [with_token(program, bearer) for _ in range(100)]
    for second in range(20):
        happens(second, ("opened", "resolved")[second % 2], 36.0)
    for client in clients:
        assert [next_event(client)["seq"] for _ in range(20)] == list(range(1, 21))
    for client in clients:
        client.close()
