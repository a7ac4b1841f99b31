"""How the media server and its cameras are, for `belvedere doctor` of both profiles."""

from __future__ import annotations

import asyncio
from collections import Counter

from belvedere.cameras.mediaserver.port import Refused
from belvedere.cameras.mediaserver.refusals import SERVER_DOWN
from belvedere.cameras.models import Camera
from belvedere.config.findings import Unwell
from belvedere.config.listening import MEDIA_SERVERS

WITHOUT_PICTURES = "Cameras show no picture; readings, pages, charts and alerts work."
ANSWER_SECONDS = 3.0


def is_foreign(media_server: str) -> bool:
    """Whether the setting is the address of a MediaMTX that somebody else runs."""
    return media_server not in MEDIA_SERVERS


def look_at_foreign(url: str) -> str:
    """Ask its API as the process with the cameras does. Raises Unwell."""
    try:
        api = asyncio.run(asyncio.wait_for(_ask(url), ANSWER_SECONDS))
    except Refused as error:
        raise Unwell(f"It cannot be used: {error}.") from error
    except TimeoutError as error:
        raise Unwell("It does not answer.") from error
    return f"Its API at {api} answers, and what Belvedere needs is on."


async def _ask(url: str) -> str:
    from belvedere.cameras.mediaserver.mediamtx.foreign import ForeignMediaMtx

    place = ForeignMediaMtx(url)
    try:
        return (await place.start()).api
    finally:
        await place.stop()


def count_cameras() -> int:
    """Return how many are switched on. Raises DatabaseError."""
    return Camera.objects.filter(enabled=True).count()


def look_at_cameras() -> str:
    """Read what the process with the cameras has last written of them. Raises Unwell or DatabaseError."""
    cameras = list(Camera.objects.filter(enabled=True).values_list("state", "state_reason"))
    if any(reason == SERVER_DOWN.sentence for _, reason in cameras):
        raise Unwell("The media server is away, and is being started or asked again.")
    if not cameras:
        return "No camera is switched on."
    states = Counter(str(state) for state, _ in cameras)
    return f"{len(cameras)} switched on: {', '.join(f'{n} {state}' for state, n in sorted(states.items()))}."
