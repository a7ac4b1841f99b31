"""What a WebRTC offer says of codecs, of a viewer or of a publisher, and which part of it is answered. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

from belvedere.cameras.mediaserver import refusals
from belvedere.cameras.mediaserver.port import Refused
from belvedere.cameras.mediaserver.refusals import Refusal

MAX_SECTIONS = 4  # of an offer: each may need a transport, with sockets of its own
_CANDIDATES = ("a=candidate", "a=end-of-candidates", "a=remote-candidates")
_MAPPING = re.compile(r"^a=rtpmap:(\d+) ([\w.-]+)/90000", re.MULTILINE)
_FORMAT = re.compile(r"^a=fmtp:(\d+) (.*?)\r?$", re.MULTILINE)
_OF_A_TYPE = re.compile(r"a=(?:rtpmap|fmtp|rtcp-fb):(\d+) ")
_PROFILE = re.compile(r"(?:^|;)\s*profile-id=(\d+)")
_MAIN, _MAIN_10 = 1, 2
_NOT_OFFERED: Mapping[str, Refusal] = {"H264": refusals.NO_H264_OFFERED, "H265": refusals.H265}


def take_offer(offer: str, codec: str, profile: int) -> str:
    """Return the offer as it is negotiated: without candidates, and without H.265 of other profiles.

    codec, profile: of the camera. Raises Refused where the viewer cannot show it. An empty list of candidates that has
    ended would count as failure, so that mark is removed too.
    """
    if sum(line.startswith("m=") for line in offer.splitlines()) > MAX_SECTIONS or "m=video" not in offer:
        raise Refused(refusals.BAD_OFFER)
    offered = [number for number, name in _MAPPING.findall(offer) if name == codec]
    if codec == "H265":
        chosen = _choose_profile(offered, dict(_FORMAT.findall(offer)), profile)
        dropped = [number for number in offered if number != chosen]
        offered = [chosen] if chosen else []
    else:
        dropped = []
    if not offered:
        raise Refused(_NOT_OFFERED[codec])
    unwanted = (*_CANDIDATES, *(f"a={name}:{number} " for number in dropped for name in ("rtpmap", "fmtp", "rtcp-fb")))
    return "".join(f"{line}\r\n" for line in offer.splitlines() if not line.startswith(unwanted))


def take_publisher(offer: str) -> str:
    """Return a publisher's offer as it is negotiated: without candidates, with H.264 as its only video codec.

    Browsers would send VP8 first, which HLS cannot show. Raises Refused where H.264 is not offered.
    """
    if sum(line.startswith("m=") for line in offer.splitlines()) > MAX_SECTIONS or "m=video" not in offer:
        raise Refused(refusals.BAD_OFFER)
    kept = {number for number, name in _MAPPING.findall(offer) if name == "H264"}
    if not kept:
        raise Refused(refusals.NO_H264_OFFERED)
    kept |= {number for number, parameters in _FORMAT.findall(offer) if parameters.removeprefix("apt=") in kept}
    lines, in_video = [], False
    for line in offer.splitlines():
        if line.startswith("m="):
            in_video = line.startswith("m=video ")
            head = line.split(" ")
            if in_video:
                line = " ".join([*head[:3], *(number for number in head[3:] if number in kept)])
        told = _OF_A_TYPE.match(line)
        if not line.startswith(_CANDIDATES) and (not in_video or told is None or told[1] in kept):
            lines.append(line)
    return "".join(f"{line}\r\n" for line in lines)


def offers_sound(offer: str, mime_type: str) -> bool:
    """Return whether the viewer takes sound of this kind, and would get it."""
    sections = re.split(r"^(?=m=)", offer, flags=re.MULTILINE)
    name = re.compile(rf"^a=rtpmap:\d+ {mime_type.removeprefix('audio/')}/", re.MULTILINE | re.IGNORECASE)
    wanted = [each for each in sections if each.startswith("m=audio") and "a=inactive" not in each]
    return bool(wanted) and name.search(wanted[0]) is not None and "a=sendonly" not in wanted[0]


def _choose_profile(offered: list[str], formats: Mapping[str, str], profile: int) -> str:
    """Return the payload type for H.265 of this profile, "" for none (RFC 7798 §7.1). Main 10 takes Main too."""
    profiles: dict[int, str] = {}
    for number in offered:
        told = _PROFILE.search(formats.get(number, ""))
        profiles.setdefault(int(told[1]) if told else _MAIN, number)
    return profiles.get(profile) or (profiles.get(_MAIN_10, "") if profile == _MAIN else "")


def repeat_format(offer: str, answer: str) -> str:
    """Return the answer with the offer's parameters of H.265: without them it would mean the lowest level."""
    formats = dict(_FORMAT.findall(offer))
    lines = []
    for line in answer.splitlines():
        lines.append(line)
        mapping = _MAPPING.match(line)
        if mapping is not None and mapping[2] == "H265" and mapping[1] in formats:
            lines.append(f"a=fmtp:{mapping[1]} {formats[mapping[1]]}")
    return "".join(f"{line}\r\n" for line in lines)
