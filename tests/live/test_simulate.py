"""`belvedere simulate` against a real server."""

from __future__ import annotations

import json
import subprocess
import time
from pathlib import Path

import pytest

from tests.live.server import PROGRAM, SITE, House

pytestmark = pytest.mark.live


def _simulate(house: House, *words: str) -> subprocess.CompletedProcess[str]:
    command = [str(PROGRAM), "simulate", *words, "--url", house.server.url]
    command += ["--mqtt", f"127.0.0.1:{house.server.mqtt_port}"]
    return subprocess.run(command, capture_output=True, text=True, timeout=110, check=False)


def test_a_house_with_a_day_of_history_is_created_played_and_played_again_from_its_credentials(
    house: House, tmp_path: Path
) -> None:
    file = tmp_path / "secrets.json"
    words = ("house", "--credentials", str(file), "--seconds", "7")
    first = _simulate(house, *words, "--token", house.api.token, "--site", SITE, "--history", "0.5")
    assert first.returncode == 0, first.stderr
    assert file.stat().st_mode & 0o077 == 0
    secrets = json.loads(file.read_text())["devices"]
    assert set(secrets) == {"phong-khach", "bep", "phong-ngu", "cua-chinh", "cong-to"}
    latest = house.latest("bep")
    assert set(latest) == {"temperature", "humidity", "motion", "smoke", "water_leak"}
    assert all(time.time() * 1000 - ts < 60_000 for ts, _ in latest.values())
    now = int(time.time() * 1000)
    rows = house.csv(house.series_of("bep")["temperature"], now - 43_200_000, now)
    assert len(rows) > 4_000
    assert house.api.get("devices/bep")["rejected_count"] == 0
    again = _simulate(house, *words)  # no token: the file is enough
    assert again.returncode == 0, again.stderr


def test_a_wrong_clock_fills_the_quarantine_of_that_device_alone(house: House, tmp_path: Path) -> None:
    words = ("house", "--token", house.api.token, "--site", SITE, "--seconds", "7", "--seed", "3")
    done = _simulate(house, *words, "--fault", "clock:cong-to", "--fault", "spike:phong-ngu")
    assert done.returncode == 0, done.stderr
    kept = house.api.get("devices/cong-to/quarantine")
    assert set(kept["counts"]) <= {"future", "too_old"}
    assert kept["results"]
    assert house.api.get("devices/phong-khach")["rejected_count"] == 0


def test_a_load_sends_what_was_asked_for(house: House) -> None:
    words = ("load", "--devices", "20", "--rate", "100", "--seconds", "6")
    done = _simulate(house, *words, "--token", house.api.token, "--site", SITE)
    assert done.returncode == 0, done.stderr
    acknowledged = int(done.stdout.strip().splitlines()[-1].split(" of ")[0])
    assert 150 <= acknowledged <= 650, done.stdout


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("house",), "No secret for phong-khach"),
        (("house", "--fault", "earthquake"), "there is no fault 'earthquake'"),
        (("load", "--rate", "0"), "have to be above 0"),
    ],
)
def test_what_cannot_be_played_is_said_in_one_sentence(house: House, words: tuple[str, ...], sentence: str) -> None:
    done = _simulate(house, *words)
    assert done.returncode == 2
    assert sentence in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
