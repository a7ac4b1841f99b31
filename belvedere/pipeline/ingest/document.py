"""One JSON document (RFC 8259), read exactly, for bodies that the fast decoder did not take.

Python's json module reads it. What json would take or stumble over is decided beside it: depth and the words of printf
by one pass over the tokens before, duplicate keys and numbers beyond a double by its hooks. Where a text has several
faults, depth is told first, then the first number that is not finite, then whatever json meets first.
"""

from __future__ import annotations

import json
import re
from math import isinf
from typing import NamedTuple, TypeAlias

from belvedere.domain.reading import Reason
from belvedere.domain.visible import quote

MAX_DEPTH = 4  # the batch form itself: document, readings, reading, values
MAX_EXACT_INT = 10**18  # a larger one becomes a float: it is out of range in any case


class NotFinite:
    """Stands for NaN, an infinity or a number beyond the largest double: no JSON, but firmware prints it often."""


Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | NotFinite | None"

_BOM = b"\xef\xbb\xbf"
_MOST_INT_DIGITS = 400  # a longer integer is beyond every double, and Python's int() refuses 4,301 digits
# A string, also one without an end; a bracket; or what is not finite as JavaScript does not write it, but printf does.
# Possessive, so that no text takes more than one pass.
_TOKEN = re.compile(r'"(?:[^"\\]++|\\.)*+"?|[\[\]{}]|-NaN\b|-?\b(?:nan|infinity|inf)\b', re.DOTALL)


class BadDocumentError(Exception):
    """The body is not one JSON document that this format takes. Sending the same bytes again cannot help."""

    permanent = True

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


class Document(NamedTuple):
    """members: the object that the body holds, integers as int. not_finite: the first such number in it."""

    members: dict[str, Json]
    not_finite: BadDocumentError | None = None


def read_document(body: bytes) -> Document:
    """Raises BadDocumentError and nothing else."""
    if not body.strip(b" \t\n\r"):
        raise BadDocumentError(Reason.EMPTY, "The body is empty.")
    if body.startswith(_BOM):
        raise BadDocumentError(Reason.BOM, "The body begins with a byte order mark.")
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadDocumentError(Reason.BAD_UTF8, f"Byte {error.start} is not UTF-8.") from error
    hooks = _Hooks()
    try:
        document = hooks.read(_prepare(text))
        if not isinstance(document, dict):
            raise BadDocumentError(Reason.NOT_OBJECT, "The body is not a JSON object.")
    except json.JSONDecodeError as error:
        raise hooks.not_finite or BadDocumentError(Reason.BAD_JSON, f"Not JSON at character {error.pos}.") from None
    except BadDocumentError as error:
        raise hooks.not_finite or error from None
    return Document(document, hooks.not_finite)


def _prepare(text: str) -> str:
    """Check the depth, and write non-finite numbers as json does (NaN). Raises BadDocumentError."""
    depth = 0

    def replace(match: re.Match[str]) -> str:
        nonlocal depth
        token = match[0]
        if token in ("{", "["):
            depth += 1
            if depth > MAX_DEPTH:
                raise BadDocumentError(Reason.TOO_DEEP, f"More than {MAX_DEPTH} levels at character {match.start()}.")
        elif token in ("}", "]"):
            depth -= 1
        elif token[0] != '"':
            return "NaN"
        return token

    return _TOKEN.sub(replace, text)


class _Hooks:
    """Callbacks of json for objects and numbers. not_finite: the error of the first non-finite number."""

    def __init__(self) -> None:
        self.not_finite: BadDocumentError | None = None

    def read(self, text: str) -> Json:
        """Parse the text. Raises BadDocumentError and JSONDecodeError."""
        document: Json = json.loads(
            text,
            object_pairs_hook=self.make_object,
            parse_constant=self.replace_non_finite,
            parse_float=self.parse_float,
            parse_int=self.parse_integer,
        )
        return document

    def make_object(self, pairs: list[tuple[str, Json]]) -> dict[str, Json]:
        """An object; a key that comes twice raises BadDocumentError."""
        members: dict[str, Json] = {}
        for key, value in pairs:
            if key in members:
                raise BadDocumentError(Reason.DUPLICATE_KEY, f"{quote(key)} stands twice.")
            members[key] = value
        return members

    def replace_non_finite(self, _word: str) -> NotFinite:
        """Remember the first and go on: only its value is refused, unless the text has another fault."""
        if self.not_finite is None:
            self.not_finite = BadDocumentError(Reason.NOT_FINITE, "A number is not finite.")
        return _A_NOT_FINITE

    def parse_float(self, text: str) -> float | NotFinite:
        """A literal with a fraction or an exponent."""
        number = float(text)
        return self.replace_non_finite(text) if isinf(number) else number

    def parse_integer(self, text: str) -> int | NotFinite:
        """An integer literal, exact up to MAX_EXACT_INT."""
        if len(text) <= _MOST_INT_DIGITS and -MAX_EXACT_INT <= (whole := int(text)) <= MAX_EXACT_INT:
            return whole
        number = self.parse_float(text)
        return number if isinstance(number, NotFinite) else int(number)


_A_NOT_FINITE = NotFinite()
