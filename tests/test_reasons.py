"""Whoever catches everything, or silences a check, says why on the same line."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
HERE = Path(__file__).name
SILENT = (
    re.compile(r"except (Exception|BaseException)\b[^#]*:\s*$"),
    re.compile(r"#\s*noqa(:\s*[A-Z0-9, ]+)?\s*$"),
    re.compile(r"#\s*type:\s*ignore(\[[^]]*\])?\s*$"),
    re.compile(r"eslint-disable(?!.*\s--\s)"),
    re.compile(r"@ts-(ignore|expect-error)\s*$"),
)
FOLDERS = {"belvedere": "*.py", "bench": "*.py", "tests": "*.py", "web/src": "*.ts*"}


def sources() -> list[Path]:
    found = [path for folder, pattern in FOLDERS.items() for path in (ROOT / folder).rglob(pattern)]
    return [path for path in found if path.name != HERE and "generated" not in path.parts]


def test_broad_handlers_and_silenced_checks_say_their_reason() -> None:
    silent = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in sources()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if any(pattern.search(line) for pattern in SILENT)
    ]
    assert silent == []
