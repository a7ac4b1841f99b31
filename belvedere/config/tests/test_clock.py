"""Who may say that the server's clock is right, and what that does."""

from __future__ import annotations

from pathlib import Path

import pytest
from rest_framework.test import APIClient
from structlog.testing import capture_logs

from belvedere.config import clock as clock_module
from belvedere.config.cli import OK, USAGE, main
from belvedere.domain.clock import ServerClock
from belvedere.domain.tests.times import NOW, Times
from belvedere.pipeline.timekeeping import confirmation_file, take_confirmation

URL = "/api/v1/clock/confirm"


@pytest.fixture
def clock() -> ServerClock:
    """In doubt: it was set by an hour."""
    times = Times()
    in_doubt = times.clock()
    times.wall += 3_600_000
    assert not in_doubt.believed()
    clock_module.clock.bind(in_doubt)
    return in_doubt


@pytest.mark.parametrize("who", ["alice_api", "bob_api", "mallory_api"])
def test_whoever_operates_a_site_may_confirm_and_the_log_says_who_did(
    clock: ServerClock, who: str, request: pytest.FixtureRequest
) -> None:
    with capture_logs() as lines:
        assert request.getfixturevalue(who).post(URL).status_code == 204
    assert clock.untrusted is None
    name = who.removesuffix("_api")
    (line,) = [line for line in lines if line["event"] == "clock_confirmed"]
    assert (line["by"], line["expected_ms"], line["now_ms"]) == (name, NOW, NOW + 3_600_000)


def test_a_viewer_may_not_and_a_stranger_neither(
    clock: ServerClock, charlie_api: APIClient, stranger: APIClient
) -> None:
    assert charlie_api.post(URL).status_code == 403
    assert stranger.post(URL).status_code == 401
    assert clock.untrusted is not None


def test_a_clock_that_is_not_in_doubt_is_confirmed_without_a_word(bob_api: APIClient) -> None:
    with capture_logs() as lines:
        assert bob_api.post(URL).status_code == 204
    assert lines == []


def test_the_command_leaves_word_for_the_server_which_holds_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BELVEDERE_DATA_DIR", str(tmp_path))
    assert main(["clock", "confirm"]) == OK
    assert "Confirmed" in capsys.readouterr().out
    confirmed_ms = take_confirmation(confirmation_file(tmp_path))
    assert confirmed_ms is not None
    assert abs(confirmed_ms - ServerClock().now_ms()) < 60_000
    assert list(tmp_path.iterdir()) == []


def test_the_command_names_a_folder_that_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BELVEDERE_DATA_DIR", str(tmp_path / "nowhere"))
    assert main(["clock", "confirm"]) == USAGE
    assert "nowhere" in capsys.readouterr().err
