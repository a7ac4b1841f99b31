"""RTP packets to access units: what H.264 (RFC 6184) and H.265 (RFC 7798) have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from struct import Struct

from belvedere.cameras.mediaserver.gateway.access_unit import AccessUnit, split_annex_b
from belvedere.cameras.mediaserver.gateway.errors import over_limit

# Of one picture. A key frame of a 4K camera has 1-2 MB, in 1,500 packets; the finest slices are one a packet.
MAX_ACCESS_UNIT_BYTES = 4 * 1024 * 1024
MAX_ACCESS_UNIT_PACKETS = 8192
MAX_ACCESS_UNIT_NALS = 4096

OTHER_TYPE_PACKETS = 30  # in a row, and none of the type that the description names: then they are the stream

_HEAD = Struct(">BBHI")


class Depacketizer(ABC):
    """Turns RTP packets in order (RTSP over TCP) into access units. Raises CameraError where one exceeds the limits.

    A picture ends with the marker bit. A further slice at the time stamp of a picture that has ended shows a camera
    that sets it on every slice; from then on a picture ends where the next begins, one frame later. A slice that
    begins a picture is no further one: some cameras give two pictures one time stamp.
    """

    def __init__(self, payload_type: int) -> None:
        self._payload_type = payload_type
        self._other_type: int | None = None
        self._other_packets = 0
        self._nals: list[bytes] = []
        self._has_slices = False
        self._has_key = False
        self._bytes = 0
        self._packets = 0
        self._fragments: list[bytes] = []
        self._sequence: int | None = None
        self._ts: int | None = None
        self._extended = 0
        self._ended_ts: int | None = None
        self._has_start_codes = False
        self._has_marker = False
        self._marker_lies = False
        self._broken = False
        self._done: list[AccessUnit] = []

    # What the codecs do each in their own way

    @abstractmethod
    def _read_payload(self, payload: bytes) -> None:
        """Take a payload, which is not empty, apart: `_add_nal`, `_add_units`, `_add_fragment`."""

    @abstractmethod
    def _is_unit(self, nal: bytes) -> bool:
        """Return whether it is a NAL unit that belongs to a picture."""

    @abstractmethod
    def _is_slice(self, nal: bytes) -> bool:
        """Return whether it holds a part of the picture itself."""

    @abstractmethod
    def _is_key(self, nal: bytes) -> bool:
        """Return whether it is a slice of a picture that starts a decoder."""

    @abstractmethod
    def _begins_picture(self, nal: bytes) -> bool:
        """Return whether no slice of its picture lies before this slice."""

    @abstractmethod
    def _is_bidirectional(self, nal: bytes) -> bool:
        """Return whether it is a B-slice, where the slice alone tells."""

    # What they do alike

    def feed(self, packet: bytes) -> list[AccessUnit]:
        """Return the pictures that this packet completes."""
        parts = split_rtp(packet)
        if parts is None or (parts[0] != self._payload_type and not self._adopt(parts[0])):
            return []
        _, marker, sequence, ts, payload = parts
        lost = self._sequence is not None and sequence != (self._sequence + 1) & 0xFFFF
        self._sequence = sequence
        self._broken = self._broken or lost
        if self._ts is not None and ts != self._ts:
            self._finish_unit()
            self._broken = lost
        self._extend_timestamp(ts)
        self._check_size(len(payload))
        if payload:
            self._read_payload(payload)
        self._has_marker = self._has_marker or marker
        if marker and not self._marker_lies:
            self._finish_unit()
        done, self._done = self._done, []
        return done

    def _adopt(self, payload_type: int) -> bool:
        """Whether packets of this type are the stream after all: the description named a type that never came."""
        if self._sequence is not None:
            return False
        self._other_packets = self._other_packets + 1 if payload_type == self._other_type else 1
        self._other_type = payload_type
        if self._other_packets < OTHER_TYPE_PACKETS:
            return False
        self._payload_type = payload_type
        return True

    def _check_size(self, size: int) -> None:
        """Raise CameraError for a picture that does not end: the clock stands still, or it is an attack."""
        self._bytes += size
        self._packets += 1
        if self._bytes > MAX_ACCESS_UNIT_BYTES:
            raise over_limit("a picture of more than 4 MiB")
        if self._packets > MAX_ACCESS_UNIT_PACKETS:
            raise over_limit("a picture of more than 8192 packets")

    def _extend_timestamp(self, ts: int) -> None:
        if self._ts is None:
            self._extended = ts
        else:
            self._extended += wrapped_step(self._ts, ts)
        self._ts = ts

    def _add_units(self, data: bytes, at: int) -> None:
        """Add the units of an aggregation packet: each has its length before it, from `at` on."""
        while at + 2 < len(data):
            length = data[at] << 8 | data[at + 1]
            if not length:
                self._broken = True
                return
            self._add_nal(data[at + 2 : at + 2 + length])
            at += 2 + length

    def _add_fragment(self, header: bytes, state: int, data: bytes) -> None:
        """Add a part of a unit. header: of the unit; state: of the fragment, bit 7 for its begin, bit 6 for its end."""
        if state & 0x80:
            self._fragments = [header]
        if not self._fragments:
            self._broken = True
            return
        self._fragments.append(data)
        if state & 0x40:
            self._add_nal(b"".join(self._fragments))
            self._fragments = []

    def _add_nal(self, data: bytes) -> None:
        """Add a unit, or several with start codes between them, which do not belong here either.

        Cameras that send these begin with the parameter sets; slices of all others are not searched, which saves time.
        """
        nals = [data] if data else []
        if self._has_start_codes or (data and not self._is_slice(data)):
            nals = split_annex_b(data)
            self._has_start_codes = self._has_start_codes or len(nals) > 1
        for nal in nals:
            if not self._is_unit(nal):
                continue
            if self._is_slice(nal):
                if self._begins_picture(nal) and self._may_end_before_slice():
                    self._finish_unit()
                self._has_slices = True
                self._has_key = self._has_key or self._is_key(nal)
            self._nals.append(nal)
        if len(self._nals) > MAX_ACCESS_UNIT_NALS:
            raise over_limit("a picture of more than 4096 units")

    def _may_end_before_slice(self) -> bool:
        """Whether the picture in hand has slices, and markers do not tell its end."""
        return (self._marker_lies or not self._has_marker) and self._has_slices

    def _finish_unit(self) -> None:
        self._fragments = []
        broken, self._broken = self._broken, False
        if not self._has_slices:
            return  # parameter sets sent on their own belong to the next picture
        nals, self._nals = self._nals, []
        key, self._has_slices, self._has_key = self._has_key, False, False
        self._bytes = self._packets = 0
        if broken:
            return
        first = next(nal for nal in nals if self._is_slice(nal))
        if self._ended_ts == self._extended and not self._begins_picture(first):
            self._marker_lies = True
        self._ended_ts = self._extended
        self._done.append(AccessUnit(nals, self._extended, key, self._is_bidirectional(first)))


def wrapped_step(before: int, after: int) -> int:
    """Return how far a time stamp of 32 bits went, forward or back."""
    step = (after - before) & 0xFFFFFFFF
    return step - (1 << 32) if step >= 1 << 31 else step


def split_rtp(packet: bytes) -> tuple[int, bool, int, int, bytes] | None:
    """Return payload type, marker, sequence number, time stamp and payload (RFC 3550 §5.1); None for no RTP."""
    if len(packet) < 12 or packet[0] >> 6 != 2:
        return None
    first, kind, sequence, ts = _HEAD.unpack_from(packet)
    if first == 0x80:  # most packets: nothing before the payload, and nothing behind it
        return kind & 0x7F, kind >= 0x80, sequence, ts, packet[12:]
    at = 12 + 4 * (first & 0x0F)
    if first & 0x10:
        if len(packet) < at + 4:
            return None
        at += 4 + 4 * int.from_bytes(packet[at + 2 : at + 4], "big")
    end = len(packet) - (packet[-1] if first & 0x20 else 0)
    if end < at:
        return None
    return kind & 0x7F, kind >= 0x80, sequence, ts, packet[at:end]
