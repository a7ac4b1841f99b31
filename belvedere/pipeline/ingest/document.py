"""One JSON document (RFC 8259), read exactly: the first fault in the text decides, never a guess.

Slow (about a microsecond a token) and only for bodies that the fast decoder did not take. Python's own
json module cannot serve: it takes NaN and duplicate keys, reports faults out of order and recurses.
"""

from __future__ import annotations

import re
from json import JSONDecodeError, JSONDecoder
from math import isinf
from typing import NamedTuple, TypeAlias

from belvedere.domain.reading import Reason
from belvedere.domain.visible import quoted

MAX_DEPTH = 4  # the batch form itself: document, readings, reading, values
MAX_EXACT_INT = 10**18  # a larger one has no meaning here but its size


class NotFinite:
    """Stands for NaN, an infinity or a number beyond the largest double: no JSON, but firmware prints it often."""


Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | NotFinite | None"

_read_string = JSONDecoder(strict=True).raw_decode
_BOM = b"\xef\xbb\xbf"
_SPACE = re.compile(r"[ \t\n\r]*")
_NUMBER = re.compile(r"(-?(?:0|[1-9][0-9]*))(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_LITERALS: tuple[tuple[str, bool | None], ...] = (("true", True), ("false", False), ("null", None))
_NOT_FINITE = re.compile(r"-?(?:NaN|nan|Infinity|infinity|inf)\b")  # as JavaScript, Python and printf write it
_MOST_INT_DIGITS = 400  # a longer integer is beyond every double, and Python's int() refuses 4,301 digits


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
    """Raises BadDocumentError and nothing else; a number that is not finite is told first where it stands first."""
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
        document = reader.document()
        if not isinstance(document, dict):
            raise BadDocumentError(Reason.NOT_OBJECT, "The body is not a JSON object.")
    except BadDocumentError as error:
        raise reader.not_finite or error from None
    return Document(document, reader.not_finite)


class _Reader:
    """A cursor over the text; each method reads one thing and leaves the cursor behind it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.not_finite: BadDocumentError | None = None

    def document(self) -> Json:
        value = self.value(0)
        self.space()
        if self.at != len(self.text):
            raise self.malformed()
        return value

    def malformed(self) -> BadDocumentError:
        return BadDocumentError(Reason.BAD_JSON, f"Not JSON at character {self.at}.")

    def space(self) -> str:
        """Skip white space; the character that follows, empty at the end."""
        match = _SPACE.match(self.text, self.at)
        assert match is not None
        self.at = match.end()
        return self.text[self.at : self.at + 1]

    def value(self, depth: int) -> Json:
        first = self.space()
        if first == '"':
            return self.string()
        if first in ("{", "["):
            if depth == MAX_DEPTH:
                raise BadDocumentError(Reason.TOO_DEEP, f"More than {MAX_DEPTH} levels at character {self.at}.")
            self.at += 1
            return self.object(depth + 1) if first == "{" else self.array(depth + 1)
        return self.scalar()

    def object(self, depth: int) -> dict[str, Json]:
        members: dict[str, Json] = {}
        if self.space() == "}":
            self.at += 1
            return members
        while True:
            if self.space() != '"':
                raise self.malformed()
            start = self.at
            key = self.string()
            if key in members:
                raise BadDocumentError(Reason.DUPLICATE_KEY, f"{quoted(key)} stands twice, at character {start}.")
            if self.space() != ":":
                raise self.malformed()
            self.at += 1
            members[key] = self.value(depth)
            if not self.goes_on("}"):
                return members

    def array(self, depth: int) -> list[Json]:
        items: list[Json] = []
        if self.space() == "]":
            self.at += 1
            return items
        while True:
            items.append(self.value(depth))
            if not self.goes_on("]"):
                return items

    def goes_on(self, close: str) -> bool:
        """Read the comma or the closing bracket after an element; whether another element follows."""
        separator = self.space()
        if separator not in (",", close) or not separator:
            raise self.malformed()
        self.at += 1
        return separator == ","

    def string(self) -> str:
        try:
            text, self.at = _read_string(self.text, self.at)
        except JSONDecodeError as error:
            self.at = error.pos
            raise self.malformed() from error
        return str(text)

    def scalar(self) -> Json:
        match = _NUMBER.match(self.text, self.at)
        if match:
            number = _number(match[1], match[2], match[3])
            if number is None:
                return self.no_number(match)
            self.at = match.end()
            return number
        for word, meaning in _LITERALS:
            if self.text.startswith(word, self.at):
                self.at += len(word)
                return meaning
        match = _NOT_FINITE.match(self.text, self.at)
        if match:
            return self.no_number(match)
        raise self.malformed()

    def no_number(self, match: re.Match[str]) -> NotFinite:
        """Go on behind it: it costs its own value, and the text as a whole only where something else is wrong too."""
        if self.not_finite is None:
            detail = f"Not a finite number at character {self.at}."
            self.not_finite = BadDocumentError(Reason.NOT_FINITE, detail)
        self.at = match.end()
        return _A_NOT_FINITE


_A_NOT_FINITE = NotFinite()


def _number(integer: str, fraction: str | None, exponent: str | None) -> int | float | None:
    """None where it is beyond the largest double."""
    if fraction is None and exponent is None and len(integer) <= _MOST_INT_DIGITS:
        whole = int(integer)
        if -MAX_EXACT_INT <= whole <= MAX_EXACT_INT:
            return whole
    number = float(integer + (fraction or "") + (exponent or ""))
    if isinf(number):
        return None
    return int(number) if fraction is None and exponent is None else number
