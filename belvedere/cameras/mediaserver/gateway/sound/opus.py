"""AAC to Opus, for WebRTC, which has no AAC."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import av

from belvedere.cameras.mediaserver.gateway.sound.frames import Frame

RATE = 48_000
FRAME_SAMPLES = 960  # 20 ms
BIT_RATE = 48_000


class Transcoder:
    """For one thread at a time: it takes some 1 % of a core. config: AudioSpecificConfig; rate: of the time stamps."""

    def __init__(self, config: bytes, rate: int) -> None:
        self._rate = rate
        self._decoder = av.CodecContext.create("aac", "r")
        self._decoder.extradata = config
        self._resampler = av.AudioResampler(format="s16", layout="stereo", rate=RATE, frame_size=FRAME_SAMPLES)
        self._encoder = av.CodecContext.create("libopus", "w")
        self._encoder.format, self._encoder.layout = av.AudioFormat("s16"), av.AudioLayout("stereo")
        self._encoder.sample_rate, self._encoder.bit_rate = RATE, BIT_RATE
        self._encoder.options = {"application": "lowdelay"}

    def feed(self, frame: Frame) -> list[Frame]:
        """Return Opus, its time stamps in 48 kHz. What cannot be decoded gives nothing."""
        try:
            return list(self._convert(frame))
        except av.FFmpegError:
            return []

    def _convert(self, frame: Frame) -> Iterator[Frame]:
        packet = av.Packet(frame.data)
        packet.pts = round(frame.ts * RATE / self._rate)
        packet.time_base = Fraction(1, RATE)
        for decoded in self._decoder.decode(packet):
            decoded.time_base = Fraction(1, RATE)
            for resampled in self._resampler.resample(decoded):
                for encoded in self._encoder.encode(resampled):
                    if encoded.pts is not None:
                        yield Frame(bytes(encoded), encoded.pts)
