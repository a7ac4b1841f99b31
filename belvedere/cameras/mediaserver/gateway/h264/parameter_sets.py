"""Collect the parameter sets of a stream, and hand them to key frames."""

from __future__ import annotations

from collections.abc import Sequence

from belvedere.cameras.mediaserver.gateway.access_unit import AccessUnit, split_annex_b
from belvedere.cameras.mediaserver.gateway.bits import Bits
from belvedere.cameras.mediaserver.gateway.codec import MAX_PARAMETER_SET_BYTES, Configuration
from belvedere.cameras.mediaserver.gateway.errors import over_limit
from belvedere.cameras.mediaserver.gateway.h264.record import write_record
from belvedere.cameras.mediaserver.gateway.h264.slices import parse_slice
from belvedere.cameras.mediaserver.gateway.h264.sps import SequenceParameters, parse_sps
from belvedere.cameras.mediaserver.gateway.h264.units import DELIMITER, FILLER, IDR, PPS, SPS, nal_type

MAX_SPS = 31  # a configuration record counts no more; there are 32 numbers, and cameras use one or two
MAX_PPS = 32


class ParameterSets:
    """Implements codec.ParameterSets. sets: those of the description."""

    def __init__(self, sets: Sequence[bytes] = ()) -> None:
        self._sps: dict[int, bytes] = {}
        self._pps: dict[int, tuple[bytes, int]] = {}
        self._active = b""
        for data in sets:
            for nal in split_annex_b(data):
                if not _is_broken(nal):
                    self._store(nal)

    @property
    def sps(self) -> bytes:
        """The one of the newest key frame; before it, and where its slices cannot be read, the first. b"" for none."""
        if self._active in self._sps.values():
            return self._active
        return next(iter(self._sps.values()), b"")

    @property
    def all_sps(self) -> list[bytes]:
        """In the order in which they were first seen."""
        return list(self._sps.values())

    @property
    def pps(self) -> list[bytes]:
        """In the order in which they were first seen."""
        return [nal for nal, _ in self._pps.values()]

    @property
    def all(self) -> tuple[bytes, ...]:
        """See ParameterSets."""
        return (*self.all_sps, *self.pps)

    @property
    def complete(self) -> bool:
        """See ParameterSets."""
        return bool(self._sps and self._pps)

    def parse(self) -> SequenceParameters | None:
        """See ParameterSets."""
        return parse_sps(self.sps)

    def make_configuration(self) -> Configuration:
        """See ParameterSets."""
        parameters = self.parse()
        assert parameters is not None
        return Configuration(b"avc1", b"avcC", write_record(self.all_sps, self.pps, parameters))

    def _store(self, nal: bytes) -> None:
        if len(nal) > MAX_PARAMETER_SET_BYTES:
            raise over_limit("a parameter set of more than 4 KiB")
        if nal_type(nal) == SPS:
            self._store_sps(nal)
        elif nal_type(nal) == PPS:
            number, sps = _read_numbers(nal)
            self._pps[number] = nal, sps
            if len(self._pps) > MAX_PPS:
                raise over_limit("more than 32 picture parameter sets")

    def _store_sps(self, nal: bytes) -> None:
        number = _read_number(nal[3:])
        if self._sps.get(number) == nal:
            return
        self._sps[number] = nal
        self._pps = {key: value for key, value in self._pps.items() if value[1] != number}
        if len(self._sps) > MAX_SPS:
            raise over_limit("more than 31 sequence parameter sets")

    def apply(self, unit: AccessUnit) -> None:
        """See ParameterSets."""
        nals = []
        for nal in unit.nals:
            if nal_type(nal) in (SPS, PPS):
                self._store(nal)
            elif nal_type(nal) not in (DELIMITER, FILLER):
                nals.append(nal)
        if unit.key:
            self._activate(nals)
        unit.nals = nals
        unit.sets = list(self.all) if unit.key and self.complete else []

    def _activate(self, nals: list[bytes]) -> None:
        header = next((parse_slice(nal) for nal in nals if nal_type(nal) == IDR), None)
        _, sps = self._pps.get(header.pps if header is not None else -1, (b"", -1))
        self._active = self._sps.get(sps, b"")


def _is_broken(nal: bytes) -> bool:
    """Return whether it is an SPS that cannot be read. One of a description may be, and that of the stream right."""
    return nal_type(nal) == SPS and len(nal) <= MAX_PARAMETER_SET_BYTES and parse_sps(nal) is None


def _read_number(nal: bytes) -> int:
    """Return the number with which an SPS begins after its profile and level; -1 where it cannot be read."""
    try:
        return Bits(nal[:12]).ue(MAX_SPS)
    except (IndexError, ValueError):
        return -1


def _read_numbers(nal: bytes) -> tuple[int, int]:
    """Return the number of a PPS and that of its SPS. Where they cannot be read: its first byte, and no SPS."""
    bits = Bits(nal[:12])
    try:
        return bits.ue(255), bits.ue(MAX_SPS)
    except (IndexError, ValueError):
        return -1 - (nal[1] if len(nal) > 1 else 0), -1
