"""H.264 for the rest of the gateway."""

from __future__ import annotations

from belvedere.cameras.mediaserver.gateway.codec import Codec
from belvedere.cameras.mediaserver.gateway.h264.parameter_sets import ParameterSets
from belvedere.cameras.mediaserver.gateway.h264.rtp import Depacketizer

H264 = Codec("H264", Depacketizer, ParameterSets)
