"""Reports to and from cameras."""

from __future__ import annotations

from struct import pack, unpack

from hypothesis import given
from hypothesis import strategies as st

from belvedere.cameras.mediaserver.gateway.rtsp.rtcp import SWITCH_PACKETS, Reception, parse_sender_report

OURS, THEIRS = 0x11223344, 0x0A0B0C0D
SENDER = pack(">BBHIQIII", 0x80, 200, 6, THEIRS, 0x1122334455667788, 90_000, 10, 1000)


def packet(sequence: int, ssrc: int = THEIRS) -> bytes:
    return pack(">BBHII", 0x80, 96, sequence & 0xFFFF, 0, ssrc)


def block(report: bytes) -> tuple[int, ...]:
    """ssrc, lost, highest sequence number, jitter, last sender report, delay since."""
    assert report[:4] == pack(">BBH", 0x81, 201, 7)
    assert report[4:8] == pack(">I", OURS)
    return unpack(">IIIIII", report[8:32])


def test_a_report_names_what_has_come_and_what_is_missing() -> None:
    reception = Reception()
    for sequence in [*range(65_530, 65_536), *range(4), 6, 7]:
        assert reception.accept(packet(sequence))
    reception.take_report(SENDER, 100.0)
    ssrc, lost, highest, jitter, last, delay = block(reception.make_report(OURS, 101.5))
    assert (ssrc, lost & 0xFFFFFF, lost >> 24) == (THEIRS, 2, 2 * 256 // 14)
    assert (highest, jitter, last, delay) == (65_536 + 7, 0, 0x33445566, round(1.5 * 65_536))
    again = block(reception.make_report(OURS, 102.0))
    assert again[1] == 2  # nothing was lost since


def test_a_report_ends_with_a_name_and_every_part_fills_its_length() -> None:
    for filled in (False, True):
        reception = Reception()
        if filled:
            reception.accept(packet(1))
        data = reception.make_report(OURS, 1.0)
        kinds, at = [], 0
        while at < len(data):
            kinds.append(data[at + 1])
            at += 4 + 4 * int.from_bytes(data[at + 2 : at + 4], "big")
        assert (kinds, at) == ([201, 202], len(data))
        assert b"\x01\x09belvedere\x00" in data


def test_late_packets_of_another_source_are_left_out_until_it_is_the_stream() -> None:
    reception = Reception()
    reception.accept(packet(1))
    assert not reception.accept(packet(500, ssrc=7))
    assert reception.accept(packet(2))
    taken = [reception.accept(packet(500 + i, ssrc=7)) for i in range(SWITCH_PACKETS + 2)]
    assert taken == [False] * (SWITCH_PACKETS - 1) + [True] * 3


def test_a_sender_report_is_found_behind_another_and_of_another_source_is_not_used() -> None:
    empty = pack(">BBHI", 0x80, 201, 1, THEIRS)
    report = parse_sender_report(empty + SENDER)
    assert report is not None
    assert (report.ssrc, report.ntp, report.rtp) == (THEIRS, 0x1122334455667788, 90_000)
    reception = Reception()
    reception.accept(packet(1, ssrc=5))
    reception.take_report(SENDER, 1.0)
    assert block(reception.make_report(OURS, 2.0))[4:] == (0, 0)


@given(st.binary(max_size=80))
def test_no_bytes_crash_the_reader_of_reports(data: bytes) -> None:
    parse_sender_report(data)
    reception = Reception()
    reception.accept(data)
    reception.take_report(data, 1.0)
    reception.make_report(OURS, 2.0)
