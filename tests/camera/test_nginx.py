"""The example of deploy/nginx before a real gateway: one copy of a segment, for all who may watch and nobody else."""

from __future__ import annotations

import asyncio
from asyncio.subprocess import DEVNULL
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from belvedere.accounts.models import Role
from belvedere.accounts.rights import Rights
from belvedere.cameras.mediaserver.port import CameraSource
from bench.peers import PeerMissing, find_free_port, find_program
from tests.camera.conftest import PATIENCE, Stage
from tests.cluster.process import until_it_listens
from tests.contract.rtsp import camera

pytestmark = [pytest.mark.camera, pytest.mark.timeout(120)]
EXAMPLE = Path(__file__).parents[2] / "deploy" / "nginx" / "belvedere.conf"


@asynccontextmanager
async def nginx_before(origin: str, folder: Path) -> AsyncIterator[str]:
    """The example with other ports and folders; gives its URL."""
    try:
        program = find_program("nginx", "nginx-light")
    except PeerMissing as missing:
        pytest.skip(str(missing))
    port = find_free_port()
    example = EXAMPLE.read_text(encoding="utf-8")
    for before, after in (
        ("127.0.0.1:8000", origin.removeprefix("http://")),
        ("listen 80;", f"listen 127.0.0.1:{port};"),
        ("/var/cache/nginx/belvedere", str(folder / "cache")),
    ):
        assert before in example
        example = example.replace(before, after)
    paths = " ".join(
        f"{name}_temp_path {folder}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    config = folder / "nginx.conf"
    config.write_text(
        f"daemon off; master_process off; pid {folder}/pid; error_log stderr;\n"
        f"events {{}}\nhttp {{ access_log off; {paths}\n{example} }}\n"
    )
    process = await asyncio.create_subprocess_exec(program, "-p", str(folder), "-c", str(config), stderr=DEVNULL)
    try:
        await until_it_listens(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        await process.wait()


async def test_a_segment_is_kept_for_all_who_may_watch_and_for_nobody_else(stage: Stage, tmp_path: Path) -> None:
    async with camera() as source, nginx_before(stage.url, tmp_path) as url, aiohttp.ClientSession(url) as web:
        await stage.server.apply([CameraSource("gate", source.url)])
        await stage.until_live()

        async def ask(name: str) -> tuple[int, str, str]:
            async with web.get(f"/media/gate/hls/{name}") as answer:
                return answer.status, answer.headers.get("X-Cache", ""), await answer.text(errors="replace")

        async with asyncio.timeout(PATIENCE):
            while (found := await ask("video.m3u8"))[0] != 200:
                await asyncio.sleep(0.1)
        segment = next(line for line in reversed(found[2].splitlines()) if line.startswith("segment-"))
        (first, how, body), again = await ask(segment), await ask(segment)
        assert (first, how) == (200, "MISS")
        assert again == (200, "HIT", body)
        stage.rights = None
        assert (await ask(segment))[:2] == (401, "")
        stage.rights = Rights(4, "mallory", {"elsewhere": Role.OWNER}, {"elsewhere": 2})
        assert (await ask(segment))[0] == 403
        assert (await ask("video.m3u8"))[0] == 404
        async with web.get("/rights-to-watch") as answer:
            assert answer.status == 404
