"""Parse a camera's answer to DESCRIBE (RFC 4566, RFC 2326 appendix C). Pure."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from belvedere.cameras.mediaserver.gateway.errors import over_limit
from belvedere.cameras.mediaserver.gateway.sound import frames as sound

PLAYED = ("H264", "H265")  # video that browsers show
MAX_LINES = 512
MAX_MEDIAS = 16  # video, audio, talk-back, metadata, perhaps a few of each
MAX_NAME_CHARACTERS = 32
MAX_CLOCK_RATE = 1_000_000
MAX_PARAMETER_SETS = 64

# In the order in which a decoder takes them.
_PARAMETER_SETS = ("sprop-parameter-sets", "sprop-vps", "sprop-sps", "sprop-pps")
_STATIC_CODECS = {0: ("PCMU", 8000), 8: ("PCMA", 8000), 9: ("G722", 8000), 14: ("MPA", 90000), 26: ("JPEG", 90000)}


@dataclass(frozen=True)
class Media:
    """One stream. codec: upper case as in rtpmap, e.g. H264; "" where the description does not tell.

    control: the URL for SETUP; other_control: another that some cameras mean, "" for none.
    """

    kind: str
    payload_type: int
    codec: str
    clock_rate: int
    control: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    other_control: str = ""

    @property
    def parameter_sets(self) -> list[bytes]:
        """Return those of H.264 or H.265, where the description has them (RFC 6184 §8.1, RFC 7798 §7.1)."""
        sets = []
        texts = [text for name in _PARAMETER_SETS for text in self.parameters.get(name, "").split(",")]
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


@dataclass(frozen=True)
class Description:
    """control: the aggregate URL, for PLAY and TEARDOWN (RFC 2326 §C.3). medias: in order."""

    control: str
    medias: list[Media]

    def choose_video(self) -> Media | None:
        """Return the video to pull: H.264 where there is some, which all browsers show, else H.265; None for none."""
        videos = [media for media in self.medias if media.kind == "video"]
        return min(videos, key=lambda media: _rank(media.codec), default=None)

    def choose_sound(self) -> Media | None:
        """Return the sound to pull: one that is passed on untouched where there is some, else AAC; None for none."""
        sounds = [media for media in self.medias if media.kind == "audio" and media.codec in sound.CODECS]
        return min(sounds, key=lambda media: sound.CODECS.index(media.codec), default=None)


def parse(body: bytes, base: str) -> Description:
    """Parse a description. base: Content-Base, Content-Location or the request URL. Raises CameraError."""
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
    control = resolve_control_url(base, _find_attribute(sections[0], "control"))
    media_base = control if is_rtsp_url(_find_attribute(sections[0], "control")) else base
    medias = [media for lines in sections[1:] if (media := _parse_media(lines, media_base)) is not None]
    return Description(control, medias)


def _rank(codec: str) -> int:
    """Return 0 for the codec that is shown by more browsers than any other; the first of equals is taken."""
    return PLAYED.index(codec) if codec in PLAYED else len(PLAYED)


def parse_number(text: str, highest: int) -> int | None:
    """Return a decimal number of ASCII digits, None for everything else and beyond highest."""
    if not (text.isascii() and text.isdigit()) or len(text) > 9 or int(text) > highest:
        return None
    return int(text)


def _find_attribute(lines: list[tuple[str, str]], name: str) -> str:
    """Return the value of the last such attribute, "" for none."""
    return _find_attributes(lines, name)[-1] if _find_attributes(lines, name) else ""


def _find_attributes(lines: list[tuple[str, str]], name: str) -> list[str]:
    """Return the values of every such attribute, without space around them."""
    pairs = (value.partition(":") for kind, value in lines if kind == "a")
    return [value.strip() for found, _, value in pairs if found.strip() == name]


def _parse_media(lines: list[tuple[str, str]], base: str) -> Media | None:
    words = lines[0][1].split()
    offered = [number for text in words[3:] if (number := parse_number(text, 127)) is not None]
    if not offered:
        return None
    mappings = _read_by_payload_type(lines, "rtpmap")
    known = {number: _read_codec(number, mappings, offered) for number in offered}
    payload_type = min(offered, key=lambda number: _rank(known[number][0]))
    text = _read_by_payload_type(lines, "fmtp").get(payload_type, "")
    pairs = (part.strip().partition("=") for part in text.split(";"))
    parameters = {name.lower(): value for name, _, value in pairs if name}
    control = _find_attribute(lines, "control")
    url = resolve_control_url(base, control)
    other = _resolve_as_rfc_1808(base, control)
    return Media(words[0], payload_type, *known[payload_type], url, parameters, other if other != url else "")


def _read_by_payload_type(lines: list[tuple[str, str]], name: str) -> dict[int, str]:
    """Return the first such attribute of each payload type."""
    found: dict[int, str] = {}
    for value in _find_attributes(lines, name):
        number, _, text = value.partition(" ")
        payload_type = parse_number(number, 127)
        if payload_type is not None:
            found.setdefault(payload_type, text.strip())
    return found


def _read_codec(payload_type: int, mappings: Mapping[int, str], offered: list[int]) -> tuple[str, int]:
    """Return codec and clock rate. A single mapping that is of no offered type is a slip of the pen."""
    if payload_type in mappings or payload_type in _STATIC_CODECS:
        mapping = mappings.get(payload_type)
    else:
        mapping = next(iter(mappings.values())) if len(mappings) == len(offered) == 1 else ""
    if mapping is None:
        return _STATIC_CODECS[payload_type]
    name, _, rate = mapping.partition("/")
    return name.strip().upper()[:MAX_NAME_CHARACTERS], parse_number(rate.split("/")[0], MAX_CLOCK_RATE) or 90000


def is_rtsp_url(text: str) -> bool:
    """Return whether the text is an absolute RTSP URL."""
    try:
        return urlsplit(text).scheme in ("rtsp", "rtsps")
    except ValueError:  # a bracket that is never closed
        return False


def resolve_control_url(base: str, control: str) -> str:
    """Return the URL that a control attribute means: below the base, against RFC 1808, as cameras do."""
    if not control or control == "*":
        return base
    if is_rtsp_url(control):
        return control
    if control.startswith("?"):
        return base + control
    return base.removesuffix("/") + ("" if control.startswith("/") else "/") + control


def _resolve_as_rfc_1808(base: str, control: str) -> str:
    """Return the URL by the letter of the standard where it differs: from the root of the host."""
    if not control.startswith("/"):
        return ""
    parts = urlsplit(base)
    return f"{parts.scheme}://{parts.netloc}{control}"
