"""Collect the parameter sets of a stream, and add them to key frames that lack them."""

from __future__ import annotations

from belvedere.cameras.mediaserver.gateway.errors import over_limit
from belvedere.cameras.mediaserver.gateway.h264.units import DELIMITER, FILLER, PPS, SPS, AccessUnit, nal_type

MAX_PARAMETER_SET_BYTES = 4096  # some 30 bytes are usual, with all scaling lists 500
MAX_PPS = 32


class ParameterSets:
    """The newest SPS and PPSs, from DESCRIBE or from the stream.

    Raises CameraError where they are larger than those of any camera, or more.
    """

    def __init__(self, sets: list[bytes] | None = None) -> None:
        self.sps: bytes = b""
        self._pps: dict[bytes, bytes] = {}
        for nal in sets or ():
            self._store(nal)

    @property
    def pps(self) -> list[bytes]:
        """In the order in which they were first seen."""
        return list(self._pps.values())

    @property
    def complete(self) -> bool:
        """Whether a decoder can start."""
        return bool(self.sps and self._pps)

    def _store(self, nal: bytes) -> None:
        if len(nal) > MAX_PARAMETER_SET_BYTES:
            raise over_limit("a parameter set of more than 4 KiB")
        if nal_type(nal) == SPS:
            if nal != self.sps:
                self.sps, self._pps = nal, {}
        elif nal_type(nal) == PPS:
            self._pps[nal[1:2]] = nal  # a PPS begins with its number; a byte tells the usual ones apart
            if len(self._pps) > MAX_PPS:
                raise over_limit("more than 32 picture parameter sets")

    def apply(self, unit: AccessUnit) -> None:
        """Take the sets out of the picture and store them; a key frame gets the complete sets in front."""
        slices = []
        for nal in unit.nals:
            if nal_type(nal) in (SPS, PPS):
                self._store(nal)
            elif nal_type(nal) not in (DELIMITER, FILLER):
                slices.append(nal)
        unit.nals = [self.sps, *self.pps, *slices] if unit.key and self.complete else slices
