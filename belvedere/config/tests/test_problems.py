"""Whoever refuses, and whatever was asked, the answer is a problem document of one shape with the headers it is due."""

from __future__ import annotations

import base64
import json
from http import HTTPStatus
from typing import Any

import pytest
from asgiref.sync import sync_to_async

from belvedere.accounts.models import Site, User
from belvedere.accounts.services import do_create_token
from belvedere.config.asgi import application
from belvedere.config.conftest import Build, Open
from belvedere.config.tests.test_policy import HUGE, SOCKET
from belvedere.devices.services import do_create_device

pytestmark = pytest.mark.django_db(transaction=True)

POLL = "/api/v1/sites/farm/snapshot"
NOWHERE = "/api/v1/sites/nowhere/snapshot"
LARGE = "Content-Length: 999999\r\n"
EMPTY = "Content-Length: 0\r\n"
PROXIED = "X-Forwarded-For: 203.0.113.5\r\n"
EVIL = "Origin: http://evil.example\r\n"

# What is asked, with which credentials ({token}, {device} are filled in), and status and code of the answer.
REFUSED = [
    # the poll
    ("GET", POLL, "", 401, "not_authenticated"),
    ("POST", POLL, "{token}" + EMPTY, 405, "method_not_allowed"),
    ("GET", NOWHERE, "{token}", 404, "not_found"),
    # readings over HTTP
    ("POST", "/api/v1/ingest", EMPTY, 401, "bad_credentials"),
    ("GET", "/api/v1/ingest", "{device}", 405, "method_not_allowed"),
    ("POST", "/api/v1/ingest", "{device}" + EMPTY, 400, "empty"),
    ("POST", "/api/v1/ingest", "{device}" + EMPTY + "Content-Encoding: gzip\r\n", 415, "bad_encoding"),
    ("POST", "/api/v1/ingest", "{device}" + EMPTY + EVIL, 403, "bad_origin"),
    # pictures
    ("GET", "/media/gate/hls/index.m3u8", "", 401, "not_authenticated"),
    ("PUT", "/media/gate/whep", "{token}" + EMPTY, 405, "method_not_allowed"),
    ("GET", "/media/gate/nothing", "{token}", 404, "not_found"),
    ("POST", "/media/gate/whep", "{token}" + EMPTY, 404, "not_found"),
    ("POST", "/media/gate/whep", "{reader}" + EMPTY, 403, "read_only_token"),
    ("POST", "/media/gate/whep", "{token}" + EVIL + EMPTY, 403, "bad_origin"),
    # operations
    ("GET", "/metrics", PROXIED, 401, "not_authenticated"),
    # sockets
    ("GET", "/ws/alerts/?site=farm", SOCKET + "{token}" + EVIL, 403, "bad_origin"),
    ("GET", "/ws/alerts/?site=farm", SOCKET + "Authorization: Bearer nobody\r\n", 401, "not_authenticated"),
    ("GET", "/ws/alerts/?site=nowhere", SOCKET + "{token}", 404, "not_found"),
    ("GET", "/ws/alerts/?site=farm&after=x", SOCKET + "{token}", 400, "invalid"),
    ("GET", "/ws/nothing", SOCKET, 404, "not_found"),
    # views
    ("GET", "/api/v1/me", "", 401, "not_authenticated"),
    ("GET", "/api/v1/me", "Authorization: Bearer nobody\r\n", 401, "bad_token"),
    ("POST", "/api/v1/me", "{token}" + EMPTY, 405, "method_not_allowed"),
    ("PATCH", "/api/v1/sites/farm", "{token}" + EVIL + EMPTY, 403, "bad_origin"),
    ("PATCH", "/api/v1/sites/farm", "{reader}" + EMPTY, 403, "read_only_token"),
    ("GET", "/api/v1/sites/nowhere", "{token}", 404, "not_found"),
    ("PATCH", "/api/v1/sites/farm", "{token}" + EMPTY + 'If-Match: "99"\r\n', 412, "conflict"),
    ("POST", "/api/v1/session", EMPTY, 400, "invalid"),
    ("POST", "/api/v1/session", EMPTY + "Content-Type: text/plain\r\n", 400, "invalid"),
    ("GET", "/api/nothing", "", 404, "not_found"),
    ("GET", "/api/docs/assets/nothing", "", 404, "not_found"),
    ("GET", "/api/v1/me", "{token}Accept: text/html\r\n", 406, "not_acceptable"),
    ("GET", "/api/v1/me", "Host: evil.example\r\n", 400, "unknown_host"),
    # too much, and no HTTP at all
    ("POST", "/api/v1/session", LARGE, 413, "too_large"),
    ("POST", "/api/v1/ingest", "{device}" + LARGE, 413, "too_large"),
    ("GET", "/api/v1/me", HUGE, 431, "head_too_large"),
    ("GET", "/api/v1/me", "no header\r\n", 400, "invalid"),
]
DUE = {401: "www-authenticate", 405: "allow"}


@pytest.fixture
async def credentials(alice: User, farm: Site) -> dict[str, str]:
    """Header lines: of Alice's programs, and of a device."""

    def make() -> dict[str, str]:
        _, token = do_create_token(alice, "program")
        _, reader = do_create_token(alice, "reader", read_only=True)
        _, secret = do_create_device(farm, "probe", "Probe")
        basic = base64.b64encode(f"probe:{secret}".encode()).decode()
        sent = {"token": f"Bearer {token}", "reader": f"Bearer {reader}", "device": f"Basic {basic}"}
        return {name: f"Authorization: {value}\r\n" for name, value in sent.items()}

    return await sync_to_async(make)()


def faults_of(status: int, headers: dict[str, str], body: bytes) -> list[str]:
    """What this answer lacks of a problem."""
    document: dict[str, Any] = json.loads(body)
    wanted = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status}
    faults = [name for name, value in wanted.items() if document.get(name) != value]
    faults += [name for name in ("detail", "code") if not document.get(name)]
    faults += ["errors is empty"] if document.get("errors", True) in ({}, None) else []
    due = {"content-type": "application/problem+json", "cache-control": "no-store", "content-length": str(len(body))}
    faults += [f"{name}: {headers.get(name)}" for name, value in due.items() if headers.get(name) != value]
    return faults + ([f"no {DUE[status]}"] if status in DUE and not headers.get(DUE[status]) else [])


async def test_every_refusal_has_one_shape(build: Build, open_house: Open, credentials: dict[str, str]) -> None:
    house = await open_house(application(await build()))
    for method, path, lines, status, code in REFUSED:
        for name, line in credentials.items():
            lines = lines.replace(f"{{{name}}}", line)
        host = "" if "Host:" in lines else f"Host: localhost:{house.port}\r\n"
        client = await house.client()
        await client.send(f"{method} {path} HTTP/1.1\r\n{host}{lines}\r\n".encode())
        got, headers, body = await client.answer()
        client.writer.close()
        asked = (method, path, lines[:90])
        assert got == status, (asked, body)
        assert faults_of(got, headers, body) == [], (asked, headers, body)
        assert json.loads(body)["code"] == code, asked
