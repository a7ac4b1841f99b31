"""What is logged, and what never is."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
import structlog

from belvedere.config import logs

PASSWORD = "hunter2"


@pytest.fixture(autouse=True)
def _loggers_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield
    root.handlers = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def open_camera(password: str) -> None:
    url = f"rtsp://admin:{password}@192.168.1.20/s"
    raise OSError(f"cannot open {url}")


@pytest.mark.parametrize("form", ["json", "text"])
def test_a_failure_is_logged_with_its_traceback_and_without_passwords(
    form: str, capfd: pytest.CaptureFixture[str]
) -> None:
    logs.set_up("info", form)
    for log in (structlog.get_logger("ours"), logging.getLogger("django.request")):
        try:
            open_camera(PASSWORD)
        except OSError:
            log.exception("camera_failed")
    written = capfd.readouterr().err
    assert written.count("in open_camera") == 2
    assert "rtsp://***@192.168.1.20/s" in written
    assert PASSWORD not in written


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("rtsp://admin:p@192.168.1.20/s", "rtsp://***@192.168.1.20/s"),
        ("rtsp://admin:p@ss/word@192.168.1.20/s", "rtsp://***@192.168.1.20/s"),
        ("from rtsp://a:b@one to rtsp://c:d@two", "from rtsp://***@one to rtsp://***@two"),
        ("http://127.0.0.1:8000/x", "http://127.0.0.1:8000/x"),
    ],
)
def test_a_url_is_shown_without_its_credentials(url: str, shown: str) -> None:
    assert logs.hide_secrets(None, "info", {"event": url}) == {"event": shown}


def test_what_is_called_a_secret_is_not_shown() -> None:
    event = {"password": "p@ss", "secret_key": "k", "setup_token": "t", "cookie": "c", "site": "farm"}
    hidden = {"password": "***", "secret_key": "***", "setup_token": "***", "cookie": "***", "site": "farm"}
    assert logs.hide_secrets(None, "info", event) == hidden
