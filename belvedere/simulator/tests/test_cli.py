"""The command: how it ends."""

from __future__ import annotations

import argparse
import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from belvedere.simulator import cli
from belvedere.simulator.arguments import add_arguments
from belvedere.simulator.mqtt import RefusedError
from belvedere.simulator.scenarios import house


def arguments(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return parser.parse_args(words)


@pytest.fixture
def secrets(tmp_path: Path) -> Path:
    """A credentials file of all devices of the house."""
    file = tmp_path / "devices.json"
    file.write_text(json.dumps({"devices": {device.id: "secret" for device in house().devices}}))
    return file


def test_a_stop_does_not_wait_for_the_history(secrets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ended: list[str] = []

    async def endless(*_: Any) -> int:
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            ended.append("history")
            raise
        return 0

    monkeypatch.setattr(cli, "send_history", endless)
    args = arguments(
        "house", "--credentials", str(secrets), "--mqtt", "127.0.0.1:9", "--history", "7", "--seconds", "1"
    )
    assert cli.run(args) == 0
    assert ended == ["history"]


def test_a_refused_device_is_named_and_ends_the_run(
    secrets: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def refuse(*_: Any, **__: Any) -> Any:
        raise RefusedError(5)

    monkeypatch.setattr("belvedere.simulator.player.Publisher.connect", refuse)
    assert cli.run(arguments("house", "--credentials", str(secrets), "--seconds", "60")) == cli.EXIT_FAILURE
    assert capsys.readouterr().err == f"belvedere simulate: {RefusedError(5)}\n"


def test_no_server_for_the_history_is_one_sentence(secrets: Path, capsys: pytest.CaptureFixture[str]) -> None:
    args = arguments("house", "--credentials", str(secrets), "--url", "http://127.0.0.1:9", "--history", "1")
    assert cli.run(args) == cli.EXIT_FAILURE
    said = capsys.readouterr().err
    assert said.startswith("belvedere simulate: POST ingest: no answer from http://127.0.0.1:9")
    assert said.count("\n") == 1
