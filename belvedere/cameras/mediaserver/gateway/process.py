"""The gateway's process: started with a socket in a folder of its own, and ended with everything it started."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

from belvedere.cameras.mediaserver.children import end_group

STOP_SECONDS = 5.0


class GatewayProcess:
    """One process at a time. After it has died, `start` starts another."""

    def __init__(self) -> None:
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int | None:
        """Of the running process."""
        running = self._process is not None and self._process.returncode is None
        return self._process.pid if running and self._process is not None else None

    async def start(self) -> Path:
        """Start it; where its socket will be. It does not listen there yet."""
        await self.stop()
        self._folder = tempfile.TemporaryDirectory(prefix="belvedere-gateway-")  # made with mode 0700
        socket = Path(self._folder.name) / "socket"
        command = [sys.executable, "-m", "belvedere.cameras.mediaserver.gateway", "--socket", str(socket)]
        self._process = await asyncio.create_subprocess_exec(
            *command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.DEVNULL, start_new_session=True
        )
        return socket

    async def stop(self) -> None:
        """SIGTERM, then SIGKILL for the whole group; nothing is left."""
        if self._process is not None:
            await end_group(self._process, STOP_SECONDS)
            self._process = None  # only now: what a cancelled stop left over is for the next one
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None
