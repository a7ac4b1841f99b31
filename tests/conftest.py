"""Options of the outside suites."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """How much of the slow suites to run."""
    parser.addoption("--kills", type=int, default=5, help="how often tests/faults kills the server (make live: 50)")
