"""Files are ours alone, and connections leave descriptors to the databases."""

from __future__ import annotations

import gc
import os
import resource
from collections.abc import Iterator
from pathlib import Path

import pytest

from belvedere.config.process import (
    first_reserved_descriptor,
    keep_files_private,
    raise_descriptor_limit,
    spare_what_is_loaded,
    tighten,
)
from belvedere.config.serve import alone_in, write_ready


def mode(path: Path) -> int:
    return path.lstat().st_mode & 0o777


@pytest.fixture
def _usual_umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.mark.usefixtures("_usual_umask")
def test_what_is_written_is_readable_for_nobody_else(tmp_path: Path) -> None:
    keep_files_private()
    (tmp_path / "folder").mkdir()
    with alone_in(tmp_path):
        assert mode(tmp_path / "lock") == 0o600
    assert mode(tmp_path / "folder") == 0o700


@pytest.mark.usefixtures("_usual_umask")
def test_the_ready_file_is_private_whatever_stood_there(tmp_path: Path) -> None:
    ready = tmp_path / "ready.json"
    ready.write_text("old")
    write_ready(ready, {"password": "secret"})
    assert mode(ready) == 0o600
    assert ready.read_text() == '{"password": "secret"}\n'
    assert list(tmp_path.iterdir()) == [ready]


@pytest.mark.usefixtures("_usual_umask")
def test_files_that_an_older_version_left_open_are_closed(tmp_path: Path) -> None:
    (tmp_path / "data" / "media").mkdir(parents=True)
    (tmp_path / "elsewhere").touch()
    for name in ("belvedere.db", "belvedere.db-wal", "media/snapshot"):
        (tmp_path / "data" / name).touch()
    (tmp_path / "data" / "link").symlink_to(tmp_path / "elsewhere")
    tighten(tmp_path / "data")
    assert {mode(path) for path in (tmp_path / "data").rglob("*") if path.is_file() and not path.is_symlink()} == {
        0o600
    }
    assert mode(tmp_path / "data" / "media") == 0o700
    assert mode(tmp_path / "elsewhere") == 0o644
    assert mode(tmp_path / "data") == 0o755, "the folder is the administrator's"


@pytest.mark.parametrize(
    ("limits", "raised", "reserved_from"),
    [
        ((256, 4096), 4096, 3072),
        ((1024, 524_288), 65_536, 64_512),
        ((1024, resource.RLIM_INFINITY), 65_536, 64_512),
        ((100_000, 100_000), 100_000, 64_512),
        ((resource.RLIM_INFINITY, resource.RLIM_INFINITY), resource.RLIM_INFINITY, 64_512),
        ((512, 512), 512, 384),
    ],
)
def test_the_limit_of_files_is_raised_and_some_are_reserved(
    monkeypatch: pytest.MonkeyPatch, limits: tuple[int, int], raised: int, reserved_from: int
) -> None:
    now = [limits]
    monkeypatch.setattr(resource, "getrlimit", lambda _which: now[-1])
    monkeypatch.setattr(resource, "setrlimit", lambda _which, new: now.append(new))
    raise_descriptor_limit()
    assert now[-1] == (raised, limits[1])
    assert first_reserved_descriptor() == reserved_from


def test_no_garbage_is_looked_for_among_what_was_loaded() -> None:
    thresholds = gc.get_threshold()
    loaded: list[object] = [[]]
    try:
        spare_what_is_loaded()
        assert all(one is not loaded for one in gc.get_objects())
        assert gc.get_threshold()[0] > thresholds[0]
    finally:
        gc.set_threshold(*thresholds)
