"""Requests that no client should send get an answer that says what is wrong with them."""

from __future__ import annotations

import pytest
from rest_framework.test import APIClient

JSON = "application/json"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b'"farm"',
        b"{",
        b"\xff\xfe",
        b'{"site":{"a":1},"id":"x","name":"x"}',
        b'{"site":["farm"],"id":"x","name":"x"}',
        b'{"site":"farm","id":"x","name":"\\ud800"}',
        b'{"site":"\\ud800","id":"x","name":"x"}',
        b'{"site":"farm","id":"x","name":"a\\u0000b"}',
        b'{"site":"farm","id":["x"],"name":"x"}',
        b'{"site":"farm","id":NaN,"name":"x"}',
        b'{"site":"farm","id":"x","name":"x","zone":7e999}',
        b"[" * 100_000,
    ],
)
def test_a_body_that_is_no_device_is_refused_without_a_failure(alice_api: APIClient, body: bytes) -> None:
    alice_api.raise_request_exception = False
    answer = alice_api.post("/api/v1/devices", body, content_type=JSON)
    assert answer.status_code in (400, 404), answer.content[:300]
    assert answer["Content-Type"] == "application/problem+json"


def test_a_body_that_is_too_large_is_not_even_parsed(stranger: APIClient, db: None) -> None:
    answer = stranger.post("/api/v1/session", b'{"username":"' + b"x" * 300_000, content_type=JSON)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/devices?site=%00",
        "/api/v1/devices?site=%ff",
        "/api/v1/devices/%00",
        "/api/v1/devices/%ed%a0%80",
        "/api/v1/sites/%00",
        "/api/v1/series/99999999999999999999999999",
        "/api/v1/series/9223372036854775808",
        "/api/v1/rules/99999999999999999999999999",
        "/api/v1/alerts?site=farm&series=99999999999999999999999999",
        "/api/v1/alerts?site=farm&limit=99999999999999999999999999",
        "/api/v1/alerts?site=farm&limit=-1",
        "/api/v1/alerts?site=farm&cursor=nonsense",
        "/api/v1/alerts/events?site=farm&after=99999999999999999999999999",
        "/api/v1/alerts/99999999999999999999999999",
        "/api/v1/series/-1",
        "/api/v1/devices/" + "x" * 5000,
    ],
)
def test_an_address_that_cannot_exist_is_not_found_or_refused(alice_api: APIClient, path: str) -> None:
    alice_api.raise_request_exception = False
    answer = alice_api.get(path)
    assert answer.status_code in (400, 404), answer.content[:300]
    assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("name", ["a\0b", "\ud800", "x" * 300, ""])
def test_odd_names_and_passwords_do_not_sign_in_and_do_not_fail(stranger: APIClient, db: None, name: str) -> None:
    stranger.raise_request_exception = False
    body = b'{"username": "%s", "password": "p\\ud800"}' % name.encode("utf-8", "surrogatepass").replace(
        b"\xed\xa0\x80", b"\\ud800"
    ).replace(b"\0", b"\\u0000")
    answer = stranger.post("/api/v1/session", body, content_type=JSON)
    assert answer.status_code in (400, 401), answer.content[:300]


@pytest.mark.parametrize("header", ["Bearer", "Bearer ", "Bearer a b", "Bearer \x80\xff", "Basic Zm9v"])
def test_an_odd_authorization_is_nobodys(db: None, header: str) -> None:
    client = APIClient(HTTP_AUTHORIZATION=header, raise_request_exception=False)
    assert client.get("/api/v1/me").status_code == 401


@pytest.mark.parametrize("tag", ["", "nonsense", '"', 'W/"1"', "*", '"1", "2"'])
def test_an_odd_if_match_is_a_match_or_a_conflict(alice_api: APIClient, tag: str) -> None:
    answer = alice_api.patch("/api/v1/sites/farm", {"name": "x"}, HTTP_IF_MATCH=tag)
    assert answer.status_code in (200, 412)
