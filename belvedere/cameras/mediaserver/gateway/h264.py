"""H.264 as it comes from cameras: RTP packets to access units, and what a sequence parameter set says. Pure.

Sources: RFC 6184 (RTP payload), ITU-T H.264 §7.3 and annex E.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from belvedere.cameras.mediaserver.gateway.errors import over_limit

CLOCK_RATE = 90_000
# Of one picture. A key frame of a 4K camera has 1-2 MB, in 1,500 packets; the finest slices are one a packet.
MAX_ACCESS_UNIT_BYTES = 4 * 1024 * 1024
MAX_ACCESS_UNIT_PACKETS = 8192
MAX_ACCESS_UNIT_NALS = 4096
MAX_PARAMETER_SET_BYTES = 4096  # some 30 bytes are usual, with all scaling lists 500
MAX_PPS = 32
# Of an SPS: ITU-T H.264 §7.4.2.1.1, E.2.1, E.2.2. Size: level 6.2 has 16,384 samples at the most.
MAX_ORDER_CYCLE, MAX_HRD_COUNT, MAX_REORDER, MAX_SIZE = 255, 32, 16, 16_384

_IDR, _SPS, _PPS, _DELIMITER, _FILLER = 5, 7, 8, 9, 12
_SLICES = frozenset((1, 2, 5))
_STAP_A, _FU_A = 24, 28


@dataclass(slots=True)
class AccessUnit:
    """One picture. nals: without start codes; ts: in 90 kHz, presentation order, continuous; key: starts a decoder."""

    nals: list[bytes]
    ts: int
    key: bool


@dataclass(frozen=True)
class SequenceParameters:
    """The parts of an SPS that matter here. reorder: pictures that a decoder must hold back, None: not told."""

    profile: int
    compatibility: int
    level: int
    width: int
    height: int
    reorder: int | None
    fps: Fraction | None

    @property
    def codec_string(self) -> str:
        """As in RFC 6381, e.g. avc1.42c01f."""
        return f"avc1.{self.profile:02x}{self.compatibility:02x}{self.level:02x}"


def nal_type(nal: bytes) -> int:
    """The kind of a NAL unit."""
    return nal[0] & 0x1F


class ParameterSets:
    """The newest SPS and PPSs, from DESCRIBE or from the stream; gives them to key frames that lack them.

    Raises CameraError where they are larger or more than any camera's.
    """

    def __init__(self, sets: list[bytes] | None = None) -> None:
        self.sps: bytes = b""
        self._pps: dict[bytes, bytes] = {}
        for nal in sets or ():
            self._learn(nal)

    @property
    def pps(self) -> list[bytes]:
        """In the order in which they were first seen."""
        return list(self._pps.values())

    @property
    def complete(self) -> bool:
        """Whether a decoder can start."""
        return bool(self.sps and self._pps)

    def _learn(self, nal: bytes) -> None:
        if len(nal) > MAX_PARAMETER_SET_BYTES:
            raise over_limit("a parameter set of more than 4 KiB")
        if nal_type(nal) == _SPS:
            if nal != self.sps:
                self.sps, self._pps = nal, {}
        elif nal_type(nal) == _PPS:
            self._pps[nal[1:2]] = nal  # a PPS begins with its number; a byte tells the usual ones apart
            if len(self._pps) > MAX_PPS:
                raise over_limit("more than 32 picture parameter sets")

    def apply(self, unit: AccessUnit) -> None:
        """Learn what the picture carries; then a key frame begins with the sets, and no picture repeats them."""
        slices = []
        for nal in unit.nals:
            if nal_type(nal) in (_SPS, _PPS):
                self._learn(nal)
            elif nal_type(nal) not in (_DELIMITER, _FILLER):
                slices.append(nal)
        unit.nals = [self.sps, *self.pps, *slices] if unit.key and self.complete else slices


class Depacketizer:
    """RTP packets in order (RTSP over TCP) to access units. Raises CameraError where one grows beyond all limits.

    A picture ends with the marker bit. Cameras that set it on every slice are noticed by a second end at one time
    stamp; from then on a picture ends where the next begins, one frame later.
    """

    def __init__(self, payload_type: int) -> None:
        self._payload_type = payload_type
        self._nals: list[bytes] = []
        self._kinds: set[int] = set()
        self._bytes = 0
        self._packets = 0
        self._fragments: list[bytes] = []
        self._sequence: int | None = None
        self._ts: int | None = None
        self._extended = 0
        self._ended_ts: int | None = None
        self._marker_lies = False
        self._broken = False

    def feed(self, packet: bytes) -> list[AccessUnit]:
        """The pictures that this packet completes."""
        parts = rtp_parts(packet)
        if parts is None or parts[0] != self._payload_type:
            return []
        _, marker, sequence, ts, payload = parts
        lost = self._sequence is not None and sequence != (self._sequence + 1) & 0xFFFF
        self._sequence = sequence
        self._broken = self._broken or lost
        done = []
        if self._ts is not None and ts != self._ts:
            done.append(self._end())
            self._broken = lost
        self._advance(ts)
        self._count(len(payload))
        self._take(payload)
        if marker and not self._marker_lies:
            done.append(self._end())
        return [unit for unit in done if unit is not None]

    def _count(self, size: int) -> None:
        """Pictures that never end: of a clock that stands still, or on purpose."""
        self._bytes += size
        self._packets += 1
        if self._bytes > MAX_ACCESS_UNIT_BYTES:
            raise over_limit("a picture of more than 4 MiB")
        if self._packets > MAX_ACCESS_UNIT_PACKETS:
            raise over_limit("a picture of more than 8192 packets")

    def _advance(self, ts: int) -> None:
        if self._ts is None:
            self._extended = ts
        else:
            step = (ts - self._ts) & 0xFFFFFFFF
            self._extended += step - (1 << 32) if step >= 1 << 31 else step
        self._ts = ts

    def _take(self, payload: bytes) -> None:
        if not payload:
            return
        kind = payload[0] & 0x1F
        if 0 < kind < _STAP_A:
            self._add(payload)
        elif kind == _STAP_A:
            at = 1
            while at + 2 < len(payload):
                length = payload[at] << 8 | payload[at + 1]
                if not length:
                    self._broken = True
                    return
                self._add(payload[at + 2 : at + 2 + length])
                at += 2 + length
        elif kind == _FU_A and len(payload) > 2:
            self._fragment(payload)

    def _fragment(self, payload: bytes) -> None:
        header = payload[1]
        if header & 0x80:
            self._fragments = [bytes([payload[0] & 0xE0 | header & 0x1F])]
        if not self._fragments:
            self._broken = True
            return
        self._fragments.append(payload[2:])
        if header & 0x40:
            self._add(b"".join(self._fragments))
            self._fragments = []

    def _add(self, nal: bytes) -> None:
        if nal:
            self._nals.append(nal)
            self._kinds.add(nal_type(nal))
        if len(self._nals) > MAX_ACCESS_UNIT_NALS:
            raise over_limit("a picture of more than 4096 units")

    def _end(self) -> AccessUnit | None:
        self._fragments = []
        broken, self._broken = self._broken, False
        if not self._kinds & _SLICES:
            return None  # parameter sets sent on their own belong to the next picture
        nals, self._nals = self._nals, []
        kinds, self._kinds = self._kinds, set()
        self._bytes = self._packets = 0
        if broken:
            return None
        self._marker_lies = self._marker_lies or self._ended_ts == self._extended
        self._ended_ts = self._extended
        return AccessUnit(nals, self._extended, _IDR in kinds)


def rtp_parts(packet: bytes) -> tuple[int, bool, int, int, bytes] | None:
    """Payload type, marker, sequence number, time stamp, payload (RFC 3550 §5.1); None for no RTP."""
    if len(packet) < 12 or packet[0] >> 6 != 2:
        return None
    at = 12 + 4 * (packet[0] & 0x0F)
    if packet[0] & 0x10:
        if len(packet) < at + 4:
            return None
        at += 4 + 4 * int.from_bytes(packet[at + 2 : at + 4], "big")
    end = len(packet) - (packet[-1] if packet[0] & 0x20 else 0)
    if end < at:
        return None
    sequence = packet[2] << 8 | packet[3]
    return packet[1] & 0x7F, packet[1] >= 0x80, sequence, int.from_bytes(packet[4:8], "big"), packet[at:end]


class _Bits:
    """Reads an RBSP bit by bit. Raises IndexError at its end."""

    def __init__(self, nal: bytes) -> None:
        self._data = nal[1:].replace(b"\x00\x00\x03", b"\x00\x00")
        self._at = 0

    def u(self, count: int) -> int:
        value = 0
        for _ in range(count):
            value = value << 1 | self._data[self._at >> 3] >> (7 - (self._at & 7)) & 1
            self._at += 1
        return value

    def ue(self, highest: int = 0xFFFFFFFF) -> int:
        """Raises ValueError beyond highest: what follows would be read for ever, or make a picture of no size."""
        zeros = 0
        while not self.u(1):
            zeros += 1
            if zeros > 32:
                raise IndexError
        value = (1 << zeros) - 1 + self.u(zeros)
        if value > highest:
            raise ValueError(value)
        return value

    def se(self) -> int:
        value = self.ue()
        return (value + 1) // 2 if value & 1 else -(value // 2)


_HIGH_PROFILES = frozenset((100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135))


def parse_sps(nal: bytes) -> SequenceParameters | None:
    """What the SPS says, None where it cannot be read, or says what no picture has."""
    try:
        return _parse_sps(nal) if len(nal) <= MAX_PARAMETER_SET_BYTES else None
    except (IndexError, ValueError):
        return None


def _parse_sps(nal: bytes) -> SequenceParameters:
    bits = _Bits(nal)
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
    fps, reorder = _vui(bits) if bits.u(1) else (None, None)
    if profile == 66 or order_kind == 2:  # Baseline has no B-frames; kind 2: output order is decoding order
        reorder = 0
    return SequenceParameters(profile, compatibility, level, width, height, reorder, fps)


def _skip_high_profile(bits: _Bits) -> int:
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


def _skip_scaling_list(bits: _Bits, size: int) -> None:
    last, following = 8, 8
    for _ in range(size):
        if following:
            following = (last + bits.se()) % 256
        last = following or last


def _skip_picture_order(bits: _Bits) -> int:
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


def _vui(bits: _Bits) -> tuple[Fraction | None, int | None]:
    """Frame rate and the number of reordered pictures (annex E.1.1)."""
    if bits.u(1) and bits.u(8) == 255:
        bits.u(32)
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
        return fps, None
    bits.u(1)
    for _ in range(4):
        bits.ue()
    return fps, bits.ue(MAX_REORDER)


def _skip_hrd(bits: _Bits) -> None:
    count = bits.ue(MAX_HRD_COUNT - 1) + 1
    bits.u(8)
    for _ in range(count):
        bits.ue()
        bits.ue()
        bits.u(1)
    bits.u(20)
