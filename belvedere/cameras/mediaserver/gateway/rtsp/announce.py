"""What is announced to an RTSP server that a camera is published to (RFC 2326 §10.3, RFC 4566). Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from belvedere.cameras.mediaserver.gateway.access_unit import CLOCK_RATE
from belvedere.cameras.mediaserver.gateway.rtsp.sdp import Media
from belvedere.cameras.mediaserver.gateway.sound.frames import AAC, read_config

VIDEO_TYPE, SOUND_TYPE = 96, 97
# The names of codecs in a description, with what follows the clock rate.
_SOUND_MAPPINGS = {"OPUS": "opus/{rate}/2", "G722": "G722/{rate}", "PCMU": "PCMU/{rate}", "PCMA": "PCMA/{rate}"}
_AAC_MAPPING = "mpeg4-generic/{rate}/{channels}"
_AAC_FORMAT = "streamtype=5;profile-level-id=1;mode=AAC-hbr;sizelength=13;indexlength=3;indexdeltalength=3;config="


@dataclass(frozen=True)
class Track:
    """mapping, parameters: of `rtpmap` and `fmtp`."""

    kind: str
    payload_type: int
    clock_rate: int
    mapping: str
    parameters: str = ""


def make_tracks(codec: str, sound: Media | None) -> tuple[Track, ...]:
    """Return the tracks of a camera: its video, and its sound where there is some that can be described."""
    format_ = "packetization-mode=1" if codec == "H264" else ""
    video = Track("video", VIDEO_TYPE, CLOCK_RATE, f"{codec}/{CLOCK_RATE}", format_)
    heard = _make_sound(sound) if sound is not None else None
    return (video,) if heard is None else (video, heard)


def _make_sound(sound: Media) -> Track | None:
    rate = sound.clock_rate
    if sound.codec != AAC:
        return Track("audio", SOUND_TYPE, rate, _SOUND_MAPPINGS[sound.codec].format(rate=rate))
    config = read_config(sound.parameters)
    if not config:
        return None
    channels = (config[1] >> 3) & 0x0F  # AudioSpecificConfig: 5 bits of type, 4 of rate, 4 of channels
    mapping = _AAC_MAPPING.format(rate=rate, channels=channels or 1)
    return Track("audio", SOUND_TYPE, rate, mapping, _AAC_FORMAT + config.hex())


def write_description(tracks: Sequence[Track]) -> str:
    """Return the SDP. The parameter sets of the video come with each key frame."""
    lines = ["v=0", "o=- 0 0 IN IP4 127.0.0.1", "s=Belvedere", "c=IN IP4 0.0.0.0", "t=0 0"]
    for number, track in enumerate(tracks):
        lines += [f"m={track.kind} 0 RTP/AVP {track.payload_type}", f"a=rtpmap:{track.payload_type} {track.mapping}"]
        if track.parameters:
            lines.append(f"a=fmtp:{track.payload_type} {track.parameters}")
        lines.append(f"a=control:{control_of(number)}")
    return "".join(f"{line}\r\n" for line in lines)


def control_of(number: int) -> str:
    """Return the name of a track in the URL that it is set up by."""
    return f"trackID={number}"
