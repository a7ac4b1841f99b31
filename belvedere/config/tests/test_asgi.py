"""What answers where no view does."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any, cast

import pytest
from django.db import OperationalError
from django.test import override_settings
from prometheus_client.registry import Collector
from rest_framework.test import APIClient

from belvedere.accounts.models import User
from belvedere.config.asgi import application
from belvedere.config.health import HealthApp
from belvedere.config.settings.env import trusted_origins
from belvedere.conftest import api_for
from belvedere.domain.clock import Doubt, Untrusted

Headers = list[tuple[bytes, bytes]]


class NoFigures(Collector):
    def collect(self) -> Any:
        return iter(())


class Rights:
    """Knows one token."""

    async def find(self, headers: Headers) -> Any:
        return "somebody" if (b"authorization", b"Bearer good") in headers else None


async def get(app: Any, path: str, headers: Headers | None = None, client: str = "192.168.1.9") -> tuple[int, Any, Any]:
    """Status, headers and body."""
    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    headers = [(b"host", b"localhost:8000")] * (b"host" not in dict(headers or [])) + (headers or [])
    scope = {"type": "http", "method": "GET", "path": path, "headers": headers, "client": (client, 5)}
    await app(scope, None, send)
    return sent[0]["status"], dict(sent[0]["headers"]), sent[1]["body"]


async def failing(*_: Any) -> None:
    raise OperationalError("database is locked")


@pytest.mark.parametrize("path", ["/api/v1/sites/farm/snapshot", "/media/gate/whep", "/metrics"])
async def test_where_rights_cannot_be_looked_up_the_answer_says_when_to_come_back(path: str) -> None:
    program: Any = SimpleNamespace(snapshot=failing, media=failing, health=failing)
    status, headers, body = await get(application(program), path)
    assert (status, headers[b"content-type"], headers[b"retry-after"]) == (503, b"application/problem+json", b"5")
    assert json.loads(body)["code"] == "try_again"


@pytest.mark.django_db
def test_a_view_whose_database_fails_says_when_to_come_back(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise OperationalError("database or disk is full")

    monkeypatch.setattr("belvedere.accounts.services.do_create_token", full)
    answer = api_for(alice).post("/api/v1/tokens", {"name": "x"})
    assert (answer.status_code, answer["Content-Type"]) == (503, "application/problem+json")
    assert (answer.json()["code"], answer["Retry-After"]) == ("try_again", "5")


@pytest.mark.parametrize(
    ("client", "headers", "status"),
    [
        ("127.0.0.1", [], 200),
        ("::1", [], 200),
        ("127.0.0.1", [(b"x-forwarded-for", b"203.0.113.5")], 401),
        ("127.0.0.1", [(b"host", b"evil.example")], 401),
        ("192.168.1.9", [], 401),
        ("192.168.1.9", [(b"authorization", b"Bearer bad")], 401),
        ("192.168.1.9", [(b"authorization", b"Bearer good")], 200),
    ],
)
async def test_figures_are_for_this_machine_or_with_a_token(client: str, headers: Headers, status: int) -> None:
    app = HealthApp(cast("Any", Rights()), dict, dict, NoFigures())
    answered, kind, body = await get(app, "/metrics", headers, client)
    assert answered == status
    if status == 401:
        assert kind[b"content-type"] == b"application/problem+json"
        assert json.loads(body)["code"] == "not_authenticated"


async def test_readiness_names_what_does_not_work() -> None:
    reasons: dict[str, str] = {}
    app = HealthApp(cast("Any", Rights()), lambda: reasons, dict, NoFigures())
    assert (await get(app, "/livez"))[0] == 200
    assert (await get(app, "/readyz"))[0] == 200
    reasons["readings"] = "The disk is full."
    status, _, body = await get(app, "/readyz")
    assert (status, json.loads(body)) == (503, {"status": "not ready", "readings": "The disk is full."})
    assert (await get(app, "/livez"))[0] == 200


async def test_what_a_person_has_to_look_at_is_said_although_everything_serves() -> None:
    doubt = Untrusted(Doubt.STEPPED, 1_763_900_000_000, 1_763_903_600_000)
    app = HealthApp(cast("Any", Rights()), dict, lambda: {"clock": doubt.describe()}, NoFigures())
    status, _, body = await get(app, "/readyz")
    assert (status, json.loads(body)["status"]) == (200, "ready")
    assert "shows 2025-11-23T13:13:20Z, and 2025-11-23T12:13:20Z was expected" in json.loads(body)["clock"]


@pytest.mark.django_db
def test_a_page_behind_a_proxy_that_speaks_tls_can_write(bob: User) -> None:
    browser: APIClient = api_for(bob, enforce_csrf_checks=True)
    browser.get("/api/v1/me")
    token = browser.cookies["csrftoken"].value

    def written_from(origin: str) -> int:
        headers = {"x-csrftoken": token, "origin": origin, "host": "nha.example"}
        return int(browser.patch("/api/v1/me", {"language": "vi"}, headers=headers).status_code)

    with override_settings(ALLOWED_HOSTS=["nha.example"], CSRF_TRUSTED_ORIGINS=trusted_origins(["nha.example"])):
        assert written_from("https://nha.example") == 200
        assert written_from("https://evil.example") == 403


def test_any_host_is_no_origin() -> None:
    assert trusted_origins(["*", "nha.example", ".farm.example"]) == ["https://nha.example", "https://*.farm.example"]


@pytest.mark.django_db
@pytest.mark.parametrize(("path", "kind"), [("/api/v1/setup", "application/problem+json"), ("/", "text/plain")])
def test_a_host_name_that_is_not_ours_is_told_what_to_do(stranger: APIClient, path: str, kind: str) -> None:
    answer = stranger.get(path, headers={"host": "nha.local"})
    assert answer.status_code == 400
    assert answer["Content-Type"].startswith(kind)
    assert "--allowed-hosts" in answer.content.decode()


def test_a_problem_is_json_also_where_the_view_renders_something_else(stranger: APIClient) -> None:
    answer = stranger.post("/api/schema")
    assert (answer.status_code, answer["Content-Type"]) == (405, "application/problem+json")
    assert answer.json()["code"] == "method_not_allowed"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("asked", "said"), [("", "This field is required."), ("vi-VN,vi;q=0.9,en;q=0.5", "Trường này là bắt buộc.")]
)
def test_a_program_gets_english_and_a_browser_its_own_language(stranger: APIClient, asked: str, said: str) -> None:
    answer = stranger.post("/api/v1/session", {"username": "bob"}, headers={"accept-language": asked} if asked else {})
    assert answer.json()["errors"] == {"password": [said]}
