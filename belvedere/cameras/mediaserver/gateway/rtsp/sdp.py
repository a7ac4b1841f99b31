"""What a camera says that it sends: the answer to DESCRIBE (RFC 4566, RFC 2326 appendix C). Pure."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

_STATIC_CODECS = {0: ("PCMU", 8000), 8: ("PCMA", 8000), 9: ("G722", 8000), 14: ("MPA", 90000), 26: ("JPEG", 90000)}


@dataclass(frozen=True)
class Media:
    """One stream. codec: upper case as in rtpmap, e.g. H264; control: the URL for SETUP."""

    kind: str
    payload_type: int
    codec: str
    clock_rate: int
    control: str
    parameters: Mapping[str, str] = field(default_factory=dict)

    @property
    def parameter_sets(self) -> list[bytes]:
        """H.264's SPS and PPS, where the camera tells them here (RFC 6184 §8.1)."""
        sets = []
        for text in self.parameters.get("sprop-parameter-sets", "").split(","):
            try:
                nal = base64.b64decode(text.strip() + "=" * (-len(text.strip()) % 4), validate=True)
            except (binascii.Error, ValueError):
                continue
            if nal:
                sets.append(nal)
        return sets


def parse(body: bytes, base: str) -> list[Media]:
    """The streams in the camera's order. base: Content-Base, Content-Location or the URL asked."""
    sections: list[list[tuple[str, str]]] = [[]]
    for line in body.decode("utf-8", "replace").splitlines():
        kind, equals, value = line.strip().partition("=")
        if not equals or len(kind) != 1:
            continue
        if kind == "m":
            sections.append([])
        sections[-1].append((kind, value))
    session_control = _attributes(sections[0]).get("control", "")
    return [media for lines in sections[1:] if (media := _media(lines, base, session_control)) is not None]


def _attributes(lines: list[tuple[str, str]]) -> dict[str, str]:
    pairs = (value.partition(":") for kind, value in lines if kind == "a")
    return {name: value for name, _, value in pairs}


def _media(lines: list[tuple[str, str]], base: str, session_control: str) -> Media | None:
    words = lines[0][1].split()
    if len(words) < 4 or not words[3].isdigit():
        return None
    payload_type = int(words[3])
    codec, clock_rate = _STATIC_CODECS.get(payload_type, ("", 90000))
    attributes = _attributes(lines)
    number, _, mapping = attributes.get("rtpmap", "").partition(" ")
    if number == words[3]:
        name, _, rate = mapping.strip().partition("/")
        codec, clock_rate = name.upper(), int(rate.split("/")[0]) if rate.split("/")[0].isdigit() else 90000
    number, _, text = attributes.get("fmtp", "").partition(" ")
    pairs = (part.strip().partition("=") for part in text.split(";")) if number == words[3] else ()
    parameters = {name.lower(): value for name, _, value in pairs if name}
    control = control_url(base, session_control, attributes.get("control", ""))
    return Media(words[0], payload_type, codec, clock_rate, control, parameters)


def control_url(base: str, session_control: str, control: str) -> str:
    """Where SETUP goes. Cameras mean `base + "/" + control`, whatever RFC 1808 says of a base without a slash."""
    if urlsplit(session_control).scheme in ("rtsp", "rtsps"):
        base = session_control
    if not control or control == "*":
        return base
    if urlsplit(control).scheme in ("rtsp", "rtsps"):
        return control
    if control.startswith("/"):
        parts = urlsplit(base)
        return f"{parts.scheme}://{parts.netloc}{control}"
    return base + ("" if base.endswith("/") else "/") + control
