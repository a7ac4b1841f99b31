"""What an MP4 file says of its sound: AAC-LC (ISO/IEC 14496-3 §1.6.2) and Opus (RFC 7845, "Opus in ISOBMFF"). Pure."""

from __future__ import annotations

from typing import NamedTuple

from belvedere.cameras.mediaserver.gateway.bits import Bits
from belvedere.cameras.mediaserver.gateway.rtsp.sdp import Media
from belvedere.cameras.mediaserver.gateway.sound.frames import AAC, AAC_SAMPLES, read_config

OPUS_RATE = 48_000
_LOW_COMPLEXITY = 2
_RATES = (96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350)
_AAC_SILENCE = {1: bytes.fromhex("00c800802380"), 2: bytes.fromhex("210049900219002380")}
_OPUS_SILENCE = bytes.fromhex("f8fffe")
_OPUS_SILENCE_SAMPLES = 960
# In 48 kHz, by the number of the configuration (RFC 6716 §3.1): SILK, hybrid, CELT.
_OPUS_SAMPLES = (480, 960, 1920, 2880) * 3 + (480, 960) * 2 + (120, 240, 480, 960) * 4
MAX_OPUS_SAMPLES = 5760  # of a packet: 120 ms


class Format(NamedTuple):
    """name: as in CODECS (RFC 6381); rate: samples a second, and the clock of the track.

    config: AudioSpecificConfig of AAC. silence: a frame of it, silence_samples long.
    """

    name: str
    rate: int
    channels: int
    config: bytes
    silence: bytes
    silence_samples: int

    def count_samples(self, data: bytes) -> int:
        """Return the length of a frame; 0 for one that cannot be."""
        return AAC_SAMPLES if self.config else _count_opus_samples(data)


def find_format(media: Media) -> Format | None:
    """Return how this sound is written to a file as it is; None where it would have to be converted."""
    if media.codec == "OPUS":
        return Format("Opus", OPUS_RATE, 2, b"", _OPUS_SILENCE, _OPUS_SILENCE_SAMPLES)
    return make_aac(read_config(media.parameters)) if media.codec == AAC else None


def make_aac(config: bytes) -> Format | None:
    """Return the format of AAC-LC with 1024 samples a frame and one or two channels; None for other kinds."""
    bits = Bits(config, header_bytes=0)
    try:
        kind, index = bits.u(5), bits.u(4)
        rate = bits.u(24) if index == len(_RATES) + 2 else _RATES[index]
        channels, is_short = bits.u(4), bits.u(1)
    except IndexError:
        return None
    if kind != _LOW_COMPLEXITY or is_short or channels not in _AAC_SILENCE or not 7_350 <= rate <= 96_000:
        return None
    return Format("mp4a.40.2", rate, channels, config, _AAC_SILENCE[channels], AAC_SAMPLES)


def _count_opus_samples(packet: bytes) -> int:
    """Return the length of a packet in 48 kHz (RFC 6716 §3.1)."""
    if not packet:
        return 0
    count = (1, 2, 2, packet[1] & 0x3F if len(packet) > 1 else 0)[packet[0] & 3]
    samples = count * _OPUS_SAMPLES[packet[0] >> 3]
    return samples if samples <= MAX_OPUS_SAMPLES else 0
