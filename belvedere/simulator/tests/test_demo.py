"""What the demo plays besides the devices' present."""

from __future__ import annotations

import json

import pytest

from belvedere.simulator import demo
from belvedere.simulator.api import Api
from belvedere.simulator.scenarios import DeviceScript, coldstore

NOW = 1_790_000_000.0


async def test_the_week_before_the_start_is_sent_for_all_devices(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[tuple[list[str], float, float]] = []

    async def note(url: str, devices: list[tuple[DeviceScript, str]], days: float, now: float) -> int:
        asked.append(([script.id for script, _ in devices], days, now))
        return 5

    scenario = coldstore()
    ids = [script.id for script in scenario.devices]
    monkeypatch.setattr(demo, "send_history", note)
    await demo._send_history(Api("http://127.0.0.1:9"), scenario, dict.fromkeys(ids, "secret"), NOW)
    assert asked == [(ids, 7.0, NOW)]
    assert json.loads(capsys.readouterr().out)["history_readings"] == 5
