"""What came lately, uncut, while nobody watches by HLS: cutting costs as much as reading the camera. Pure."""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

from belvedere.cameras.mediaserver.gateway.access_unit import AccessUnit
from belvedere.cameras.mediaserver.gateway.codec import Parameters, ParameterSets
from belvedere.cameras.mediaserver.gateway.outputs.segments import KEPT_TICKS, MAX_KEPT_BYTES, MAX_SEGMENT_PICTURES
from belvedere.cameras.mediaserver.gateway.sound.frames import Frame


class Uncut(NamedTuple):
    """A picture with what Segmenter.feed is told of it."""

    unit: AccessUnit
    sets: ParameterSets
    parameters: Parameters
    reorder: int
    at_ms: int


class Backlog:
    """Pictures and frames of sound in the order in which they came, as much as players begin with."""

    def __init__(self) -> None:
        self._groups: deque[list[Uncut | Frame]] = deque()  # each but the first begins with a key frame
        self._sizes: deque[int] = deque()
        self._items = self._bytes = 0
        self._sets: tuple[bytes, ...] = ()

    @property
    def is_full(self) -> bool:
        """Whether nothing more may be kept: key frames are too far apart to drop what is before one."""
        return self._items > MAX_SEGMENT_PICTURES or self._bytes > MAX_KEPT_BYTES

    def add(self, picture: Uncut) -> bool:
        """Add the camera's next picture; return whether older ones were dropped.

        A key frame shows which are not needed any more.
        """
        unit = picture.unit
        dropped = unit.key and self._drop_before(picture)
        self._append(picture, sum(map(len, unit.nals)), begins=unit.key)
        return dropped

    def hear(self, frame: Frame) -> None:
        """Add the camera's next frame of sound."""
        self._append(frame, len(frame.data), begins=False)

    def take(self) -> list[Uncut | Frame]:
        """Return everything; it is empty then."""
        items = [item for group in self._groups for item in group]
        self._drop(len(self._groups))
        return items

    def _append(self, item: Uncut | Frame, size: int, *, begins: bool) -> None:
        if begins or not self._groups:
            self._groups.append([])
            self._sizes.append(0)
        self._groups[-1].append(item)
        self._sizes[-1] += size
        self._items += 1
        self._bytes += size

    def _drop_before(self, picture: Uncut) -> bool:
        """Keep what players begin with; nothing where the parameter sets have changed: the old ones are gone."""
        count = len(self._groups)
        sets, self._sets = self._sets, picture.sets.all
        if sets != self._sets:
            self._drop(count)
        while len(self._groups) > 1 and _reaches_back(self._groups[1][0], picture):
            self._drop(1)
        return len(self._groups) < count

    def _drop(self, groups: int) -> None:
        for _ in range(groups):
            size = self._sizes.popleft()
            self._items -= len(self._groups.popleft())
            self._bytes -= size


def _reaches_back(first: Uncut | Frame, newest: Uncut) -> bool:
    return isinstance(first, Uncut) and newest.unit.ts - first.unit.ts >= KEPT_TICKS
