"""A TCP proxy before MariaDB that loses the answer to a COMMIT: whoever sent it cannot know whether it happened."""

from __future__ import annotations

import asyncio
import contextlib

from tests.cluster.process import free_port

_QUERY = 0x03  # COM_QUERY, the first byte of a packet of a client
_READ_BYTES = 65_536


class CommitProxy:
    """Passes everything on until `lose` says otherwise. lost: how many commits, by whether they had happened."""

    def __init__(self, target_port: int) -> None:
        self._target_port = target_port
        self.port = free_port()
        self._losing: bool | None = None  # whether the next commit is to happen, None: leave it alone
        self._insert = b""
        self.lost = {True: 0, False: 0}
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Listen."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)

    async def stop(self) -> None:
        """Listen no more."""
        if self._server is not None:
            self._server.close()

    def lose(self, table: str, *, happened: bool) -> None:
        """Cut the connection that next adds rows to this table at its COMMIT: after the server did it, or before."""
        self._losing, self._insert = happened, b"INSERT INTO " + table.encode()

    async def _serve(self, client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        server, to_server = await asyncio.open_connection("127.0.0.1", self._target_port)
        answers = asyncio.create_task(_copy(server, to_client))
        try:
            await self._pass_on(client, to_server, server, answers)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            answers.cancel()
            for writer in (to_client, to_server):
                writer.close()

    async def _pass_on(
        self,
        client: asyncio.StreamReader,
        to_server: asyncio.StreamWriter,
        server: asyncio.StreamReader,
        answers: asyncio.Task[None],
    ) -> None:
        """Packet by packet, from the client to the server."""
        is_meant = False
        while True:
            head = await client.readexactly(4)
            packet = await client.readexactly(int.from_bytes(head[:3], "little"))
            if packet[:1] == bytes([_QUERY]) and packet[1:] == b"COMMIT":
                if is_meant and self._losing is not None:
                    happened, self._losing = self._losing, None
                    answers.cancel()
                    await asyncio.gather(answers, return_exceptions=True)
                    if happened:
                        to_server.write(head + packet)
                        await server.read(_READ_BYTES)
                    self.lost[happened] += 1
                    return
                is_meant = False
            elif self._losing is not None and self._insert in packet:
                is_meant = True
            to_server.write(head + packet)
            await to_server.drain()


async def _copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while data := await source.read(_READ_BYTES):
            target.write(data)
            await target.drain()
        target.close()
