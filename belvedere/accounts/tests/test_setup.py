"""The first run."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from rest_framework.test import APIClient

from belvedere.accounts import setup_token
from belvedere.accounts.models import Membership, Role, Site, User
from belvedere.accounts.signals import site_created
from belvedere.conftest import PASSWORD

DATA_DIR: Path = settings.ENV.data_dir


@pytest.fixture
def token(transactional_db: None) -> Iterator[str]:
    setup_token.ensure_setup_token(DATA_DIR, needed=True)
    yield str(setup_token.read_setup_token(DATA_DIR))
    setup_token.ensure_setup_token(DATA_DIR, needed=False)


def form(token: str, **changes: Any) -> dict[str, Any]:
    site = {"slug": "farm", "name": "Trang trại", "timezone": "Asia/Ho_Chi_Minh"}
    return {"token": token, "username": "alice", "password": PASSWORD, "site": site, **changes}


def test_the_token_is_for_the_owner_of_the_installation_only(token: str) -> None:
    assert (DATA_DIR / "setup-token").stat().st_mode & 0o777 == 0o600


def test_a_restart_before_set_up_keeps_the_token(token: str) -> None:
    setup_token.ensure_setup_token(DATA_DIR, needed=True)
    assert setup_token.read_setup_token(DATA_DIR) == token


def test_set_up_makes_an_owner_who_is_signed_in(token: str) -> None:
    browser = APIClient()
    assert browser.get("/api/v1/setup").json() == {"needed": True}
    answer = browser.post("/api/v1/setup", form(token, email="alice@example.org"))
    assert answer.status_code == 201, answer.content
    assert answer.json()["user"]["sites"] == [
        {"slug": "farm", "name": "Trang trại", "timezone": "Asia/Ho_Chi_Minh", "address": "", "role": "owner"}
    ]
    assert answer.json()["site"]["slug"] == "farm"
    assert {"sessionid", "csrftoken"} <= answer.cookies.keys()
    assert browser.get("/api/v1/me").json()["username"] == "alice"
    assert browser.get("/api/v1/setup").json() == {"needed": False}


def test_the_token_is_gone_after_set_up_and_a_second_set_up_is_refused(token: str) -> None:
    APIClient().post("/api/v1/setup", form(token))
    assert setup_token.read_setup_token(DATA_DIR) is None
    again = APIClient().post("/api/v1/setup", form(token, username="mallory"))
    assert (again.status_code, again.json()["code"]) == (409, "already_set_up")


def test_a_wrong_token_makes_nothing(token: str) -> None:
    answer = APIClient().post("/api/v1/setup", form("AAAA-" + token[5:]))
    assert (answer.status_code, answer.json()["code"]) == (403, "bad_setup_token")
    assert not User.objects.exists()


def test_the_token_may_be_typed_in_lower_case(token: str) -> None:
    assert APIClient().post("/api/v1/setup", form(token.lower())).status_code == 201


def test_a_weak_password_keeps_the_token_for_another_try(token: str) -> None:
    answer = APIClient().post("/api/v1/setup", form(token, password="1234567890"))
    assert (answer.status_code, answer.json()["code"]) == (400, "weak_password")
    assert answer.json()["errors"]["password"]
    assert setup_token.read_setup_token(DATA_DIR) == token
    assert not User.objects.exists()


def test_a_failure_while_the_site_is_made_leaves_no_owner_behind(token: str) -> None:
    def fail(**_: Any) -> None:
        raise RuntimeError

    site_created.connect(fail)
    try:
        answer = APIClient(raise_request_exception=False).post("/api/v1/setup", form(token))
    finally:
        site_created.disconnect(fail)
    assert (answer.status_code, answer.json()["code"]) == (500, "server_error")
    assert not User.objects.exists()
    assert setup_token.read_setup_token(DATA_DIR) == token


def test_of_two_set_ups_at_once_one_wins(token: str) -> None:
    statuses: list[int] = []
    together = threading.Barrier(2, timeout=60)

    def race(name: str) -> None:
        together.wait()
        site = {"slug": f"site-{name}", "name": name, "timezone": "UTC"}
        statuses.append(APIClient().post("/api/v1/setup", form(token, username=name, site=site)).status_code)
        connection.close()

    threads = [threading.Thread(target=race, args=(name,)) for name in ("alice", "mallory")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(statuses) == [201, 409]
    assert User.objects.count() == Site.objects.count() == 1
    assert Membership.objects.get().role == Role.OWNER


def test_of_two_who_both_saw_no_owner_one_wins(token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a database whose transactions run side by side: the second has read what was before the first committed."""
    assert APIClient().post("/api/v1/setup", form(token)).status_code == 201
    monkeypatch.setattr("belvedere.accounts.selectors.needs_setup", lambda: True)
    monkeypatch.setattr("belvedere.accounts.setup_token.matches", lambda *_: True)
    site = {"slug": "mine", "name": "Mine", "timezone": "UTC"}
    late = APIClient().post("/api/v1/setup", form(token, username="mallory", site=site))
    assert (late.status_code, late.json()["code"]) == (409, "already_set_up")
    assert [user.username for user in User.objects.all()] == ["alice"]
    assert [site.slug for site in Site.objects.all()] == ["farm"]


def test_the_first_owner_does_not_sign_in_by_a_name_that_looks_like_an_e_mail(token: str) -> None:
    answer = APIClient().post("/api/v1/setup", form(token, username="alice@example.org"))
    assert (answer.status_code, answer.json()["errors"].keys()) == (400, {"username"})


def test_another_page_cannot_post_the_set_up_form(token: str) -> None:
    answer = APIClient().post("/api/v1/setup", "{}", content_type="text/plain")
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")


def check(token: str, **fields: Any) -> Any:
    return APIClient().post("/api/v1/setup/check", {"token": token, **fields}, format="json")


def test_each_step_is_judged_before_the_whole_is_sent(token: str) -> None:
    owner = {"username": "alice", "password": PASSWORD, "email": "alice@example.org", "name": "Alice"}
    assert (check(token).status_code, check(token, **owner).status_code) == (204, 204)
    wrong = check("AAAA-" + token[5:])
    assert (wrong.status_code, wrong.json()["code"]) == (403, "bad_setup_token")
    faulty = check(token, **owner | {"username": "al@ice", "password": "1234567890"})
    assert (faulty.status_code, faulty.json()["errors"].keys()) == (400, {"username", "password"})
    assert check(token, **owner | {"email": "an@kholanh"}).json()["errors"].keys() == {"email"}
    assert not User.objects.exists()


def test_spaces_in_place_of_dashes_or_neither_are_fine(token: str) -> None:
    assert check(token.replace("-", " ")).status_code == 204
    assert check(" " + token.replace("-", "").lower()).status_code == 204


def test_checks_are_limited_as_guesses_at_set_up_are(token: str) -> None:
    assert [check(f"WRONG-{n}").status_code for n in range(6)][-1] == 429
    assert APIClient().post("/api/v1/setup", form(token)).status_code == 429


def test_nothing_is_checked_after_set_up(token: str) -> None:
    APIClient().post("/api/v1/setup", form(token))
    assert check(token).json()["code"] == "already_set_up"


def test_time_zones_are_found_before_anybody_has_signed_in(db: None) -> None:
    answer = APIClient(HTTP_ACCEPT_LANGUAGE="vi").get("/api/v1/timezones", {"q": "Hanoi"})
    assert answer.json()[0] == {
        "name": "Asia/Ho_Chi_Minh",
        "city": "TP Hồ Chí Minh",
        "country": "Việt Nam",
        "offset_minutes": 420,
    }
