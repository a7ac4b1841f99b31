"""Requests to MediaMTX, and what its answers mean.

Whatever does not answer as MediaMTX does (an error page, an empty or cut body, another JSON, nothing at all) is Refused
with `media_server_down`.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from typing import Any

import aiohttp
import msgspec

from belvedere.cameras.mediaserver import refusals
from belvedere.cameras.mediaserver.answers import AnswerReader, unusable
from belvedere.cameras.mediaserver.port import Refused

ASK_SECONDS = 10.0  # the first playlist of a stream waits for its first segment

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


class Http:
    """A connection pool. authorization: of requests that bring none of their own."""

    def __init__(self, authorization: str) -> None:
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=ASK_SECONDS, sock_read=ASK_SECONDS)
        self._session = aiohttp.ClientSession(timeout=timeout, auto_decompress=False)
        self._authorization = authorization

    async def close(self) -> None:
        """End all connections."""
        await self._session.close()

    async def ask(self, method: str, url: str, expected: int, **options: Any) -> tuple[Mapping[str, str], bytes]:
        """Return headers and the whole body of an answer with the expected status. Raises Refused."""
        try:
            async with asyncio.timeout(ASK_SECONDS), self.request(method, url, expected, **options) as answer:
                return answer.headers, await _answers.read(answer)
        except TimeoutError as error:
            raise unusable("MediaMTX takes too long") from error

    @contextlib.asynccontextmanager
    async def request(
        self, method: str, url: str, expected: int, *, authorization: str = "", **options: Any
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """Give an answer with the expected status; its body is not read yet. Raises Refused."""
        headers = {"Authorization": authorization or self._authorization, **options.pop("headers", {})}
        try:
            answer = await self._session.request(method, url, allow_redirects=False, headers=headers, **options)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError, RuntimeError) as error:
            raise unusable("MediaMTX does not answer") from error  # RuntimeError: of a session that was closed
        async with answer:
            if answer.status != expected:
                raise await _refusal_in(answer)
            yield answer


async def _refusal_in(answer: aiohttp.ClientResponse) -> Refused:
    try:
        why = decode(await _answers.read(answer), _Error).error
    except Refused:
        return Unexpected(answer.status)
    return Unexpected(answer.status, why)
