"""Fragmented MP4 (ISO/IEC 14496-12, CMAF 23000-19) for one track each: an init segment, and fragments. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from struct import pack
from typing import NamedTuple

from belvedere.cameras.mediaserver.gateway.access_unit import CLOCK_RATE
from belvedere.cameras.mediaserver.gateway.codec import Configuration, Parameters
from belvedere.cameras.mediaserver.gateway.sound.formats import Format

MAX_SHOWN_SIZE = 0xFFFF  # 16 bits, before the binary point of tkhd
_SYNC_SAMPLE, _OTHER_SAMPLE = 0x02000000, 0x01010000
_UNITY = pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)


class Sample(NamedTuple):
    """One picture or frame of sound. dts, duration, offset (presentation minus decoding time): in the track's clock."""

    data: bytes
    dts: int
    duration: int
    offset: int
    key: bool


def _make_box(kind: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return pack(">I", 8 + len(body)) + kind + body


def _make_full_box(kind: bytes, version: int, flags: int, *parts: bytes) -> bytes:
    return _make_box(kind, pack(">I", version << 24 | flags), *parts)


def sample_data(nals: Iterable[bytes]) -> bytes:
    """Return a picture with a length before each NAL unit."""
    return b"".join(pack(">I", len(nal)) + nal for nal in nals)


def init_segment(configuration: Configuration, parameters: Parameters) -> bytes:
    """Return an init segment of video: ftyp and moov."""
    across, down = parameters.aspect
    width, height = min(parameters.width * across // down, MAX_SHOWN_SIZE), parameters.height
    header = _make_full_box(b"vmhd", 0, 1, bytes(8))
    entry = _make_sample_entry(configuration, parameters)
    return _write_init(CLOCK_RATE, b"vide", header, entry, shown=pack(">II", width << 16, height << 16))


def sound_init_segment(form: Format) -> bytes:
    """Return an init segment of sound."""
    header = _make_full_box(b"smhd", 0, 0, bytes(4))
    return _write_init(form.rate, b"soun", header, _make_sound_entry(form), volume=0x100)


def _write_init(rate: int, kind: bytes, header: bytes, entry: bytes, shown: bytes = bytes(8), volume: int = 0) -> bytes:
    """rate: the track's clock; shown: width and height, 16.16; volume: 8.8."""
    movie = _make_full_box(b"mvhd", 0, 0, pack(">4I", 0, 0, rate, 0), pack(">IHH8x", 0x10000, 0x100, 0), _UNITY,
                  bytes(24), pack(">I", 2))  # fmt: skip
    track = _make_full_box(b"tkhd", 0, 7, pack(">5I", 0, 0, 1, 0, 0), bytes(8), pack(">4H", 0, 0, volume, 0), _UNITY,
                  shown)  # fmt: skip
    media = _make_box(
        b"mdia",
        _make_full_box(b"mdhd", 0, 0, pack(">4IHH", 0, 0, rate, 0, 0x55C4, 0)),
        _make_full_box(b"hdlr", 0, 0, pack(">I4s12x", 0, kind), b"Belvedere\0"),
        _make_box(
            b"minf",
            header,
            _make_box(b"dinf", _make_full_box(b"dref", 0, 0, pack(">I", 1), _make_full_box(b"url ", 0, 1))),
            _make_sample_table(entry),
        ),
    )
    defaults = _make_full_box(b"trex", 0, 0, pack(">5I", 1, 1, 0, 0, 0))
    return _make_box(b"ftyp", b"iso5", pack(">I", 512), b"iso5iso6mp41cmfc") + _make_box(
        b"moov", movie, _make_box(b"trak", track, media), _make_box(b"mvex", defaults)
    )


def _make_sample_table(entry: bytes) -> bytes:
    return _make_box(
        b"stbl",
        _make_full_box(b"stsd", 0, 0, pack(">I", 1), entry),
        _make_full_box(b"stts", 0, 0, pack(">I", 0)),
        _make_full_box(b"stsc", 0, 0, pack(">I", 0)),
        _make_full_box(b"stsz", 0, 0, pack(">II", 0, 0)),
        _make_full_box(b"stco", 0, 0, pack(">I", 0)),
    )


def _make_sample_entry(configuration: Configuration, parameters: Parameters) -> bytes:
    return _make_box(
        configuration.entry,
        pack(">6xH16x", 1),
        pack(">HHIIIH", parameters.width, parameters.height, 0x480000, 0x480000, 0, 1),
        bytes(32),
        pack(">HH", 0x18, 0xFFFF),
        _make_box(configuration.box, configuration.record),
        *([] if parameters.aspect == (1, 1) else [_make_box(b"pasp", pack(">II", *parameters.aspect))]),
    )


def _make_sound_entry(form: Format) -> bytes:
    """AAC with its configuration (ISO/IEC 14496-14 §5.6), or Opus (Opus in ISOBMFF §4.3)."""
    head = pack(">6xH8xHH4xI", 1, form.channels, 16, form.rate << 16)
    if not form.config:
        return _make_box(b"Opus", head, _make_box(b"dOps", pack(">BBHIhB", 0, form.channels, 0, form.rate, 0, 0)))
    decoder = _make_descriptor(4, pack(">BB3xII", 0x40, 0x15, 0, 0), _make_descriptor(5, form.config))
    return _make_box(
        b"mp4a",
        head,
        _make_full_box(b"esds", 0, 0, _make_descriptor(3, pack(">HB", 1, 0), decoder, _make_descriptor(6, b"\2"))),
    )


def _make_descriptor(tag: int, *parts: bytes) -> bytes:
    """Of ISO/IEC 14496-1 §7.2.2; all of ours are shorter than 128 bytes."""
    body = b"".join(parts)
    return bytes((tag, len(body))) + body


def fragment(number: int, samples: Sequence[Sample]) -> bytes:
    """Return a fragment: moof and mdat. number: from 1, rising."""
    rows = b"".join(
        pack(">IIIi", s.duration, len(s.data), _SYNC_SAMPLE if s.key else _OTHER_SAMPLE, s.offset) for s in samples
    )
    fixed = 8 + 16 + 8 + 16 + 20 + 20  # moof, mfhd, traf, tfhd, tfdt, trun up to its rows
    data_offset = fixed + len(rows) + 8
    head = _make_box(
        b"moof",
        _make_full_box(b"mfhd", 0, 0, pack(">I", number)),
        _make_box(
            b"traf",
            _make_full_box(b"tfhd", 0, 0x020000, pack(">I", 1)),
            _make_full_box(b"tfdt", 1, 0, pack(">Q", samples[0].dts)),
            _make_full_box(b"trun", 1, 0x000F01, pack(">Ii", len(samples), data_offset), rows),
        ),
    )
    return head + _make_box(b"mdat", *(sample.data for sample in samples))
