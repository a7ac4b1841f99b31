"""Where the media server is: the process of a cluster that runs it writes it down, the others read it."""

from __future__ import annotations

from typing import NamedTuple

from belvedere.cameras.models import MediaServerAddress


class MediaAddress(NamedTuple):
    """media_server: as /api/v1/server names it; rtsp: "host:port" where programs read cameras, "" for nowhere."""

    media_server: str
    rtsp: str


def write_media_address(address: MediaAddress) -> None:
    """Tell the other processes."""
    MediaServerAddress.objects.update_or_create(pk=MediaServerAddress.ONLY, defaults=address._asdict())


def read_media_address() -> MediaAddress | None:
    """Return what was written last; None before the media server has run for the first time."""
    row = MediaServerAddress.objects.filter(pk=MediaServerAddress.ONLY).first()
    return MediaAddress(row.media_server, row.rtsp) if row else None
