"""Reads what a media server answers over HTTP. Whatever cannot be used is Refused with `media_server_down`."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING, TypeVar

import msgspec

from belvedere.cameras.mediaserver import refusals
from belvedere.cameras.mediaserver.port import Refused

if TYPE_CHECKING:
    import aiohttp

CHUNK_BYTES = 64 * 1024
MAX_ANSWER_BYTES = 4 * 1024 * 1024  # of everything but files; the status of a camera has some 300, a session some 800

T = TypeVar("T")


def unusable(why: str) -> Refused:
    """Return what is raised of an answer that is none."""
    return Refused(refusals.SERVER_DOWN, why)


class AnswerReader:
    """server: its name in the sentences of errors."""

    def __init__(self, server: str) -> None:
        self.server = server

    async def read_chunks(self, answer: aiohttp.ClientResponse) -> AsyncGenerator[bytes, None]:
        """Give the body in pieces. Raises Refused where it breaks off."""
        import aiohttp  # not before a media server is asked: it is a tenth of what a start computes

        try:
            async for chunk in answer.content.iter_chunked(CHUNK_BYTES):
                yield chunk
        except (aiohttp.ClientError, TimeoutError) as error:
            raise unusable(f"{self.server} broke off") from error

    async def read(self, answer: aiohttp.ClientResponse) -> bytes:
        """Return the whole body. Raises Refused where it breaks off or has no end."""
        body = bytearray()
        async for chunk in self.read_chunks(answer):
            body += chunk
            if len(body) > MAX_ANSWER_BYTES:
                raise unusable(f"{self.server} answers without end")
        return bytes(body)

    def decode(self, body: bytes, shape: type[T]) -> T:
        """Return the JSON in this shape. Raises Refused."""
        try:
            return msgspec.json.decode(body, type=shape)
        except ValueError as error:
            raise unusable(f"{self.server}'s answer cannot be read") from error
