"""What is kept of the sites' registries, and which of it is given up."""

from __future__ import annotations

import pytest

from belvedere.accounts.models import Site
from belvedere.devices.site_cache import SiteCache, registry_number

FIRST, SECOND, THIRD = (Site(pk=pk) for pk in (1, 2, 3))


class Reader:
    """Notes which sites were read."""

    def __init__(self) -> None:
        self.read: list[int] = []

    def __call__(self, site: Site) -> str:
        self.read.append(site.pk)
        return f"site {site.pk}"


@pytest.fixture
def numbers() -> dict[int, int]:
    numbers = {1: 0, 2: 0, 3: 0}
    registry_number.bind(numbers.__getitem__)
    return numbers


def test_one_site_more_displaces_the_one_that_was_not_used_for_longest(numbers: dict[int, int]) -> None:
    reader = Reader()
    cache = SiteCache(reader, 2)
    for site in (FIRST, SECOND, FIRST, THIRD, FIRST):
        assert cache.get(site) == f"site {site.pk}"
    assert reader.read == [1, 2, 3]
    cache.get(SECOND)
    assert reader.read == [1, 2, 3, 2]


def test_a_site_whose_registry_changed_is_read_again_and_the_others_are_not(numbers: dict[int, int]) -> None:
    reader = Reader()
    cache = SiteCache(reader, 2)
    for site in (FIRST, SECOND):
        cache.get(site)
    numbers[1] += 1
    for site in (FIRST, SECOND, FIRST):
        cache.get(site)
    assert reader.read == [1, 2, 1]
