"""What answers beside Django does what the schema says of it."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from belvedere.config.hot_paths import INGESTED, SNAPSHOT
from tests.live.server import SITE, House

pytestmark = pytest.mark.live


def assert_described(answer: dict[str, Any], schema: dict[str, Any]) -> None:
    """All that the schema promises is there, and nothing that it does not know."""
    assert set(schema["required"]) <= answer.keys() <= schema["properties"].keys()


def test_the_poll_and_the_ingest_answer_in_the_shapes_of_the_schema(house: House, device: str) -> None:
    credentials = base64.b64encode(f"{device}:{house.secrets[device]}".encode()).decode()
    body = json.dumps({"readings": [{"values": {"temperature": 21.5}}, {"values": {"Bad name": 1}}]}).encode()
    status, told, _ = house.api.raw("POST", "/api/v1/ingest", body, {"Authorization": f"Basic {credentials}"})
    ingested = json.loads(told)
    assert (status, ingested["stored"], len(ingested["rejected"])) == (200, 1, 1)
    assert_described(ingested, INGESTED)
    assert_described(ingested["rejected"][0], INGESTED["properties"]["rejected"]["items"])
    snapshot = house.api.get(f"sites/{SITE}/snapshot")
    assert_described(snapshot, SNAPSHOT)
    assert {len(row) for row in snapshot["series"]} == {3}


def test_the_schema_that_is_served_describes_them(house: House) -> None:
    _, document, _ = house.api.raw("GET", "/api/schema?format=json")
    assert {"/api/v1/ingest", "/api/v1/sites/{slug}/snapshot"} <= json.loads(document)["paths"].keys()
