"""What browsers are told of the dashboard's files."""

from __future__ import annotations

from pathlib import Path

import pytest
from whitenoise import WhiteNoise

from belvedere.config.settings import base

FILES = ("index.html", "sw.js", "vi.webmanifest", "assets/show-DQEaKx5Y.js")


@pytest.fixture
def files(tmp_path: Path) -> WhiteNoise:
    for name in FILES:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    served = WhiteNoise(
        None,
        mimetypes=base.WHITENOISE_MIMETYPES,
        add_headers_function=base.WHITENOISE_ADD_HEADERS_FUNCTION,
        immutable_file_test=base.WHITENOISE_IMMUTABLE_FILE_TEST,
    )
    served.add_files(str(tmp_path))
    return served


def _header(files: WhiteNoise, path: str, name: str) -> str | None:
    return dict(files.files[path].get_response("GET", {}).headers).get(name)


def test_a_browser_asks_for_the_page_and_its_service_worker_each_time_and_for_hashed_names_never_again(
    files: WhiteNoise,
) -> None:
    assert _header(files, "/sw.js", "Cache-Control") == "no-cache"
    assert _header(files, "/index.html", "Cache-Control") == "no-cache"
    assert "immutable" in (_header(files, "/assets/show-DQEaKx5Y.js", "Cache-Control") or "")


def test_the_manifest_has_the_type_that_browsers_want(files: WhiteNoise) -> None:
    assert (_header(files, "/vi.webmanifest", "Content-Type") or "").startswith("application/manifest+json")
