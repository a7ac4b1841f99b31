"""Starts a MediaMTX as the server does, says its process id, and waits to be killed."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from belvedere.cameras.mediaserver.mediamtx.own import OwnMediaMtx
from belvedere.cameras.mediaserver.mediamtx.process import find_program


async def _start(program: Path) -> None:
    place = OwnMediaMtx(*find_program(program), "127.0.0.1:0", "127.0.0.1:0")
    await place.start()
    print(place.pid, flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_start(Path(sys.argv[1])))
