"""H.265 for the rest of the gateway."""

from __future__ import annotations

from belvedere.cameras.mediaserver.gateway.codec import Codec
from belvedere.cameras.mediaserver.gateway.h265.parameter_sets import ParameterSets
from belvedere.cameras.mediaserver.gateway.h265.rtp import Depacketizer

H265 = Codec("H265", Depacketizer, ParameterSets)
