"""The schema is what the API does: the dashboard's types are made from it."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, given, settings, strategies
from rest_framework.test import APIClient
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance

from belvedere.accounts.models import Site, User, Zone
from belvedere.accounts.services import do_create_token
from belvedere.alerts.models import Alert
from belvedere.config.hot_paths import PATHS
from belvedere.devices.models import Device, Series
from belvedere.pipeline import quarantine
from belvedere.readings import selectors as readings
from belvedere.readings.store.sqlite.store import SqliteStore
from belvedere.rules.models import Rule, Severity

# More of them find more: set 60 after a change of the API (about two minutes).
EXAMPLES = int(os.environ.get("BELVEDERE_TEST_EXAMPLES", "2"))

# Signing in is held back after five failures, the CSV is streamed by the event loop, and the rest is not Django's.
LEFT_OUT = {"/api/v1/session", "/api/v1/series/{series_id}/readings.csv", *PATHS}


def test_the_schema_is_made_without_a_warning() -> None:
    out = io.StringIO()
    call_command("spectacular", "--validate", "--fail-on-warn", stdout=out)
    assert "openapi: 3" in out.getvalue()


def test_the_schema_is_made_once_for_all_who_ask(monkeypatch: pytest.MonkeyPatch, db: None) -> None:
    first = APIClient().get("/api/schema?format=json")
    monkeypatch.setattr(SchemaGenerator, "get_schema", lambda *_args, **_kwargs: pytest.fail("made again"))
    again = APIClient().get("/api/schema?format=json")
    assert again.status_code == 200
    assert again.json() == first.json()
    assert again.headers["Content-Type"] == "application/vnd.oai.openapi+json"


def test_every_operation_has_a_name_of_its_own_and_may_answer_a_problem(db: None) -> None:
    document = APIClient().get("/api/schema?format=json").json()
    operations = [operation for path in document["paths"].values() for operation in path.values()]
    names = [operation["operationId"] for operation in operations]
    assert len(names) == len(set(names))
    problem = {"$ref": "#/components/schemas/Problem"}
    for operation in operations:
        content = operation["responses"]["default"]["content"]
        assert content == {"application/problem+json": {"schema": problem}}, operation["operationId"]


def test_no_shape_that_is_answered_holds_a_password_or_a_hash(db: None) -> None:
    schemas = APIClient().get("/api/schema?format=json").json()["components"]["schemas"]
    answered = {name: body.get("properties", {}) for name, body in schemas.items() if not name.endswith("Request")}
    for name, properties in answered.items():
        assert not {"password", "digest", "credentials"} & properties.keys(), name
    assert {name for name, properties in answered.items() if "secret" in properties} == {
        "DeviceWithSecret",
        "PublisherSecret",
        "Secret",
    }
    assert {name for name, properties in answered.items() if "token" in properties} == {"NewRtspToken", "NewToken"}


def test_the_docs_page_loads_nothing_from_elsewhere(stranger: APIClient) -> None:
    page = stranger.get("/api/docs", HTTP_ACCEPT="text/html")
    html = page.content.decode()
    assert page.status_code == 200
    assert "//" not in html.replace("<!DOCTYPE", "").replace("</", "")
    script = stranger.get("/api/docs?script=", HTTP_ACCEPT="*/*")
    assert script.status_code == 200
    for name in ("swagger-ui.css", "swagger-ui-bundle.js", "swagger-ui-standalone-preset.js"):
        assert f'"/api/docs/assets/{name}"' in html
        assert stranger.get(f"/api/docs/assets/{name}").status_code == 200
    assert stranger.get("/api/docs/assets/..%2Fpackage.json").status_code == 404
    assert "<script>" not in html, "the content security policy lets no inline script run"


@pytest.fixture
def real(alice: User, farm: Site) -> dict[str, Any]:
    """Things that are there to be found, by the name of the parameter; guessing alone finds none."""
    device = Device.objects.create(id="probe", site=farm, name="Probe")
    series = Series.objects.create(device=device, site=farm, metric="temperature")
    condition = {"kind": "is_true", "for_seconds": 0}
    rule = Rule.objects.create(site=farm, name="Hot", metric="temperature", condition=condition)
    alert = Alert.objects.create(
        site=farm,
        rule=rule,
        series=series,
        subject="series:1",
        title="Hot",
        severity=Severity.INFO,
        condition=condition,
        opened_ms=1,
    )
    return {
        "site": "farm",
        "slug": "farm",
        "device_id": "probe",
        "series_id": series.pk,
        "rule_id": rule.pk,
        "alert_id": alert.pk,
        "zone_id": Zone.objects.create(site=farm, name="Kho").pk,
    }


@pytest.fixture
def _store(tmp_path: Path) -> Iterator[None]:
    store = SqliteStore(tmp_path / "readings.db")
    store.open()
    readings.history_reader.bind(store)
    no_pipeline: Any = None  # the store is empty: nothing is sent again or thrown away
    quarantine.quarantine.bind(quarantine.QuarantineAccess(store, no_pipeline, no_pipeline))
    yield
    store.close()


@pytest.fixture
def api(alice: User) -> Any:
    """The schema, called as Alice."""
    _, secret = do_create_token(alice, "schemathesis")
    loaded = schemathesis.openapi.from_wsgi("/api/schema", get_wsgi_application())
    loaded.config.update(headers={"Authorization": f"Bearer {secret}"})
    return loaded.exclude(path=sorted(LEFT_OUT))


def point_at(case: Any, real: dict[str, Any]) -> None:
    """Put what exists into the path, the query and the body."""
    for part in (case.path_parameters, case.query, case.body):
        if isinstance(part, dict):
            part.update({name: real[name] for name in part.keys() & real.keys()})


@pytest.mark.timeout(600)  # it computes in a lane that stands back
@pytest.mark.usefixtures("_store")
@pytest.mark.django_db(transaction=True)
def test_no_request_makes_the_server_fail_or_answer_another_shape(api: Any, real: dict[str, Any]) -> None:
    checks = [not_a_server_error, content_type_conformance, response_schema_conformance]
    for found in api.get_all_operations():
        operation = found.ok()

        @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), database=None)
        @given(case=operation.as_strategy(), existing=strategies.integers(0, 3))
        def holds(case: Any, existing: int) -> None:
            if existing:
                point_at(case, real)
            case.call_and_validate(checks=checks)

        holds()
