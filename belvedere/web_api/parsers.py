"""Bodies as JSON, without what no database column can hold."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

from belvedere.web_api.problems import Problem

# The largest honest body, a rule or a comment, has some kilobytes.
MAX_BODY_BYTES = 256 * 1024


def body_too_large() -> Problem:
    """What is longer is refused before it is parsed."""
    return Problem(413, "too_large", f"Send at most {MAX_BODY_BYTES} bytes.", headers={"Connection": "close"})


def _parse_finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ParseError(f"{text} is too large.")
    return number


def _refuse_constant(name: str) -> float:
    raise ParseError(f"{name} is not JSON.")


class StrictJSONParser(JSONParser):
    """UTF-8 JSON with finite numbers, whole characters and a depth that can be walked."""

    def parse(
        self,
        stream: Any,
        media_type: str | None = None,  # noqa: ARG002  (the signature is the framework's)
        parser_context: Mapping[str, Any] | None = None,  # noqa: ARG002  (the signature is the framework's)
    ) -> dict[str, Any]:
        """Raises ParseError (400), or 413 for a body over MAX_BODY_BYTES."""
        body = stream.read(MAX_BODY_BYTES + 1)
        if len(body) > MAX_BODY_BYTES:
            raise body_too_large()
        try:
            text = body.decode("utf-8")
            data: dict[str, Any] = json.loads(text, parse_float=_parse_finite, parse_constant=_refuse_constant)
            if "\\u" in text:
                json.dumps(data, ensure_ascii=False).encode()  # half of a surrogate pair cannot be encoded
        except RecursionError as error:
            raise ParseError("This JSON is nested too deeply.") from error
        except ValueError as error:
            raise ParseError(f"This is not JSON in UTF-8: {error}") from error
        return data
