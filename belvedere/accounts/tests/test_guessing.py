"""Who guesses is slowed down and named; whom they guess at gets in."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from django.conf import settings
from django.db import connection
from rest_framework.test import APIClient

from belvedere.accounts import guessing, setup_token
from belvedere.accounts.models import User
from belvedere.conftest import PASSWORD, api_for

pytestmark = pytest.mark.django_db
HOME, ELSEWHERE = "192.0.2.1", "198.51.100.7"


def sign_in(username: str, password: str, address: str = ELSEWHERE, client: APIClient | None = None) -> Any:
    form = {"username": username, "password": password}
    return (client or APIClient()).post("/api/v1/session", form, REMOTE_ADDR=address)


@pytest.fixture
def lines() -> Iterator[list[Any]]:
    with structlog.testing.capture_logs() as lines:
        yield lines


def test_five_failures_lock_this_name_out_for_30_s_however_it_is_typed(bob: User, charlie: User) -> None:
    for name in ("bob", " bob", "bob@example.org", "BOB@example.org"):
        assert sign_in(name, "nope").status_code == 401
    locked = sign_in("bob", "nope")
    assert (locked.status_code, locked.json()["code"]) == (429, "locked_out")
    assert 0 < int(locked["Retry-After"]) <= 30
    assert locked["Content-Type"] == "application/problem+json"
    assert sign_in("bob", PASSWORD).status_code == 429, "the right password must not tell that it is right"
    assert sign_in("charlie", PASSWORD).status_code == 200, "others behind the same address get in"


def test_an_unknown_name_is_locked_out_just_as_a_known_one(bob: User) -> None:
    answers = [[sign_in(name, "nope") for _ in range(7)] for name in ("bob", "nobody")]
    known, unknown = [[(a.status_code, a.json()["code"]) for a in row] for row in answers]
    assert known == unknown


def test_a_stranger_cannot_lock_bob_out_by_guessing_elsewhere(bob: User) -> None:
    for _ in range(30):
        sign_in("bob", "nope", ELSEWHERE)
    assert sign_in("bob", "nope", ELSEWHERE).status_code == 429
    assert sign_in("bob", PASSWORD, HOME).status_code == 200


def test_one_password_cannot_be_tried_with_many_names(bob: User) -> None:
    answers = [sign_in(f"name{n}", PASSWORD).status_code for n in range(40)]
    assert answers.count(401) == 19
    assert sign_in("bob", PASSWORD).status_code == 429
    assert sign_in("bob", PASSWORD, HOME).status_code == 200


def test_a_browser_that_bob_signed_in_from_is_not_kept_waiting_by_strangers(bob: User) -> None:
    browser = APIClient()
    assert sign_in("bob", PASSWORD, HOME, browser).status_code == 200
    mark = browser.cookies["known"]
    assert (mark["httponly"], mark["samesite"], mark["path"]) == (True, "Strict", "/api/v1/")
    for n in range(200):
        sign_in("bob", "nope", f"10.0.0.{n}")
    for n in range(40):
        sign_in(f"name{n}", "nope", HOME)
    assert sign_in("bob", PASSWORD, HOME).status_code == 429
    assert sign_in("bob", PASSWORD, HOME, browser).status_code == 200


@pytest.mark.parametrize("mark", ["", "x:y", "x" * 5000])
def test_a_made_up_mark_is_no_known_browser(bob: User, mark: str) -> None:
    client = APIClient()
    client.cookies["known"] = mark
    assert [sign_in("bob", "nope", client=client).status_code for _ in range(6)][-1] == 429


def test_the_mark_of_one_person_is_none_for_another_and_ends_with_the_password(bob: User, charlie: User) -> None:
    browser = APIClient()
    sign_in("bob", PASSWORD, HOME, browser)
    for _ in range(6):
        sign_in("charlie", "nope", HOME, browser)
        sign_in("bob", "nope", HOME)
    assert sign_in("charlie", PASSWORD, HOME, browser).status_code == 429
    bob.set_password(PASSWORD)
    bob.save()
    assert sign_in("bob", PASSWORD, HOME, browser).status_code == 429


def test_who_has_a_session_cannot_guess_the_password_with_it(bob: User) -> None:
    thief = api_for(bob)
    form = {"current_password": "nope", "password": "another-horse-43-battery"}
    answers = [thief.post("/api/v1/me/password", form) for _ in range(6)]
    assert [a.status_code for a in answers] == [400] * 4 + [429] * 2
    right = thief.post("/api/v1/me/password", form | {"current_password": PASSWORD})
    assert right.status_code == 429
    assert bob.check_password(PASSWORD)


def test_a_weak_new_password_is_no_guess(bob: User) -> None:
    form = {"current_password": PASSWORD, "password": "bob"}
    assert {api_for(bob).post("/api/v1/me/password", form).status_code for _ in range(8)} == {400}


def test_the_set_up_code_cannot_be_guessed_from_one_address(db: None) -> None:
    setup_token.ensure_setup_token(settings.ENV.data_dir, needed=True)
    site = {"slug": "farm", "name": "Trang trại", "timezone": "Asia/Ho_Chi_Minh"}
    form = {"token": "nope", "username": "alice", "password": PASSWORD, "site": site}
    answers = [APIClient().post("/api/v1/setup", form, REMOTE_ADDR=ELSEWHERE).status_code for _ in range(6)]
    assert answers == [403] * 4 + [429] * 2
    right = form | {"token": setup_token.read_setup_token(settings.ENV.data_dir)}
    assert APIClient().post("/api/v1/setup", right, REMOTE_ADDR=HOME).status_code == 201
    setup_token.ensure_setup_token(settings.ENV.data_dir, needed=False)


@pytest.mark.django_db(transaction=True)
def test_guesses_sent_side_by_side_are_counted_too(bob: User, monkeypatch: pytest.MonkeyPatch) -> None:
    together = threading.Barrier(5, timeout=60)
    real = User.check_password

    def slow(user: User, password: str) -> bool:
        together.wait()
        return real(user, password)

    monkeypatch.setattr(User, "check_password", slow)
    statuses: list[int] = []

    def guess() -> None:
        statuses.append(sign_in("bob", "nope").status_code)
        connection.close()

    threads = [threading.Thread(target=guess) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(statuses) == 12
    assert together.broken is False
    assert set(statuses) == {429}


def test_a_guess_is_written_down_with_name_and_address_and_without_the_password(bob: User, lines: list[Any]) -> None:
    sign_in("bob@example.org", "my-secret-guess")
    (line,) = [line for line in lines if line["event"] == "wrong_guess"]
    assert (line["name"], line["address"], line["what"]) == ("bob", ELSEWHERE, "sign_in")
    assert "my-secret-guess" not in str(lines)


def test_a_right_password_is_no_line(bob: User, lines: list[Any]) -> None:
    sign_in("bob", PASSWORD)
    assert lines == []


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("admin", "admin"),
        (" root ", "root"),
        ("administrator", "administrator"),
        ("an.nguyen@example.vn", "an.nguyen@example.vn"),
        (PASSWORD, "cor… (24 characters)"),
        ("P@ssw0rd.2025", "P@s… (13 characters)"),
        ("a\nb\u202ec\x1b", "a?b?c?"),
        ("x" * 254, "xxx… (254 characters)"),
    ],
)
def test_a_password_typed_into_the_field_of_the_name_is_not_written_down(
    bob: User, lines: list[Any], typed: str, shown: str
) -> None:
    sign_in(typed, "nope")
    assert [line["name"] for line in lines] == [shown]


def test_a_text_is_shown_whole_below_the_length_of_the_shortest_password() -> None:
    assert f"'min_length': {guessing.SHORTEST_PASSWORD}" in str(settings.AUTH_PASSWORD_VALIDATORS)
