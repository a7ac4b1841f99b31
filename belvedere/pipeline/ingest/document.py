"""Reads one JSON document (RFC 8259) and reports the first fault in the text.

Slow (about a microsecond a token), and used only for bodies that the fast decoder left. Python's own json module
cannot do it: it accepts NaN and duplicate keys, reports faults out of order and recurses without a limit.
"""

from __future__ import annotations

import re
from json import JSONDecodeError, JSONDecoder
from math import isinf
from typing import NamedTuple, TypeAlias

from belvedere.domain.reading import Reason
from belvedere.domain.visible import quoted

MAX_DEPTH = 4  # the batch form itself: document, readings, reading, values
MAX_EXACT_INT = 10**18  # a larger one becomes a float: it is out of range in any case


class NotFinite:
    """A value that is NaN, infinite or beyond the largest double. That is not JSON, but firmware often prints it."""


Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | NotFinite | None"

_read_string = JSONDecoder(strict=True).raw_decode
_BOM = b"\xef\xbb\xbf"
_SPACE = re.compile(r"[ \t\n\r]*")
_NUMBER = re.compile(r"(-?(?:0|[1-9][0-9]*))(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_LITERALS: tuple[tuple[str, bool | None], ...] = (("true", True), ("false", False), ("null", None))
_NOT_FINITE = re.compile(r"-?(?:NaN|nan|Infinity|infinity|inf)\b")  # as JavaScript, Python and printf write it
_MOST_INT_DIGITS = 400  # a longer integer is beyond every double, and Python's int() refuses 4,301 digits


class BadDocumentError(Exception):
    """The body is not a JSON document of this format. The same bytes fail again."""

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
    """Read the body. Raises BadDocumentError for the first fault; a non-finite number alone is none."""
    if not body.strip(b" \t\n\r"):
        raise BadDocumentError(Reason.EMPTY, "The body is empty.")
    if body.startswith(_BOM):
        raise BadDocumentError(Reason.BOM, "The body begins with a byte order mark.")
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadDocumentError(Reason.BAD_UTF8, f"Byte {error.start} is not UTF-8.") from error
    reader = _Reader(text)
    try:
        document = reader.read()
        if not isinstance(document, dict):
            raise BadDocumentError(Reason.NOT_OBJECT, "The body is not a JSON object.")
    except BadDocumentError as error:
        raise reader.not_finite or error from None
    return Document(document, reader.not_finite)


class _Reader:
    """A cursor over the text; each method reads one element and moves the cursor behind it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.not_finite: BadDocumentError | None = None

    def read(self) -> Json:
        value = self.read_value(0)
        self.skip_space()
        if self.at != len(self.text):
            raise self.make_error()
        return value

    def make_error(self) -> BadDocumentError:
        return BadDocumentError(Reason.BAD_JSON, f"Not JSON at character {self.at}.")

    def skip_space(self) -> str:
        """Skip white space; gives the next character, "" at the end."""
        match = _SPACE.match(self.text, self.at)
        assert match is not None
        self.at = match.end()
        return self.text[self.at : self.at + 1]

    def read_value(self, depth: int) -> Json:
        first = self.skip_space()
        if first == '"':
            return self.read_string()
        if first in ("{", "["):
            if depth == MAX_DEPTH:
                raise BadDocumentError(Reason.TOO_DEEP, f"More than {MAX_DEPTH} levels at character {self.at}.")
            self.at += 1
            return self.read_object(depth + 1) if first == "{" else self.read_array(depth + 1)
        return self.read_scalar()

    def read_object(self, depth: int) -> dict[str, Json]:
        members: dict[str, Json] = {}
        if self.skip_space() == "}":
            self.at += 1
            return members
        while True:
            if self.skip_space() != '"':
                raise self.make_error()
            start = self.at
            key = self.read_string()
            if key in members:
                raise BadDocumentError(Reason.DUPLICATE_KEY, f"{quoted(key)} stands twice, at character {start}.")
            if self.skip_space() != ":":
                raise self.make_error()
            self.at += 1
            members[key] = self.read_value(depth)
            if not self.read_separator("}"):
                return members

    def read_array(self, depth: int) -> list[Json]:
        items: list[Json] = []
        if self.skip_space() == "]":
            self.at += 1
            return items
        while True:
            items.append(self.read_value(depth))
            if not self.read_separator("]"):
                return items

    def read_separator(self, close: str) -> bool:
        """Read the comma or the closing bracket after an element; gives whether another element follows."""
        separator = self.skip_space()
        if separator not in (",", close) or not separator:
            raise self.make_error()
        self.at += 1
        return separator == ","

    def read_string(self) -> str:
        try:
            text, self.at = _read_string(self.text, self.at)
        except JSONDecodeError as error:
            self.at = error.pos
            raise self.make_error() from error
        return str(text)

    def read_scalar(self) -> Json:
        match = _NUMBER.match(self.text, self.at)
        if match:
            number = _parse_number(match[1], match[2], match[3])
            if number is None:
                return self.skip_non_finite(match)
            self.at = match.end()
            return number
        for word, meaning in _LITERALS:
            if self.text.startswith(word, self.at):
                self.at += len(word)
                return meaning
        match = _NOT_FINITE.match(self.text, self.at)
        if match:
            return self.skip_non_finite(match)
        raise self.make_error()

    def skip_non_finite(self, match: re.Match[str]) -> NotFinite:
        """Remember the first and go on: only its value is refused, unless the text has another fault."""
        if self.not_finite is None:
            detail = f"Not a finite number at character {self.at}."
            self.not_finite = BadDocumentError(Reason.NOT_FINITE, detail)
        self.at = match.end()
        return _A_NOT_FINITE


_A_NOT_FINITE = NotFinite()


def _parse_number(integer: str, fraction: str | None, exponent: str | None) -> int | float | None:
    """The number; None where it is beyond the largest double."""
    if fraction is None and exponent is None and len(integer) <= _MOST_INT_DIGITS:
        whole = int(integer)
        if -MAX_EXACT_INT <= whole <= MAX_EXACT_INT:
            return whole
    number = float(integer + (fraction or "") + (exponent or ""))
    if isinf(number):
        return None
    return int(number) if fraction is None and exponent is None else number
