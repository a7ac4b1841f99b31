"""Closing an account."""

from __future__ import annotations

import pytest
from rest_framework.test import APIClient

from belvedere.accounts.models import Membership, Role, User
from belvedere.conftest import PASSWORD, api_for

pytestmark = pytest.mark.django_db
PROOF = {"current_password": PASSWORD}


def close(client: APIClient) -> tuple[int, str]:
    answer = client.post("/api/v1/me/close", PROOF)
    return answer.status_code, answer.json()["code"] if answer.content else ""


def test_bob_closes_his_account_and_nothing_opens_any_more(bob: User, bob_api: APIClient) -> None:
    secret = bob_api.post("/api/v1/tokens", {"name": "bars"}).json()["token"]
    elsewhere = api_for(bob)
    assert close(bob_api) == (204, "")
    program = APIClient(HTTP_AUTHORIZATION=f"Bearer {secret}")
    assert [client.get("/api/v1/me").status_code for client in (bob_api, elsewhere, program)] == [401, 401, 401]
    for name in ("bob", "bob@example.org"):
        assert APIClient().post("/api/v1/session", {"username": name, "password": PASSWORD}).status_code == 401
    assert not Membership.objects.filter(user=bob).exists()


def test_the_row_stays_and_keeps_the_name(bob: User, bob_api: APIClient, alice: User) -> None:
    close(bob_api)
    bob.refresh_from_db()
    assert (bob.username, bob.email, bob.get_full_name(), bob.is_active) == ("bob", "", "", False)
    api_for(alice).post("/api/v1/sites/farm/members", {"username": "Bob", "password": PASSWORD, "role": "viewer"})
    assert list(User.objects.filter(username__iexact="bob")) == [bob]
    form = {"username": "robert", "password": PASSWORD, "role": "viewer", "email": "bob@example.org"}
    assert api_for(alice).post("/api/v1/sites/farm/members", form).json()["id"] is not None


def test_closing_needs_the_password(bob: User, bob_api: APIClient) -> None:
    answer = bob_api.post("/api/v1/me/close", {"current_password": "nope"})
    assert (answer.status_code, answer.json()["code"]) == (400, "wrong_password")
    assert bob_api.get("/api/v1/me").status_code == 200


def test_the_last_owner_is_told_which_site_needs_another_first(alice: User, alice_api: APIClient, bob: User) -> None:
    answer = alice_api.post("/api/v1/me/close", PROOF)
    assert (answer.status_code, answer.json()["code"]) == (409, "last_owner")
    assert answer.json()["errors"] == {"sites": ["Trang trại"]}
    assert Membership.objects.get(user=alice).role == Role.OWNER
    assert alice_api.get("/api/v1/me").status_code == 200
    Membership.objects.filter(user=bob).update(role=Role.OWNER)
    assert close(alice_api) == (204, "")
