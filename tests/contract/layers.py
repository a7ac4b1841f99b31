"""The channel layers that the contract tries, as the hubs of several processes share them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from channels.layers import InMemoryChannelLayer

from belvedere.live.redis import RedisLayer

Join = Callable[[], Any]  # gives the layer as one more process has it


class Maker(Protocol):
    """Makes a layer. url: of a Redis that runs."""

    def __call__(self, url: str) -> Join: ...


def memory_layer(url: str) -> Join:
    """The embedded product's, which has one process."""
    layer = InMemoryChannelLayer()
    return lambda: layer


def redis_layer(url: str) -> Join:
    """The cluster's: each process has connections of its own."""
    return lambda: RedisLayer(url)


SUBJECTS: list[Maker] = [memory_layer, redis_layer]
