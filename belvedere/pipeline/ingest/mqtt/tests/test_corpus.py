"""Every body of the corpus through a real connection: acknowledged all the same, and stored or kept for quarantine."""

from __future__ import annotations

import pytest

from belvedere.pipeline.ingest.mqtt.fields import write_variable
from belvedere.pipeline.ingest.mqtt.packets import ReasonCode
from belvedere.pipeline.ingest.mqtt.tests import wire
from belvedere.pipeline.ingest.mqtt.tests.conftest import House
from belvedere.pipeline.ingest.tests.fakes import NOW_MS
from tests.corpus import Case, reading_cases

OWN = "belvedere/v1/d0/readings"
MAX_PACKET_BYTES = 64 * 1024

CASES = [pytest.param(case, id=case.line["id"]) for case in reading_cases(NOW_MS) if case.goes_by("mqtt")]


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("version", [4, 5])
async def test_each_body_becomes_what_the_corpus_says(house: House, case: Case, version: int) -> None:
    house.now_ms = case.now_ms
    client = await house.connect(wire.connect(version))
    message = wire.publish(OWN, case.body, 1, 1, version=version)
    if "claim_bytes" in case.line:
        message = bytes((message[0],)) + write_variable(case.line["claim_bytes"]) + message[2:]
    client.send(message)
    if len(message) > MAX_PACKET_BYTES or "claim_bytes" in case.line:
        assert case.line["reason"] == "too_large"
        assert await client.packet() == (bytes((0xE0, 1, ReasonCode.PACKET_TOO_LARGE)) if version == 5 else b"")
        assert not house.stream.stored
        return
    assert await client.packet() == wire.acknowledge(0x40, 1)
    (record,) = house.stream.stored
    if case.line["expect"] == "accept":
        assert [reading.values for reading in house.stream.readings] == [values for _, values in case.expected()]
        expected = [case.now_ms if ts is None else ts for ts, _ in case.expected()]
        assert [reading.ts_ms for reading in house.stream.readings] == expected
        return
    assert record.body == case.body
    if case.line["expect"] == "reject":
        assert not house.stream.readings
        assert house.stream.rejected[0].reason in case.reasons
    else:
        assert len(house.stream.readings) == case.line["stored"]
        told = [(r.index, str(r.reason), r.metric) for r in house.stream.rejected]
        assert told == case.rejected(told)
