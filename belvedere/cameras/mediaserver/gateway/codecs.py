"""The video codecs that are passed on, that which more browsers show first."""

from __future__ import annotations

from collections.abc import Mapping

from belvedere.cameras.mediaserver.gateway.codec import Codec
from belvedere.cameras.mediaserver.gateway.h264.codec import H264
from belvedere.cameras.mediaserver.gateway.h265.codec import H265

CODECS: Mapping[str, Codec] = {codec.name: codec for codec in (H264, H265)}


def find_codec(name: str) -> Codec | None:
    """Return the codec of this name in a description; "" is one that tells none, and is taken for H.264."""
    return CODECS.get(name or H264.name)
