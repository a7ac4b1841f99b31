"""Rate limits for guesses of passwords. Pure, without Django.

Each limit is a bucket of tries that refills at an even pace (GCRA): one number is kept of a bucket, the time at which
it is full again. `now` is a monotonic clock in seconds, so that a step of the wall clock changes nothing. A restart
fills all buckets.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Hashable, Sequence
from itertools import islice
from typing import NamedTuple

# 50,000 buckets are 10 MB; beyond that the oldest are dropped.
MAX_BUCKETS = 50_000


class Limit(NamedTuple):
    """tries: the size of a bucket. refill_seconds: the time until there is one more try."""

    tries: int
    refill_seconds: float


# For one name from one address, or one browser that was signed in before: a person who mistypes.
ONE_NAME = Limit(5, 30)
# For one address, whatever the names: somebody who tries one password with many names.
ONE_ADDRESS = Limit(20, 15)
# For one account, from any address: somebody with many addresses. It never blocks for longer than the refill.
ONE_ACCOUNT = Limit(100, 6)

Bucket = tuple[Hashable, Limit]


def find_network(address: str) -> str:
    """The network of a host: its IPv4 address, or its IPv6 /64, the least that a provider assigns to a customer."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed, 64), strict=False))


def list_buckets(account: Hashable, address: str, browser: str | None = None, *, named: bool = True) -> list[Bucket]:
    """The buckets that a try is taken from; the first one is the person's own.

    browser: the mark of a browser from which this account was signed in before. It has a bucket of its own only, so
    that strangers who guess under the same name or from the same address cannot lock its owner out.
    named: False for a code, which belongs to no account: strangers must not use up the tries of the person who has it.
    """
    if browser is not None:
        return [(("browser", account, browser), ONE_NAME)]
    network = find_network(address)
    own: list[Bucket] = [(("name", account, network), ONE_NAME), (("address", network), ONE_ADDRESS)]
    return [*own, (("account", account), ONE_ACCOUNT)] if named else own


class AttemptBook:
    """Counts tries. Not thread-safe: `guessing.py` locks it."""

    def __init__(self) -> None:
        self._full_at: dict[Hashable, float] = {}

    def take(self, wanted: Sequence[Bucket], now: float) -> float:
        """Take one try from each bucket and give 0; where one is empty, take none and give the seconds to wait."""
        wait = self.wait_seconds(wanted, now)
        if wait == 0:
            for key, limit in wanted:
                self._set(key, max(self._full_at.get(key, now), now) + limit.refill_seconds, now)
        return wait

    def wait_seconds(self, wanted: Sequence[Bucket], now: float) -> float:
        """Seconds until every bucket has a try; 0 where each has one."""
        earliest = (self._full_at.get(key, now) - (limit.tries - 1) * limit.refill_seconds for key, limit in wanted)
        return max(0.0, *(moment - now for moment in earliest))

    def give_back(self, wanted: Sequence[Bucket], now: float) -> None:
        """The try was no guess: fill the first bucket, the person's own, and give one try back to the others."""
        for place, (key, limit) in enumerate(wanted):
            self._set(key, now if place == 0 else self._full_at.get(key, now) - limit.refill_seconds, now)

    def _set(self, key: Hashable, full_at: float, now: float) -> None:
        self._full_at.pop(key, None)
        if full_at > now:
            self._full_at[key] = full_at
        for oldest in list(islice(self._full_at, max(0, len(self._full_at) - MAX_BUCKETS))):
            del self._full_at[oldest]
