"""The schema of what answers beside Django (asgi.py): the poll and the ingest, which no view describes."""

from __future__ import annotations

from typing import Any

SNAPSHOT: dict[str, Any] = {
    "type": "object",
    "properties": {
        "cursor": {"type": "string", "description": "For `since` of the next poll: `epoch.n`."},
        "next_poll_ms": {"type": "integer", "description": "When to come back."},
        "full": {"type": "boolean", "description": "Everything, not only what changed after `since`."},
        "alerts_seq": {"type": "integer", "description": "Last number of the site's alert log."},
        "registry_seq": {
            "type": "integer",
            "description": "Another one after the site's devices, series, rules, cameras, zones or members changed.",
        },
        "presence_seq": {"type": "integer", "description": "Another one after a device of the site came or went."},
        "partial": {
            "type": "boolean",
            "description": "Only where it is true: there are more series than `most`, so none is here.",
        },
        "series": {
            "type": "array",
            "description": "[series id, ts_ms, value] of each.",
            "items": {"type": "array", "items": {"type": "number"}, "minItems": 3, "maxItems": 3},
        },
        "clock": {
            "type": "object",
            "description": "Only while the server's own clock is in doubt (docs/time.md): why, and both times.",
            "properties": {
                "doubt": {"type": "string", "enum": ["behind", "ahead", "stepped"]},
                "expected_ms": {"type": "integer", "description": "The time that was expected when the doubt arose."},
                "shown_ms": {"type": "integer", "description": "The time that the clock showed then."},
            },
            "required": ["doubt", "expected_ms", "shown_ms"],
        },
    },
    "required": ["cursor", "next_poll_ms", "full", "alerts_seq", "registry_seq", "presence_seq", "series"],
}
DUPLICATE = "Those of them that were there before; in a cluster whose workers are behind it may be 0."
INGESTED: dict[str, Any] = {
    "type": "object",
    "properties": {
        "stored": {"type": "integer", "description": "Readings of this body that are in the store now."},
        "duplicate": {"type": "integer", "description": DUPLICATE},
        "adjusted": {
            "type": "integer",
            "description": "Only where it is not 0: another value for a time that was taken, stored some ms later.",
        },
        "rejected": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "index": {"type": "integer"},
                    "reason": {"type": "string"},
                    "detail": {"type": "string"},
                    "metric": {"type": "string", "description": "Where only this value was refused."},
                },
                "required": ["index", "reason", "detail"],
            },
        },
    },
    "required": ["stored", "duplicate", "rejected"],
}
SCHEMAS = {"Snapshot": SNAPSHOT, "Ingested": INGESTED}

_SERVER_TIME = {"description": "The server's clock, Unix ms.", "schema": {"type": "integer"}}
_ETAG = {"description": "Names the state.", "schema": {"type": "string"}}


def _describe_json(name: str) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}}


_GET_SNAPSHOT: dict[str, Any] = {
    "operationId": "snapshot",
    "description": "The newest value of every series of a site, or what changed after a cursor. See docs/poll.md.",
    "parameters": [
        {"in": "path", "name": "slug", "required": True, "schema": {"type": "string"}},
        {
            "in": "query",
            "name": "since",
            "schema": {"type": "string"},
            "description": "`cursor` of the last answer; one of another start gets everything.",
        },
        {
            "in": "query",
            "name": "series",
            "schema": {"type": "string"},
            "description": "Only these, at most 500 ids separated by commas. Another selection begins without `since`.",
        },
        {
            "in": "query",
            "name": "most",
            "schema": {"type": "integer"},
            "description": "Where the site has more series, send none and say `partial`: then ask by `series`.",
        },
        {
            "in": "header",
            "name": "If-None-Match",
            "schema": {"type": "string"},
            "description": "`ETag` of the last answer: 304 while nothing moved.",
        },
    ],
    "tags": ["api"],
    "security": [{"bearer": []}, {"session": []}],
    "responses": {
        "200": {
            "description": "",
            "headers": {"ETag": _ETAG, "Server-Time-Ms": _SERVER_TIME},
            "content": _describe_json("Snapshot"),
        },
        "304": {"description": "Nothing moved.", "headers": {"Server-Time-Ms": _SERVER_TIME}},
    },
}
_POST_INGEST: dict[str, Any] = {
    "operationId": "ingest",
    "description": "Readings of a device, answered after their commit. docs/ingest.md has the shapes of the body.",
    "tags": ["api"],
    "security": [{"device": []}],
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {"type": "object", "additionalProperties": True},
                "example": {"ts": 1763900000000, "values": {"temperature": 21.5, "humidity": 60}},
            }
        },
    },
    "responses": {"200": {"description": "Something is stored, or was before.", "content": _describe_json("Ingested")}},
}
PATHS = {
    "/api/v1/ingest": {"post": _POST_INGEST},
    "/api/v1/sites/{slug}/snapshot": {"get": _GET_SNAPSHOT},
}


def add_hot_paths(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Postprocessing hook: describe them too."""
    result["paths"].update(PATHS)
    result["components"]["schemas"].update(SCHEMAS)
    result["components"]["securitySchemes"]["device"] = {
        "type": "http",
        "scheme": "basic",
        "description": "A device's id and secret.",
    }
    return result
