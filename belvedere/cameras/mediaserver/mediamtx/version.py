"""Which versions of MediaMTX are used. Pure."""

from __future__ import annotations

import re
from typing import NamedTuple

_NUMBERS = re.compile(r"v?(\d{1,4})\.(\d{1,4})\.(\d{1,4})")


class Version(NamedTuple):
    """As in its releases."""

    major: int
    minor: int
    patch: int

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.patch}"


OLDEST = Version(1, 18, 0)  # the first with the sessions of HLS in its API
WITH_MOQ = Version(1, 19, 0)  # has the setting `moq`; older ones end where they find it


class Unfit(Exception):
    """A version that cannot be used; the sentence says why."""

    permanent = True


def check_version(text: str) -> Version:
    """Return the version of a MediaMTX that calls it so. Raises Unfit."""
    found = _NUMBERS.match(text.strip())
    if found is None:
        raise Unfit(f"this is no MediaMTX: it calls its version {text.strip()[:40]!r}")
    version = Version(*map(int, found.groups()))
    if version < OLDEST:
        raise Unfit(f"MediaMTX {version} is too old: {OLDEST.major}.{OLDEST.minor} or later is needed")
    return version
