"""The real MediaMTX, where this machine has one."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from belvedere.cameras.mediaserver.mediamtx.process import ProgramUnusable, find_program


def find_real_program() -> Path:
    """The one of BELVEDERE_MEDIAMTX, else the one on PATH; the test is skipped where there is neither."""
    named = os.environ.get("BELVEDERE_MEDIAMTX")
    try:
        return find_program(Path(named) if named else None)[0]
    except ProgramUnusable as error:
        pytest.skip(f"needs MediaMTX: {error}")
