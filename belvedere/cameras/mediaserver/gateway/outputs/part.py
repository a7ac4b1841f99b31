"""A part of a segment: what players of low-latency HLS ask for, and segments are made of. Pure."""

from __future__ import annotations

from typing import NamedTuple


class Part(NamedTuple):
    """One CMAF fragment, a file of its own. ticks: its length in 90 kHz; independent: a key frame is in it."""

    name: str
    data: bytes
    ticks: int
    independent: bool = True
