"""Requests to MediaMTX, and what its answers mean.

Whatever does not answer as MediaMTX does (an error page, an empty or cut body, another JSON, nothing at all) is Refused
with `media_server_down`.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import msgspec

from belvedere.cameras.mediaserver import refusals
from belvedere.cameras.mediaserver.answers import AnswerReader
from belvedere.cameras.mediaserver.http import HttpClient
from belvedere.cameras.mediaserver.port import Refused

_answers = AnswerReader("MediaMTX")
read_chunks, decode = _answers.read_chunks, _answers.decode


class _Error(msgspec.Struct):
    status: str
    error: str


class Unexpected(Refused):
    """An answer with another status. is_explained: it has the shape of MediaMTX's own errors."""

    def __init__(self, status: int, why: str = "") -> None:
        super().__init__(refusals.SERVER_DOWN, f"MediaMTX answers {status}: {why or 'without a reason'}")
        self.status = status
        self.is_explained = why != ""


class Http(HttpClient):
    """authorization: of requests that bring none of their own."""

    def __init__(self, authorization: str) -> None:
        super().__init__(_answers, _read_refusal)
        self._authorization = authorization

    @contextlib.asynccontextmanager
    async def request(
        self, method: str, url: str, expected: int, *, authorization: str = "", **options: Any
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """Give an answer with the expected status; its body is not read yet. Raises Refused."""
        headers = {"Authorization": authorization or self._authorization, **options.pop("headers", {})}
        async with super().request(method, url, expected, headers=headers, **options) as answer:
            yield answer


async def _read_refusal(answer: aiohttp.ClientResponse) -> Refused:
    try:
        why = decode(await _answers.read(answer), _Error).error
    except Refused:
        return Unexpected(answer.status)
    return Unexpected(answer.status, why)
