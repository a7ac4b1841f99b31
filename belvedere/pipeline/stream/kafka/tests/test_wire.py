"""A record is the same after its way through Kafka, however often it is decoded."""

from __future__ import annotations

import zlib

import msgspec
import pytest

from belvedere.domain.reading import Reason, Rejection
from belvedere.pipeline.ingest.decode import MAX_HTTP_BODY_BYTES, MAX_MQTT_BODY_BYTES, decode
from belvedere.pipeline.ingest.stamps import Stamps
from belvedere.pipeline.stream.kafka.wire import (
    Reply,
    UnreadableError,
    decode_record,
    encode_record,
    partition_of,
)
from belvedere.pipeline.stream.port import Record
from tests.contract.streams import Device
from tests.corpus import Case, reading_cases

NOW = 1_763_900_000_000


def find(device_id: str, data_key: str) -> Device | None:
    device = Device("d0")
    return device if (device_id, data_key) == (device.id, device.data_key) else None


def received(body: bytes, now_ms: int = NOW, *, believed: bool = True, max_bytes: int = MAX_MQTT_BODY_BYTES) -> Record:
    """As an endpoint makes it of a body."""
    device = Device("d0")
    device.last_stamp_ms = device.stamped_at_ms = now_ms + 3  # readings of the same millisecond came before
    stamps = Stamps(device, now_ms)
    readings, rejected, _ = decode(body, now_ms, stamps.next, max_bytes, lambda: believed)
    return Record(device, readings, rejected, now_ms, body, stamps.first_ms)


def same(record: Record) -> bool:
    again, _ = decode_record(encode_record(record), find)
    assert again is not None
    return (again.readings, again.rejected, again.received_ms, again.stamped_ms, again.from_quarantine) == (
        record.readings,
        record.rejected,
        record.received_ms,
        record.stamped_ms,
        record.from_quarantine,
    )


@pytest.mark.parametrize("case", list(reading_cases(NOW)), ids=lambda case: case.name)
@pytest.mark.parametrize("believed", [True, False])
def test_each_body_of_the_corpus_is_decoded_again_to_the_same_readings_and_refusals(case: Case, believed: bool) -> None:
    assert same(received(case.body, case.now_ms, believed=believed))


def test_readings_without_a_time_keep_the_stamps_that_they_were_given() -> None:
    record = received(b'{"readings":[{"values":{"temperature":1}},{"values":{"temperature":2}}]}')
    assert [reading.ts_ms for reading in record.readings] == [NOW + 4, NOW + 5]
    assert same(record)


def test_a_body_refused_for_its_size_or_encoding_stays_refused_for_that() -> None:
    assert same(received(b'{"temperature":1}' + b" " * MAX_MQTT_BODY_BYTES))
    record = received(b'{"temperature":1}', max_bytes=MAX_HTTP_BODY_BYTES)
    record.readings, record.rejected = [], [Rejection(0, Reason.BAD_ENCODING, "Send it as it is.")]
    assert same(record)


def test_what_comes_from_quarantine_is_known_for_it() -> None:
    record = received(b"no json")
    record.from_quarantine = True
    assert same(record)


def test_a_record_of_a_deleted_device_is_none_and_whoever_waits_for_it_is_still_known() -> None:
    record = received(b'{"temperature":1}')
    record.device.data_key = "another device of the same id"
    assert decode_record(encode_record(record, Reply("web-1", 7)), find) == (None, Reply("web-1", 7))


@pytest.mark.parametrize(
    "value", [b"", b"{}", b"\x91\x01", msgspec.msgpack.encode([2, "d", "k", 0, 0, 0, b"", None, None])]
)
def test_what_this_program_did_not_write_is_told_from_a_record(value: bytes) -> None:
    with pytest.raises(UnreadableError):
        decode_record(value, find)


def test_the_partition_of_a_device_is_the_same_in_every_process_and_version() -> None:
    assert partition_of("k", 12) == zlib.crc32(b"k") % 12
    assert {partition_of(f"key {n}", 12) for n in range(500)} == set(range(12))
