"""Requests to a media server, whichever it is. Whatever does not answer as it should is Refused."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any

import aiohttp

from belvedere.cameras.mediaserver.answers import AnswerReader, unusable
from belvedere.cameras.mediaserver.port import Refused

ASK_SECONDS = 10.0  # the first playlist of a stream waits for its first segment

ReadRefusal = Callable[[aiohttp.ClientResponse], Awaitable[Refused]]


class HttpClient:
    """A connection pool to one media server.

    read_refusal: what an answer with another status than the expected one says. connector: for other than TCP.
    """

    def __init__(
        self, answers: AnswerReader, read_refusal: ReadRefusal, connector: aiohttp.BaseConnector | None = None
    ) -> None:
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=ASK_SECONDS, sock_read=ASK_SECONDS)
        self._session = aiohttp.ClientSession(connector=connector, timeout=timeout, auto_decompress=False)
        self._answers = answers
        self._read_refusal = read_refusal

    async def close(self) -> None:
        """End all connections."""
        await self._session.close()

    async def ask(self, method: str, url: str, expected: int, **options: Any) -> tuple[Mapping[str, str], bytes]:
        """Return headers and the whole body of an answer with the expected status. Raises Refused."""
        try:
            async with asyncio.timeout(ASK_SECONDS), self.request(method, url, expected, **options) as answer:
                return answer.headers, await self._answers.read(answer)
        except TimeoutError as error:
            raise unusable(f"{self._answers.server} takes too long") from error

    @contextlib.asynccontextmanager
    async def request(
        self, method: str, url: str, expected: int, **options: Any
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """Give an answer with the expected status; its body is not read yet. Raises Refused."""
        try:
            answer = await self._session.request(method, url, allow_redirects=False, **options)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError, RuntimeError) as error:
            raise unusable(f"{self._answers.server} does not answer") from error  # RuntimeError: closed meanwhile
        async with answer:
            if answer.status != expected:
                raise await self._read_refusal(answer)
            yield answer
