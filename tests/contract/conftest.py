"""What several suites need."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from belvedere.live.tests.conftest import MemoryLog
from tests.cluster.redis import RedisServer, is_installed
from tests.contract.stores import SUBJECTS
from tests.contract.subject import Subject

Again = Callable[[], None]


@pytest.fixture(params=SUBJECTS)
def subject(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Subject]:
    """Each store there is."""
    made: Subject = request.param(tmp_path)
    yield made
    made.end()


@pytest.fixture(params=["restart", "kill"])
def again(request: pytest.FixtureRequest, subject: Subject) -> Again:
    """Open the store anew, with and without a close before."""
    opened: Again = getattr(subject, request.param)
    return opened


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Redis for all subjects that need one: each has keys of its own."""
    if not is_installed():
        pytest.skip("needs Debian's redis-server")
    server = RedisServer(tmp_path_factory.mktemp("redis"))
    yield server.url
    server.stop()


@pytest.fixture
def event_log() -> MemoryLog:
    return MemoryLog()
