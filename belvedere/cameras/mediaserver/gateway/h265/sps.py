"""What a sequence parameter set says of a stream (ITU-T H.265 §7.3.2.2, annex E)."""

from __future__ import annotations

from dataclasses import dataclass

from belvedere.cameras.mediaserver.gateway.aspect import read_aspect
from belvedere.cameras.mediaserver.gateway.bits import Bits
from belvedere.cameras.mediaserver.gateway.codec import MAX_PARAMETER_SET_BYTES
from belvedere.cameras.mediaserver.gateway.h265.units import HEADER_BYTES

# ITU-T H.265 §7.4.3.2.1, §7.4.8. Size: level 6.2 has 16,888 samples at the most.
MAX_SIZE, MAX_NUMBER, MAX_REORDER, MAX_REFERENCE_SETS, MAX_REFERENCES, MAX_LONG_TERM = 16_888, 15, 16, 64, 16, 32


@dataclass(frozen=True)
class ProfileTierLevel:
    """The first 12 bytes of profile_tier_level, as MP4 and RFC 6381 want them (§7.3.3)."""

    space: int
    tier: int
    profile: int
    compatibility: int
    constraints: bytes
    level: int


@dataclass(frozen=True)
class SequenceParameters:
    """The parts of an SPS that matter here.

    chroma: chroma_format_idc; depths: bits of luma and chroma; layers: temporal ones; reorder: pictures that a decoder
    must hold back; aspect: width of a pixel by its height.
    """

    general: ProfileTierLevel
    number: int
    layers: int
    nested: bool
    chroma: int
    depths: tuple[int, int]
    width: int
    height: int
    reorder: int
    aspect: tuple[int, int] = (1, 1)

    @property
    def profile(self) -> int:
        """Main is 1, Main 10 is 2."""
        return self.general.profile

    @property
    def codec_string(self) -> str:
        """As in ISO/IEC 14496-15 §E.3, e.g. hvc1.1.6.L93.B0."""
        general = self.general
        space = ("", "A", "B", "C")[general.space]
        compatibility = int(f"{general.compatibility:032b}"[::-1], 2)
        constraints = [f"{byte:X}" for byte in general.constraints.rstrip(b"\0")]
        level = f"{'H' if general.tier else 'L'}{general.level}"
        return ".".join([f"hvc1.{space}{general.profile}", f"{compatibility:X}", level, *constraints])


def parse_sps(nal: bytes) -> SequenceParameters | None:
    """Return the parameters of an SPS; None where it cannot be read or names a size that no picture has."""
    try:
        return _parse_sps(nal) if len(nal) <= MAX_PARAMETER_SET_BYTES else None
    except (IndexError, ValueError):
        return None


def _parse_sps(nal: bytes) -> SequenceParameters:
    bits = Bits(nal, HEADER_BYTES)
    bits.u(4)
    layers, nested = bits.u(3) + 1, bool(bits.u(1))
    general = _read_profile(bits, layers)
    number, chroma = bits.ue(MAX_NUMBER), bits.ue(3)
    if chroma == 3:
        bits.u(1)
    width, height = _read_size(bits, chroma)
    depths = bits.ue(8) + 8, bits.ue(8) + 8
    order_bits = bits.ue(12) + 4
    reorder = 0
    for _ in range(layers if bits.u(1) else 1):
        bits.ue()
        reorder = bits.ue(MAX_REORDER)
        bits.ue()
    try:
        aspect = _find_aspect(bits, order_bits)
    except (IndexError, ValueError):  # what lies behind is for decoders; ours need not know all of it
        aspect = 1, 1
    return SequenceParameters(general, number, layers, nested, chroma, depths, width, height, reorder, aspect)


def _read_profile(bits: Bits, layers: int) -> ProfileTierLevel:
    space, tier, profile = bits.u(2), bits.u(1), bits.u(5)
    compatibility, constraints, level = bits.u(32), bits.u(48).to_bytes(6, "big"), bits.u(8)
    present = [(bits.u(1), bits.u(1)) for _ in range(layers - 1)]
    if layers > 1:
        bits.u(2 * (9 - layers))
    for has_profile, has_level in present:
        bits.u(88 * has_profile + 8 * has_level)
    return ProfileTierLevel(space, tier, profile, compatibility, constraints, level)


def _read_size(bits: Bits, chroma: int) -> tuple[int, int]:
    width, height = bits.ue(MAX_SIZE), bits.ue(MAX_SIZE)
    if bits.u(1):
        left, right, top, bottom = (bits.ue() for _ in range(4))
        width -= (left + right) * (2 if chroma in (1, 2) else 1)
        height -= (top + bottom) * (2 if chroma == 1 else 1)
    if not (width > 0 and height > 0):
        raise ValueError(width, height)
    return width, height


def _find_aspect(bits: Bits, order_bits: int) -> tuple[int, int]:
    """Read up to the begin of the VUI, which tells the shape of a pixel (§E.2.1)."""
    for _ in range(6):
        bits.ue()
    if bits.u(1) and bits.u(1):
        _skip_scaling_lists(bits)
    bits.u(2)
    if bits.u(1):
        bits.u(8)
        bits.ue()
        bits.ue()
        bits.u(1)
    counts: list[int] = []
    for _ in range(bits.ue(MAX_REFERENCE_SETS)):
        counts.append(_skip_reference_set(bits, counts))
    if bits.u(1):
        for _ in range(bits.ue(MAX_LONG_TERM)):
            bits.u(order_bits + 1)
    bits.u(2)
    return read_aspect(bits) if bits.u(1) and bits.u(1) else (1, 1)


def _skip_scaling_lists(bits: Bits) -> None:
    """§7.3.4."""
    for size in range(4):
        for _ in range(2 if size == 3 else 6):
            if not bits.u(1):
                bits.ue()
                continue
            if size > 1:
                bits.se()
            for _ in range(min(64, 16 << 2 * size)):
                bits.se()


def _skip_reference_set(bits: Bits, counts: list[int]) -> int:
    """Read a set of reference pictures (§7.3.7); return how many it has. counts: of those before."""
    if counts and bits.u(1):
        bits.u(1)
        bits.ue()
        kept = 0
        for _ in range(counts[-1] + 1):
            kept += bits.u(1) or bits.u(1)
        return kept
    count = bits.ue(MAX_REFERENCES) + bits.ue(MAX_REFERENCES)
    for _ in range(count):
        bits.ue()
        bits.u(1)
    return count
