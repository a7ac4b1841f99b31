"""The STUN and TURN servers that a browser is told of."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings

from belvedere.cameras.ice import TURN_SECONDS, make_ice_servers
from belvedere.cameras.tests.media import House, code_of

STUN, TURN = "stun:turn.example:3478", "turn:turn.example:3478?transport=udp"
SECRET = "s3cret"


def test_turn_credentials_say_when_they_end_and_are_proven_with_the_shared_secret() -> None:
    stun, turn = make_ice_servers([STUN, TURN], SECRET, 3, 1_700_000_000.5)
    assert stun == {"urls": [STUN]}
    assert turn["urls"] == [TURN]
    assert turn["username"] == f"{1_700_000_000 + TURN_SECONDS}:3"
    proof = hmac.new(SECRET.encode(), turn["username"].encode(), hashlib.sha1).digest()
    assert turn["credential"] == base64.b64encode(proof).decode()
    assert SECRET not in json.dumps(turn)


def test_without_servers_there_are_none() -> None:
    assert make_ice_servers([], "", 3, 0) == []


@pytest.fixture
def _turn(monkeypatch: pytest.MonkeyPatch) -> None:
    env: Any = SimpleNamespace(ice_servers=(STUN, TURN), turn_secret=SECRET)
    monkeypatch.setattr(settings, "ENV", env)


@pytest.mark.usefixtures("_turn")
async def test_who_may_watch_some_camera_is_told_and_nobody_else() -> None:
    house = House()
    status, headers, body = await house.ask("GET", "/media/ice")
    assert (status, headers["cache-control"]) == (200, "no-store")
    assert json.loads(body)["iceServers"][1]["username"].endswith(":3")
    assert SECRET.encode() not in body
    assert await code_of(house, "GET", "/media/ice", cookie="mallory") == (401, "not_authenticated")
    assert await code_of(house, "POST", "/media/ice") == (405, "method_not_allowed")
    house.roles = {}
    assert await code_of(house, "GET", "/media/ice") == (403, "forbidden")
