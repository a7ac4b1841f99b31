"""Physical curves as pure functions of time: the same seed and moment give the same value.

History and live values come from the same functions, so there is no step between them.
"""

from __future__ import annotations

import math
import zlib

DAY_SECONDS = 86_400
# The demo's sites are in Viet Nam; its days rise and fall by their clock, not by UTC.
ZONE_OFFSET_SECONDS = 7 * 3600
_MASK = (1 << 64) - 1


def seed_of(text: str) -> int:
    """A stable number for a name (hash() differs between processes)."""
    return zlib.crc32(text.encode())


def unit_random(seed: int, index: int) -> float:
    """A number in [0, 1) that depends on seed and index only (splitmix64)."""
    z = (seed * 0x9E3779B97F4A7C15 + index * 0xBF58476D1CE4E5B9 + 0x94D049BB133111EB) & _MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & _MASK
    return ((z ^ (z >> 31)) >> 11) / (1 << 53)


def wander(seed: int, t: float, period_seconds: float) -> float:
    """Smooth noise in [-1, 1] whose bends are about `period_seconds` apart (value noise, cosine between knots)."""
    position = t / period_seconds
    knot = math.floor(position)
    mix = (1 - math.cos(math.pi * (position - knot))) / 2
    a, b = unit_random(seed, knot), unit_random(seed, knot + 1)
    return 2 * (a + (b - a) * mix) - 1


def hour_of_day(t: float) -> float:
    """Local hour, 0 to 24."""
    return (t + ZONE_OFFSET_SECONDS) % DAY_SECONDS / 3600


def daily(t: float, peak_hour: float) -> float:
    """-1 to 1 over a day, highest at `peak_hour` local time."""
    return math.cos((hour_of_day(t) - peak_hour) / 24 * 2 * math.pi)


def sawtooth(t: float, period_seconds: float, rise_share: float) -> float:
    """0 to 1 and back: rises for `rise_share` of the period, falls for the rest (a thermostat's swing)."""
    phase = t / period_seconds % 1
    return phase / rise_share if phase < rise_share else (1 - phase) / (1 - rise_share)


def happens(seed: int, t: float, every_seconds: float, lasts_seconds: float, chance: float) -> bool:
    """Whether an event runs at `t`: in each slot of `every_seconds` one may fall, at a random moment of the slot."""
    slot = math.floor(t / every_seconds)
    if unit_random(seed, slot) >= chance:
        return False
    start = slot * every_seconds + unit_random(seed + 1, slot) * max(0.0, every_seconds - lasts_seconds)
    return start <= t < start + lasts_seconds * (0.4 + 0.6 * unit_random(seed + 2, slot))


def working(t: float) -> float:
    """How busy a workplace is, 0 at night to 1 in the day, with a lunch break."""
    hour = hour_of_day(t)
    if hour < 5.5 or hour > 19:
        return 0.0
    lunch = 0.45 if 11.5 <= hour < 13 else 1.0
    return lunch * math.pow(math.sin((hour - 5.5) / 13.5 * math.pi), 0.6)
