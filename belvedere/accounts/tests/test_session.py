"""Signing in, staying in, and getting out."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import AbstractBaseUser
from django.contrib.sessions.models import Session
from rest_framework.test import APIClient

from belvedere.accounts.models import User
from belvedere.accounts.sessions import hash_session_key
from belvedere.conftest import PASSWORD, api_for

pytestmark = pytest.mark.django_db


def sign_in(client: APIClient, username: str = "bob", password: str = PASSWORD) -> Any:
    return client.post("/api/v1/session", {"username": username, "password": password})


@pytest.mark.parametrize("name", ["bob", " bob ", "bob@example.org", "BOB@example.org"])
def test_bob_signs_in_by_user_name_or_e_mail(bob: User, stranger: APIClient, name: str) -> None:
    answer = sign_in(stranger, name)
    assert answer.status_code == 200
    assert answer.json() == {
        "id": bob.pk,
        "username": "bob",
        "email": "bob@example.org",
        "name": "bob",
        "language": "en",
        "sites": [
            {"slug": "farm", "name": "Trang trại", "timezone": "Asia/Ho_Chi_Minh", "address": "", "role": "operator"}
        ],
    }
    assert answer.cookies["sessionid"]["httponly"]
    assert answer.cookies["sessionid"]["samesite"] == "Lax"
    assert "csrftoken" in answer.cookies


def test_a_wrong_password_and_an_unknown_name_get_the_same_answer(bob: User, stranger: APIClient) -> None:
    wrong, unknown = sign_in(stranger, password="nope"), sign_in(stranger, "nobody")
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.json() == unknown.json()
    assert wrong.json()["code"] == "bad_credentials"
    assert wrong["Content-Type"] == "application/problem+json"


def test_an_unknown_name_costs_a_password_hash_too(stranger: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    hashed: list[str] = []
    monkeypatch.setattr("belvedere.accounts.backends.make_password", hashed.append)
    sign_in(stranger, "nobody", "secret")
    assert hashed == ["secret"]


def test_an_address_that_two_people_share_signs_nobody_in(bob: User, charlie: User, stranger: APIClient) -> None:
    charlie.email = bob.email.upper()
    charlie.save()
    assert sign_in(stranger, bob.email).status_code == 401


def test_an_inactive_person_does_not_get_in(bob: User, stranger: APIClient) -> None:
    User.objects.filter(pk=bob.pk).update(is_active=False)
    assert sign_in(stranger).status_code == 401


def test_signing_in_changes_the_session_key(bob: User, stranger: APIClient) -> None:
    sign_in(stranger)
    before = stranger.cookies["sessionid"].value
    sign_in(stranger)
    assert stranger.cookies["sessionid"].value != before


def test_signing_out_deletes_the_session_on_the_server(bob_api: APIClient) -> None:
    key = bob_api.cookies["sessionid"].value
    assert Session.objects.filter(session_key=hash_session_key(key)).exists()
    assert bob_api.delete("/api/v1/session").status_code == 204
    assert not Session.objects.exists()
    copied = APIClient()
    copied.cookies["sessionid"] = key
    assert copied.get("/api/v1/me").status_code == 401


def test_signing_out_everywhere_ends_every_session_and_no_token(bob: User, bob_api: APIClient, alice: User) -> None:
    secret = bob_api.post("/api/v1/tokens", {"name": "bars"}).json()["token"]
    elsewhere, other = api_for(bob), api_for(alice)
    assert bob_api.delete("/api/v1/sessions").status_code == 204
    assert [client.get("/api/v1/me").status_code for client in (bob_api, elsewhere, other)] == [401, 401, 200]
    assert APIClient(HTTP_AUTHORIZATION=f"Bearer {secret}").get("/api/v1/me").status_code == 200
    assert sign_in(elsewhere).status_code == 200
    assert elsewhere.get("/api/v1/me").status_code == 200
    again = APIClient()
    assert sign_in(again).status_code == 200
    assert again.delete("/api/v1/sessions").status_code == 204
    assert elsewhere.get("/api/v1/me").status_code == 401, "the second time too"


def test_sessions_of_versions_without_epochs_go_on(bob: User) -> None:
    assert bob.get_session_auth_hash() == AbstractBaseUser.get_session_auth_hash(bob)


def test_a_stranger_is_told_to_sign_in(stranger: APIClient) -> None:
    answer = stranger.get("/api/v1/me")
    assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")
    assert answer["WWW-Authenticate"].startswith("Bearer")


def test_a_browser_must_send_the_csrf_token_back(bob: User) -> None:
    browser = api_for(bob, enforce_csrf_checks=True)
    without = browser.patch("/api/v1/me", {"language": "vi"})
    assert (without.status_code, without.json()["code"]) == (403, "csrf_failed")
    browser.get("/api/v1/me")
    token = browser.cookies["csrftoken"].value
    assert browser.patch("/api/v1/me", {"language": "vi"}, HTTP_X_CSRFTOKEN=token).status_code == 200
    foreign = browser.patch("/api/v1/me", {}, HTTP_X_CSRFTOKEN=token, HTTP_ORIGIN="https://evil.example")
    assert foreign.status_code == 403


def test_a_program_needs_no_csrf_token(bob: User) -> None:
    secret = api_for(bob).post("/api/v1/tokens", {"name": "bars"}).json()["token"]
    program = APIClient(enforce_csrf_checks=True, HTTP_AUTHORIZATION=f"Bearer {secret}")
    assert program.patch("/api/v1/me", {"name": "Bob the bot"}).json()["name"] == "Bob the bot"


def test_another_page_cannot_sign_its_visitor_in(bob: User, stranger: APIClient) -> None:
    form = f"username=bob&password={PASSWORD}"
    answer = stranger.post("/api/v1/session", form, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 415


def test_a_new_password_needs_the_present_one_and_some_strength(bob: User, bob_api: APIClient) -> None:
    wrong = bob_api.post("/api/v1/me/password", {"current_password": "nope", "password": "another-horse-43"})
    assert (wrong.status_code, wrong.json()["code"]) == (400, "wrong_password")
    weak = bob_api.post("/api/v1/me/password", {"current_password": PASSWORD, "password": "bob"})
    assert (weak.status_code, weak.json()["code"]) == (400, "weak_password")
    assert weak.json()["errors"]["password"]
    bob.refresh_from_db()
    assert bob.check_password(PASSWORD)


def test_people_change_their_own_language_and_name(bob_api: APIClient) -> None:
    assert bob_api.patch("/api/v1/me", {"language": "vi", "name": "Bốp"}).json()["name"] == "Bốp"
    wrong = bob_api.patch("/api/v1/me", {"language": "xx"})
    assert (wrong.status_code, wrong.json()["errors"].keys()) == (400, {"language"})


def test_what_is_not_there_answers_a_problem_under_api(stranger: APIClient) -> None:
    answer = stranger.get("/api/v1/nothing")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert answer["Content-Type"] == "application/problem+json"
