"""`belvedere doctor` on the embedded product, beside a server that a test plays."""

from __future__ import annotations

import fcntl
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from belvedere.config.findings import Finding, State
from belvedere.config.self_check import examine
from belvedere.config.settings.env import load

DISK_FULL = "The disk is full."
DOUBT = "The clock is in doubt."


class Answer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = json.dumps({"status": "not ready", "readings": DISK_FULL, "clock": DOUBT}).encode()
        self.send_response(503)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def port() -> Iterator[int]:
    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


def look(folder: Path, port: int) -> dict[str, Finding]:
    variables = {"DATA_DIR": str(folder), "PORT": str(port), "MQTT_PORT": str(port)}
    found = examine(load({f"BELVEDERE_{name}": value for name, value in variables.items()}))
    return {finding.name: finding for finding in found}


def test_a_server_that_does_not_run_is_told_with_what_to_do(tmp_path: Path) -> None:
    for folder, words in ((tmp_path, "None runs on"), (tmp_path / "none", "There is no folder")):
        found = look(folder, 9)
        assert list(found) == ["Server"]
        assert (found["Server"].state, found["Server"].is_fine) == (State.UNWELL, False)
        assert words in found["Server"].sentence
    with (tmp_path / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert "does not answer at http://127.0.0.1:9" in look(tmp_path, 9)["Server"].sentence


def test_a_running_server_tells_what_does_not_work_and_what_still_does(tmp_path: Path, port: int) -> None:
    assert "Another one answers" in look(tmp_path, port)["Server"].sentence
    with (tmp_path / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        found = look(tmp_path, port)
    states = {name: finding.state for name, finding in found.items()}
    assert states == {
        "Server": State.WELL,
        "Readings": State.UNWELL,
        "Clock": State.REMARK,
        "MQTT": State.WELL,
    }
    assert found["Readings"].describe().startswith(f"Readings: NOT WELL. {DISK_FULL} Devices are not acknowledged")
