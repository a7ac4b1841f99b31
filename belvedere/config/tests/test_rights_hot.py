"""Who may call what answers beside Django: snapshot, ingest, media, sockets, figures. As everybody, through asgi.py."""

from __future__ import annotations

import ast
import asyncio
import base64
import inspect
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import pytest
import pytest_asyncio
from asgiref.sync import sync_to_async
from asgiref.testing import ApplicationCommunicator
from django.conf import settings
from prometheus_client.registry import Collector

from belvedere.accounts.models import Site, User
from belvedere.accounts.rights import RightsCache
from belvedere.accounts.services import do_create_token
from belvedere.alerts import consumers
from belvedere.alerts.consumers import refuse_unknown_address
from belvedere.alerts.guard import Guard
from belvedere.alerts.routing import websocket_urlpatterns
from belvedere.cameras import media
from belvedere.cameras.mediaserver.port import MANIFEST
from belvedere.cameras.tests.media import PAGE
from belvedere.cameras.tests.test_media_rights import RealRightsHouse
from belvedere.config import asgi
from belvedere.config.health import HealthApp
from belvedere.config.hot_paths import PATHS
from belvedere.config.tests import rights_table
from belvedere.config.tests.rights_table import HOT, LET_IN, Caller
from belvedere.conftest import api_for
from belvedere.devices.directory import DeviceDirectory
from belvedere.devices.presence import PresenceBook
from belvedere.devices.services import do_create_device
from belvedere.pipeline.ingest.http import IngestApp
from belvedere.readings.latest.memory import MemoryLatest
from belvedere.readings.snapshot import Numbers, SnapshotApp
from belvedere.web_api.asgi import App

pytestmark = pytest.mark.django_db(transaction=True)
Headers = list[tuple[bytes, bytes]]
REAL = {"slug": "farm", "camera": "gate", "session": "s1", "name": "index.m3u8"}
ELSEWHERE = "http://evil.example"


class NoFigures(Collector):
    def collect(self) -> Any:
        return iter(())


class NoHub:
    """Sockets come and go."""

    async def join(self, *_: object) -> None: ...
    def leave(self, *_: object) -> None: ...


@pytest_asyncio.fixture
async def app(farm: Site) -> AsyncIterator[App]:
    """The real parts, put together as wiring does, without store and media server."""
    rights = RightsCache()
    directory = DeviceDirectory(settings.KEYS.digest_key)
    program: Any = SimpleNamespace(
        snapshot=SnapshotApp(MemoryLatest(), rights, Numbers(*[lambda _site: 0] * 3)),
        ingest=IngestApp(SimpleNamespace(stalled="No store here."), directory, PresenceBook()),
        media=RealRightsHouse(rights).app,
        health=HealthApp(rights, dict, dict, NoFigures()),
        directory=directory,
    )
    consumers.hub.bind(NoHub())  # type: ignore[arg-type]  # nothing is sent
    consumers.guard.bind(Guard(rights))
    app = asgi.application(program)
    app.directory = directory  # type: ignore[attr-defined]  # for `callers`
    app.peek = program.snapshot.peek  # type: ignore[attr-defined]  # as the server asks it first
    yield app
    rights.close()


@pytest_asyncio.fixture
async def callers(app: Any, alice: User, bob: User, charlie: User, mallory: User, farm: Site) -> dict[Caller, Headers]:
    def make() -> dict[Caller, Headers]:
        _, secret = do_create_device(farm, "probe", "Probe")
        basic = base64.b64encode(f"probe:{secret}".encode())
        app.directory.load()
        _, reader = do_create_token(alice, "reader", read_only=True)
        people = {Caller.MALLORY: mallory, Caller.CHARLIE: charlie, Caller.BOB: bob, Caller.ALICE: alice}
        cookies = {caller: api_for(person).cookies["sessionid"].value for caller, person in people.items()}
        return {
            Caller.ANONYMOUS: [],
            Caller.DEVICE: [(b"authorization", b"Basic " + basic)],
            Caller.READ_ONLY: [(b"authorization", b"Bearer " + reader.encode())],
            **{caller: [(b"cookie", f"sessionid={cookie}".encode())] for caller, cookie in cookies.items()},
        }

    return await sync_to_async(make)()


def scope_of(name: str, headers: Headers, origin: str = PAGE) -> dict[str, Any]:
    method, _, path = name.partition(" ")
    sent = [(b"host", b"localhost:8000"), *headers]
    if not dict(headers).get(b"authorization", b"").startswith(b"Bearer"):
        sent.append((b"origin", origin.encode()))
    return {
        "type": "websocket" if method == "WS" else "http",
        "method": method,
        "path": path.format(**REAL),
        "query_string": b"site=farm" if method == "WS" else b"",
        "headers": sent,
        "client": ("192.168.1.9", 5),
        "extensions": {"websocket.http.response": {}},
    }


async def status_of(app: App, scope: dict[str, Any]) -> int:
    """Of the answer; of an accepted socket 101."""
    if scope["type"] == "websocket":
        return await socket_status_of(app, scope)
    sent: list[dict[str, Any]] = []
    asked = iter([{"type": "http.request", "body": b"{}", "more_body": False}])

    async def receive() -> dict[str, Any]:
        for message in asked:
            return message
        return await asyncio.Future()  # the client stays

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await app(scope, receive, send)
    return int(sent[0]["status"])


async def socket_status_of(app: App, scope: dict[str, Any]) -> int:
    socket: Any = ApplicationCommunicator(app, scope)  # type: ignore[no-untyped-call]  # asgiref's is not typed
    await socket.send_input({"type": "websocket.connect"})
    answer = await socket.receive_output(10)
    if answer["type"] == "websocket.accept":
        await socket.send_input({"type": "websocket.disconnect", "code": 1000})
        await socket.wait()
        return 101
    return int(answer["status"])


@pytest.mark.parametrize("name", HOT)
async def test_everybody_gets_what_is_written_down(app: App, callers: dict[Caller, Headers], name: str) -> None:
    got = {}
    for caller, headers in callers.items():
        status = await status_of(app, scope_of(name, headers))
        got[caller] = status if status in (401, 403, 404) else LET_IN
    assert got == rights_table.expected(name, HOT[name])


async def test_a_poll_is_answered_before_the_application_for_whom_it_lets_in_and_nobody_else(
    app: Any, callers: dict[Caller, Headers]
) -> None:
    name = "GET /api/v1/sites/{slug}/snapshot"
    for caller, headers in callers.items():
        scope = scope_of(name, headers)
        status = await status_of(app, scope)  # with it the rights are in memory
        assert (app.peek(scope["path"].encode(), scope["headers"]) is not None) is (status == 200), caller


WRITING = ("WS /ws/alerts/", "POST /media/{camera}/whep", "DELETE /media/{camera}/whep/{session}")
VIEWS = ("PATCH /api/v1/sites/{slug}", "POST /api/v1/session")
INGEST = "POST /api/v1/ingest"
COOKIE, TOKEN, DEVICE = "Alice's session", "her program's token", "a device's credentials"
OURS = (PAGE, "https://localhost:8000")  # a proxy in front may speak TLS
FOREIGN = (ELSEWHERE, "null", "http://localhost:9000", "http://localhost", f"{PAGE}.evil.example", "http://[::1")
# Whether a request is let through, by where it goes, what it carries and from where. None: no Origin is sent.
# A view lets a cookie without an Origin on to Django, which wants the CSRF token.
ORIGINS = [
    *((name, sent, origin, True) for name in WRITING for sent in (COOKIE, TOKEN) for origin in OURS),
    *((name, sent, origin, False) for name in WRITING for sent in (COOKIE, TOKEN) for origin in FOREIGN),
    *((name, sent, None, sent is TOKEN) for name in WRITING for sent in (COOKIE, TOKEN)),
    *((name, TOKEN, origin, True) for name in VIEWS for origin in (*OURS, None)),
    *((name, sent, origin, False) for name in VIEWS for sent in (COOKIE, TOKEN) for origin in FOREIGN),
    *((INGEST, DEVICE, origin, True) for origin in (*OURS, None)),
    *((INGEST, DEVICE, origin, False) for origin in FOREIGN),
]


@pytest_asyncio.fixture
async def credentials(callers: dict[Caller, Headers], alice: User) -> dict[str, Headers]:
    _, secret = await sync_to_async(do_create_token)(alice, "program")
    token = [(b"authorization", b"Bearer " + secret.encode())]
    return {COOKIE: callers[Caller.ALICE], TOKEN: token, DEVICE: callers[Caller.DEVICE]}


async def test_no_other_page_writes_whatever_it_carries(app: App, credentials: dict[str, Headers]) -> None:
    """Also sockets, which no CSRF token guards."""
    for name, sent, origin, let_in in ORIGINS:
        scope = scope_of(name, credentials[sent])
        scope["headers"] = [pair for pair in scope["headers"] if pair[0] != b"origin"]
        if origin is not None:
            scope["headers"].append((b"origin", origin.encode()))
        assert (await status_of(app, scope) != 403) is let_in, (name, sent, origin)


@pytest.mark.parametrize("name", WRITING)
@pytest.mark.parametrize("sent", [COOKIE, TOKEN])
async def test_a_page_of_another_name_that_leads_here_does_not_write(
    app: App, credentials: dict[str, Headers], name: str, sent: str
) -> None:
    scope = scope_of(name, credentials[sent])
    scope["headers"] = [*credentials[sent], (b"host", b"evil.example:8000"), (b"origin", b"http://evil.example:8000")]
    assert await status_of(app, scope) == 403


def test_every_route_beside_django_is_written_down() -> None:
    names = {"whep": "/{session}", "whip": "/{session}", "hls": "/{name}", "dash": f"/{MANIFEST}"}
    cameras = {
        f"{method} /media/{{camera}}/{kind}" + (names[kind] if named else "")
        for (kind, named), methods in media._METHODS.items()
        for method in methods
    }
    described = {f"{method.upper()} {path}" for path, operations in PATHS.items() for method in operations}
    sockets = {
        f"WS /{entry.pattern}" for entry in websocket_urlpatterns if entry.callback is not refuse_unknown_address
    }
    cameras.add(f"GET {media.ICE_PATH}")
    assert cameras | described | sockets | {f"GET {path}" for path in asgi.OPERATIONS} == HOT.keys()


def test_nothing_else_answers_beside_django() -> None:
    """A new branch of asgi.py needs lines in the table, and its application in the fixture `app`."""
    tree = ast.parse(inspect.getsource(asgi))
    used = {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "program"
    }
    assert used == {"snapshot", "ingest", "media", "health"}
