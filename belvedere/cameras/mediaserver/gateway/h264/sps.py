"""What a sequence parameter set says of a stream (ITU-T H.264 §7.3.2.1, annex E)."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from belvedere.cameras.mediaserver.gateway.aspect import read_aspect
from belvedere.cameras.mediaserver.gateway.bits import Bits
from belvedere.cameras.mediaserver.gateway.codec import MAX_PARAMETER_SET_BYTES

# ITU-T H.264 §7.4.2.1.1, E.2.1, E.2.2. Size: level 6.2 has 16,384 samples at the most.
MAX_ORDER_CYCLE, MAX_HRD_COUNT, MAX_REORDER, MAX_SIZE = 255, 32, 16, 16_384


@dataclass(frozen=True)
class SequenceParameters:
    """The parts of an SPS that matter here.

    reorder: pictures that a decoder must hold back, None: not told. aspect: width of a pixel by its height.
    """

    profile: int
    compatibility: int
    level: int
    width: int
    height: int
    reorder: int | None
    fps: Fraction | None
    aspect: tuple[int, int] = (1, 1)

    @property
    def codec_string(self) -> str:
        """As in RFC 6381, e.g. avc1.42c01f."""
        return f"avc1.{self.profile:02x}{self.compatibility:02x}{self.level:02x}"


_HIGH_PROFILES = frozenset((100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135))


def parse_sps(nal: bytes) -> SequenceParameters | None:
    """Return the parameters of an SPS; None where it cannot be read or names a size that no picture has."""
    try:
        return _parse_sps(nal) if len(nal) <= MAX_PARAMETER_SET_BYTES else None
    except (IndexError, ValueError):
        return None


def _parse_sps(nal: bytes) -> SequenceParameters:
    bits = Bits(nal)
    profile, compatibility, level = bits.u(8), bits.u(8), bits.u(8)
    bits.ue()
    chroma = 1
    if profile in _HIGH_PROFILES:
        chroma = _skip_high_profile(bits)
    bits.ue()
    order_kind = _skip_picture_order(bits)
    bits.ue()
    bits.u(1)
    width, map_units = (bits.ue(MAX_SIZE) + 1) * 16, bits.ue(MAX_SIZE) + 1
    frame_only = bits.u(1)
    height = (2 - frame_only) * map_units * 16
    if not frame_only:
        bits.u(1)
    bits.u(1)
    if bits.u(1):
        left, right, top, bottom = (bits.ue() for _ in range(4))
        step_x, step_y = (1 if chroma in (0, 3) else 2), (2 if chroma == 1 else 1) * (2 - frame_only)
        width, height = width - (left + right) * step_x, height - (top + bottom) * step_y
    if not (0 < width <= MAX_SIZE and 0 < height <= MAX_SIZE):
        raise ValueError(width, height)
    fps, reorder, aspect = _read_vui(bits) if bits.u(1) else (None, None, (1, 1))
    if profile == 66 or order_kind == 2:  # Baseline has no B-frames; kind 2: output order is decoding order
        reorder = 0
    return SequenceParameters(profile, compatibility, level, width, height, reorder, fps, aspect)


def _skip_high_profile(bits: Bits) -> int:
    chroma = bits.ue(3)
    if chroma == 3:
        bits.u(1)
    bits.ue()
    bits.ue()
    bits.u(1)
    if bits.u(1):
        for index in range(8 if chroma != 3 else 12):
            if bits.u(1):
                _skip_scaling_list(bits, 16 if index < 6 else 64)
    return chroma


def _skip_scaling_list(bits: Bits, size: int) -> None:
    last, following = 8, 8
    for _ in range(size):
        if following:
            following = (last + bits.se()) % 256
        last = following or last


def _skip_picture_order(bits: Bits) -> int:
    kind = bits.ue(2)
    if kind == 0:
        bits.ue()
    elif kind == 1:
        bits.u(1)
        bits.se()
        bits.se()
        for _ in range(bits.ue(MAX_ORDER_CYCLE)):
            bits.se()
    return kind


def _read_vui(bits: Bits) -> tuple[Fraction | None, int | None, tuple[int, int]]:
    """Return the frame rate, the number of reordered pictures, and the shape of a pixel (annex E.1.1)."""
    aspect = read_aspect(bits) if bits.u(1) else (1, 1)
    if bits.u(1):
        bits.u(1)
    if bits.u(1):
        bits.u(4)
        if bits.u(1):
            bits.u(24)
    if bits.u(1):
        bits.ue()
        bits.ue()
    fps = None
    if bits.u(1):
        units, scale = bits.u(32), bits.u(32)
        bits.u(1)
        fps = Fraction(scale, 2 * units) if units else None
    buffering = False
    for _ in ("NAL", "VCL"):
        if bits.u(1):
            _skip_hrd(bits)
            buffering = True
    if buffering:
        bits.u(1)
    bits.u(1)
    if not bits.u(1):
        return fps, None, aspect
    bits.u(1)
    for _ in range(4):
        bits.ue()
    return fps, bits.ue(MAX_REORDER), aspect


def _skip_hrd(bits: Bits) -> None:
    count = bits.ue(MAX_HRD_COUNT - 1) + 1
    bits.u(8)
    for _ in range(count):
        bits.ue()
        bits.ue()
        bits.u(1)
    bits.u(20)
