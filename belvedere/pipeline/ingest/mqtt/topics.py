"""The topics of one device: the only ones that it may publish or subscribe to."""

from __future__ import annotations

ROOT = "belvedere/v1"
READINGS = "readings"
STATUS = "status"

SHARED = "$share/"


class OwnTopics:
    """`belvedere/v1/{device}/...`; as bytes where they are compared with the bytes of a packet."""

    __slots__ = ("prefix", "readings", "status")

    def __init__(self, device_id: str) -> None:
        self.prefix = f"{ROOT}/{device_id}/"
        self.readings = (self.prefix + READINGS).encode()
        self.status = (self.prefix + STATUS).encode()

    def owns(self, topic: bytes) -> bool:
        return topic.startswith(self.prefix.encode())

    def strip_prefix(self, text: str) -> str | None:
        """The filter without the device's prefix, None where it covers topics of others."""
        return text.removeprefix(self.prefix) if text.startswith(self.prefix) else None


def is_valid_filter(text: str) -> bool:
    """4.7.1: wildcards stand alone in their level, and `#` in the last one."""
    levels = text.split("/")
    return all(
        level == "+" or (level == "#" and last) or not {"+", "#"} & set(level)
        for level, last in zip(levels, [*[False] * (len(levels) - 1), True], strict=True)
    )


def matches(pattern: str, suffix: str) -> bool:
    """Whether a valid filter matches a topic, both without the device's prefix."""
    wanted, given = pattern.split("/"), suffix.split("/")
    for index, level in enumerate(wanted):
        if level == "#":
            return True
        if index >= len(given) or level not in ("+", given[index]):
            return False
    return len(wanted) == len(given)
