"""Bearer tokens: kept as hashes, and no longer or wider than they were made for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from belvedere.accounts.models import Token, User
from belvedere.accounts.usage import save_uses

pytestmark = pytest.mark.django_db
LONG_AGO = datetime(2001, 1, 1, tzinfo=UTC)


def program(secret: str) -> APIClient:
    return APIClient(enforce_csrf_checks=True, HTTP_AUTHORIZATION=f"Bearer {secret}")


def make_token(client: APIClient, **form: Any) -> dict[str, Any]:
    answer = client.post("/api/v1/tokens", {"name": "bars"} | form)
    assert answer.status_code == 201, answer.content
    return dict(answer.json())


def test_a_token_is_stored_as_a_hash_and_shown_once(bob: User, bob_api: APIClient) -> None:
    made = bob_api.post("/api/v1/tokens", {"name": "bars"})
    assert made.status_code == 201
    assert made.json().keys() == {"id", "name", "token", "expires_at", "read_only"}
    secret = made.json()["token"]
    stored = Token.objects.get()
    assert secret not in (stored.digest, stored.name)
    listed = bob_api.get("/api/v1/tokens")
    assert [row.keys() for row in listed.json()] == [
        {"id", "name", "created_at", "expires_at", "last_used_at", "read_only"}
    ]
    assert secret not in listed.content.decode()


def test_a_deleted_token_opens_nothing(bob: User, bob_api: APIClient) -> None:
    made = bob_api.post("/api/v1/tokens", {"name": "bars"}).json()
    program = APIClient(HTTP_AUTHORIZATION=f"Bearer {made['token']}")
    assert program.get("/api/v1/me").status_code == 200
    assert bob_api.delete(f"/api/v1/tokens/{made['id']}").status_code == 204
    answer = program.get("/api/v1/me")
    assert (answer.status_code, answer.json()["code"]) == (401, "bad_token")


def test_nobody_sees_or_deletes_the_tokens_of_others(bob_api: APIClient, alice_api: APIClient) -> None:
    made = bob_api.post("/api/v1/tokens", {"name": "bars"}).json()
    assert alice_api.get("/api/v1/tokens").json() == []
    assert alice_api.delete(f"/api/v1/tokens/{made['id']}").status_code == 404


def test_a_token_ends_when_it_was_made_to(bob_api: APIClient) -> None:
    before = timezone.now() + timedelta(days=90)
    token = make_token(bob_api, expires_in_days=90)
    assert before <= datetime.fromisoformat(token["expires_at"]) <= timezone.now() + timedelta(days=90)
    assert program(token["token"]).get("/api/v1/me").status_code == 200
    Token.objects.update(expires_at=timezone.now())
    answer = program(token["token"]).get("/api/v1/me")
    assert (answer.status_code, answer.json()["code"]) == (401, "bad_token")


def test_a_token_without_an_end_has_none(bob_api: APIClient) -> None:
    assert make_token(bob_api)["expires_at"] is None
    assert make_token(bob_api, expires_in_days=None)["expires_at"] is None


@pytest.mark.parametrize("days", [0, -1, 3651, "soon"])
def test_an_end_that_makes_no_sense_is_refused(bob_api: APIClient, days: Any) -> None:
    answer = bob_api.post("/api/v1/tokens", {"name": "bars", "expires_in_days": days})
    assert (answer.status_code, answer.json()["errors"].keys()) == (400, {"expires_in_days"})


def test_a_token_made_with_a_token_ends_with_that_one(bob_api: APIClient) -> None:
    short = make_token(bob_api, expires_in_days=1)
    longer = make_token(program(short["token"]), expires_in_days=365)
    endless = make_token(program(short["token"]))
    assert longer["expires_at"] == endless["expires_at"] == short["expires_at"]


@pytest.mark.parametrize(
    ("method", "path"),
    [("patch", "me"), ("post", "tokens"), ("post", "session"), ("delete", "session"), ("delete", "sessions")],
)
def test_a_token_that_may_only_read_is_refused_what_writes(bob_api: APIClient, method: str, path: str) -> None:
    reader = program(make_token(bob_api, read_only=True)["token"])
    assert reader.get("/api/v1/me").status_code == 200
    answer = getattr(reader, method)(f"/api/v1/{path}", {"language": "vi"})
    assert (answer.status_code, answer.json()["code"]) == (403, "read_only_token")


def test_the_token_of_somebody_who_was_deactivated_opens_nothing(bob: User, bob_api: APIClient) -> None:
    token = make_token(bob_api)["token"]
    User.objects.filter(pk=bob.pk).update(is_active=False)
    assert program(token).get("/api/v1/me").status_code == 401


def test_the_last_use_is_written_by_the_schedule_and_not_by_the_request(bob_api: APIClient) -> None:
    token = make_token(bob_api)["token"]
    before = timezone.now()
    with CaptureQueriesContext(
        connection,
    ) as queries:
        program(token).get("/api/v1/me")
    assert not [query for query in queries if query["sql"].startswith("UPDATE")]
    assert bob_api.get("/api/v1/tokens").json()[0]["last_used_at"] is None
    save_uses()
    used = datetime.fromisoformat(bob_api.get("/api/v1/tokens").json()[0]["last_used_at"])
    assert before <= used <= timezone.now()
    Token.objects.update(last_used_at=LONG_AGO)
    save_uses()
    assert Token.objects.get().last_used_at == LONG_AGO, "what was saved is not saved again"


def test_a_token_that_was_deleted_meanwhile_does_not_stop_the_others_from_being_saved(bob_api: APIClient) -> None:
    gone, kept = make_token(bob_api), make_token(bob_api)
    for token in (gone, kept):
        program(token["token"]).get("/api/v1/me")
    Token.objects.get(pk=gone["id"]).delete()
    save_uses()
    assert Token.objects.get().last_used_at is not None
