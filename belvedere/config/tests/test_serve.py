"""What stops a start says so in one sentence, and a stop ends in time."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection

from belvedere.config.cli import FAILURE, USAGE
from belvedere.config.serve import alone_in, prepare_ready_file, write_ready
from belvedere.config.settings.env import ConfigurationError

PATIENCE_SECONDS = 60  # on a busy machine; a start that does not fail would take for ever


def failed_start(data_dir: Path, *options: str, mqtt_port: int = 0) -> tuple[int, list[str]]:
    """Exit code and standard error of an `up` that cannot start."""
    command = [sys.executable, "-m", "belvedere.config", "up", "--data-dir", str(data_dir), "--port", "0"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("BELVEDERE_")}
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    done = subprocess.run(
        [*command, "--mqtt-port", str(mqtt_port), *options],
        capture_output=True,
        text=True,
        env=environment,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    return done.returncode, done.stderr.splitlines()


def test_a_data_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    code, said = failed_start(tmp_path / "file")
    assert (code, len(said)) == (USAGE, 1)
    assert "data folder" in said[0]


@pytest.mark.parametrize("key", ["secret-key", "encryption-key"])
def test_a_key_that_was_cut_off_stops_the_start(tmp_path: Path, key: str) -> None:
    (tmp_path / key).touch()  # what a full disk leaves behind
    code, said = failed_start(tmp_path)
    assert (code, len(said)) == (USAGE, 1)
    assert f"{key} is damaged" in said[0]


def test_a_damaged_database_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "belvedere.db").write_text("this is no database" * 100)
    code, said = failed_start(tmp_path)
    assert (code, len(said)) == (FAILURE, 1)
    assert "belvedere.db cannot be used" in said[0]


@pytest.mark.django_db
def test_an_mqtt_port_that_is_taken_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "belvedere.db").write_bytes(connection.connection.serialize())  # its tables are not made
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, said = failed_start(tmp_path, "--log-level", "error", mqtt_port=port)
    assert code == USAGE
    assert said[-1].startswith(f"belvedere: 127.0.0.1:{port} cannot be used (Address already in use)")


def test_a_folder_has_one_server_at_a_time(tmp_path: Path) -> None:
    with alone_in(tmp_path):
        code, said = failed_start(tmp_path)
        assert (code, len(said)) == (USAGE, 1)
        assert "Another belvedere is running" in said[0]
    with alone_in(tmp_path):
        pass


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "lock").mkdir()
    with pytest.raises(ConfigurationError, match="data folder"), alone_in(tmp_path):
        pass


def test_a_ready_file_of_a_former_run_is_gone_before_this_one_is_ready(tmp_path: Path) -> None:
    ready = tmp_path / "ready.json"
    write_ready(ready, {"pid": 1})
    prepare_ready_file(ready)
    assert not ready.exists()
    prepare_ready_file(ready)
    with pytest.raises(ConfigurationError, match="ready-file"):
        prepare_ready_file(tmp_path / "nowhere" / "ready.json")


def test_a_stop_does_not_wait_for_a_thread_that_hangs() -> None:
    program = (
        "import threading, time; from belvedere.config.serve import end_within;"
        "threading.Thread(target=time.sleep, args=(600,)).start(); end_within(0.1)"
    )
    done = subprocess.run([sys.executable, "-c", program], timeout=PATIENCE_SECONDS, check=False, capture_output=True)
    assert done.returncode == FAILURE
