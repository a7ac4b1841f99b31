"""The host of a server vanishes and closes no connection: processes that use it go on by another route."""

from __future__ import annotations

import asyncio
import contextlib
import time
from pathlib import Path

import pytest

from belvedere.simulator.api import ApiError
from tests.cluster.driving import body, list_kinds, now_ms, publish_all, read_stored, until
from tests.cluster.folding import begin_fold, count_unfolded
from tests.cluster.pages import read_page
from tests.cluster.roles import end_leases, find_roles, started, stopped
from tests.cluster.silence import run_proxy
from tests.cluster.stack import Stack
from tests.live.server import House

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(300)]

MINUTE_MS = 60_000
MOST_SECONDS = 40.0  # MariaDB is waited for 15 s by each of two connections


@pytest.mark.parametrize("name", ["mariadb", "redis", "mongo"])
async def test_a_worker_and_a_web_process_go_on_where_the_host_of_a_server_has_vanished(
    house: House, stack: Stack, device: str, tmp_path: Path, name: str
) -> None:
    house.add_rule(device=device)
    start = now_ms() - 10 * MINUTE_MS
    readings = [(start + 1000 * n, 20.0 if n % 2 else 40.0) for n in range(4)]
    port = getattr(stack, name).port
    with contextlib.ExitStack() as ending:
        proxy = ending.enter_context(run_proxy(port))
        through = {key: value.replace(f":{port}", f":{proxy.port}") for key, value in stack.environment.items()}
        ending.enter_context(stopped(*find_roles(house.server.pid, "worker")))
        await asyncio.to_thread(end_leases, stack)
        ending.enter_context(started("worker", through, tmp_path))
        url = ending.enter_context(started("web", through, tmp_path))

        def shows(reading: tuple[int, float]) -> bool:
            with contextlib.suppress(ApiError):
                return read_page(house, url).get(house.series_of(device)["temperature"]) == reading
            return False

        await publish_all(house, device, [body(ts, temperature=value) for ts, value in readings[:2]])
        await until(lambda: list_kinds(house, device) == ["opened", "resolved"], "it works")
        await until(lambda: shows(readings[1]), "and is shown")
        if name == "mongo":
            await begin_fold(stack)
        proxy.silence()
        begun = time.monotonic()
        await publish_all(house, device, [body(ts, temperature=value) for ts, value in readings[2:]])
        await until(lambda: list_kinds(house, device) == ["opened", "resolved"] * 2, "alerts are told")
        told = time.monotonic() - begun
        await until(lambda: shows(readings[3]), "values are shown")
        shown = time.monotonic() - begun
        if name == "mongo":
            await until(lambda: count_unfolded(stack) == 0, "what was to be moved is moved")
        print(f"{name}: told after {told:.1f} s, shown after {shown:.1f} s, all after {time.monotonic() - begun:.1f} s")
        assert max(told, shown) <= MOST_SECONDS
        assert read_stored(house, device, start) == readings
