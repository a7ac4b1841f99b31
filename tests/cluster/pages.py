"""What the page of each web process shows, meanwhile and at the end."""

from __future__ import annotations

import asyncio
import contextlib

from belvedere.simulator.api import Api, ApiError
from tests.live.server import SITE, House

POLL_SECONDS = 0.5


def list_webs(house: House) -> list[str]:
    """The address of each web process."""
    return [address for name, address in house.server.roles.items() if name.startswith("web")]


def read_page(house: House, url: str) -> dict[int, tuple[int, float]]:
    """Series -> (ts, value), as this web process shows them. Raises ApiError."""
    rows = Api(url, house.api.token).get(f"sites/{SITE}/snapshot")["series"]
    return {row[0]: (row[1], row[2]) for row in rows}


class Pages:
    """Polls each web process. steps_back: where one showed an older value after a newer one."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._newest: dict[tuple[str, int], int] = {}
        self.polls = 0
        self.steps_back: list[str] = []

    async def stay(self) -> None:
        """For ever, over failures."""
        while True:
            for url in list_webs(self._house):
                with contextlib.suppress(ApiError):  # a server that it asks is away
                    self._compare(url, await asyncio.to_thread(read_page, self._house, url))
            await asyncio.sleep(POLL_SECONDS)

    def _compare(self, url: str, page: dict[int, tuple[int, float]]) -> None:
        self.polls += 1
        for series, (ts, _) in page.items():
            newest = self._newest.get((url, series), ts)
            if ts < newest:
                self.steps_back.append(f"{url}: series {series} from {newest} back to {ts}, in poll {self.polls}")
            self._newest[url, series] = ts
