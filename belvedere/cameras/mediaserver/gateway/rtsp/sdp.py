"""Parse a camera's answer to DESCRIBE (RFC 4566, RFC 2326 appendix C). Pure."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from belvedere.cameras.mediaserver.gateway.errors import over_limit

MAX_LINES = 512
MAX_MEDIAS = 16  # video, audio, talk-back, metadata, perhaps a few of each
MAX_NAME_CHARACTERS = 32
MAX_CLOCK_RATE = 1_000_000
MAX_PARAMETER_SETS = 64

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
        """Return the SPS and PPS of H.264, where the description has them (RFC 6184 §8.1)."""
        sets = []
        texts = self.parameters.get("sprop-parameter-sets", "").split(",")
        if len(texts) > MAX_PARAMETER_SETS:
            raise over_limit("more than 64 parameter sets")
        for text in texts:
            try:
                nal = base64.b64decode(text.strip() + "=" * (-len(text.strip()) % 4), validate=True)
            except (binascii.Error, ValueError):
                continue
            if nal:
                sets.append(nal)
        return sets


def parse(body: bytes, base: str) -> list[Media]:
    """Return the streams in order. base: Content-Base, Content-Location or the request URL. Raises CameraError."""
    sections: list[list[tuple[str, str]]] = [[]]
    lines = body.decode("utf-8", "replace").splitlines()
    if len(lines) > MAX_LINES:
        raise over_limit("a description of more than 512 lines")
    for line in lines:
        kind, equals, value = line.strip().partition("=")
        if not equals or len(kind) != 1:
            continue
        if kind == "m":
            sections.append([])
        sections[-1].append((kind, value))
    if len(sections) > 1 + MAX_MEDIAS:
        raise over_limit("a description of more than 16 streams")
    session_control = _collect_attributes(sections[0]).get("control", "")
    return [media for lines in sections[1:] if (media := _parse_media(lines, base, session_control)) is not None]


def parse_number(text: str, highest: int) -> int | None:
    """Return a decimal number of ASCII digits, None for everything else and beyond highest."""
    if not (text.isascii() and text.isdigit()) or len(text) > 9 or int(text) > highest:
        return None
    return int(text)


def _collect_attributes(lines: list[tuple[str, str]]) -> dict[str, str]:
    pairs = (value.partition(":") for kind, value in lines if kind == "a")
    return {name: value for name, _, value in pairs}


def _parse_media(lines: list[tuple[str, str]], base: str, session_control: str) -> Media | None:
    words = lines[0][1].split()
    payload_type = parse_number(words[3], 127) if len(words) > 3 else None
    if payload_type is None:
        return None
    codec, clock_rate = _STATIC_CODECS.get(payload_type, ("", 90000))
    attributes = _collect_attributes(lines)
    mapped, _, mapping = attributes.get("rtpmap", "").partition(" ")
    if mapped == words[3]:
        name, _, rate = mapping.strip().partition("/")
        codec = name.upper()[:MAX_NAME_CHARACTERS]
        clock_rate = parse_number(rate.split("/")[0], MAX_CLOCK_RATE) or 90000
    mapped, _, text = attributes.get("fmtp", "").partition(" ")
    pairs = (part.strip().partition("=") for part in text.split(";")) if mapped == words[3] else ()
    parameters = {name.lower(): value for name, _, value in pairs if name}
    control = resolve_control_url(base, session_control, attributes.get("control", ""))
    return Media(words[0], payload_type, codec, clock_rate, control, parameters)


def is_rtsp_url(text: str) -> bool:
    """Return whether the text is an absolute RTSP URL."""
    try:
        return urlsplit(text).scheme in ("rtsp", "rtsps")
    except ValueError:  # a bracket that is never closed
        return False


def resolve_control_url(base: str, session_control: str, control: str) -> str:
    """Return the URL for SETUP. Cameras mean `base + "/" + control`, against RFC 1808 for a base without a slash."""
    if is_rtsp_url(session_control):
        base = session_control
    if not control or control == "*":
        return base
    if is_rtsp_url(control):
        return control
    if control.startswith("/"):
        parts = urlsplit(base)
        return f"{parts.scheme}://{parts.netloc}{control}"
    return base + ("" if base.endswith("/") else "/") + control
