"""Sound into another codec: for WebRTC, which has no AAC, and for HLS, which has no G.711 and no G.722."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import NamedTuple, cast

import av
from av.audio.codeccontext import AudioCodecContext

from belvedere.cameras.mediaserver.gateway.rtsp.sdp import Media
from belvedere.cameras.mediaserver.gateway.sound.frames import AAC, Frame, read_config


class Target(NamedTuple):
    """codec, form: names of ffmpeg; rate: of samples and time stamps; samples: of a frame."""

    codec: str
    form: str
    layout: str
    rate: int
    samples: int
    bit_rate: int
    options: Mapping[str, str]


OPUS = Target("libopus", "s16", "stereo", 48_000, 960, 48_000, {"application": "lowdelay"})
# The larger the rate, the shorter a frame: 48 kHz is 80 ms less late than 16 kHz. The fast coder halves the cost.
AAC_48K = Target("aac", "fltp", "mono", 48_000, 1024, 64_000, {"aac_coder": "fast"})
AAC_48K_CONFIG = bytes.fromhex("1188")  # AudioSpecificConfig
# The names of ffmpeg, and samples a second where the codec alone tells.
_DECODERS: Mapping[str, tuple[str, int]] = {
    AAC: ("aac", 0),
    "PCMU": ("pcm_mulaw", 8_000),
    "PCMA": ("pcm_alaw", 8_000),
    "G722": ("g722", 16_000),
}


class Transcoder:
    """For one thread at a time: it takes some 1 % of a core."""

    def __init__(self, source: Media, target: Target) -> None:
        self._clock_rate = source.clock_rate
        self._target = target
        name, rate = _DECODERS[source.codec]
        self._decoder = cast("AudioCodecContext", av.CodecContext.create(name, "r"))
        if rate:
            self._decoder.sample_rate, self._decoder.layout = rate, "mono"
        else:
            self._decoder.extradata = read_config(source.parameters)
        self._resampler = av.AudioResampler(target.form, target.layout, target.rate, target.samples)
        self._encoder = cast("AudioCodecContext", av.CodecContext.create(target.codec, "w"))
        self._encoder.format, self._encoder.layout = av.AudioFormat(target.form), av.AudioLayout(target.layout)
        self._encoder.sample_rate, self._encoder.bit_rate = target.rate, target.bit_rate
        self._encoder.options = dict(target.options)

    def feed(self, frame: Frame) -> list[Frame]:
        """Return frames of the target, their time stamps in its rate. What cannot be decoded gives nothing."""
        try:
            return list(self._convert(frame))
        except av.FFmpegError:
            return []

    def _convert(self, frame: Frame) -> Iterator[Frame]:
        unit = Fraction(1, self._target.rate)
        packet = av.Packet(frame.data)
        packet.pts = round(frame.ts * self._target.rate / self._clock_rate)
        packet.time_base = unit
        for decoded in self._decoder.decode(packet):
            decoded.time_base = unit
            for resampled in self._resampler.resample(decoded):
                for encoded in self._encoder.encode(resampled):
                    if encoded.pts is not None:
                        yield Frame(bytes(encoded), encoded.pts)
