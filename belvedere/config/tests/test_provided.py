"""What Django's views, services and consumers reach is bound in one place."""

from __future__ import annotations

import re
from pathlib import Path

import belvedere
from belvedere.domain.provided import Provided, _every

PACKAGE = Path(belvedere.__file__).parent
WIRING = PACKAGE / "config" / "wiring"
PROVIDED = re.compile(r"^(\w+): Provided\[", re.MULTILINE)


def test_only_the_composition_root_binds_parts_and_it_binds_every_one() -> None:
    sources = {
        path: path.read_text(encoding="utf-8")
        for path in PACKAGE.rglob("*.py")
        if "tests" not in path.relative_to(PACKAGE).parts and path.name != "conftest.py"
    }
    names = {name for text in sources.values() for name in PROVIDED.findall(text)}
    assert len(names) >= 10
    bind = re.compile(rf"\b({'|'.join(sorted(names))})\.(?:un)?bind\(")
    wiring = [sources.pop(path) for path in list(sources) if path.is_relative_to(WIRING)]
    assert {name for text in wiring for name in bind.findall(text)} == names
    assert [path for path, text in sources.items() if bind.search(text)] == []


def test_what_is_unbound_stands_in_again() -> None:
    part: Provided[str] = Provided("part", "nothing")
    part.bind("something")
    assert part() == "something"
    part.unbind()
    assert part() == "nothing"
    _every.remove(part)
