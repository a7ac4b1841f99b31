"""Options of the outside suites, and a Redis."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from tests.cluster.redis import RedisServer
from tests.live.server import PROFILE

# A test that gives its program a path of its own does without.
os.environ.setdefault("PYTHONPATH", str(Path(__file__).with_name("as_installed")))
# As in belvedere/conftest.py.
PLAIN = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
structlog.configure(processors=[*structlog.get_config()["processors"][:-1], PLAIN])

CLUSTER_TIMEOUT_SECONDS = 300  # four servers and six processes start before a test begins


def pytest_addoption(parser: pytest.Parser) -> None:
    """How much of the slow suites to run."""
    parser.addoption("--kills", type=int, default=3, help="how often tests/faults kills the server (make live: 50)")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests last: Playwright keeps an event loop running in this thread, and no other test could start one.

    Those of the embedded profile alone are left out where the cluster is tested (BELVEDERE_PROFILE=cluster).
    """
    for item in items if PROFILE == "cluster" else ():
        limit = item.get_closest_marker("timeout")
        if limit is None or limit.args[0] < CLUSTER_TIMEOUT_SECONDS:
            item.add_marker(pytest.mark.timeout(CLUSTER_TIMEOUT_SECONDS), append=False)
        for mark in item.iter_markers("embedded"):
            item.add_marker(pytest.mark.skip(reason=f"of the embedded profile: {mark.args[0]}"))
    items.sort(key=lambda item: "tests/browser/" in str(item.path))


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[RedisServer]:
    """A Redis of the test's own, which it may kill."""
    running = RedisServer(tmp_path)
    yield running
    running.stop()
