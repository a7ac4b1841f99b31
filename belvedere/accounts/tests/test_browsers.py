"""A person sees their sessions and can end each."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from rest_framework.test import APIClient

from belvedere.accounts import browsers
from belvedere.accounts.agents import describe_agent
from belvedere.accounts.models import BrowserSession, User
from belvedere.accounts.rights import look_up_rights
from belvedere.conftest import PASSWORD

pytestmark = pytest.mark.django_db
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605 Version/18.5 Mobile/15E148 Safari/604.1"
EDGE = (
    "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0"
)
ANDROID = (
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36"
)
LONG_AGO = datetime(2001, 1, 1, tzinfo=UTC)


def sign_in(name: str, agent: str, address: str = "192.0.2.7") -> APIClient:
    browser = APIClient(HTTP_USER_AGENT=agent, REMOTE_ADDR=address)
    assert browser.post("/api/v1/session", {"username": name, "password": PASSWORD}).status_code == 200
    return browser


def list_sessions(browser: APIClient) -> list[dict[str, Any]]:
    return list(browser.get("/api/v1/sessions").json())


def test_the_list_names_browser_and_address_and_which_is_this_one(bob: User) -> None:
    sign_in("bob", PHONE, "2001:db8::1")
    desk = sign_in("bob", FIREFOX)
    shown = [(row["browser"], row["address"], row["current"]) for row in list_sessions(desk)]
    assert shown == [("Firefox 145, Windows", "192.0.2.7", True), ("Safari 18, iPhone", "2001:db8::1", False)]


def test_one_session_is_ended_and_the_other_goes_on(bob: User) -> None:
    phone, desk = sign_in("bob", PHONE), sign_in("bob", FIREFOX)
    other = next(row for row in list_sessions(desk) if not row["current"])
    assert desk.delete(f"/api/v1/sessions/{other['id']}").status_code == 204
    assert (phone.get("/api/v1/me").status_code, desk.get("/api/v1/me").status_code) == (401, 200)
    assert [row["browser"] for row in list_sessions(desk)] == ["Firefox 145, Windows"]


def test_nobody_ends_the_session_of_somebody_else(bob: User, mallory: User) -> None:
    desk, foreign = sign_in("bob", FIREFOX), sign_in("mallory", FIREFOX)
    mine = list_sessions(desk)[0]["id"]
    assert foreign.delete(f"/api/v1/sessions/{mine}").status_code == 404
    assert desk.get("/api/v1/me").status_code == 200


def test_after_a_change_of_password_only_this_session_is_listed(bob: User) -> None:
    sign_in("bob", PHONE)
    desk = sign_in("bob", FIREFOX)
    form = {"current_password": PASSWORD, "password": "another-horse-43-battery"}
    assert desk.post("/api/v1/me/password", form).status_code == 204
    assert [(row["browser"], row["current"]) for row in list_sessions(desk)] == [("Firefox 145, Windows", True)]


def test_a_session_that_signed_out_is_not_listed_and_its_row_goes(bob: User) -> None:
    phone, desk = sign_in("bob", PHONE), sign_in("bob", FIREFOX)
    phone.delete("/api/v1/session")
    assert [row["current"] for row in list_sessions(desk)] == [True]
    browsers.forget_ended()
    assert BrowserSession.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_wall_that_only_polls_is_in_use(bob: User) -> None:
    wall = sign_in("bob", FIREFOX)
    browsers.save_uses()
    BrowserSession.objects.update(last_used_at=LONG_AGO)
    look_up_rights([b"sessionid=" + wall.cookies["sessionid"].value.encode()])
    browsers.save_uses()
    row = BrowserSession.objects.get()
    assert row.last_used_at > LONG_AGO
    assert (row.address, row.agent) == ("192.0.2.7", FIREFOX)


def test_a_session_of_an_older_version_is_listed_once_it_is_used(bob: User) -> None:
    desk = sign_in("bob", FIREFOX)
    BrowserSession.objects.all().delete()
    assert [row["browser"] for row in list_sessions(desk)] == ["Firefox 145, Windows"]


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (FIREFOX, "Firefox 145, Windows"),
        (PHONE, "Safari 18, iPhone"),
        (EDGE, "Edge 142, Windows"),
        (ANDROID, "Chrome 142, Android"),
        ("curl/8.5.0", "curl 8"),
        ("", ""),
    ],
)
def test_a_browser_is_named_as_its_user_knows_it(agent: str, words: str) -> None:
    assert describe_agent(agent) == words
