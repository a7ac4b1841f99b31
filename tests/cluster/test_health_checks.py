"""The health checks of deploy/compose.yaml, of which Docker runs one in each container every half minute."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from tests.cluster import kafka, mongo
from tests.cluster.compose import is_healthy, load_services
from tests.cluster.process import ServerProcess, free_port

Start = Callable[[Path], ServerProcess]
SERVERS: dict[str, tuple[Start, Callable[[], bool]]] = {
    "kafka": (kafka.KafkaServer, kafka.is_installed),
    "mongo": (mongo.MongoServer, mongo.is_installed),
}


class Health(BaseHTTPRequestHandler):
    """Answers what it is told to."""

    status = 200

    def do_GET(self) -> None:
        assert self.path == "/readyz"
        self.send_response(self.status)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def port() -> Iterator[int]:
    """Of a role's /readyz."""
    with HTTPServer(("127.0.0.1", 0), Health) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


@pytest.mark.parametrize(("status", "healthy"), [(200, True), (503, False)])
def test_a_role_is_healthy_where_it_is_ready(
    port: int, monkeypatch: pytest.MonkeyPatch, status: int, healthy: bool
) -> None:
    monkeypatch.setattr(Health, "status", status)
    assert is_healthy(load_services()["worker"], port) is healthy


def test_a_role_that_is_not_there_is_not_healthy() -> None:
    assert not is_healthy(load_services()["worker"], free_port())


@pytest.mark.cluster
@pytest.mark.parametrize("name", SERVERS)
def test_a_server_is_healthy_while_it_answers(tmp_path: Path, name: str) -> None:
    """An open port is not enough: the system answers there for a server that hangs."""
    start, is_installed = SERVERS[name]
    if not is_installed():
        pytest.skip(f"needs {name}")
    service, server = load_services()[name], start(tmp_path)
    try:
        assert is_healthy(service, server.port)
        os.kill(server.pid, signal.SIGSTOP)
        assert not is_healthy(service, server.port)
        os.kill(server.pid, signal.SIGCONT)
        assert is_healthy(service, server.port)
    finally:
        server.kill()
