"""An owner lets a member choose a new password, by a link."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from belvedere.accounts.models import Membership, PasswordReset, Role, Site, User
from belvedere.conftest import PASSWORD, api_for

pytestmark = pytest.mark.django_db
NEW_PASSWORD = "another-horse-43-battery"


def reset(owner: APIClient, user: User, site: str = "farm", status: int = 201) -> dict[str, str]:
    member = Membership.objects.get(user=user, site__slug=site)
    answer = owner.post(f"/api/v1/sites/{site}/members/{member.pk}/reset")
    assert answer.status_code == status, answer.content
    return dict(answer.json())


def use(code: str, password: str = NEW_PASSWORD) -> tuple[int, APIClient]:
    browser = APIClient()
    return browser.post("/api/v1/password-reset/use", {"code": code, "password": password}).status_code, browser


def test_the_link_sets_a_password_once_and_signs_in(alice_api: APIClient, bob: User) -> None:
    code = reset(alice_api, bob)["code"]
    read = APIClient().post("/api/v1/password-reset/read", {"code": code})
    assert read.json() == {"username": "bob", "name": "bob", "language": "en"}
    status, browser = use(code)
    assert (status, browser.get("/api/v1/me").json()["username"]) == (200, "bob")
    assert use(code)[0] == 403
    signed_in = APIClient().post("/api/v1/session", {"username": "bob", "password": NEW_PASSWORD})
    assert signed_in.status_code == 200


def test_the_member_is_signed_out_and_the_old_password_is_over(alice_api: APIClient, bob: User) -> None:
    desk = api_for(bob)
    reset(alice_api, bob)
    assert desk.get("/api/v1/me").status_code == 401
    old = APIClient().post("/api/v1/session", {"username": "bob", "password": PASSWORD})
    assert old.status_code == 401


def test_a_weak_password_leaves_the_link_for_another_try(alice_api: APIClient, bob: User) -> None:
    code = reset(alice_api, bob)["code"]
    assert use(code, "1234567890")[0] == 400
    assert use(code)[0] == 200


def test_a_new_link_replaces_the_one_before(alice_api: APIClient, bob: User) -> None:
    first, second = reset(alice_api, bob)["code"], reset(alice_api, bob)["code"]
    assert (use(first)[0], use(second)[0]) == (403, 200)


def test_a_link_ends_by_itself(alice_api: APIClient, bob: User) -> None:
    code = reset(alice_api, bob)["code"]
    PasswordReset.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert use(code)[0] == 403


def test_the_code_is_not_stored(alice_api: APIClient, bob: User) -> None:
    code = reset(alice_api, bob)["code"]
    assert code not in str(list(PasswordReset.objects.values()))


def test_a_member_of_a_site_that_one_does_not_own_keeps_the_account(
    alice_api: APIClient, bob: User, elsewhere: Site
) -> None:
    Membership.objects.create(user=bob, site=elsewhere, role=Role.VIEWER)
    assert reset(alice_api, bob, status=409)["code"] == "member_elsewhere"
    bob.refresh_from_db()
    assert bob.check_password(PASSWORD)


def test_nobody_resets_their_own(alice_api: APIClient, alice: User) -> None:
    assert reset(alice_api, alice, status=409)["code"] == "own_password"


def test_codes_cannot_be_guessed_without_end(db: None) -> None:
    assert [use(f"guess-{n}")[0] for n in range(6)][-1] == 429
