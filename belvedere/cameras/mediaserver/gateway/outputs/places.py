"""Limit how many WebRTC sessions a camera, an account and an address may have. Pure.

A session costs a socket for each address of this machine, and a packet for each 1.3 KB of picture.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from belvedere.cameras.mediaserver import refusals
from belvedere.cameras.mediaserver.refusals import Refusal

MAX_OF_CAMERA = 64
MAX_IN_ALL = 512
# Parts of these: an account may hold a quarter, which is more than its screens; an address a half, for behind a router
# or a proxy there are several people.
ACCOUNT_SHARE = 4
ADDRESS_SHARE = 2


class Place(NamedTuple):
    """The place of one session. viewer: the account; address: of the browser. Empty where it is not known."""

    camera: str
    viewer: str
    address: str


class Places:
    """The places that are taken, at all cameras."""

    def __init__(self) -> None:
        self._taken: dict[str, Place] = {}

    def take(self, session: str, wanted: Place) -> Refusal | None:
        """Take a place for this session; the refusal where there is none left."""
        at_camera = [place for place in self._taken.values() if place.camera == wanted.camera]
        for taken, limit in ((at_camera, MAX_OF_CAMERA), (self._taken.values(), MAX_IN_ALL)):
            if len(taken) >= limit:
                return refusals.TOO_MANY_VIEWERS
            if _is_full(taken, limit // ACCOUNT_SHARE, lambda place: place.viewer, wanted):
                return refusals.TOO_MANY_OF_YOURS
            if _is_full(taken, limit // ADDRESS_SHARE, lambda place: place.address, wanted):
                return refusals.TOO_MANY_OF_YOURS
        self._taken[session] = wanted
        return None

    def give_back(self, session: str) -> None:
        """Free the place of a session. It may be free already."""
        self._taken.pop(session, None)


def _is_full(taken: Iterable[Place], share: int, by: Callable[[Place], str], wanted: Place) -> bool:
    return by(wanted) != "" and sum(by(place) == by(wanted) for place in taken) >= share
