"""Options of the outside suites."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """How much of the slow suites to run."""
    parser.addoption("--kills", type=int, default=5, help="how often tests/faults kills the server (make live: 50)")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests last: Playwright keeps an event loop running in this thread, and no other test could start one."""
    items.sort(key=lambda item: "tests/browser/" in str(item.path))
