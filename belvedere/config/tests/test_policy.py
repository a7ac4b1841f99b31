"""Each answer tells browsers the policy, whoever writes it: views, files, the paths beside Django, uvicorn itself."""

from __future__ import annotations

import base64
import ipaddress
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.urls import URLPattern, URLResolver, get_resolver

from belvedere.config.asgi import application
from belvedere.config.conftest import Build, House, Open
from belvedere.config.http.policy import POLICY

pytestmark = pytest.mark.django_db(transaction=True)

DASHBOARD = Path(settings.DASHBOARD)
SOCKET = (
    "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: "
    + base64.b64encode(b"0123456789abcdef").decode()
    + "\r\n"
)
PAGES = ("/", "/alerts/")
HUGE = f"X-A: {'a' * 65_600}\r\n"
BY_HAND = [  # beside what the URL table has
    ("GET", "/", "", 200),
    ("GET", "/alerts/", "", 200),
    ("GET", "/api/nothing", "", 404),
    ("GET", "/", "Host: evil.example\r\n", 400),
    ("POST", "/api/v1/session", "Content-Length: 999999\r\n", 413),
    ("POST", "/api/v1/session", "Content-Length: 0\r\n", 400),
    ("GET", "/api/v1/sites/farm/snapshot", "", 401),
    ("GET", "/api/v1/ingest", "", 405),
    ("POST", "/api/v1/ingest", "Content-Length: 0\r\n", 401),
    ("GET", "/media/gate/index.m3u8", "", 404),
    ("GET", "/livez", "", 200),
    ("GET", "/readyz", "", 200),
    ("GET", "/metrics", "", 200),
    ("GET", "/ws/alerts/", SOCKET, 403),
    ("GET", "/ws/nothing", SOCKET, 404),
    ("GET", "/ws/alerts/", SOCKET.replace("Version: 13", "Version: 8"), 400),
    ("GET", "/", HUGE, 431),
    ("GET", "/", "no header\r\n", 400),
]


def _paths(resolver: URLResolver, prefix: str = "/") -> Iterator[str]:
    for entry in resolver.url_patterns:
        path = prefix + re.sub("<[^>]+>", "1", str(entry.pattern))
        if isinstance(entry, URLResolver):
            yield from _paths(entry, path)
        elif isinstance(entry, URLPattern) and "(" not in path:
            yield path


def _files() -> Iterator[str]:
    """One file of each kind of the built dashboard."""
    kinds = {path.suffix: path for path in sorted(DASHBOARD.rglob("*")) if path.is_file() and path.suffix != ".stamp"}
    return (f"/{path.relative_to(DASHBOARD)}" for path in kinds.values() if not path.name.startswith("."))


async def ask(house: House, method: str, path: str, headers: str) -> tuple[int, dict[str, str]]:
    client = await house.client()
    host = "" if headers.startswith("Host:") else "Host: localhost\r\n"
    await client.send(f"{method} {path} HTTP/1.1\r\n{host}{headers}\r\n".encode())
    head = (await client.reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    client.writer.close()
    names = [line.partition(":")[0].lower() for line in head[1:]]
    for name, _ in POLICY:
        assert names.count(name) == 1, f"{method} {path} ({head[0]}) has {name} {names.count(name)} times"
    return int(head[0].split()[1]), {n.lower(): v for n, _, v in (line.partition(": ") for line in head[1:] if line)}


@pytest.fixture
async def house(build: Build, open_house: Open) -> House:
    return await open_house(application(await build()))


async def test_every_route_and_every_file_answers_with_the_policy(house: House) -> None:
    for path in [*_paths(get_resolver()), *_files(), "/index.html"]:
        _, headers = await ask(house, "GET", path, "")
        for name, value in POLICY:
            assert headers[name] == value
        assert "access-control-allow-origin" not in headers, path
        assert "strict-transport-security" not in headers


async def test_so_do_errors_and_what_answers_beside_the_url_table(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    for method, path, headers, expected in BY_HAND:
        status, _ = await ask(house, method, path, headers)
        if path in PAGES and expected == 200 and not (DASHBOARD / "index.html").exists():
            expected = 503
        assert status == expected, (path, headers[:80])
    assert not [line for line in caplog.records if line.name == "uvicorn.error" and line.levelname == "ERROR"]


async def test_so_does_an_application_that_fails(open_house: Open) -> None:
    async def fail(_scope: Any, _receive: Any, _send: Any) -> None:
        raise ValueError("nobody foresaw this")

    house = await open_house(fail)
    assert (await ask(house, "GET", "/", ""))[0] == 500
    assert (await ask(house, "GET", "/", SOCKET))[0] == 500


@pytest.mark.parametrize(("scheme", "secure"), [("http", False), ("https", True)])
async def test_cookies_are_for_tls_alone_where_the_request_came_by_it(
    open_house: Open, build: Build, scheme: str, secure: bool
) -> None:
    app = application(await build())
    trusting = await open_house(app, trusted_proxies=[ipaddress.ip_network("127.0.0.0/8")])
    _, headers = await ask(trusting, "GET", "/alerts", f"X-Forwarded-Proto: {scheme}\r\n")
    assert ("; secure" in headers["set-cookie"].lower()) is secure
    _, headers = await ask(await open_house(app), "GET", "/alerts", "X-Forwarded-Proto: https\r\n")
    assert "; secure" not in headers["set-cookie"].lower()
