"""A program in MediaMTX's place that starts the real one behind it, and writes down what it is asked and answers.

    BELVEDERE_MEDIAMTX=.../mediamtx BELVEDERE_RECORD=1 pytest tests/contract -k Recorded

writes recorded/ anew: one file a test.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from belvedere.cameras.mediaserver.mediamtx import child
from belvedere.cameras.mediaserver.mediamtx.process import find_free_port
from tests.contract.mediamtx.recording import SERVERS, Recording, make_exchange, with_addresses

SECRET = ("user", "password", "token")


class Recorder:
    """Passes on the requests to the real server's addresses, and its questions to ours."""

    def __init__(self, config: dict[str, Any], file: Path) -> None:
        self.file = file
        self.recording = Recording()
        self.public = {name: config[key] for name, key in SERVERS.items()}
        self.told = config
        self.auth_url = config.get("authHTTPAddress", "")
        self.real = {name: f"127.0.0.1:{find_free_port()}" for name in SERVERS}
        self.auth = f"127.0.0.1:{find_free_port()}"
        self.config = config | {key: self.real[name] for name, key in SERVERS.items()}
        if self.auth_url:
            self.config["authHTTPAddress"] = f"http://{self.auth}/"

    async def run(self, program: str, folder: Path) -> None:
        file = folder / "behind.yml"
        file.write_text(json.dumps(self.config))
        async with aiohttp.ClientSession(auto_decompress=False) as http, contextlib.AsyncExitStack() as stack:
            self._http = http
            for name, address in self.public.items():
                await self._listen(stack, address, lambda request, name=name: self._pass_on(name, request))
            await self._listen(stack, self.auth, self._ask)
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-I", child.__file__, str(os.getpid()), program, str(file))
            )
            stopped = asyncio.Event()
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
            await stopped.wait()
            process.terminate()
            await process.wait()

    async def _listen(self, stack: contextlib.AsyncExitStack, address: str, handler: Any) -> None:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", handler)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        host, _, port = address.rpartition(":")
        await web.TCPSite(runner, host, int(port)).start()

    async def _pass_on(self, name: str, request: web.Request) -> web.Response:
        headers = {key: value for key, value in request.headers.items() if key in ("Authorization", "Content-Type")}
        url, body = f"http://{self.real[name]}{request.path_qs}", await request.read()
        try:
            async with self._http.request(
                request.method, url, headers=headers, data=body, allow_redirects=False
            ) as answer:
                data = await answer.read()
        except aiohttp.ClientError:  # it has not started yet
            return web.Response(status=502)
        if answer.status == 200:
            data = with_addresses(request.path, data, self.told)
        exchange = make_exchange(name, f"{request.method} {request.path_qs}", answer.status, answer.headers, data)
        self.recording.add(exchange)
        self.recording.write(self.file)  # at once: a test may kill this program
        return web.Response(status=answer.status, headers=exchange.headers, body=data)

    async def _ask(self, request: web.Request) -> web.Response:
        question = await request.json()
        name = question["action"] if question["action"] != "read" else question["protocol"]
        self.recording.questions[name] = question | dict.fromkeys(SECRET, "")
        self.recording.write(self.file)
        async with self._http.post(self.auth_url, json=question) as answer:
            return web.Response(status=answer.status)


def main() -> None:
    """`record PROGRAM FILE CONFIG`"""
    program, file, config = sys.argv[1], sys.argv[2], Path(sys.argv[3])
    asyncio.run(Recorder(json.loads(config.read_text()), Path(file)).run(program, config.parent))


if __name__ == "__main__":
    main()
