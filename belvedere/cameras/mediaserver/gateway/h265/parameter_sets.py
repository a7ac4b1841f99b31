"""Collect the parameter sets of a stream, and hand them to key frames."""

from __future__ import annotations

from collections.abc import Sequence

from belvedere.cameras.mediaserver.gateway.access_unit import AccessUnit, split_annex_b
from belvedere.cameras.mediaserver.gateway.codec import MAX_PARAMETER_SET_BYTES, Configuration
from belvedere.cameras.mediaserver.gateway.errors import over_limit
from belvedere.cameras.mediaserver.gateway.h265.record import write_record
from belvedere.cameras.mediaserver.gateway.h265.slices import (
    PictureParameters,
    is_bidirectional,
    parse_pps,
    read_pps_number,
)
from belvedere.cameras.mediaserver.gateway.h265.sps import SequenceParameters, parse_sps
from belvedere.cameras.mediaserver.gateway.h265.units import (
    DELIMITER,
    FILLER,
    HEADER_BYTES,
    PARAMETER_SETS,
    PPS,
    SPS,
    VPS,
    has_time,
    is_slice,
    layer,
    nal_type,
)

_UNREADABLE = PictureParameters(-1, -1, 0)


class ParameterSets:
    """Implements codec.ParameterSets. Sets that cannot be read are left out; there are 16, 16 and 64 numbers."""

    def __init__(self, sets: Sequence[bytes] = ()) -> None:
        self._vps: dict[int, bytes] = {}
        self._sps: dict[int, bytes] = {}
        self._pps: dict[int, tuple[bytes, PictureParameters]] = {}
        self._active = -1
        for data in sets:
            for nal in split_annex_b(data):
                if has_time(nal) and layer(nal) == 0:
                    self._store(nal)

    @property
    def sps(self) -> bytes:
        """The one of the newest key frame; before it, and where its slices cannot be read, the first. b"" for none."""
        return self._sps.get(self._active) or next(iter(self._sps.values()), b"")

    @property
    def all(self) -> tuple[bytes, ...]:
        """See ParameterSets."""
        return (*self._vps.values(), *self._sps.values(), *(nal for nal, _ in self._pps.values()))

    @property
    def complete(self) -> bool:
        """See ParameterSets."""
        return bool(self._vps and self._sps and self._pps)

    def parse(self) -> SequenceParameters | None:
        """See ParameterSets."""
        return parse_sps(self.sps)

    def make_configuration(self) -> Configuration:
        """See ParameterSets."""
        parameters = self.parse()
        assert parameters is not None
        pps = [nal for nal, _ in self._pps.values()]
        record = write_record([list(self._vps.values()), list(self._sps.values()), pps], parameters)
        return Configuration(b"hvc1", b"hvcC", record)

    def _store(self, nal: bytes) -> None:
        if len(nal) > MAX_PARAMETER_SET_BYTES:
            raise over_limit("a parameter set of more than 4 KiB")
        kind = nal_type(nal)
        if kind == VPS:
            self._vps[nal[HEADER_BYTES] >> 4] = nal
        elif kind == SPS and (parameters := parse_sps(nal)) is not None:
            self._store_sps(nal, parameters.number)
        elif kind == PPS and (picture := parse_pps(nal)) is not None:
            self._pps[picture.number] = nal, picture

    def _store_sps(self, nal: bytes, number: int) -> None:
        if self._sps.get(number) != nal:
            self._sps[number] = nal
            self._pps = {key: value for key, value in self._pps.items() if value[1].sps != number}

    def apply(self, unit: AccessUnit) -> None:
        """See ParameterSets. It marks pictures of B-slices too: where the type of a slice stands, the PPS tells."""
        nals = []
        for nal in unit.nals:
            if nal_type(nal) in PARAMETER_SETS:
                self._store(nal)
            elif nal_type(nal) not in (DELIMITER, FILLER):
                nals.append(nal)
        first = next((nal for nal in nals if is_slice(nal)), b"")
        if first:
            _, picture = self._pps.get(read_pps_number(first), (b"", _UNREADABLE))
            unit.bidirectional = is_bidirectional(first, picture.extra_bits)
            if unit.key:
                self._active = picture.sps
        unit.nals = nals
        unit.sets = list(self.all) if unit.key and self.complete else []
