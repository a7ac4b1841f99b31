"""Edits that do not overwrite each other: `ETag: "<version>"` out, `If-Match` in."""

from __future__ import annotations

from typing import Any, Protocol

from rest_framework.request import Request
from rest_framework.response import Response

from belvedere.web_api.problems import Problem


class Versioned(Protocol):
    """A row whose version rises with each edit."""

    version: int


def check_if_match(request: Request, row: Versioned) -> None:
    """Raises 412 where the caller edits another version than the present one. Call it with the row locked."""
    wanted = request.headers.get("If-Match", "").strip()
    if not wanted or wanted == "*":
        return
    tags = {tag.strip().removeprefix("W/").strip('"') for tag in wanted.split(",")}
    if str(row.version) not in tags:
        raise Problem(412, "conflict", f"This was changed meanwhile: it is version {row.version} now. Load it again.")


def answer_with_version(data: Any, row: Versioned, status: int = 200) -> Response:
    """An answer that carries the row's version."""
    return Response(data, status=status, headers={"ETag": f'"{row.version}"'})
