"""`python -m belvedere.cameras.mediaserver.gateway --socket PATH`: the gateway's own process. No Django here.

It ends on SIGTERM, when its standard input ends, and (Linux) at once when its parent dies. Credentials come over the
socket, never on the command line.
"""

from __future__ import annotations

import argparse
import asyncio
import ctypes
import logging
import os
import signal
import sys
from pathlib import Path

import uvloop
from aiohttp import web

from belvedere.cameras.mediaserver.gateway.control import Gateway, application

STOP_SECONDS = 4.0
_PR_SET_PDEATHSIG = 1


def _die_with_parent() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


async def _wait_for_parent_exit() -> None:
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    await reader.read()


async def serve(socket: Path) -> None:
    """Serve until a signal comes or the parent ends."""
    gateway = Gateway()
    runner = web.AppRunner(application(gateway), access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    os.umask(0o077)
    await web.UnixSite(runner, str(socket)).start()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    waits = [asyncio.create_task(stop.wait()), asyncio.create_task(_wait_for_parent_exit())]
    await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    for wait in waits:
        wait.cancel()
    try:
        async with asyncio.timeout(STOP_SECONDS):
            await gateway.stop()
            await runner.cleanup()
    except TimeoutError:
        logging.warning("the gateway did not stop in time")


def main() -> None:
    """Parse the command line and serve."""
    parser = argparse.ArgumentParser(prog="belvedere-gateway", description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--socket", type=Path, required=True, help="unix socket, in a folder of mode 0700")
    arguments = parser.parse_args()
    _die_with_parent()
    # Names are looked up in libuv's threads, four by default: as many cameras whose name server is silent would keep
    # every other camera from being found.
    os.environ.setdefault("UV_THREADPOOL_SIZE", "64")
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s %(message)s")
    uvloop.run(serve(arguments.socket))
    arguments.socket.unlink(missing_ok=True)


if __name__ == "__main__":
    main()
