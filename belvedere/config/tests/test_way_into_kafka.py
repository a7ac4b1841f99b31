"""How a process of the cluster that takes readings ends."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import pytest

from belvedere.config.wiring import cluster
from belvedere.config.wiring.parts import stop_parts


async def test_the_mark_is_dropped_after_what_was_under_way_is_in_kafka(monkeypatch: pytest.MonkeyPatch) -> None:
    ended: list[str] = []
    env = SimpleNamespace(kafka=("127.0.0.1:1",), redis="redis://127.0.0.1:1/0", partitions=4)
    way = cluster.Way(cast("Any", env), asyncio.get_running_loop(), "endpoint-1")
    monkeypatch.setattr(way.inlet, "stop", lambda: ended.append("inlet"))
    monkeypatch.setattr(cluster, "drop_mark", ended.append)
    await stop_parts(way.parts())
    assert ended == ["inlet", "endpoint-1"]
