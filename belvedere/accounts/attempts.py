"""How often somebody may guess a password: pure bookkeeping, no Django.

Each limit is a bucket of tries that refills at an even pace (GCRA): what is kept of a bucket is one number, the
moment at which it is full again. `now` is a monotonic clock in seconds, so that no step of the wall clock opens
or closes anything. A restart empties the book.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Hashable, Sequence
from itertools import islice
from typing import NamedTuple

# 50,000 buckets are 10 MB; beyond, the oldest go.
MAX_BUCKETS = 50_000


class Limit(NamedTuple):
    """tries: how many at once. refill_seconds: until there is one more."""

    tries: int
    refill_seconds: float


# One name from one address, or one browser that was signed in before: a person who mistypes.
ONE_NAME = Limit(5, 30)
# One address, whatever the names: somebody who tries one password with many.
ONE_ADDRESS = Limit(20, 15)
# One account, from wherever: somebody with many addresses. It never closes for longer than the refill.
ONE_ACCOUNT = Limit(100, 6)

Bucket = tuple[Hashable, Limit]


def network_of(address: str) -> str:
    """Whom an address stands for: an IPv6 customer has at least a /64 to himself."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed, 64), strict=False))


def buckets(account: Hashable, address: str, browser: str | None = None, *, named: bool = True) -> list[Bucket]:
    """What a try counts against; the first bucket is the person's own.

    browser: its mark, where this account was signed in from it before. Such a browser has a bucket of its own and no
    other: strangers cannot close the door for its owner, neither by guessing under the same name nor from behind the
    same address.
    named: False for a code, which is no account's: strangers must not use up the tries of whoever has it.
    """
    if browser is not None:
        return [(("browser", account, browser), ONE_NAME)]
    network = network_of(address)
    own: list[Bucket] = [(("name", account, network), ONE_NAME), (("address", network), ONE_ADDRESS)]
    return [*own, (("account", account), ONE_ACCOUNT)] if named else own


class AttemptBook:
    """Counts tries. Not thread-safe: `guessing.py` locks it."""

    def __init__(self) -> None:
        self._full_at: dict[Hashable, float] = {}

    def take(self, wanted: Sequence[Bucket], now: float) -> float:
        """0 where every bucket had a try left, which is used up now; else the seconds to wait, and nothing is used."""
        wait = self.wait_seconds(wanted, now)
        if wait == 0:
            for key, limit in wanted:
                self._set(key, max(self._full_at.get(key, now), now) + limit.refill_seconds, now)
        return wait

    def wait_seconds(self, wanted: Sequence[Bucket], now: float) -> float:
        """Seconds until every bucket has a try; 0 = now."""
        earliest = (self._full_at.get(key, now) - (limit.tries - 1) * limit.refill_seconds for key, limit in wanted)
        return max(0.0, *(moment - now for moment in earliest))

    def give_back(self, wanted: Sequence[Bucket], now: float) -> None:
        """The try was no guess. The first bucket, the person's own, is full again; the others get this one back."""
        for place, (key, limit) in enumerate(wanted):
            self._set(key, now if place == 0 else self._full_at.get(key, now) - limit.refill_seconds, now)

    def _set(self, key: Hashable, full_at: float, now: float) -> None:
        self._full_at.pop(key, None)
        if full_at > now:
            self._full_at[key] = full_at
        for oldest in list(islice(self._full_at, max(0, len(self._full_at) - MAX_BUCKETS))):
            del self._full_at[oldest]
