"""Subjects for the suites of the store."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.contract.stores import SUBJECTS
from tests.contract.subject import Subject

Again = Callable[[], None]


@pytest.fixture(params=SUBJECTS)
def subject(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Subject]:
    """Each store there is."""
    made: Subject = request.param(tmp_path)
    yield made
    made.end()


@pytest.fixture(params=["restart", "kill"])
def again(request: pytest.FixtureRequest, subject: Subject) -> Again:
    """Open the store anew, with and without a close before."""
    opened: Again = getattr(subject, request.param)
    return opened
